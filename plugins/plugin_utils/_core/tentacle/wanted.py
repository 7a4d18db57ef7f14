# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the options of `tentacle` say, as types. `options` are values by the option's name, read and checked; a missing one is not said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError
from .communication import PolledServer, Said
from .instance import WantedInstance
from .nodes import Nodes
from .package import WantedPackage, require_trusted_way
from .polling import usual_address
from .proxy import said_proxies
from .version import Version


def wanted_package(options: Mapping[str, Any]) -> WantedPackage:
    """Read the package's options. Raises InputError for one that would come by a way that is not to be trusted."""
    version = options.get("version")
    package = WantedPackage(
        version=Version.parse(version) if version else None,
        url=options.get("package_url"),
        file=options.get("package_file"),
        checksum=options.get("package_checksum"),
        allow_downgrade=options["allow_downgrade"],
        strict=options["version_strict"],
        repository_url=options.get("repository_url"),
        repository_key=options.get("repository_key"),
        repository_suite=options.get("repository_suite"),
    )
    if options["state"] == "present" and not options["package_allow_http"]:
        require_trusted_way(package)
    return package


def wanted_instance(options: Mapping[str, Any], *, trust: Sequence[str], servers: Sequence[PolledServer] = ()) -> WantedInstance:
    """Read the instance's options. `trust`: thumbprints of the servers that it trusts; `servers`: those to poll, if it polls.

    Raises InputError for proxies that cannot be.
    """
    return WantedInstance(
        name=options["instance"],
        home=options.get("home_directory"),
        application_directory=options.get("application_directory"),
        adopt_directories=options["adopt_directories"],
        communication=Said(
            style=options.get("communication_style"),
            port=options.get("port"),
            address=options.get("listen_ip_address"),
            servers=tuple(servers),
            connections=options.get("polling_connection_count"),
        ),
        trust=tuple(trust),
        trust_exclusive=options["trust_exclusive"],
        service_account=options.get("service_user"),
        firewall=options["firewall"],
        absent=options["state"] == "absent",
        proxies=said_proxies(options),
    )


def servers_to_poll(
    options: Mapping[str, Any], *, trust: Sequence[str], known: Mapping[str, str], nodes: Mapping[str, Nodes]
) -> tuple[PolledServer, ...]:
    """Return the servers to poll, if the instance polls. `known`: the URLs of those that it is registered with, by their thumbprints.

    `nodes`: where those of them are polled of which it is said, by their thumbprints. Without any that is known, it is the one server
    that is trusted. Raises InputError, where the instance is said to poll.
    """
    if known:
        return tuple(_polled(thumbprint, nodes.get(thumbprint), (usual_address(url),)) for thumbprint, url in known.items())
    if len(trust) > 1 and options.get("communication_style") == "polling":
        raise InputError("names several servers, and nothing says which of them is to be polled: name one.", option="trust")
    addresses = options.get("server_addresses")
    return tuple(_polled(thumbprint, Nodes(tuple(addresses)) if addresses else None) for thumbprint in trust[:1])


def without_effect(options: Mapping[str, Any]) -> list[str]:
    """Return what to warn of: options that say something of the style that the instance is said not to have."""
    style = str(options.get("communication_style"))
    other = {"polling": ("port", "listen_ip_address"), "listening": ("server_addresses", "polling_connection_count")}
    return [f"'tentacle_{name}' has no effect on a {style} Tentacle." for name in other.get(style, ()) if options.get(name)]


def _polled(thumbprint: str, said: Nodes | None, usual: tuple[str, ...] = ()) -> PolledServer:
    return PolledServer(thumbprint, said.addresses, option=said.name) if said else PolledServer(thumbprint, usual, implied=True)
