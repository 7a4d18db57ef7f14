"""What a run leaves to the next node of a workflow, at each moment."""

from __future__ import annotations

from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.artefacts import Artefacts
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.collate import HostReport, Report
from hypothesis import given
from hypothesis import strategies as st

RESULTS = ["created", "adopted", "updated", "deleted", "unchanged", "absent", "failed", "unreachable", "not run", "unknown"]


def test_a_host_is_in_one_list_that_of_the_instance_which_most_concerns_the_reader() -> None:
    left = Artefacts(Report(), None)
    first, second = HostReport("web01"), HostReport("web01", instance="Two", further=True)
    for row, result, name in (
        (first, "created", "created"),
        (second, "unchanged", "created"),
        (second, "failed", "failed"),
        (second, "not run", "created"),
        (first, "unchanged", "unchanged"),
    ):
        left.note(row, result)
        assert {each: left.values[each] for each in ("failed", "created", "updated", "unchanged") if left.values[each]} == {name: ["web01"]}


@given(st.lists(st.tuples(st.sampled_from(["web01", "web02"]), st.sampled_from(RESULTS)), max_size=12))
def test_each_host_is_where_it_was_noted_last(notes: list[tuple[str, str]]) -> None:
    left = Artefacts(Report(check_mode=True, tasks=["ServerTasks-1"]), "/logs/run")
    for host, result in notes:
        left.note(HostReport(host), result)
    last = dict(notes)
    kept = {"adopted": "updated", "deleted": "updated", "absent": "unchanged", "unreachable": "failed"}
    for name in ("created", "updated", "unchanged", "failed"):
        assert sorted(left.values[name]) == sorted(host for host, result in last.items() if kept.get(result, result) == name)
    assert left.values["tasks"] == ["ServerTasks-1"]
    assert left.values["report"] == "/logs/run"
    assert left.values["check_mode"] == bool(notes)
