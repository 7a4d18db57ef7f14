"""What of the Linux lab needs no root: its arithmetic, its inventory, and what it says where there can be none."""

from __future__ import annotations

import dataclasses
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.lab import __main__ as command_line
from tests.lab.fleet import Lab
from tests.lab.linux import network, recipe, state, tools
from tests.lab.linux.fleet import host_variables, make_hosts
from tests.lab.linux.inside.octolab_hook import changes
from tests.lab.linux.machine import Site
from tests.lab.linux.network import MOST_HOSTS, Network, claim, port
from tests.lab.linux.ssh import Access

LONGEST_LINK = 15
LONGEST_SOCKET = 107 - len(".0123456789abcdef")
"""What a path of a socket may have, less what ssh appends while it makes one."""
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody else than root."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_the_hosts_of_a_lab_and_its_controller_share_a_network() -> None:
    one = Network(7)
    assert (one.name, one.controller) == ("octolab7", "10.213.7.1")
    assert [one.address(index) for index in (1, 2, MOST_HOSTS)] == ["10.213.7.11", "10.213.7.12", "10.213.7.210"]
    for index in (0, MOST_HOSTS + 1):
        with pytest.raises(ValueError, match="at most 200 Linux hosts"):
            one.address(index)
    assert len(port(Network(254).machine(MOST_HOSTS))) <= LONGEST_LINK


def test_two_labs_never_have_one_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(network, "_CLAIMS", tmp_path / "claims")
    first, second = claim(), claim()
    assert (first.number, second.number) == (1, 2)
    first.release()
    third = claim()
    assert third.number == 1
    second.release()
    third.release()


def test_another_recipe_is_kept_in_another_folder() -> None:
    debian = recipe.debian()
    assert debian.name == recipe.debian().name
    others = [
        dataclasses.replace(debian, suite="trixie"),
        dataclasses.replace(debian, packages=(*debian.packages, "vim-tiny")),
        dataclasses.replace(debian, files={**debian.files, "etc/motd": "hello"}),
    ]
    assert len({each.name for each in (debian, *others)}) == 4


def test_hosts_are_logged_in_to_as_root_and_as_a_user_with_sudo_by_turns(tmp_path: Path) -> None:
    access = Access(tmp_path / "ssh")
    hosts = make_hosts(["linux01", "linux02", "linux03"], Site(Network(7), tmp_path, tmp_path, access.public_key), access)
    assert [host_variables(host) for host in hosts.values()] == [
        {"ansible_host": "10.213.7.11", "ansible_user": "root"},
        {"ansible_host": "10.213.7.12", "ansible_user": "ops", "ansible_become": True},
        {"ansible_host": "10.213.7.13", "ansible_user": "root"},
    ]


def test_the_key_is_the_users_alone_and_the_sockets_paths_are_short_enough() -> None:
    with tempfile.TemporaryDirectory(prefix="octopus-lab-") as directory:
        access = Access(Path(directory, "ssh"))
        variables = access.variables()
        key = Path(variables["ansible_ssh_private_key_file"])
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert access.public_key.startswith("ssh-ed25519 ")
        pattern = variables["ansible_ssh_common_args"].rpartition("ControlPath=")[2]
        assert len(pattern.replace("%h", "10.213.254.210").replace("%r", "root")) <= LONGEST_SOCKET


def test_without_root_the_lab_says_so_in_one_sentence_and_leaves_nothing(
    user: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(tools.LinuxUnavailable, match=r"^Linux hosts need root\b[^\n]*\.$"):
        Lab(linux=["linux01"])
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_says_it_without_a_traceback(user: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lab", "up", "--linux", "1"])
    with pytest.raises(SystemExit, match="Linux hosts need root"):
        command_line.main()


def test_what_is_missing_is_named_where_it_cannot_be_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(tools.LinuxUnavailable, match=r"Debian packages are .*debootstrap.*systemd-container"):
        tools.require()


@pytest.mark.parametrize(
    ("event", "arguments", "counted"),
    [
        ("open", ("/etc/passwd", "r", os.O_RDONLY), False),
        ("open", ("/etc/octopus/x", "w", WRITE), True),
        ("open", ("/etc/octopus/x", None, os.O_RDWR), True),
        ("open", (5, "wb", WRITE), False),
        ("open", ("/dev/null", "w", WRITE), False),
        ("open", ("/home/ops/.ansible/tmp/ansible-tmp-1/x", "w", WRITE), False),
        ("os.mkdir", (b"/etc/octopus", 0o777, -1), True),
        ("os.remove", ("relative", -1), True),
        ("os.rename", ("/tmp/ansible_linux_batch_payload_1/x", "/etc/octopus/x", -1, -1), True),
        ("os.rmdir", ("/tmp/ansible_linux_batch_payload_1", -1), False),
        ("os.chmod", (5, 0o600, -1), True),
        ("os.listdir", ("/etc",), False),
        ("subprocess.Popen", ("systemctl", ["systemctl", "start", "x"], None, None), True),
        ("socket.connect", (None, ("127.0.0.1", 1)), False),
    ],
)
def test_a_step_is_what_changes_the_host_and_is_not_ansibles_own(event: str, arguments: tuple[Any, ...], counted: bool) -> None:
    assert changes(event, arguments) is counted


def test_the_answers_of_a_hosts_programs_are_understood() -> None:
    assert state.packages_in("tentacle 9.2.4285 installed\n") == {"tentacle": "9.2.4285"}
    assert state.packages_in("tentacle 9.2.4285 config-files\n") == {}
    assert state.units_in("Id=a.service\nExecStart={ path=/x ; argv[]=/x run --instance=a }\n\nId=b.service") == [
        {"Id": "a.service", "ExecStart": "{ path=/x ; argv[]=/x run --instance=a }"},
        {"Id": "b.service"},
    ]
    assert state.rule_in("allow tcp 10933 0.0.0.0/0 any 0.0.0.0/0 in comment=4f63746f") == "allow 10933/tcp # Octo"
    assert state.rule_in("deny any 22 0.0.0.0/0 any 0.0.0.0/0 in") == "deny 22/any"
    assert state.packages_in("") == {}
    assert state.units_in("") == []
