"""What comes of processes that do not end when they should, and of what they leave behind: at every place that runs processes.

Each sleeps for a time of its own, and of this test process's own, so that none is taken for another's.
"""

from __future__ import annotations

import os
from unittest.mock import ANY

from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import optional

from tests.unit.hosts.contract_cases import Below, Case, Ending, error, process, value
from tests.unit.hosts.places import Place

_KILLED = "the process did not end within 2 seconds and was killed"
_OWN = os.getpid()
_SOON = 12
"""In seconds: less than what the orphans of these cases live, and more than a slow machine needs."""


def soon(rc: int, stdout: object, stderr: str = "") -> dict[str, object]:
    """Return the outcome of a process whose orphans nobody waits for."""
    return value({"rc": rc, "stdout": stdout, "stderr": stderr, "seconds": Below(_SOON)})


def living(place: Place, command: str) -> dict[str, object]:
    """Return the step that counts the processes with this command line."""
    return place.query(f"ps -eo args | grep -cx '{command}'")


PROCESS_CASES = (
    Case(
        "a program that does not end is killed, and what it said is kept",
        lambda place: [place.run(f"echo so far; printf no >&2; exec sleep 47.1{_OWN}", 2)],
        [error(f"{_KILLED}; it had said: no\nso far")],
    ),
    Case("a program that has no time", lambda place: [place.run(f"exec sleep 47.2{_OWN}", 0)], [{"error": Ending("was killed")}]),
    Case("a program that has all the time there is", lambda place: [place.run("exit 3", 3_000_000)], [process(3)]),
    Case("a program that reads sees an end at once", lambda place: [place.run("cat; echo done", 9)], [process(0, "done\n")]),
    Case(
        "a program that says more and more is killed, and the end of that is kept",
        lambda place: [place.run("exec yes", 2)],
        [error(f"{_KILLED}; it had said: " + "\ny" * 500)],
    ),
)

ORPHAN_CASES = (
    Case(
        "what a program started, and left with its pipe, is not waited for",
        lambda place: [place.run(f"sleep 17.1{_OWN} & echo hi", 60), living(place, f"sleep 17.1{_OWN}")],
        [soon(0, "hi\n"), process(0, "1\n")],
    ),
    Case(
        "what a program that failed left with one of its pipes is not waited for either",
        lambda place: [place.run(f"sleep 17.2{_OWN} >/dev/null & echo hi; echo no >&2; exit 3", 60)],
        [soon(3, "hi\n", "no\n")],
    ),
    Case(
        "an orphan that says more and more is not waited for",
        lambda place: [place.run("for i in $(seq 170); do echo x; sleep 0.1; done & echo hi", 60)],
        [soon(0, ANY)],
    ),
    Case(
        "a program that does not end is killed with what it started",
        lambda place: [
            optional(place.run(f"echo so far; sleep 47.3{_OWN} & sleep 47.3{_OWN}", 2)),
            optional(living(place, f"sleep 47.3{_OWN}")),
        ],
        [error(f"{_KILLED}; it had said: so far"), process(1, "0\n")],
    ),
    Case(
        "what it started is killed in a session of its own too",
        lambda place: [
            optional(place.run(f"setsid sh -c 'sleep 47.4{_OWN} & sleep 47.4{_OWN}' & sleep 47.4{_OWN}", 2)),
            optional(living(place, f"sleep 47.4{_OWN}")),
        ],
        [error(_KILLED), process(1, "0\n")],
    ),
    Case(
        "a program that closes its pipes and does not end is killed too",
        lambda place: [place.run(f"exec >&- 2>&-; sleep 47.5{_OWN}", 2)],
        [error(_KILLED)],
    ),
)
"""The lab's twin is not held to these: programs of a virtual host are functions of the lab, which start nothing and have no pipes."""
