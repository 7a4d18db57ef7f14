"""The emulated Tentacle on Linux: its key, its certificate store, its agent (tentacle.md 1.1, 1.15, 2.4)."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.lab.halibut import thumbprint_at
from tests.lab.linux.tentacle_program.faults import FAULTS_FILE
from tests.lab.linux.tentacle_program.machine_key import GENERATED_KEY, MACHINE_ID, MachineKey
from tests.lab.machine import CertificateStoreError, Process, Result
from tests.lab.tentacle import run
from tests.lab.tentacle.certificates import Identity, generate
from tests.lab.tentacle.console import Streams
from tests.tools.checkout import ROOT as CHECKOUT
from tests.unit.lab.fake_linux import CONFIG, HOME, ROOT, FakeLinux
from tests.unit.lab.fake_machine import free_port

RUN = ("run", "--instance=web1", "--noninteractive")
UNREADABLE = "Unable to parse configuration key 'Tentacle.Certificate' as a 'String'."
FOREIGN_STORE = (
    "The owner of the x509stores is not the current user, please change ownership of the x509stores directory or run with sudo. Details: "
)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return generate()


AGENT = (
    "import sys; from tests.lab.linux.tentacle_program.host import LinuxMachine as Me; print(flush=True); sys.exit(Me().wait_for_signal())"
)


def ended_by(number: signal.Signals) -> int:
    """Return the exit code of an agent that got this signal."""
    with subprocess.Popen([sys.executable, "-c", AGENT], stdout=subprocess.PIPE, cwd=CHECKOUT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.2)
        process.send_signal(number)
        return process.wait(20)


def test_an_agent_that_is_asked_to_end_ends_with_either_code_and_an_interrupted_one_is_killed() -> None:
    assert ended_by(signal.SIGINT) == -signal.SIGINT
    codes = set()
    for _attempt in range(60):
        codes.add(ended_by(signal.SIGTERM))
        if len(codes) == 2:
            break
    assert codes == {0, 143}


@pytest.fixture
def machine(tmp_path: Path) -> FakeLinux:
    return FakeLinux(tmp_path).created()


@pytest.fixture
def configured(machine: FakeLinux, identity: Identity) -> FakeLinux:
    """A machine with a certificate that nobody has read yet."""
    import_certificate(machine, identity)
    machine.ok("configure", f"--port={free_port()}", "--trust", "A" * 40)
    return machine


def import_certificate(machine: FakeLinux, identity: Identity) -> None:
    machine.files.write("/tmp/c.pfx", identity.to_pfx("pw"))
    machine.ok("import-certificate", "--from-file=/tmp/c.pfx", "--pfx-password=pw")


def port_of(machine: FakeLinux) -> int:
    port: int = json.loads(machine.tentacle("show-configuration").stdout)["Tentacle"]["Services"]["PortNumber"]
    return port


def test_a_secret_is_encrypted_as_openssl_does_it(machine: FakeLinux) -> None:
    """Made by `openssl enc -aes-256-cbc -K … -iv … -base64` with the ASCII characters of both in hexadecimal."""
    machine.set_machine_id("0123456789abcdef0123456789abcdef")
    protected = "+cHQtp+k0+zbrsipycP47Crya6wHy62Sv+KPVPitnwM="
    assert machine.protect("a certificate, in base64") == protected
    assert machine.unprotect(protected) == "a certificate, in base64"
    assert not machine.files.exists(GENERATED_KEY)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 4000])
def test_secrets_of_any_length(machine: FakeLinux, length: int) -> None:
    clear = "ü" * length
    assert machine.unprotect(machine.protect(clear)) == clear


@pytest.fixture
def generates_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one key generated, always the same: another might open a text by chance, as one in 256 does."""
    monkeypatch.setattr(os, "urandom", lambda size: bytes(range(size)))


@pytest.mark.usefixtures("generates_one_key")
@pytest.mark.parametrize("machine_id", [None, "", "0123", "\n" + "0" * 32])
def test_without_a_machine_id_a_key_is_made_and_kept(machine: FakeLinux, machine_id: str | None) -> None:
    if machine_id is None:
        machine.files.delete(MACHINE_ID)
    else:
        machine.files.write(MACHINE_ID, machine_id.encode())
    protected = machine.protect("secret")
    key, vector = machine.files.text(GENERATED_KEY).split(".")
    assert (len(base64.b64decode(key)), len(base64.b64decode(vector))) == (32, 16)
    assert machine.unprotect(protected) == "secret"
    machine.set_machine_id("1" * 32)
    assert machine.unprotect(protected) == "secret", "the generated key is tried when the machine's does not fit"


@pytest.mark.usefixtures("generates_one_key")
def test_a_decryption_that_fails_makes_a_key(machine: FakeLinux) -> None:
    protected = machine.protect("secret")
    machine.set_machine_id("1" * 32)
    with pytest.raises(ValueError, match="Padding is invalid"):
        machine.unprotect(protected)
    assert machine.files.exists(GENERATED_KEY)


def test_a_text_that_is_not_encrypted_is_no_secret(machine: FakeLinux) -> None:
    for text in ("%%%", "AAAA", ""):
        with pytest.raises(ValueError):
            MachineKey(machine.files).unprotect(text)


@pytest.mark.parametrize("command", [["show-thumbprint"], ["show-configuration"], ["new-certificate", "--if-blank"]])
def test_commands_that_read_the_certificate(configured: FakeLinux, identity: Identity, command: list[str]) -> None:
    """They put it into the user's store, and cannot do without the key that it was encrypted with."""
    assert configured.cached == []
    result = configured.tentacle(*command)
    assert (result.rc, configured.cached) == (0, [f"{identity.thumbprint}.pfx"])
    configured.become_another_machine()
    result = configured.tentacle(*command)
    assert (result.rc, result.stdout) == (100, ""), "the store does not rescue it"
    assert UNREADABLE in result.stderr.splitlines()
    assert result.stderr.endswith("-" * 79 + "\n\n")


def test_commands_that_do_not_read_the_certificate(configured: FakeLinux, identity: Identity) -> None:
    configured.become_another_machine()
    assert configured.tentacle("list-instances").rc == configured.tentacle("version").rc == 0
    configured.ok("configure", "--port=1")
    configured.ok("server-comms", "--style=TentaclePassive")
    configured.ok("service", "--install", "--start")
    assert configured.cached == []
    import_certificate(configured, identity)
    assert configured.cached == []
    assert configured.tentacle("show-thumbprint").stdout == identity.thumbprint


def test_a_wrong_key_that_finds_a_padding(configured: FakeLinux, identity: Identity) -> None:
    """What comes out is no certificate: the setting is not named, and the user's store rescues the machine, if it has the certificate."""
    certificate = re.search(r'key="Tentacle\.Certificate">([^<]+)<', configured.files.text(CONFIG))
    assert certificate is not None
    for number in range(1, 10_000):  # one in 256 does it
        configured.set_machine_id(f"{number:032}")
        configured.files.write(GENERATED_KEY, b"none, so that it is the machine id's")
        with contextlib.suppress(ValueError):
            configured.unprotect(certificate[1])
            break
    result = configured.tentacle("show-configuration")
    assert (result.rc, result.stdout) == (100, "")
    assert result.stderr.splitlines()[1] == "The input is not a valid Base-64 string."
    configured.certificates.add(identity.thumbprint, identity.to_pfx())
    assert configured.tentacle("show-thumbprint") == Result(0, identity.thumbprint, "")


def test_a_generated_key_that_opens_the_certificate_by_chance_makes_no_other_machine(configured: FakeLinux) -> None:
    machine_id, vector = configured.files.read(MACHINE_ID).strip(), b"743677397A244326"
    configured.files.make_dirs("/etc/octopus")
    configured.files.write(GENERATED_KEY, b".".join(map(base64.b64encode, (machine_id, vector))))
    configured.become_another_machine()
    assert configured.tentacle("show-thumbprint").rc != 0


def test_a_certificate_without_its_thumbprint_is_none(configured: FakeLinux, identity: Identity) -> None:
    text = configured.files.text(CONFIG)
    configured.files.write(CONFIG, text.replace(f">{identity.thumbprint}</set>", " />").encode())
    configured.become_another_machine()
    assert configured.tentacle("show-thumbprint") == Result(0, "", "")


def test_the_store_is_the_users_alone(configured: FakeLinux, identity: Identity) -> None:
    configured.ok("show-thumbprint")
    store = configured.certificates.path
    assert stat.S_IMODE((store / f"{identity.thumbprint}.pfx").stat().st_mode) == 0o600
    directories = [path for path in [store, *store.parents] if configured.root / HOME.lstrip("/") in path.parents]
    assert [stat.S_IMODE(path.stat().st_mode) for path in directories] == [0o755] * 3 + [0o700] * 2


def test_what_is_in_the_store_already_is_taken_from_it(configured: FakeLinux, identity: Identity) -> None:
    configured.ok("show-thumbprint")
    file = configured.certificates.path / f"{identity.thumbprint}.pfx"
    before = file.stat().st_mtime_ns
    configured.ok("show-thumbprint")
    assert file.stat().st_mtime_ns == before
    file.write_bytes(b"rubbish")
    assert configured.tentacle("show-thumbprint").stdout == identity.thumbprint


def test_only_base64_is_put_into_the_store_by_importing(machine: FakeLinux, identity: Identity) -> None:
    import_certificate(machine, identity)
    assert machine.cached == []
    machine.ok("import-certificate", "--from-base64", identity.to_base64())
    assert machine.cached == [f"{identity.thumbprint}.pfx"]


def test_a_folder_for_temporary_files_is_needed(machine: FakeLinux) -> None:
    result = machine.tentacle("version", TMPDIR="/nowhere")
    message = "The temp folder '/nowhere/' does not exist. Ensure the user 'root' has a valid temp folder.\n"
    assert (result.rc, result.stdout, result.stderr) == (1, "", message)
    assert list((machine.root / "tmp").iterdir()) == []


@contextlib.contextmanager
def running(machine: FakeLinux) -> Iterator[Future[Result]]:
    """Run the agent from when it waits until the block ends, when it is asked to end."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(machine.tentacle, *RUN)
        try:
            assert machine.waits.wait(10)
            yield future
        finally:
            machine.asked_to_end.set()


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_the_agent_listens_until_it_is_asked_to_end(configured: FakeLinux, identity: Identity) -> None:
    port = port_of(configured)
    with running(configured) as process:
        configured.ok("new-certificate")
        configured.ok("configure", "--port=1")
        assert thumbprint_at("127.0.0.1", port) == identity.thumbprint, "it keeps what it started with"
    assert process.result().rc == 143
    assert f"Agent listening on: 127.0.0.1:{port}" in process.result().stdout.splitlines()
    assert not listens(port)


def test_an_agent_at_a_terminal_ends_with_its_person(configured: FakeLinux) -> None:
    result = configured.tentacle("run", "--instance=web1")
    assert result.rc == 0
    assert "Running. Press <enter> to shut down..." in result.stdout
    assert result.stdout.endswith("Listener stopped\n")


def test_an_agent_whose_certificate_is_unreadable_ends(configured: FakeLinux) -> None:
    configured.become_another_machine()
    result = configured.tentacle(*RUN)
    assert result.rc == 100
    assert result.stderr.splitlines()[1] == UNREADABLE
    assert "Terminating process" not in result.stderr, "nobody sits before it"
    assert UNREADABLE in configured.files.text("/etc/octopus/web1/Logs/OctopusTentacle.txt")


def test_an_agent_whose_port_is_in_use_ends(configured: FakeLinux) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        configured.ok("configure", f"--port={taken.getsockname()[1]}")
        result = configured.tentacle(*RUN)
    assert (result.rc, result.stderr.splitlines()[1]) == (100, "Address already in use"), "the advice is for the words of Windows"


def test_a_store_of_somebody_elses(configured: FakeLinux, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process lives on and does nothing; every other command fails."""

    def refuse(*_: object) -> None:
        raise CertificateStoreError("The owner of '/x' is not the current user.")

    monkeypatch.setattr("tests.lab.linux.tentacle_program.certificate_store.UserStore.add", refuse)
    with running(configured) as process:
        assert not process.done()
    assert process.result() == Result(143, "", f"{FOREIGN_STORE}The owner of '/x' is not the current user.\n")
    assert configured.tentacle("run", "--instance=web1").rc == 0
    assert configured.tentacle("show-thumbprint").rc == 100


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_whose_store_it_is(machine: FakeLinux) -> None:
    machine.certificates.add("A" * 40, b"pfx")
    os.chown(machine.certificates.path, 65534, 65534)
    assert machine.certificates.find("A" * 40) == b"pfx"
    with pytest.raises(CertificateStoreError, match="is not the current user"):
        machine.certificates.add("B" * 40, b"pfx")


def test_faults_are_read_from_a_file(configured: FakeLinux) -> None:
    configured.files.make_dirs(FAULTS_FILE.rpartition("/")[0])
    configured.files.write(FAULTS_FILE, b'{"broken_show_configuration": true, "someone_elses": 1}')
    with pytest.raises(json.JSONDecodeError):
        json.loads(configured.tentacle("show-configuration").stdout)
    assert json.loads(configured.files.read(FAULTS_FILE)) == {"someone_elses": 1}
    assert dict(configured.faults) == {}
    json.loads(configured.tentacle("show-configuration").stdout)
    configured.faults["agent_dies"] = True
    assert configured.tentacle(*RUN).rc == 100


def test_what_a_real_process_says_is_out_at_once(machine: FakeLinux) -> None:
    said: list[str] = []

    class Out:
        def write(self, text: str) -> None:
            said.append(text)

    result = run(Process(machine, ROOT, HOME, ["configure", "--port=7"]), streams=Streams(Out(), Out()))
    assert result == Result(0, "", "")
    assert said == ["Services listen port: 7\n", "These changes require a restart of the Tentacle.\n"]
