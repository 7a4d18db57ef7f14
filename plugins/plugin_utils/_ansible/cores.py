# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What differs between releases of ansible-core. It is the thing that is asked for here, never the number of the release."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from ansible import template
from ansible.inventory import manager
from ansible.parsing import vault
from ansible.release import __version__
from ansible.template import Templar
from ansible.utils.display import Display

from .._core.urls import MASK, mask_urls

try:
    from ansible.module_utils.secrets import register_secret as _register  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # ansible-core before 2.22 does not mask secrets in its output
    _register = None


_hidden: set[str] = set()
_WAYS = ("display", "verbose", "debug", "warning", "error", "deprecated")
"""The ways to print, each of which goes to the main process by itself."""


def register_secret(value: str) -> None:
    """Have a secret masked in all that this process prints: connections show what a module answers, from -vvv on."""
    if _register is not None:
        _register(value)
        return
    _hidden.add(value)
    for name in _WAYS:
        way = getattr(Display, name, None)
        if way is not None and not hasattr(way, "masks"):
            setattr(Display, name, _masking(way))


def _masking(way: Callable[..., None]) -> Callable[..., None]:
    """Return a way to print that masks. The process of a task ends with the task, and this with it."""

    @wraps(way)
    def masked(self: Display, *args: Any, **kwargs: Any) -> None:
        way(self, *map(_masked, args), **{name: _masked(value) for name, value in kwargs.items()})

    masked.masks = True  # type: ignore[attr-defined]
    return masked


def _masked(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for secret in sorted(_hidden, key=len, reverse=True):
        value = value.replace(secret, MASK)
    return mask_urls(value)


def vault_secrets(loader: Any) -> list[Any]:
    """Return the vault secrets that the run was given."""
    context = getattr(vault, "VaultSecretsContext", None)
    current = None if context is None else context.current(optional=True)
    # Only the command line initialises the context; a loader used without it carries its secrets itself.
    return list((current and current.secrets) or getattr(getattr(loader, "_vault", None), "secrets", None) or [])


def template_with(templar: Any) -> Callable[[Any], Any]:
    """Return what resolves templates as this templar does, but for null: it stays null behind another template too."""

    def resolved(value: Any) -> Any:
        found = templar.template(value)
        if found == "" and value != "" and _blanks_nulls():
            # The one thing that is asked of it: of a text it makes a number.
            native = templar.copy_with_new_env(environment_class=template.AnsibleNativeEnvironment, finalize=lambda thing: thing)
            return None if native.template(value) is None else found
        return found

    return resolved


def changed_texts() -> str:
    """Return what to add where text is wanted and none came: a sentence on cores whose templates make something else of some texts."""
    if not isinstance(Templar(None, {"text": "[1]"}).template("{{ text }}"), list):
        return ""
    return (
        " Text that looks like a list, a dictionary or a truth value becomes one when a template passes it on: ansible-core 2.19 or newer "
        f"keeps it, and this is {__version__}. Set the variable itself, without a template."
    )


@cache
def _blanks_nulls() -> bool:
    """Tell whether a null behind another template is an empty text here, as it is before 2.19."""
    return bool(Templar(None, {"null": None, "behind": "{{ null }}"}).template("{{ behind }}") == "")


def with_extra_variables(manager: Any, variables: Mapping[str, Any]) -> Any:
    """Return a variable manager that is as this one, but for the variables of the command line."""
    made = copy.copy(manager)
    # Cores before 2.19 have a copy forget these two: they copy a manager to send it to another process.
    made._loader, made._hostvars = manager._loader, manager._hostvars
    made._extra_vars = dict(variables)
    return made


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
