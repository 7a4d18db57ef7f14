"""The report as the operator reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.collate import HostReport, Report
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.render import again, document, log_entry, progress, table

COMMAND = ["ansible-playbook", "-i", "my inventory", "bootstrap.yml"]


def report_of(*entries: HostReport, **fields: Any) -> Report:
    """Return a report of these hosts."""
    return Report(hosts={entry.host: entry for entry in entries}, ours=True, **fields)


FAILED = HostReport("web02", "failed", seconds=3.26, reason="Installing x failed with exit code 1603")
CREATED = HostReport("web01", "created", "Machines-12", "A1" * 20, 12.04)


def test_the_table_has_a_row_a_host_then_the_reasons_then_the_sum() -> None:
    assert table(report_of(CREATED, FAILED, HostReport("web03", "updated", thumbprint="(new)", reboot_required=True))) == [
        "host   result   machine      thumbprint  seconds",
        "web01  created  Machines-12  A1A1A1A1    12.0",
        "web02  failed   -            -           3.3",
        "web03  updated  -            -           0.0",
        "web02: Installing x failed with exit code 1603",
        "web03: reboot required",
        "1 created, 1 failed, 1 updated",
    ]


@pytest.mark.parametrize("result", ["created", "updated", "adopted", "deleted"])
def test_check_mode_says_what_would_be(result: str) -> None:
    verb = {"created": "create", "updated": "update", "adopted": "adopt", "deleted": "delete"}[result]
    assert f"would {verb}" in table(report_of(HostReport("web01", result), check_mode=True))[1]
    assert "would" not in "".join(table(report_of(HostReport("web01", result))))


def test_the_line_that_runs_the_failed_hosts_again_can_be_pasted() -> None:
    excluded = HostReport("web04", begun=True)
    report = report_of(CREATED, FAILED, HostReport("web03", "unreachable"), excluded)
    line = again(report, COMMAND, "logs/failed", debugging=False)
    assert line == "Run the failed hosts again: ansible-playbook -i 'my inventory' bootstrap.yml -l web02,web03"


def test_hosts_that_were_not_run_are_in_the_line_too() -> None:
    line = again(report_of(CREATED, FAILED, HostReport("web04")), COMMAND, None, debugging=False)
    assert line == "Run the failed hosts again: ansible-playbook -i 'my inventory' bootstrap.yml -l web02,web04"


def test_one_mistake_of_sixty_machines_is_said_once() -> None:
    reason = "There is no environment named 'Stagin'."
    many = [HostReport(f"app{number:02}", "failed", reason=reason) for number in range(60)]
    lines = [line for line in table(report_of(*many, FAILED)) if "Stagin" in line]
    assert lines == [f"{', '.join(f'app{number:02}' for number in range(8))} and 52 more: {reason}"]


def test_in_debug_mode_it_goes_on_with_the_hosts_that_the_run_did_not_come_to() -> None:
    line = again(report_of(CREATED, FAILED, HostReport("web04")), COMMAND, None, debugging=True)
    assert line == "Go on from here: ansible-playbook -i 'my inventory' bootstrap.yml -l web02,web04"


@pytest.mark.parametrize("debugging", [False, True])
def test_there_is_no_such_line_when_none_failed(debugging: bool) -> None:
    assert again(report_of(CREATED, HostReport("web04")), COMMAND, None, debugging=debugging) is None


def test_many_failed_hosts_are_named_by_a_file_where_there_is_one() -> None:
    many = report_of(*(HostReport(f"web{number:02}", "failed") for number in range(21)))
    assert str(again(many, COMMAND, "logs/failed hosts", debugging=False)).endswith("-l '@logs/failed hosts'")
    assert str(again(many, COMMAND, None, debugging=False)).endswith(",web20")


def test_progress_says_where_the_hosts_are_the_fullest_place_first() -> None:
    busy = [HostReport(f"web{number}", step="Wait", installing="9.2.4285") for number in range(2)]
    line = progress(report_of(HostReport("api1", step="Register"), *busy, CREATED), 31.6)
    assert line == "32 s: installing Tentacle 9.2.4285 on 2 of 4 hosts; 1 at 'Register'; 1 done or waiting"


def test_progress_is_silent_when_none_is_at_work_or_the_run_is_not_ours() -> None:
    assert progress(report_of(CREATED), 30) is None
    assert progress(Report(hosts={"web01": HostReport("web01", step="Wait")}), 30) is None


def test_the_document_holds_every_host_and_can_be_read_back() -> None:
    read = json.loads(document(report_of(CREATED, FAILED), place="/srv/octopus", started="a", finished="b", rc_ok=False))
    assert (read["schema"], read["succeeded"], read["started"], read["finished"]) == (1, False, "a", "b")
    assert {host: entry["result"] for host, entry in read["hosts"].items()} == {"web01": "created", "web02": "failed"}
    assert read["hosts"]["web01"]["machine_id"] == "Machines-12"
    assert read["collection"]["path"] == "/srv/octopus"


def test_a_hosts_log_tells_changes_commands_and_why_it_failed() -> None:
    result = {
        "changes": [{"path": "port", "before": None, "after": 10933}],
        "commands": [{"command": "Tentacle configure", "rc": 1, "seconds": 0.5, "stdout": "one\ntwo\n", "stderr": "three"}],
        "warnings": ["newer"],
        "msg": "It\nfailed",
    }
    assert log_entry("10:00:00", "Bring", "failed", result, 1.25).splitlines() == [
        "10:00:00 Bring: failed (1.2 s)",
        "  port: null -> 10933",
        "  $ Tentacle configure",
        "    exit code 1, 0.5 s",
        "    stdout: one",
        "    stdout: two",
        "    stderr: three",
        "  warning: newer",
        "  It failed",
    ]
    assert log_entry("10:00:00", "Bring", "ok", {}, 0) == "10:00:00 Bring: ok (0.0 s)\n"
