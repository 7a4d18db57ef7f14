# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Reading what Tentacle prints and writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .instance import Configuration, TrustedServer

HOME, APPLICATIONS = "Octopus.Home", "Tentacle.Deployment.ApplicationDirectory"
THUMBPRINT, SERVERS = "Tentacle.CertificateThumbprint", "Tentacle.Communication.TrustedOctopusServers"
PORT, LISTEN_IP, NO_LISTEN = "Tentacle.Services.PortNumber", "Tentacle.Services.ListenIP", "Tentacle.Services.NoListen"
SETTINGS = (HOME, APPLICATIONS, THUMBPRINT, SERVERS, PORT, LISTEN_IP, NO_LISTEN)
"""The settings in an instance's configuration file that make up a `Configuration` (tentacle.md 2.2)."""

_DEFAULT_PORT = 10933
_STYLES = {"None": 0, "TentaclePassive": 1, "TentacleActive": 2}


def read_configuration(text: str) -> Configuration:
    """Read the answer of `show-configuration` (tentacle.md 1.9). Raises ValueError for what is not such an answer."""
    try:
        document = json.loads(text[text.index("{") : text.rindex("}") + 1])
        octopus, tentacle = document["Octopus"], document["Tentacle"]
        services = tentacle["Services"]
        return Configuration(
            home=octopus["Home"],
            application_directory=tentacle["Deployment"]["ApplicationDirectory"],
            thumbprint=tentacle["CertificateThumbprint"],
            port=int(services["PortNumber"]),
            listen_ip=services["ListenIP"] or None,
            listens=not services["NoListen"],
            trusted=tuple(_trusted(entry) for entry in tentacle["Communication"]["TrustedOctopusServers"] or ()),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"Tentacle's show-configuration gave no configuration: {type(error).__name__}: {error}") from error


def read_settings(settings: Mapping[str, str], *, home: str, application_directory: str) -> Configuration:
    """Read settings as they stand in the file, where Tentacle itself cannot be asked. Raises ValueError.

    `home` and `application_directory` hold where the file does not say them.
    """
    try:
        return Configuration(
            home=settings.get(HOME, home),
            application_directory=settings.get(APPLICATIONS, application_directory),
            thumbprint=settings.get(THUMBPRINT),
            port=int(settings.get(PORT, _DEFAULT_PORT)),
            listen_ip=settings.get(LISTEN_IP),
            listens=settings.get(NO_LISTEN, "false").strip().lower() != "true",
            trusted=tuple(_trusted(entry) for entry in json.loads(settings.get(SERVERS, "[]"))),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the settings of Tentacle cannot be read: {type(error).__name__}: {error}") from error


def _trusted(entry: dict[str, Any]) -> TrustedServer:
    style = entry["CommunicationStyle"]
    return TrustedServer(
        thumbprint=entry["Thumbprint"],
        style=_STYLES[style] if isinstance(style, str) else int(style),
        address=entry["Address"],
        subscription_id=entry["SubscriptionId"],
    )


def read_index(content: bytes) -> tuple[str, str]:
    """Read a file of the instance index: the instance's name and the path of its configuration. Raises ValueError."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
        return str(document["Name"]), str(document["ConfigurationFilePath"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not an entry of the instance index: {error}") from error
