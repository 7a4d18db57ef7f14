"""Variables for single hosts, laid over those of the lab."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .playing import Field, Run


def play_with(lab: Field, variables: Mapping[str, Mapping[str, Any]], *arguments: str) -> Run:
    """Play with these variables of these hosts, and without a crash."""
    inventory = lab.directory / f"variables-{lab.runs + 1}.json"
    inventory.write_text(json.dumps({"all": {"hosts": variables}}))
    run = lab.play("-i", str(inventory), *arguments)
    assert "Traceback" not in run.output, run.output
    return run


def assert_refused(lab: Field, run: Run, host: str, *words: str) -> None:
    """The host failed for the reason that holds these words, and nobody went near it."""
    assert run.rc != 0
    assert run.result(host) == "failed", run.output
    assert [word for word in words if word not in run.reason(host)] == [], run.reason(host)
    assert lab.hosts.host(host)["steps"] == 0
