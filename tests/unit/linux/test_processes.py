"""Processes, units, ports and keyrings of a host, on this machine."""

from __future__ import annotations

import base64
import contextlib
import getpass
import os
import socket
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import machine, packages, port, processes, services
from ansible_collections.octoboot.octopus.plugins.module_utils._linux.limit import LIMIT
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.tentacle.certificates import generate
from tests.lab.tentacle.listener import Listener


def run(*arguments: str, **more: Any) -> dict[str, Any]:
    """Run a program as whoever runs this test."""
    step = {"file": arguments[0], "arguments": list(arguments[1:]), "timeout": 10, "user": getpass.getuser(), **more}
    return processes.run(step)


def test_a_process_runs_at_the_root_with_its_users_home_and_without_tentacles_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTOPUS_CONTRIBUTE_ENV_SETTINGS", "true")
    monkeypatch.setenv("TENTACLE_SERVICE_PORT", "1")
    monkeypatch.setenv("HOME", "/elsewhere")
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    told = run("/bin/sh", "-c", "pwd; echo $HOME; env | grep -ciE '^(octopus|tentacle)'; echo $http_proxy; echo no >&2; exit 3")
    assert told["rc"] == 3
    assert told["stdout"].split() == ["/", os.path.expanduser(f"~{getpass.getuser()}"), "0", "http://proxy:3128"]  # noqa: PTH111
    assert told["stderr"] == "no\n"


def test_a_process_is_found_by_its_command_line() -> None:
    mine = " ".join(Path("/proc/self/cmdline").read_bytes().decode().split("\0")).strip()
    assert processes.running({"containing": mine})
    assert not processes.running({"containing": "no process has this on its command line " + "x" * 20})


def test_two_full_pipes_do_not_stop_a_process() -> None:
    told = run("/bin/sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2")
    assert (len(told["stdout"]), len(told["stderr"])) == (LIMIT, LIMIT)


def test_a_process_that_does_not_end_is_killed() -> None:
    with pytest.raises(OSError, match=r"did not end within 0\.2 seconds and was killed"):
        run("/bin/sleep", "30", timeout=0.2)


def test_what_a_process_that_does_not_end_has_started_is_killed_with_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="was killed"):
        run("/bin/sh", "-c", f"(sleep 1; touch {tmp_path}/late) & sleep 30", timeout=0.2)
    time.sleep(1.2)
    assert not (tmp_path / "late").exists()


def test_a_process_gets_a_folder_of_its_own_that_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "SCRATCH", str(tmp_path))
    monkeypatch.setenv("DefaultLogDirectory", "/elsewhere")
    script = 'touch "$DefaultLogDirectory/log" && stat -c "%U %a" "$DefaultLogDirectory" && test "$Other" = "$DefaultLogDirectory"'
    told = run("/bin/sh", "-c", script, scratch=["DefaultLogDirectory", "Other"])
    assert (told["rc"], told["stdout"]) == (0, f"{getpass.getuser()} 700\n")
    assert list(tmp_path.iterdir()) == []
    assert run("/bin/sh", "-c", "echo $DefaultLogDirectory")["stdout"] == "\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a process as another user")
def test_another_users_process_has_that_users_scratch_folder_and_nothing_of_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere/tmp")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/0")
    script = 'touch "$x/log" && stat -c "%U %a" "$x"; echo "$TMPDIR$XDG_RUNTIME_DIR"; id -un'
    assert run("/bin/sh", "-c", script, scratch=["x"], user="daemon")["stdout"] == "daemon 700\n\ndaemon\n"


def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        run("/nowhere/Tentacle")


def test_a_process_runs_again_while_it_says_that_another_has_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes.time, "sleep", lambda seconds: None)
    script = f"echo x >> {tmp_path}/tries; test $(wc -l < {tmp_path}/tries) -ge 3 || {{ echo 'Could not get lock' >&2; exit 100; }}"
    assert run("/bin/sh", "-c", script, again="[Ll]ock", patience=60)["rc"] == 0
    (tmp_path / "tries").unlink()
    assert run("/bin/sh", "-c", script, again="[Ll]ock", patience=0)["rc"] == 100
    (tmp_path / "tries").unlink()
    assert run("/bin/sh", "-c", script, again="nothing of the kind", patience=60)["rc"] == 100


@pytest.mark.parametrize(
    ("state", "dead"),
    [
        ({"ActiveState": "active", "SubState": "running", "NRestarts": "0"}, False),
        ({"ActiveState": "activating", "SubState": "start", "NRestarts": ""}, False),
        ({"ActiveState": "active", "SubState": "running", "NRestarts": "1"}, True),
        ({"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "0"}, True),
        ({"ActiveState": "failed", "SubState": "failed", "NRestarts": "5"}, True),
    ],
)
def test_a_unit_that_is_started_again_and_again_is_dead(state: dict[str, str], dead: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "show", lambda names: [{**state, "ExecMainStatus": "100"}])
    told = services.death("Tentacle.service")
    assert (told is not None) == dead
    assert not dead or (told or "").endswith("exit code 100")
    assert ("again and again" in (told or "")) == (state["NRestarts"] not in ("", "0"))


def test_a_unit_that_lives_on_is_steady_and_one_that_dies_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    deaths = iter([None, "the unit x is failed"])
    monkeypatch.setattr(services, "death", lambda unit: None)
    services.steady({"name": "x", "seconds": 0})
    monkeypatch.setattr(services, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(services, "death", lambda unit: next(deaths))
    with pytest.raises(OSError, match="the unit x is failed"):
        services.steady({"name": "x", "seconds": 3600})


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("1", "100", "its process ended with exit code 100"),
        ("1", "143", "its process was asked to end (SIGTERM; exit code 143)"),
        ("1", "0", "its process was asked to end (SIGTERM; exit code 0)"),
        ("2", "15", "its process was killed by SIGTERM"),
        ("2", "9", "its process was killed by SIGKILL"),
        ("3", "6", "its process was killed by SIGABRT"),
        ("2", "200", "its process was killed by signal 200"),
        ("0", "0", None),
        ("", "", None),
    ],
)
def test_how_a_units_process_ended_is_told(code: str, status: str, said: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    state = {"ActiveState": "failed", "SubState": "failed", "NRestarts": "0", "ExecMainCode": code, "ExecMainStatus": status}
    monkeypatch.setattr(services, "show", lambda names: [state])
    assert services.death("x.service") == "the unit x.service is failed (failed)" + (f", {said}" if said else "")


def test_units_are_found_by_what_their_files_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Second.service").write_text("ExecStart=/opt/octopus/tentacle/Tentacle run --instance=Second --noninteractive")
    (tmp_path / "sshd.service").write_text("ExecStart=/usr/sbin/sshd")
    monkeypatch.setattr(services, "show", lambda names: [{"Id": name} for name in names])
    found = services.units({"path": str(tmp_path), "containing": "Tentacle run --instance=", "name": "Tentacle.service"})
    assert [unit["Id"] for unit in found] == ["Tentacle.service", "Second.service"]


def test_a_port_tells_the_thumbprint_that_it_presents() -> None:
    identity = generate()
    with contextlib.closing(Listener("127.0.0.1", 0, identity, frozenset(), lambda level, message: None)) as listener:
        step = {"address": "127.0.0.1", "port": listener.port, "wait": 0}
        assert port.certificate(step) == identity.thumbprint
        assert port.certificate({**step, "expect": identity.thumbprint}) == identity.thumbprint
        with pytest.raises(OSError, match=f"the port presents the certificate {identity.thumbprint}"):
            port.certificate({**step, "expect": "A" * 40})


def test_a_closed_port_is_waited_for_unless_its_unit_has_died(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        port.certificate({"address": "127.0.0.1", "port": closed, "wait": 0.1})
    monkeypatch.setattr(services, "death", lambda unit: "the unit x is failed")
    with pytest.raises(OSError, match="the unit x is failed"):
        port.certificate({"address": "127.0.0.1", "port": closed, "wait": 3600, "unit": "x"})


@given(st.binary(min_size=1).map(lambda data: bytes([data[0] | 0x80]) + data[1:]), st.sampled_from(["\n", "\r\n"]))
def test_an_armoured_key_and_a_binary_one_make_the_same_keyring(key: bytes, newline: str) -> None:
    body = textwrap.wrap(base64.b64encode(key).decode(), 64)
    lines = ["Some words", packages._BEGIN, "Comment: x", "", *body, "=AbCd", packages._END, ""]
    assert packages.dearmoured(newline.join(lines).encode()) == key
    assert packages.dearmoured(key) == key


@pytest.mark.parametrize(
    "text", ["<html>Not Found</html>", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!\n-----END PGP PUBLIC KEY BLOCK-----"]
)
def test_what_is_no_key_makes_no_keyring(text: str, tmp_path: Path) -> None:
    keyring = tmp_path / "keyrings" / "octopus.gpg"
    with pytest.raises(ValueError, match="it is not an OpenPGP public key"):
        packages.keyring({"key": text, "target": str(keyring)})
    with pytest.raises(OSError, match="refused"):
        packages.keyring({"url": "http://127.0.0.1:9/public.key", "timeout": 5, "target": str(keyring)})
    assert not keyring.exists()
    packages.keyring({"key": f"{packages._BEGIN}\n\nmAAA\n{packages._END}", "target": str(keyring)})
    assert (keyring.read_bytes(), keyring.stat().st_mode & 0o777) == (b"\x98\x00\x00", 0o644)


def test_the_machine_tells_its_processor_and_its_tools() -> None:
    told = machine.machine({"tools": ["sh", "no-such-tool"]})
    assert told["tools"] == ["sh"]
    assert told["architecture"] == os.uname().machine
