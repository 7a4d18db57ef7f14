"""A run that came to no machine says why."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.empty import Nothing, told


@pytest.mark.parametrize(
    ("nothing", "words"),
    [
        (Nothing("inventory", "tentacles", "-i hosts"), "the inventory (-i hosts) holds no host. Is its file there, and read?"),
        (Nothing("pattern", "stagin"), "no host of the inventory matches 'stagin', the hosts that the play is for."),
        (
            Nothing("limit", "tentacles", "-l db"),
            "no host of 'tentacles', the hosts that the play is for, is within the limit (-l db).",
        ),
        (Nothing("tasks", "tentacles", "--tags x"), "no task of the playbook was chosen (--tags x)."),
        (Nothing("tasks", "tentacles"), "no task of the playbook was chosen."),
    ],
)
def test_why_a_run_came_to_no_machine(nothing: Nothing, words: str) -> None:
    assert told(nothing, fails=False) == f"The run came to no machine: {words}"
    assert told(nothing, fails=True).endswith("'-e octopus_fail_when_empty=false' lets it pass.")
