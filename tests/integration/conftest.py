"""Labs for the end-to-end tests: one for each module, made new for each test. Those with Linux hosts need root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .playing import Field, field

FIRST = (
    "test_linux_killed",
    "test_server",
    "test_killed",
    "test_secrets",
    "test_linux_package",
    "test_linux_instance",
    "test_polling",
    "test_linux_hosts",
    "test_linux_not_alone",
    "test_instances",
    "test_hosts",
)
"""The modules that take longest; but while the first one makes the image of the Linux hosts, two begin that need none."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: where several modules run at a time, it is not the one that all wait for in the end."""
    rank = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


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


@pytest.fixture(scope="session")
def root() -> None:
    """Leave a test out where Linux hosts cannot be started."""
    if os.geteuid() != 0:
        pytest.skip("Linux hosts (systemd-nspawn) need root")


@pytest.fixture(scope="module")
def shared_linux(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Two Linux hosts for the tests of one module: the first one's user is root, the second one's has sudo."""
    with field([], tmp_path_factory.mktemp("field"), linux=["lin01", "lin02"]) as found:
        yield found


@pytest.fixture
def linux(shared_linux: Field, tmp_path: Path) -> Field:
    """The module's lab, as new."""
    shared_linux.directory = tmp_path
    shared_linux.reset()
    return shared_linux
