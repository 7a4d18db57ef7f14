"""The copies of a private key that .NET makes for every user who reads it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import keys

OURS, OTHERS = "A1" * 20, "B2" * 20
STORE = ".dotnet/corefx/cryptography/x509stores/my"


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The homes of three users of this machine, and of one whom a directory service knows; each has read our certificate and another."""
    names = ("root", "old", "deploy", "far")
    for name in names:
        store = tmp_path / name / STORE
        store.mkdir(parents=True)
        for file in (f"{OURS}.pfx", f"{OURS}.1.pfx", f"{OTHERS}.pfx", f"{OURS}.pfx.txt"):
            (store / file).touch()
    lines = [f"{name}:x:0:0::{tmp_path / name}:/bin/sh" for name in names[:3]]
    lines += ["odd", "daemon:x:1:1::/dev/null:/bin/false", f"none:x:1:1::{tmp_path / 'nowhere'}:/bin/sh", "rel:x:1:1::x:/bin/sh"]
    (tmp_path / "passwd").write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(keys, "USERS", str(tmp_path / "passwd"))

    def known(name: str) -> pwd.struct_passwd:
        if name not in names:
            raise KeyError(name)
        return pwd.struct_passwd((name, "x", 0, 0, "", str(tmp_path / name), "/bin/sh"))

    monkeypatch.setattr(keys.pwd, "getpwnam", known)
    return tmp_path


def left(homes: Path, name: str) -> set[str]:
    return {path.name for path in (homes / name / STORE).iterdir()}


def test_every_users_copies_go_but_the_keepers_and_nothing_of_another_certificate(homes: Path) -> None:
    keys.forget({"do": "forget", "thumbprints": [OURS.lower()], "users": ["far", "gone"], "keeper": "deploy"})
    rest = {f"{OTHERS}.pfx", f"{OURS}.pfx.txt"}
    assert {name: left(homes, name) for name in ("root", "old", "far")} == dict.fromkeys(("root", "old", "far"), rest)
    assert left(homes, "deploy") == {*rest, f"{OURS}.pfx", f"{OURS}.1.pfx"}
    keys.forget({"do": "forget", "thumbprints": [OURS, OTHERS]})
    assert left(homes, "deploy") == {f"{OURS}.pfx.txt"}


def test_a_users_link_leads_root_nowhere(homes: Path) -> None:
    (homes / "old/.dotnet").rename(homes / "elsewhere")
    (homes / "old/.dotnet").symlink_to(homes / "elsewhere")
    if os.geteuid() == 0:  # a link that root made in a folder of its own is followed
        os.chown(homes / "old", 65534, 65534)
    (homes / "deploy" / STORE / f"{OURS}.2.pfx").mkdir()
    keys.forget({"do": "forget", "thumbprints": [OURS]})
    assert f"{OURS}.pfx" in left(homes, "old")
    assert left(homes, "deploy") == {f"{OTHERS}.pfx", f"{OURS}.pfx.txt", f"{OURS}.2.pfx"}


def test_what_is_no_thumbprint_is_no_pattern_either(homes: Path) -> None:
    for text in (".*", "", "A" * 39, "../" + OURS):
        with pytest.raises(ValueError, match="is no thumbprint"):
            keys.forget({"do": "forget", "thumbprints": [OURS, text]})
    assert f"{OURS}.pfx" in left(homes, "root")
