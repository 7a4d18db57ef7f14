# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How Octopus reaches a Tentacle: addresses, URIs, and the endpoint of a record."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..change import Change
from ..errors import InputError
from ..text import shown
from .resources import ENDPOINT
from .uri import ascii_host, from_punycode, short_ip

_LONGEST_HOST = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True)
class ListeningEndpoint:
    """A Tentacle that waits for Octopus at `uri`. `proxy_id`: None means not said, "" means none."""

    style: ClassVar[str] = "TentaclePassive"
    uri: str
    thumbprint: str
    proxy_id: str | None = None

    def members(self) -> dict[str, Any]:
        """Return what the server's API calls this (octopus-api.md 4.3)."""
        proxy = {} if self.proxy_id is None else {"ProxyId": self.proxy_id or None}
        return {"CommunicationStyle": self.style, "Thumbprint": self.thumbprint, "Uri": self.uri, **proxy}


@dataclass(frozen=True)
class PollingEndpoint:
    """A Tentacle that asks Octopus for work under its subscription id, `poll://…/`."""

    style: ClassVar[str] = "TentacleActive"
    uri: str
    thumbprint: str

    def members(self) -> dict[str, Any]:
        """Return what the server's API calls this (octopus-api.md 4.3)."""
        return {"CommunicationStyle": self.style, "Thumbprint": self.thumbprint, "Uri": self.uri}


Endpoint = ListeningEndpoint | PollingEndpoint

_OTHERS = {
    "None": "a cloud region",
    "Ssh": "an SSH connection",
    "OfflineDrop": "an offline package drop",
    "Ftp": "an FTP server",
    "AzureWebApp": "an Azure web app",
    "AzureCloudService": "an Azure cloud service",
    "AzureServiceFabricCluster": "an Azure Service Fabric cluster",
    "AwsEcsCluster": "an Amazon ECS cluster",
    "Kubernetes": "a Kubernetes cluster",
    "KubernetesTentacle": "a Kubernetes agent",
    "StepPackage": "a target of a step package",
}
"""What users call the other communication styles (octopus-api.md 4.3)."""


def check_address(text: str) -> str:
    """Return the address of a host as it is compared and sent: an IP address in its short form, a host name in ASCII without its last dot.

    Raises InputError, to be completed with the name of the variable, for anything else.
    """
    bare = text.strip()
    in_brackets = bare.startswith("[") and bare.endswith("]")
    address = short_ip(bare[1:-1] if in_brackets else bare)
    host = address or ("" if in_brackets else ascii_host(bare))
    if (in_brackets and ":" not in host) or len(bare) > _LONGEST_HOST or not (address or _is_host_name(host)):
        raise InputError(f"must be a host name or an IP address, without a scheme, port or path, and is '{shown(text, 100)}'.")
    return host


def thumbprint_of(record: Mapping[str, Any]) -> str:
    """Return the thumbprint of a record in capitals, "" for none. The top-level member mirrors the endpoint's (octopus-api.md 4.1)."""
    return str(record.get("Thumbprint") or (record.get("Endpoint") or {}).get("Thumbprint") or "").upper()


def other_kind(record: Mapping[str, Any]) -> str | None:
    """Return what users call a record that is no Tentacle's, None for one that is."""
    style = str((record.get("Endpoint") or {}).get("CommunicationStyle") or "")
    if style in (ListeningEndpoint.style, PollingEndpoint.style):
        return None
    return _OTHERS.get(style) or (f"of the kind '{shown(style, 60)}'" if style else "of a kind that the server does not tell")


def endpoint_changes(wanted: Endpoint, held: Mapping[str, Any]) -> list[Change]:
    """List what differs between the wanted endpoint and the one that a record holds."""
    members = wanted.members()
    rows = [(row, held.get(row.member), members[row.member]) for row in ENDPOINT if row.member in members]
    return [Change(row.option, before, after) for row, before, after in rows if not row.same(before, after)]


def endpoint_body(wanted: Endpoint, held: Mapping[str, Any]) -> dict[str, Any]:
    """Return the endpoint to be sent: what differs is replaced and the rest kept; of one of another style, nothing is kept."""
    members = wanted.members()
    if held.get("CommunicationStyle") != wanted.style:
        return members
    differing = [row.member for row in ENDPOINT if row.member in members and not row.same(held.get(row.member), members[row.member])]
    return {**held, **{member: members[member] for member in differing}}


def _is_host_name(host: str) -> bool:
    """Tell whether a name in ASCII may be a host's. One that ends in a number would be read as an IPv4 address, and may not."""
    labels = host.split(".")
    letters = "".join(map(from_punycode, labels))
    return (
        len(host) <= _LONGEST_HOST
        and all(_LABEL.fullmatch(label) for label in labels)
        and all(letter.isascii() or unicodedata.category(letter)[0] in "LMN" for letter in letters)
        and not labels[-1].isdecimal()
    )
