"""What differs between releases of ansible-core."""

from __future__ import annotations

import pytest
from ansible.utils.display import Display
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import cores


@pytest.mark.parametrize("name", ["display", "verbose", "warning"])
def test_a_secret_is_masked_in_all_that_the_process_prints(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    printed: list[str] = []
    monkeypatch.setattr(cores, "_register", None)  # as with a core that does not mask
    monkeypatch.setattr(cores, "_hidden", set())
    for way in cores._WAYS:
        monkeypatch.setattr(Display, way, lambda self, msg, **_more: printed.append(msg), raising=False)
    for secret in ("S3cr3tWord", "S3cr3tWordAndMore"):
        cores.register_secret(secret)
    getattr(Display(), name)("WINRM RESULT 'S3cr3tWordAndMore' of https://a:pw@b.example.com S3cr3tWord", caplevel=5)
    assert printed == ["WINRM RESULT '********' of https://********@b.example.com ********"]


def test_a_core_that_masks_is_told_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    before = Display.display
    monkeypatch.setattr(cores, "_register", told.append)
    cores.register_secret("S3cr3tWord")
    assert (told, Display.display) == (["S3cr3tWord"], before)
