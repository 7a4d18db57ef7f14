"""What a key lacks."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import PermissionDenied
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import NEEDED, Granted
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Snapshot

EVERYWHERE = (("Spaces-1", frozenset[str]()),)


def snapshot(*lacking: str) -> Snapshot:
    granted = Granted({permission: EVERYWHERE for permission in NEEDED if permission not in lacking})
    return Snapshot("https://octopus.example.com", "2026.3.1", "Spaces-1", "Default", "AB" * 20, {}, granted)


def test_a_key_that_lacks_nothing_is_let_through() -> None:
    snapshot().require_permissions()


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        (("TaskCreate",), "lacks the permission TaskCreate in space 'Default' of https://octopus.example.com."),
        (("MachineEdit", "TaskCreate"), "lacks the permissions MachineEdit, TaskCreate in space 'Default'"),
    ],
)
def test_all_that_the_key_lacks_is_told_at_once(lacking: tuple[str, ...], words: str) -> None:
    with pytest.raises(PermissionDenied, match=words):
        snapshot(*lacking).require_permissions()
