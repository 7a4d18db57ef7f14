# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the options of `tentacle` say, as types. `options` are validated values by the option's name; missing or blank is not said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError
from ..identity import normalise_thumbprint
from ..text import shown
from .communication import communication
from .instance import DEFAULT_INSTANCE, WantedInstance
from .package import WantedPackage
from .paths import check_hostpath
from .version import Version

_INSTANCE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")


def wanted_package(options: Mapping[str, Any]) -> WantedPackage:
    """Read the package's options. Raises InputError, which names the option."""
    checksum = _said(options, "package_checksum")
    if checksum and not _SHA256.fullmatch(checksum):
        raise InputError(f"must be a SHA-256 checksum of 64 hexadecimal digits, and is '{shown(checksum, 80)}'.", option="package_checksum")
    if _said(options, "package_url") and _said(options, "package_file"):
        raise InputError("must not be set beside 'package_file': the package comes from one place.", option="package_url")
    return WantedPackage(
        version=_version(_said(options, "version")),
        url=_said(options, "package_url"),
        file=_said(options, "package_file"),
        checksum=checksum,
        allow_downgrade=options.get("allow_downgrade") or False,
        strict=options.get("version_strict") or False,
        repository_url=_said(options, "repository_url"),
        repository_key=_said(options, "repository_key"),
        repository_suite=_said(options, "repository_suite"),
    )


def wanted_instance(options: Mapping[str, Any], *, thumbprint: str, trust: Sequence[str]) -> WantedInstance:
    """Read the instance's options. `trust`: thumbprints of the servers that may connect. Raises InputError, which names the option.

    What is to go (`state: absent`) needs no trust.
    """
    absent = options.get("state") == "absent"
    name = _said(options, "instance") or DEFAULT_INSTANCE
    if not _INSTANCE_NAME.fullmatch(name):
        raise InputError(
            f"must be made of letters, digits, '_', '.' and '-', begin with neither '.' nor '-', and is '{shown(name, 80)}'.",
            option="instance",
        )
    if not trust and not absent:
        raise InputError("is empty: give the thumbprint of the Octopus Server that may connect.", option="trust")
    return WantedInstance(
        name=name,
        thumbprint=thumbprint,
        home=_path("home_directory", options),
        application_directory=_path("application_directory", options),
        communication=communication(_said(options, "communication_style"), _said(options, "port"), _said(options, "listen_ip_address")),
        trust=tuple(dict.fromkeys(map(_thumbprint, trust))),
        trust_exclusive=options.get("trust_exclusive") or False,
        service_account=_said(options, "service_user"),
        firewall=options.get("firewall") is not False,
        absent=absent,
    )


def _said(options: Mapping[str, Any], option: str) -> Any:
    """Return a value; None for a text that is blank, which says nothing."""
    value = options.get(option)
    return None if isinstance(value, str) and not value.strip() else value


def _version(text: str | None) -> Version | None:
    if not text:
        return None
    try:
        return Version.parse(text)
    except InputError:
        raise InputError(f"must be a version of Tentacle, such as 9.2.4285, and is '{shown(text, 80)}'.", option="version") from None


def _path(option: str, options: Mapping[str, Any]) -> str | None:
    path = _said(options, option)
    try:
        return None if path is None else check_hostpath(path)
    except InputError as error:
        raise InputError(str(error), option=option) from None


def _thumbprint(text: str) -> str:
    try:
        return normalise_thumbprint(text)
    except InputError:
        raise InputError(
            f"must hold certificate thumbprints of 40 hexadecimal digits, such as 8CB3…D1A0, and holds '{shown(text, 80)}'.", option="trust"
        ) from None
