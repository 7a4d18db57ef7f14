"""What is asked of ansible.windows, and what is said where it cannot do that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from ansible.plugins.loader import module_loader
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import windows_modules
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.windows_modules import require_modules
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError

OF_2_3: Mapping[str, str] = {"win_powershell": "script parameters", "win_package": "path"}
OF_2_5: Mapping[str, str] = {"win_powershell": "script parameters sensitive_parameters", "win_package": "path"}
OF_2_8: Mapping[str, str] = {**OF_2_5, "win_package": "path checksum checksum_algorithm"}


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    windows_modules._installed.cache_clear()
    yield
    windows_modules._installed.cache_clear()


def install(directory: Path, monkeypatch: pytest.MonkeyPatch, modules: Mapping[str, str], version: str = "") -> None:
    folder = directory / "ansible" / "windows"
    (folder / "plugins" / "modules").mkdir(parents=True)
    if version:
        (folder / "MANIFEST.json").write_text(json.dumps({"collection_info": {"version": version}}))
    for name, text in modules.items():
        (folder / "plugins" / "modules" / f"{name}.ps1").write_text(text)

    def find(name: str, kind: str) -> str | None:
        path = folder / "plugins" / "modules" / f"{name.removeprefix('ansible.windows.')}{kind}"
        return str(path) if path.exists() else None

    monkeypatch.setattr(module_loader, "find_plugin", find)


@pytest.mark.parametrize(
    ("modules", "version", "options", "option", "told"),
    [
        ({}, "", (), None, "Windows hosts need the collection ansible.windows 2.5.0 or newer, and there is none: "),
        (OF_2_3, "2.3.0", (), None, "Windows hosts need the collection ansible.windows 2.5.0 or newer, and it is 2.3.0: "),
        (OF_2_3, "", (), None, "2.5.0 or newer, and it is of an unknown version: "),
        (
            OF_2_5,
            "2.5.0",
            ("package_checksum",),
            "package_checksum",
            "needs the collection ansible.windows 2.8.0 or newer on a Windows host",
        ),
    ],
)
def test_one_sentence_says_which_release_is_needed_and_which_is_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    modules: Mapping[str, str],
    version: str,
    options: tuple[str, ...],
    option: str | None,
    told: str,
) -> None:
    install(tmp_path, monkeypatch, modules, version)
    with pytest.raises(InputError) as refused:
        require_modules(dict.fromkeys(options, "said"))
    assert told in str(refused.value)
    assert str(refused.value).endswith("'.")
    assert refused.value.option == option


@pytest.mark.parametrize(("modules", "options"), [(OF_2_5, ("package_url",)), (OF_2_8, ("package_url", "package_checksum"))])
def test_nothing_is_said_where_all_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modules: Mapping[str, str], options: tuple[str, ...]
) -> None:
    install(tmp_path, monkeypatch, modules, "2.8.0")
    require_modules({**dict.fromkeys(options, "said"), "package_file": None})
