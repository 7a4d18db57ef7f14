"""The Linux host that tentacle-linux.jsonl was recorded on, as a folder: who asks, what stands on its disk, and what changed there."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.linux.tentacle_program.certificate_store import UserStore
from tests.lab.machine import CertificateStoreError, Process, Result, User
from tests.lab.tentacle import run
from tests.unit.lab.fake_linux import FakeLinux, RootedDisk
from tests.unit.real.pfx_files import pfx_files
from tests.unit.real.recordings import RELEASE, Answer

ROOT, NOBODY = User("root"), User("nobody", elevated=False)
HERE = "/work2"
PFX = "/w/tt/pfx"
_TEXTS = (".config", ".txt", ".heartbeat")
_PATIENCE_SECONDS = 20


class GuardedDisk(RootedDisk):
    """A disk of root's that others use by the rights that their class has, whoever runs the test."""

    is_guarded = False

    def _allows(self, path: str, bit: int) -> bool:
        """Tell whether the rights of strangers lead to a path, and let them do with it what `bit` says."""
        if not self.is_guarded:
            return True
        below = Path(self._below(path))
        above = [parent for parent in below.parents if parent.is_relative_to(self.root) and parent != self.root]
        reached = all(parent.stat().st_mode & stat.S_IXOTH for parent in above if parent.exists())
        return reached and (not below.exists() or bool(below.stat().st_mode & bit))

    def _insist(self, path: str, bit: int) -> None:
        if not self._allows(path, bit):
            raise PermissionError(13, "Permission denied", path)

    def exists(self, path: str) -> bool:
        return self._allows(path, ~0) and super().exists(path)

    def is_dir(self, path: str) -> bool:
        return self._allows(path, ~0) and super().is_dir(path)

    def list_dir(self, path: str) -> list[str]:
        self._insist(path, stat.S_IROTH)
        return super().list_dir(path)

    def read(self, path: str) -> bytes:
        self._insist(path, stat.S_IROTH)
        return super().read(path)

    def write(self, path: str, data: bytes) -> None:
        self._insist(path, stat.S_IWOTH)
        super().write(path, data)

    def append(self, path: str, data: bytes) -> None:
        self._insist(path, stat.S_IWOTH)
        super().append(path, data)


@dataclass(frozen=True)
class NoStore(UserStore):
    """The store of an account without a home."""

    def add(self, thumbprint: str, pfx: bytes) -> None:
        refusal = PermissionError(13, "Permission denied", "/nonexistent")
        raise CertificateStoreError("The X509 certificate could not be added to the store.") from refusal


class RecordedHost(FakeLinux):
    """The host, and who sits there: `user` with `environment_of_user`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.files: GuardedDisk = GuardedDisk(self.root)
        self.variables = {"HOME": "/root"}
        self.user = ROOT
        self.answers = lambda line: Result(127 if line.startswith("sudo") else 0, "", "")
        self.hostname = "vm"
        for directory in ("/etc/octopus", "/root", HERE, PFX, "/home"):
            self.files.make_dirs(directory)
        for name, data in pfx_files().items():
            self.files.write(f"{PFX}/{name}", data)
        (self.root / "tmp").chmod(0o1777)

    @property
    def certificates(self) -> UserStore:
        home = self.variables.get("HOME", "/root")
        return (NoStore if home == "/nonexistent" else UserStore)(self.root / home.lstrip("/"))

    def bind_address(self, listen_ip: str | None) -> str:
        """Return an address of this process's own: several tests may run at the same time."""
        return f"127.{os.getpid() >> 16 & 127}.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"

    def path(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    @contextmanager
    def as_nobody(self, home: str = "/nonexistent") -> Iterator[None]:
        self.user, self.variables["HOME"], self.files.is_guarded = NOBODY, home, True
        try:
            yield
        finally:
            self.user, self.variables["HOME"], self.files.is_guarded = ROOT, "/root", False

    def asked(self, argv: list[str], **environment: str) -> Answer:
        """Run one command line, and say what it changed."""
        before = self._snapshot()
        result = run(Process(self, self.user, HERE, argv, environment), version=RELEASE)
        return self._answer(result, before)

    def _answer(self, result: Result, before: dict[str, Any]) -> Answer:
        after = self._snapshot()
        changed = {path: _shown(path, file) for path, file in after.items() if before.get(path) != file}
        gone = dict.fromkeys(before.keys() - after.keys(), "REMOVED")
        return Answer(result.rc, self._own(result.stdout), self._own(result.stderr), {**changed, **gone})

    def _own(self, text: str) -> str:
        """Say paths and the address as the host itself knows them, and keep columns."""
        address = re.escape(self.bind_address(None))
        text = re.sub(rf"^listen://{address}:(\d+)/( +\d+)(?=  )", _in_columns, text, flags=re.MULTILINE)
        return text.replace(str(self.root), "").replace(self.bind_address(None), "[::]")

    def _snapshot(self) -> dict[str, Any]:
        return {f"/{path.relative_to(self.root)}": _seen(path) for path in self.root.rglob("*")}

    @contextmanager
    def agent(self, argv: list[str]) -> Iterator[list[Answer]]:
        """Run an agent; its answer is in the list when it has been asked to end."""
        self.waits, self.asked_to_end = threading.Event(), threading.Event()
        before, answers, results = self._snapshot(), list[Answer](), list[Result]()
        process = Process(self, self.user, HERE, argv)
        thread = threading.Thread(target=lambda: results.append(run(process, version=RELEASE)))
        thread.start()
        try:
            assert self.waits.wait(_PATIENCE_SECONDS)
            yield answers
        finally:
            self.asked_to_end.set()
            thread.join(_PATIENCE_SECONDS)
        answers.append(self._answer(results[0], before))

    def probed(self, port: int) -> dict[str, str]:
        """Look at the agent's port as a browser does."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((self.bind_address(None), port), 10) as raw, context.wrap_socket(raw) as tls:
            certificate = tls.getpeercert(binary_form=True) or b""
            tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
            page = b"".join(iter(lambda: tls.recv(65536), b"")).decode()
            version = tls.version() or ""
        return {"tls": version, "thumb": hashlib.sha1(certificate, usedforsecurity=False).hexdigest().upper(), "page": page}


def _in_columns(found: re.Match[str]) -> str:
    start = f"listen://[::]:{found[1]}/"
    return f"{start}{found[2].strip():>{len(found[0]) - len(start)}}"


def _seen(path: Path) -> dict[str, Any]:
    found = path.stat()
    mode = oct(stat.S_IMODE(found.st_mode))
    return {"dir": mode} if path.is_dir() else {"mode": mode, "data": base64.b64encode(path.read_bytes())}


def _shown(path: str, file: dict[str, Any]) -> dict[str, Any]:
    """Return a file as the recorder did: with the text of configurations, index and heartbeat, without that of logs, keys and PFX."""
    if "dir" in file:
        return file
    is_text = path.endswith(_TEXTS) and not path.endswith("OctopusTentacle.txt")
    return {"mode": file["mode"], **({"text": base64.b64decode(file["data"]).decode()} if is_text else {})}
