# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What differs between releases of ansible-core. It is the thing that is asked for here, never the number of the release."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.inventory import manager
from ansible.parsing import vault

try:
    from ansible.module_utils.secrets import register_secret as _register  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # ansible-core before 2.22 does not mask secrets in its output
    _register = None


def register_secret(value: str) -> None:
    """Have the core mask a secret in all its output, where it can."""
    if _register is not None:
        _register(value)


def vault_secrets(loader: Any) -> list[Any]:
    """Return the vault secrets that the run was given."""
    context = getattr(vault, "VaultSecretsContext", None)
    current = None if context is None else context.current(optional=True)
    # Only the command line initialises the context; a loader used without it carries its secrets itself.
    return list((current and current.secrets) or getattr(getattr(loader, "_vault", None), "secrets", None) or [])


def reads_in_inventories(name: str) -> bool:
    """Tell whether Ansible reads a file or folder of this name where it reads a folder as inventory."""
    ignored = getattr(manager, "IGNORED", None)  # a pattern for bytes, of its own rules and those of ansible.cfg
    return ignored is None or not ignored.search(os.fsencode(name))


def plain(value: Any) -> Any:
    """Return the value without Ansible's tags and decrypted, as libraries outside Ansible need it."""
    if hasattr(value, "__ENCRYPTED__"):
        return str(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def parts_of(result: Any) -> tuple[str, Any, dict[str, Any]]:
    """Return host, task and answer of a task's result, as callbacks are given it."""
    if hasattr(result, "host"):
        return str(result.host), result.task, dict(result.result)
    return str(result._host), result._task, dict(result._result)
