"""Users of a host."""

from __future__ import annotations

import getpass
import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import accounts


def test_a_user_tells_a_home_that_is_there_and_whose_it_is() -> None:
    me = pwd.getpwnam(getpass.getuser())
    owned = Path(me.pw_dir).stat().st_uid == me.pw_uid
    told = accounts.account({"account": me.pw_name})
    assert told == {"home": me.pw_dir, "home_exists": True, "home_owned": owned, "closed_store": None}
    assert accounts.account({"account": "nobody-of-this-name"}) is None


@pytest.mark.parametrize(("name", "exists"), [("home", True), ("nothing", False), ("file", False)])
def test_a_home_that_is_not_the_users_is_told(name: str, exists: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "file").touch()
    home = str(tmp_path / name)
    stranger = pwd.struct_passwd(("svc", "x", os.getuid() + 1, 1, "", home, "/bin/sh"))
    monkeypatch.setattr(accounts.pwd, "getpwnam", lambda asked: stranger)
    assert accounts.account({"account": "svc"}) == {"home": home, "home_exists": exists, "home_owned": False, "closed_store": None}


@pytest.mark.parametrize(
    ("made", "mode", "closed"),
    [
        ("", 0o700, False),
        ("", 0o500, True),
        (".dotnet/corefx", 0o755, False),
        (".dotnet/corefx", 0o555, True),
        (".dotnet/corefx/cryptography/x509stores/my", 0o700, False),
        (".dotnet/corefx/cryptography/x509stores/my", 0o600, True),
    ],
)
def test_a_store_that_the_user_cannot_write_to_is_told(
    made: str, mode: int, closed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / made
    store.mkdir(parents=True, exist_ok=True)
    store.chmod(mode)
    user = pwd.struct_passwd(("svc", "x", os.getuid(), 1, "", str(tmp_path), "/bin/sh"))
    monkeypatch.setattr(accounts.pwd, "getpwnam", lambda asked: user)
    told = accounts.account({"account": "svc"})
    assert told == {"home": str(tmp_path), "home_exists": True, "home_owned": True, "closed_store": str(store) if closed else None}
    store.chmod(0o700)
