"""What Tentacle answers: a sample and what is read from it, and what the real one answered (tests/real)."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Configuration, TrustedServer

from tests.unit.real.recordings import recorded

POLLED, LISTENED = "A1" * 20, "B2" * 20


def _shown() -> str:
    """Return what a real Windows host showed, with a certificate, and with trust as a real Linux host showed it: polled and listened to."""
    shown = json.loads(recorded("tentacle-windows")[6].answer.stdout)
    polling = json.loads(recorded("tentacle-linux")[135].answer.stdout)["Tentacle"]["Communication"]["TrustedOctopusServers"]
    active = {**polling[1], "Thumbprint": POLLED, "Address": "https://octopus:10943", "SubscriptionId": "poll://x/"}
    shown["Tentacle"]["CertificateThumbprint"] = LISTENED
    shown["Tentacle"]["Communication"]["TrustedOctopusServers"] = [active, {**polling[0], "Thumbprint": LISTENED}]
    return json.dumps(shown, indent=2) + "\n"


SHOWN = _shown()
READ = Configuration(
    home="C:\\Octopus",
    application_directory="C:\\Octopus\\Applications",
    thumbprint=LISTENED,
    port=10933,
    listen_ip=None,
    listens=True,
    trusted=(TrustedServer(POLLED, 2, "https://octopus:10943", "poll://x/"), TrustedServer(LISTENED, 1)),
)

REAL: list[dict[str, Any]] = [
    {"system": system, "argv": line.argv, "rc": line.answer.rc, "stdout": line.answer.stdout, "stderr": line.answer.stderr}
    for system in ("linux", "windows")
    for line in recorded(f"tentacle-{system}")
    if line.argv[0] == "show-configuration"
]
"""Answers to `show-configuration` of Tentacle 9.2.4304, each with `system`, `argv`, `rc`, `stdout` and `stderr`."""
