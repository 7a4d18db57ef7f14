# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the options of `tentacle` say, as types. `options` are values by the option's name, read and checked; a missing one is not said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .communication import communication
from .instance import WantedInstance
from .package import WantedPackage, require_trusted_way
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


def wanted_instance(options: Mapping[str, Any], *, trust: Sequence[str]) -> WantedInstance:
    """Read the instance's options. `trust`: thumbprints of the servers that may connect. Raises InputError for proxies that cannot be."""
    return WantedInstance(
        name=options["instance"],
        home=options.get("home_directory"),
        application_directory=options.get("application_directory"),
        adopt_directories=options["adopt_directories"],
        communication=communication(options.get("communication_style"), options.get("port"), options.get("listen_ip_address")),
        trust=tuple(trust),
        trust_exclusive=options["trust_exclusive"],
        service_account=options.get("service_user"),
        firewall=options["firewall"],
        absent=options["state"] == "absent",
        proxies=said_proxies(options),
    )
