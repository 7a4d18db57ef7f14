"""How Ansible logs in to the Linux hosts: one key for a lab, and connections that are kept open from task to task."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

# A host that was wiped has other keys, and is no stranger for it.
_OPTIONS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"


class Access:
    """The key of a lab, and the sockets of the connections that it opened, in `directory`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True)
        self._sockets = directory
        self._key = directory / "key"
        key = Ed25519PrivateKey.generate()
        self._key.touch(mode=0o600)
        self._key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        self.public_key = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    def variables(self) -> dict[str, Any]:
        """Return the variables of the inventory.

        The connections' sockets are the lab's own, so that it can close them: those that Ansible keeps elsewhere for a minute would
        lead to a machine that is no more, or hang where one is cut off.
        """
        return {
            "ansible_connection": "ssh",
            "ansible_ssh_private_key_file": str(self._key),
            "ansible_ssh_common_args": f"{_OPTIONS} -o ControlPath={self._sockets}/%h-%r",
        }

    def hang_up(self, address: str) -> None:
        """Close the connections to a host."""
        for path in self._sockets.glob(f"{address}-*"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(
                    ["ssh", "-O", "exit", "-o", f"ControlPath={path}", address],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=5,
                    check=False,
                )
