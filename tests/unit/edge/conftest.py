"""The stage of the edge's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from .stage import Octopus, Stage, build


@pytest.fixture
def octopus() -> Octopus:
    """A server without records."""
    return Octopus()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> Stage:
    """Two hosts, as they should be."""
    return build(tmp_path, monkeypatch, octopus, {"web01": {}, "web02": {}})
