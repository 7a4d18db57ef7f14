"""From results, one by one, to what became of each host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.collate import COLLECTION, Report, Status
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.render import undone

THUMBPRINT = "A1" * 20
CHANGE = {"path": "port", "before": 1, "after": 2}


def ended(report: Report, module: str, status: Status = "ok", host: str = "web01", **result: Any) -> None:
    """Tell the report that a task of the collection has ended."""
    report.ended(host, COLLECTION + module, status, result, 1.5)


def settled(report: Report, *, failed: set[str] | None = None, unreachable: set[str] | None = None) -> tuple[str, str | None]:
    """Settle the report; return what became of web01, and why."""
    report.settle(failed or set(), unreachable or set())
    return report.host("web01").result, report.host("web01").reason


def test_the_tasks_of_others_do_not_make_it_our_run() -> None:
    report = Report()
    report.ended("web01", "ansible.builtin.ping", "ok", {}, 1.0)
    assert not report.ours
    ended(report, "server_info")
    assert report.ours


@pytest.mark.parametrize(("changes", "result"), [([CHANGE], "updated"), ([], "unchanged")])
def test_a_host_that_leaves_after_tentacle_is_judged_by_its_changes(changes: list[dict[str, Any]], result: str) -> None:
    report = Report()
    ended(report, "tentacle", changes=changes)
    assert settled(report) == (result, None)


@pytest.mark.parametrize("record", ["created", "adopted", "updated", "deleted"])
def test_what_became_of_the_record_is_said_first(record: str) -> None:
    report = Report()
    ended(report, "tentacle", changes=[CHANGE], thumbprint=THUMBPRINT)
    ended(report, "deployment_target", id="Machines-7", result=record, thumbprint=THUMBPRINT)
    assert settled(report) == (record, None)
    assert (report.host("web01").machine_id, report.host("web01").thumbprint) == ("Machines-7", THUMBPRINT)


def test_an_unchanged_record_leaves_the_word_to_the_host() -> None:
    report = Report()
    ended(report, "tentacle", changes=[CHANGE])
    ended(report, "deployment_target", id="Machines-7", result="unchanged")
    assert settled(report) == ("updated", None)


def test_ansible_decides_who_failed_and_the_last_failure_is_the_reason() -> None:
    report = Report()
    ended(report, "tentacle", "failed", msg="Installing x\n failed", failed=True)
    ended(report, "health_check", "failed", msg="later")
    assert settled(report, failed={"web01"}) == ("failed", "later")
    assert [entry.host for entry in report.bad] == ["web01"]


def test_a_host_that_fails_after_its_record_was_written_has_failed() -> None:
    report = Report()
    ended(report, "tentacle")
    ended(report, "deployment_target", id="Machines-7", result="created")
    report.ended("web01", "ansible.builtin.fail", "failed", {"msg": "Octopus finds web01 Unavailable"}, 0.1)
    assert settled(report, failed={"web01"}) == ("failed", "Octopus finds web01 Unavailable")


def test_a_failure_that_was_rescued_is_none() -> None:
    report = Report()
    ended(report, "tentacle", "failed", msg="no", failed=True)
    ended(report, "tentacle", changes=[CHANGE])
    assert settled(report) == ("updated", None)


def test_an_unreachable_host_is_said_to_be_so() -> None:
    report = Report()
    ended(report, "tentacle", "unreachable", msg="")
    assert settled(report, failed={"web01"}, unreachable={"web01"}) == ("unreachable", "the task failed without a message")


def test_who_was_never_given_a_task_is_left_and_who_skipped_all_of_them_is_not() -> None:
    report = Report()
    report.expect(["web01", "web02", "web03"])
    for host in ("web01", "web02"):
        report.started(host, "Bring Tentacle to the wanted state")
    ended(report, "tentacle", "failed", msg="no")
    report.skipped("web02")
    assert settled(report, failed={"web01"}) == ("failed", "no")
    assert [report.host(name).result for name in ("web02", "web03")] == ["not run", "not run"]
    assert [entry.host for entry in report.left] == ["web03"]


def of_two_instances(report: Report) -> None:
    """A host whose second instance is brought after its first was registered."""
    report.expect(["web01"])
    ended(report, "tentacle", instance="Tentacle", changes=[CHANGE], thumbprint=THUMBPRINT)
    ended(report, "deployment_target", id="Machines-7", result="created")
    report.started("web01", "Bring Tentacle to the wanted state")


def test_each_instance_of_a_host_has_a_row() -> None:
    report = Report()
    of_two_instances(report)
    ended(report, "tentacle", instance="Two", changes=[CHANGE], thumbprint="B2" * 20)
    ended(report, "deployment_target", id="Machines-8", result="updated")
    ended(report, "health_check", tasks=["ServerTasks-1"])
    ended(report, "tentacle", instance="Tentacle", thumbprint=THUMBPRINT)
    settled(report)
    told = {name: (row.name, row.host, row.instance, row.result, row.machine_id, row.step) for name, row in report.hosts.items()}
    assert told == {
        "web01": ("web01", "web01", "Tentacle", "created", "Machines-7", None),
        "web01 (Two)": ("web01 (Two)", "web01", "Two", "updated", "Machines-8", None),
    }
    assert report.left == []


def test_the_instance_that_failed_is_the_one_that_is_said_to_have() -> None:
    report = Report()
    of_two_instances(report)
    ended(report, "tentacle", "failed", instance="Two", msg="'tentacle_port' is 10933.")
    settled(report, failed={"web01"})
    assert {name: row.result for name, row in report.hosts.items()} == {"web01": "created", "web01 (Two)": "failed"}
    assert report.reasons() == {"'tentacle_port' is 10933.": ["web01 (Two)"]}
    assert undone(report) == ["web01"]


def test_a_look_alone_is_no_result() -> None:
    report = Report()
    report.expect(["web01"])
    report.started("web01", "Look")
    ended(report, "preflight", hosts={"web01": {"failure": None}})
    assert settled(report) == ("not run", None)


def test_the_servers_are_each_told_once_and_an_unchanged_hosts_record_is_known() -> None:
    report = Report()
    server = {"url": "https://octopus.example.com", "version": "2026.3.1", "space": "Default", "thumbprint": THUMBPRINT}
    ended(report, "tentacle", server=server, machine_id="Machines-7")
    ended(report, "tentacle", host="web02", server=dict(server))
    assert report.servers == [server]
    assert report.host("web01").machine_id == "Machines-7"


def test_a_reason_is_one_line_that_no_terminal_obeys_and_has_an_end() -> None:
    report = Report()
    ended(report, "tentacle", "failed", msg="no\n\x1b[31mred" + "x" * 10_000)
    reason = settled(report, failed={"web01"})[1]
    assert reason is not None
    assert reason.isprintable()
    assert len(reason) <= 2000


def test_while_an_installer_runs_the_host_has_not_left() -> None:
    report = Report()
    ended(report, "tentacle", pending=True, installing="9.2.4285", commands=[{}], changes=[])
    assert report.host("web01").installing == "9.2.4285"
    ended(report, "tentacle", pending=False, commands=[{}, {}], changes=[CHANGE], reboot_required=True)
    entry = report.host("web01")
    assert (entry.installing, entry.commands, entry.reboot_required) == (None, 3, True)


def test_the_seconds_of_all_tasks_are_summed() -> None:
    report = Report()
    ended(report, "tentacle")
    ended(report, "deployment_target")
    assert report.host("web01").as_dict()["seconds"] == 3.0


def registration(kind: str, identifier: str | None, result: str | None, failure: str | None = None) -> dict[str, Any]:
    """Return what a task tells of one registration."""
    told = {"kind": kind, "url": "https://octopus.example.com", "space": "Default", "name": "web01", "id": identifier, "result": result}
    return {**told, "failure": failure, "changes": [], "thumbprint": THUMBPRINT if result else None}


def test_several_registrations_are_all_known_and_what_changed_is_what_became_of_the_host() -> None:
    report = Report()
    servers = [{"url": "https://octopus.example.com"}, {"url": "https://north.example.com"}]
    ended(report, "tentacle", server=servers[0], servers=servers, machine_id="Machines-7", machine_ids=["Machines-7"])
    done = [registration("target", "Machines-7", "unchanged"), registration("worker", "Workers-3", "created")]
    ended(report, "registrations", registrations=done)
    host = report.host("web01")
    assert (host.machine_id, host.machine_ids, host.record) == ("Machines-7", ["Machines-7", "Workers-3"], "created")
    assert report.servers == servers
    ended(report, "worker", id="Workers-3", result="updated", thumbprint=THUMBPRINT)
    assert [(each["id"], each["result"]) for each in host.as_dict()["registrations"]] == [
        ("Machines-7", "unchanged"),
        ("Workers-3", "updated"),
    ]
    failed = [registration("target", None, None, "It is full."), registration("worker", "Workers-3", "unchanged")]
    ended(report, "registrations", status="failed", msg="It is full.", registrations=failed)
    assert [(each["kind"], each["failure"]) for each in host.registrations][-2:] == [("target", "It is full."), ("worker", None)]


def test_one_id_on_two_servers_is_two_records() -> None:
    report = Report()
    here = registration("target", "Machines-1", "created")
    ended(report, "registrations", registrations=[here])
    ended(report, "registrations", registrations=[{**here, "url": "https://north.example.com", "result": "unchanged"}])
    assert [each["result"] for each in report.host("web01").registrations] == ["created", "unchanged"]


def test_an_instance_whose_name_is_masked_is_no_other_one() -> None:
    report = Report()
    ended(report, "tentacle", instance="********")
    ended(report, "tentacle", instance="Tentacle")
    ended(report, "tentacle", instance="Tenta********")
    assert [entry.name for entry in report.hosts.values()] == ["web01"]
