"""Labs for the end-to-end tests: one for each module, made new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .playing import Field, field


@pytest.fixture(scope="module")
def shared_field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Three hosts for the tests of one module."""
    with field(["win01", "win02", "win03"], tmp_path_factory.mktemp("field")) as found:
        yield found


@pytest.fixture
def lab(shared_field: Field, tmp_path: Path) -> Field:
    """The module's lab, as new."""
    shared_field.directory = tmp_path
    shared_field.reset()
    return shared_field
