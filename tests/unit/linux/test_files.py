"""Files of a host, on this machine's own disk."""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import files

ME = getpass.getuser()


def encoded(text: str) -> str:
    """Return text as a step carries a file's content."""
    return base64.b64encode(text.encode()).decode()


def mode(path: Path) -> int:
    """Return the rights of a path."""
    return path.stat().st_mode & 0o7777


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x"
    files.write({"path": str(path), "content": encoded("one")})
    assert (path.read_text(), mode(path)) == ("one", 0o600)
    files.write({"path": str(path), "content": encoded("two"), "mode": "0644"})
    assert (path.read_text(), mode(path)) == ("two", 0o644)
    assert [item.name for item in tmp_path.iterdir()] == ["x"]


def test_what_a_killed_write_left_does_not_stand_in_the_way_or_keep_its_rights(tmp_path: Path) -> None:
    (tmp_path / "x.new").write_text("half")
    (tmp_path / "x.new").chmod(0o666)
    files.write({"path": str(tmp_path / "x"), "content": encoded("whole")})
    assert ((tmp_path / "x").read_text(), mode(tmp_path / "x")) == ("whole", 0o600)


def test_removing_leaves_nothing_whatever_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("folder", "file", "link", "nothing"):
        path = tmp_path / name
        if name == "folder":
            (path / "in it").mkdir(parents=True)
        elif name == "file":
            path.touch()
        elif name == "link":
            path.symlink_to(kept)
        files.remove({"path": str(path)})
        assert not os.path.lexists(path)
    assert kept.is_dir()


def test_a_link_takes_the_place_of_a_link(tmp_path: Path) -> None:
    for target in ("one", "two"):
        files.link({"path": str(tmp_path / "link"), "target": target})
        assert str((tmp_path / "link").readlink()) == target


def test_a_checksum_that_differs_is_told_with_both(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"package")
    sha256 = hashlib.sha256(b"package").hexdigest()
    files.checksum({"path": str(path), "sha256": sha256.upper()})
    with pytest.raises(ValueError, match=f"its SHA-256 is {sha256}, not 00"):
        files.checksum({"path": str(path), "sha256": "00"})


def test_the_index_tells_an_instances_configuration_and_who_owns_it(tmp_path: Path) -> None:
    configuration = tmp_path / "tentacle.config"
    configuration.touch()
    index = tmp_path / "Instances"
    index.mkdir()
    (index / "broken.config").write_text("{")
    (index / "web.config").write_text("\ufeff" + json.dumps({"Name": "Web", "ConfigurationFilePath": str(configuration)}))
    found = files.instances({"path": str(index), "name": "web"})
    assert (found["configuration"], found["owner"]) == (str(configuration), ME)
    assert [file["name"] for file in found["files"]] == ["broken.config", "web.config"]
    # Tentacle reads it as well, and every command of it ends there.
    (index / "gone.config").symlink_to(tmp_path / "nowhere")
    (index / "folder").mkdir()
    found = files.instances({"path": str(index), "name": "web"})
    assert (found["configuration"], found["files"][2:]) == (str(configuration), [{"name": "gone.config", "content": ""}])
    nobody = files.instances({"path": str(tmp_path / "nowhere"), "name": "web"})
    assert (nobody["files"], nobody["configuration"], nobody["owner"]) == ([], None, "root")


def test_of_a_configuration_only_what_is_asked_for_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.config"
    path.write_text(
        '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<octopus-settings xmlns:xsi="x">\n'
        '  <set key="octopus.home">/etc/x</set>\n  <set key="Tentacle.Certificate">c2VjcmV0</set>\n'
        '  <set key="Tentacle.Services.ListenIP" />\n'
        "</octopus-settings>"
    )
    keys = ["Octopus.Home", "Tentacle.Services.ListenIP", "Tentacle.Services.PortNumber"]
    assert files.settings({"path": str(path), "keys": keys}) == {"there": True, "damage": None, "values": {"Octopus.Home": "/etc/x"}}
    for content, why in (
        ("<octopus-settings>", "it is not XML: no element found"),
        ("<x/>", "it holds <x> in place"),
        ('<?xml version="1.0" encoding="klingon"?><octopus-settings/>', "it is not XML: "),
    ):
        path.write_text(content)
        found = files.settings({"path": str(path), "keys": keys})
        assert (found["there"], found["values"]) == (True, {})
        assert found["damage"].startswith(why)
    assert files.settings({"path": str(tmp_path / "nothing"), "keys": keys}) == {"there": False, "damage": None, "values": {}}
    with pytest.raises(IsADirectoryError):
        files.settings({"path": str(tmp_path), "keys": keys})


def test_the_last_lines_of_a_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("\ufeffone\ntwo\nthree ü\n")
    assert files.tail({"path": str(path), "lines": 2}) == "two\nthree ü"
    assert files.tail({"path": str(tmp_path / "nowhere"), "lines": 2}) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_instance_is_whose_who_could_exchange_its_configuration(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    configuration = home / "tentacle.config"
    index = tmp_path / "Instances"
    index.mkdir()
    (index / "web.config").write_text(json.dumps({"Name": "web", "ConfigurationFilePath": str(configuration)}))
    daemon = pwd.getpwnam("daemon").pw_uid

    def whose() -> str:
        return str(files.instances({"path": str(index), "name": "web"})["owner"])

    assert whose() == "root"
    configuration.touch()
    os.chown(configuration, daemon, daemon)
    assert whose() == "daemon"
    os.chown(home, daemon, daemon)
    os.chown(configuration, 0, 0)
    assert whose() == "daemon"
    configuration.unlink()
    configuration.symlink_to("/etc/hostname")
    assert whose() == "daemon"


def test_what_a_user_could_put_in_the_place_of_a_log_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("root's")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("secret")
    if os.geteuid() == 0:
        os.chown(tmp_path / "link", 1, 1, follow_symlinks=False)
        with pytest.raises(ValueError, match="is no plain file"):
            files.tail({"path": str(tmp_path / "link"), "lines": 9})
    with pytest.raises(ValueError, match="is no plain file"):
        files.tail({"path": str(tmp_path / "pipe"), "lines": 9})
