"""What Tentacle answers: a sample and what is read from it, and what the real one answered (tests/unit/core/real_answers.jsonl)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Configuration, TrustedServer

POLLED, LISTENED = "A1" * 20, "B2" * 20
SHOWN = f"""\
{{
  "Octopus": {{
    "Home": "C:\\\\Octopus",
    "Watchdog": {{ "Enabled": false, "Instances": "*", "Interval": 0 }}
  }},
  "Tentacle": {{
    "CertificateThumbprint": "{LISTENED}",
    "Communication": {{
      "PollingConnectionCount": null,
      "TrustedOctopusServers": [
        {{ "Thumbprint": "{POLLED}", "CommunicationStyle": 2,
          "Address": "https://octopus:10943", "Squid": null, "SubscriptionId": "poll://x/" }},
        {{ "Thumbprint": "{LISTENED}", "CommunicationStyle": 1, "Address": null, "Squid": null, "SubscriptionId": null }}
      ]
    }},
    "Deployment": {{ "ApplicationDirectory": "C:\\\\Octopus\\\\Applications" }},
    "Services": {{ "ListenIP": null, "NoListen": false, "PortNumber": 10933 }}
  }}
}}
"""
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
    json.loads(line) for line in (Path(__file__).parent / "real_answers.jsonl").read_text(encoding="utf-8").splitlines()
]
"""Answers to `show-configuration` of Tentacle 9.2.4304, each with `system`, `argv`, `rc`, `stdout` and `stderr`."""
