"""One Linux host: a systemd-nspawn machine that can be started, destroyed, cut off and looked into."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import cgroup, remains
from .network import Network

_BOOT = Path(__file__).with_name("inside") / "boot.sh"
_SECONDS = 60
_ENVIRONMENT = {
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "LOGNAME": "root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "USER": "root",
}


@dataclass(frozen=True)
class Site:
    """Where the hosts of one lab stand: their network, their image, the lab's folder for them, and who may log in."""

    network: Network
    tree: Path
    directory: Path
    public_key: str


class LinuxHost:
    """A machine at `address`, as new as its last `wipe`. `user` is whom Ansible logs in as."""

    platform = "linux"

    def __init__(self, name: str, site: Site, index: int, *, user: str) -> None:
        self.name = name
        self.address = site.network.address(index)
        self.user = user
        self._site = site
        self._index = index
        self._machine = site.network.machine(index)
        self.disk = site.directory / str(index)
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._init = 0
        self._turn = threading.RLock()
        self._reachable = True
        self.when_gone: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Boot on an empty disk, and wait until everything is up. Raises RuntimeError with the machine's last words."""
        with self._turn:
            self.disk.mkdir(parents=True, exist_ok=True)
            groups = cgroup.make(self._site.network.group(self._index))
            try:
                self._boot(groups)
                self._wait_until_up()
            except (RuntimeError, subprocess.SubprocessError) as error:
                raise RuntimeError(f"{self.name} does not start: {error} {self._last_words()}") from error

    def stop(self) -> None:
        """Cut the power, and throw the disk away."""
        with self._turn:
            remains.remove_machine(self._site.network, self._index)
            if self._supervisor is not None:
                self._supervisor.wait(_SECONDS)
                self._supervisor = None

    def wipe(self) -> None:
        """Become a new machine with the same name and address: another machine-id, other host keys, an empty disk."""
        with self._turn:
            self.stop()
            self.when_gone()
            self.start()
            self._reachable = True

    def reach(self, reachable: bool) -> None:
        """Take the machine off the network, or put it back."""
        with self._turn:
            if reachable != self._reachable:
                self._site.network.connect(self._machine, reachable)
                self._reachable = reachable
                if not reachable:
                    self.when_gone()

    def run(self, *command: str, check: bool = True, stdin: bytes = b"", timeout: float = _SECONDS) -> subprocess.CompletedProcess[bytes]:
        """Run a command inside as root: one argument is a script of bash, several are a program and its arguments. Needs no SSH.

        Raises CalledProcessError for an exit code that is not 0, unless `check` is false.
        """
        arguments = ["bash", "-c", command[0]] if len(command) == 1 else list(command)
        entered = ["nsenter", "--target", str(self._init), "--all", *arguments]
        return subprocess.run(entered, input=stdin, env=_ENVIRONMENT, capture_output=True, check=check, timeout=timeout)

    def read(self, path: str) -> bytes:
        """Return a file's content. Raises CalledProcessError when there is none."""
        return self.run("cat", path).stdout

    def text(self, *command: str) -> str:
        """Return what a command says, whatever its exit code."""
        return self.run(*command, check=False).stdout.decode(errors="replace").strip()

    def outside(self, *command: str) -> None:
        """Run a command of this machine where the host's disk is mounted."""
        assert self._supervisor is not None
        subprocess.run(
            ["nsenter", "--target", str(self._supervisor.pid), "--mount", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )

    @property
    def machine_id(self) -> str:
        """What /etc/machine-id says."""
        return self.read("/etc/machine-id").decode().strip()

    @property
    def upper(self) -> Path:
        """The layer of the disk that holds whatever differs from the image, as this machine's processes see it."""
        assert self._supervisor is not None
        return Path(f"/proc/{self._supervisor.pid}/root{self.disk}/upper")

    @property
    def root(self) -> Path:
        """The root of the file system, as this machine's processes see it. Absolute links lead out of it."""
        return Path(f"/proc/{self._init}/root")

    def _boot(self, groups: list[Path]) -> None:
        arguments = (self.disk, self._site.tree, self._machine, self.name, self._site.network.name, self._site.public_key, *groups)
        with self._log.open("wb") as log:
            self._supervisor = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", str(_BOOT), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._init = self._wait_for(self._find_init)
        address = f"{self.address}/24"
        enter = ["nsenter", "--target", str(self._init), "--net"]
        for command in (["ip", "address", "add", address, "dev", "host0"], ["ip", "link", "set", "host0", "up"]):
            subprocess.run([*enter, *command], stdin=subprocess.DEVNULL, capture_output=True, check=True)

    def _wait_until_up(self) -> None:
        # Not `--wait`: asked too early, it waits for ever for a change that has been.
        self._wait_for(lambda: self.text("systemctl", "is-system-running") in ("running", "degraded"))
        self._wait_for(self._has_ssh)

    def _find_init(self) -> int:
        """Return the machine's first process; 0 when it has none yet that has become the service manager."""
        assert self._supervisor is not None
        pid = self._supervisor.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/exe").readlink().name == "systemd":
                    return int(child)
        return 0

    def _has_ssh(self) -> bool:
        try:
            with socket.create_connection((self.address, 22), timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _wait_for(self, happened: Callable[[], int]) -> int:
        """Wait for something that is not 0, and return it. Raises RuntimeError when the machine ends meanwhile."""
        assert self._supervisor is not None
        until = time.monotonic() + _SECONDS
        while not (found := happened()):
            if self._supervisor.poll() is not None:
                raise RuntimeError(f"exit code {self._supervisor.returncode}.")
            if time.monotonic() > until:
                raise RuntimeError(f"it is not up after {_SECONDS} s.")
            time.sleep(0.02)
        return found

    @property
    def _log(self) -> Path:
        return self.disk.with_suffix(".log")

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-1000:].strip()
