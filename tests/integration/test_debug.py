"""The debug mode: one machine at a time, talking, stopping at the first failure."""

from __future__ import annotations

from .playing import Field


def test_a_debug_run_stops_at_the_first_failure_and_says_how_to_go_on(lab: Field) -> None:
    lab.hosts.set_fault("win02", "msi_rc", [1603])
    stopped = lab.play(variables={"octopus_debug": True})
    assert stopped.rc != 0
    assert [stopped.result(name) for name in lab.names] == ["created", "failed", "not run"]
    assert stopped.hosts["win01"]["machine_id"] == lab.records()["win01"]["Id"]
    assert "<win01> Tentacle create-instance --instance Tentacle" in stopped.output
    assert "-l win02,win03" in stopped.output
    assert lab.hosts.host("win03")["visits"] == 0
    gone_on = lab.play("-l", "win02,win03", variables={"octopus_debug": True})
    assert gone_on.rc == 0, gone_on.output


def test_a_debug_run_reads_the_server_once(lab: Field) -> None:
    lab.play()
    lab.server.clear_requests()
    run = lab.play(variables={"octopus_debug": True})
    assert run.rc == 0, run.output
    assert {run.result(name) for name in lab.names} == {"unchanged"}
    assert len(lab.server.requests()) <= 10
