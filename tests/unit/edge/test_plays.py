"""Plays as a callback sees them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants, context
from ansible.executor.stats import AggregateStats
from ansible.executor.task_queue_manager import TaskQueueManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import plays
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.empty import Nothing


def play_with(**variables: Any) -> Any:
    """Return a play that has these variables."""
    manager = SimpleNamespace(get_vars=lambda **_: variables)
    return SimpleNamespace(get_variable_manager=lambda: manager)


@pytest.mark.parametrize(
    ("said", "read"),
    [(None, True), ("", True), ("no", False), (False, False), ("0", False), ("yes", True), ("perhaps", True), ([], True)],
)
def test_a_switch_is_read_as_ansible_reads_one_and_nothing_says_nothing(said: Any, read: bool) -> None:
    assert plays.switch(play_with(octopus_fail_when_empty=said), "octopus_fail_when_empty", default=True) is read
    assert plays.switch(play_with(), "octopus_fail_when_empty", default=True) is True


@pytest.mark.parametrize(
    ("task", "ours"),
    [
        ({"action": "octoboot.octopus.tentacle"}, True),
        ({"action": "tentacle", "resolved_action": "octoboot.octopus.tentacle"}, True),
        ({"action": "ansible.builtin.include_role", "_role_name": "octoboot.octopus.tentacle"}, True),
        ({"action": "ansible.builtin.include_role", "_role_name": "nginx"}, False),
        ({"action": "ansible.builtin.ping", "resolved_action": None}, False),
    ],
)
def test_a_play_is_ours_by_its_actions_and_roles(task: dict[str, Any], ours: bool) -> None:
    block = SimpleNamespace(get_tasks=lambda: [SimpleNamespace(action="ansible.builtin.debug"), SimpleNamespace(**task)])
    assert plays.is_ours(SimpleNamespace(compile=lambda: [block])) is ours


@pytest.mark.parametrize(
    ("all_hosts", "matching", "unmatched", "nothing"),
    [
        ([], [], True, Nothing("inventory", "web,api", "-i hosts")),
        (["db"], [], True, Nothing("pattern", "web,api")),
        (["web"], ["web"], True, Nothing("limit", "web,api", "-l db")),
        (["web"], ["web"], False, Nothing("tasks", "web,api", "--tags a,b --skip-tags c --start-at-task 'd'")),
    ],
)
def test_why_a_play_came_to_no_host(
    monkeypatch: pytest.MonkeyPatch, all_hosts: list[str], matching: list[str], unmatched: bool, nothing: Nothing
) -> None:
    given = {"inventory": ("hosts",), "subset": "db", "tags": ("a", "b"), "skip_tags": ("c",), "start_at_task": "d"}
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(given))
    inventory = SimpleNamespace(get_hosts=lambda pattern, **_: all_hosts if pattern == "all" else matching)
    play = SimpleNamespace(hosts=["web", "api"], get_variable_manager=lambda: SimpleNamespace(_inventory=inventory))
    assert plays.why_nothing(play, unmatched=unmatched) == nothing


def test_without_tags_nothing_is_said_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(tags=("all",), inventory=tuple(constants.DEFAULT_HOST_LIST)))
    inventory = SimpleNamespace(get_hosts=lambda *_, **__: ["web"])
    play = SimpleNamespace(hosts="all", get_variable_manager=lambda: SimpleNamespace(_inventory=inventory))
    assert plays.why_nothing(play, unmatched=False) == Nothing("tasks", "all")


def test_the_statistics_are_those_of_whoever_calls() -> None:
    assert plays.statistics() is None

    class Manager(TaskQueueManager):
        def __init__(self) -> None:
            self._stats = AggregateStats()

        def call(self) -> Any:
            return plays.statistics()

    manager = Manager()
    assert manager.call() is manager._stats
