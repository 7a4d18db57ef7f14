# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What differs between releases of the collection ansible.windows: each release of the package `ansible` brings another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ansible.plugins.loader import module_loader

from .._core.errors import InputError


@dataclass(frozen=True)
class _Need:
    """A module has to know an argument, which came with `since`. `option`: which of our options asks for it; None always does."""

    module: str
    argument: str
    since: str
    option: str | None = None


_NEEDS = (
    # Only so does a secret stay out of the host's event log. 2.5.0 mended it for older releases of PowerShell.
    _Need("win_powershell", "sensitive_parameters", "2.5.0"),
    _Need("win_package", "checksum_algorithm", "2.8.0", option="package_checksum"),
)


def require_modules(options: Mapping[str, Any]) -> None:
    """Raise InputError when the modules on the controller cannot do what these options ask of them."""
    for need in _NEEDS:
        if need.option is not None and options.get(need.option) is None:
            continue
        text, version = _installed(need.module)
        if need.argument not in text:
            there = f"it is {version}" if version else "there is none"
            remedy = f"ansible-galaxy collection install --upgrade 'ansible.windows:>={need.since}'"
            if need.option is None:
                raise InputError(f"Windows hosts need the collection ansible.windows {need.since} or newer, and {there}: {remedy}.")
            raise InputError(
                f"needs the collection ansible.windows {need.since} or newer on a Windows host, and {there}: {remedy}.", option=need.option
            )


@cache
def _installed(module: str) -> tuple[str, str | None]:
    """Return the code of a module of ansible.windows and the collection's version, ("", None) where there is none."""
    found = module_loader.find_plugin(f"ansible.windows.{module}", ".ps1")
    if not found:
        return "", None
    path = Path(found)
    try:
        about = json.loads((path.parents[2] / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"]
    except (OSError, ValueError, LookupError, TypeError):
        about = "of an unknown version"
    return path.read_text(encoding="utf-8-sig"), str(about)
