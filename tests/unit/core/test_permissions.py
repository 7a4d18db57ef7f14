"""What a key lacks."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import PermissionDenied
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted, needed
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET, WORKER
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Snapshot

EVERYWHERE = (("Spaces-1", frozenset[str]()),)


def snapshot(*lacking: str) -> Snapshot:
    granted = Granted({permission: EVERYWHERE for permission in needed(TARGET) if permission not in lacking})
    return Snapshot("https://octopus.example.com", "2026.3.1", "Spaces-1", "Default", "AB" * 20, {}, granted)


def test_a_key_that_lacks_nothing_is_let_through() -> None:
    snapshot().require_permissions(TARGET)


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        (("TaskCreate",), "lacks the permission TaskCreate in space 'Default' of https://octopus.example.com."),
        (("MachineEdit", "TaskCreate"), "lacks the permissions MachineEdit, TaskCreate in space 'Default'"),
    ],
)
def test_all_that_the_key_lacks_is_told_at_once(lacking: tuple[str, ...], words: str) -> None:
    with pytest.raises(PermissionDenied, match=words):
        snapshot(*lacking).require_permissions(TARGET)


def test_a_worker_takes_other_permissions() -> None:
    assert needed(WORKER) == ("WorkerView", "WorkerEdit", "MachinePolicyView", "TaskCreate", "TaskView")
    with pytest.raises(PermissionDenied, match="lacks the permissions WorkerView, WorkerEdit in space 'Default'"):
        snapshot().require_permissions(WORKER)
