# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The argument specifications of the modules, and the variables that the role fills them from.

`plugins/modules` documents the same options; a test holds the two together. They stand here because the actions, which run on
the controller, and the preflight, which checks every host's inputs at once, validate by them.
"""

from __future__ import annotations

from typing import Any

Spec = dict[str, dict[str, Any]]

CONNECTION: Spec = {
    "url": {"type": "str"},
    "api_key": {"type": "str", "no_log": True},
    "access_token": {"type": "str", "no_log": True},
    "space": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "allow_http": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 30.0},
}

CONNECTION_SOURCES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "url": (("octopus_url",), ("OCTOPUS_URL",)),
    "api_key": (("octopus_api_key",), ("OCTOPUS_API_KEY",)),
    "access_token": (("octopus_access_token",), ("OCTOPUS_ACCESS_TOKEN",)),
    "space": (("octopus_space",), ("OCTOPUS_SPACE",)),
    "validate_certs": (("octopus_validate_certs",), ()),
    "ca_path": (("octopus_ca_path",), ()),
    "allow_http": (("octopus_allow_http",), ()),
    "timeout": (("octopus_timeout",), ()),
}
"""Where a connection option that the task does not give comes from: variables first, then the environment."""

STORE: Spec = {
    "identity_name": {"type": "str"},
    "identity_store": {"type": "path"},
    "identity_encryption": {"type": "str", "choices": ["vault", "none"], "default": "vault"},
    "certificate": {"type": "str", "no_log": True},
    "certificate_password": {"type": "str", "no_log": True},
}

TENTACLE: Spec = STORE | {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "version": {"type": "str"},
    "version_strict": {"type": "bool", "default": False},
    "allow_downgrade": {"type": "bool", "default": False},
    "package_url": {"type": "str"},
    "package_file": {"type": "path"},
    "package_checksum": {"type": "str"},
    "repository_url": {"type": "str"},
    "repository_key": {"type": "str", "no_log": False},
    "repository_suite": {"type": "str"},
    "install_timeout": {"type": "int", "default": 1800},
    "install_background": {"type": "bool", "default": False},
    "installation": {"type": "dict"},
    "instance": {"type": "str", "default": "Tentacle"},
    "home_directory": {"type": "str"},
    "application_directory": {"type": "str"},
    "communication_style": {"type": "str", "choices": ["listening"], "default": "listening"},
    "port": {"type": "int", "default": 10933},
    "listen_ip_address": {"type": "str"},
    "trust": {"type": "list", "elements": "str"},
    "trust_exclusive": {"type": "bool", "default": False},
    "firewall": {"type": "bool", "default": True},
    "service_user": {"type": "str"},
    "service_password": {"type": "str", "no_log": True},
    "start_timeout": {"type": "int", "default": 60},
    "pfx_encryption": {"type": "str", "choices": ["compatible", "modern"], "default": "compatible"},
    "run_as": {"type": "str", "default": "SYSTEM"},
    "findings": {"type": "dict"},
}

TARGET: Spec = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str"},
    "thumbprint": {"type": "str"},
    "former_thumbprints": {"type": "list", "elements": "str", "default": []},
    "public_hostname": {"type": "str"},
    "public_port": {"type": "int"},
    "environments": {"type": "list", "elements": "str"},
    "target_tags": {"type": "list", "elements": "str", "aliases": ["roles"]},
    "machine_policy": {"type": "str"},
    "disabled": {"type": "bool"},
    "on_thumbprint_mismatch": {"type": "str", "choices": ["fail", "replace"], "default": "fail"},
}

TARGET_VARIABLES: dict[str, tuple[str, ...]] = {
    "name": ("octopus_target_name",),
    "public_hostname": ("octopus_public_hostname",),
    "public_port": ("octopus_public_port",),
    "environments": ("octopus_environments",),
    "target_tags": ("octopus_target_tags", "octopus_roles"),
    "machine_policy": ("octopus_machine_policy",),
    "disabled": ("octopus_disabled",),
    "on_thumbprint_mismatch": ("octopus_on_thumbprint_mismatch",),
}
"""Which variables say what a target shall be when the task does not. Lists may be spread over `<variable>__<anything>`."""

HEALTH: Spec = {
    "machines": {"type": "dict"},
    "registered": {"type": "str"},
    "timeout_queued": {"type": "int", "default": 600},
    "timeout_running": {"type": "int", "default": 900},
    "machine_timeout": {"type": "int", "default": 60},
    "strict": {"type": "bool", "default": False},
}

PREFLIGHT: Spec = {
    "strict": {"type": "bool", "default": False},
}

CERTIFICATE: Spec = {
    "name": {"type": "str", "required": True},
    "store": {"type": "path", "required": True},
    "encryption": {"type": "str", "choices": ["vault", "none"], "default": "vault"},
    "certificate": {"type": "str", "no_log": True},
    "certificate_password": {"type": "str", "no_log": True},
}

TASK_ONLY = frozenset({"state", "installation", "findings"})
"""Options of `tentacle` that a task says itself, or that one task hands to the next; no variable of the user's fills them."""


def tentacle_variable(option: str) -> str:
    """Return the role variable that fills an option of `tentacle`."""
    return f"tentacle_{option}"


TENTACLE_VARIABLES = frozenset(tentacle_variable(option) for option in TENTACLE if option not in TASK_ONLY)

OTHER_VARIABLES = frozenset(
    {"octopus_hosts", "octopus_debug", "octopus_serial", "octopus_preflight_strict", "octopus_health_check", "octopus_health_strict"}
)

MERGED = ("environments", "target_tags")
"""Target options that groups may carry in parts."""


def known_variables() -> frozenset[str]:
    """Return every variable that this collection reads."""
    connection = (variable for variables, dummy in CONNECTION_SOURCES.values() for variable in variables)
    target = (variable for variables in TARGET_VARIABLES.values() for variable in variables)
    return frozenset({*connection, *target, *TENTACLE_VARIABLES, *OTHER_VARIABLES})
