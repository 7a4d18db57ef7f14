# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Every option of every module, one row each, and the variables that fill it.

The specifications by which the actions validate, the role's defaults and argument specification and README's tables are made from
these rows (`make generate`); the documentation in `plugins/modules` is held to them by a test.

What a user does not say stays as it is, on the host and on the server. So an option of state has no `default`: `new` is the value for
something that is made, and nothing but `None` stands for what was not said. `default` is for behaviour: timeouts, strictness.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from . import checks
from .octopus.tenancy import PARTICIPATIONS
from .option import Option, Options, Rule
from .tentacle.communication import DEFAULT_PORT
from .tentacle.proxy import MODES


def _octopus(name: str, type: str = "str", *, variables: tuple[str, ...] = (), **more: Any) -> Option:  # noqa: A002 - as Ansible calls it
    return Option(name, type, variables=variables or (f"octopus_{name}",), **more)


def _tentacle(name: str, type: str = "str", **more: Any) -> Option:  # noqa: A002 - as Ansible calls it
    return Option(name, type, variables=(f"tentacle_{name}",), **more)


def _proxy(name: str) -> Options:
    return (
        _tentacle(name, choices=MODES, new="system"),
        _tentacle(f"{name}_host", check=checks.address),
        _tentacle(f"{name}_port", "int", new="80", check=checks.port),
        _tentacle(f"{name}_user", blank=True),
        _tentacle(f"{name}_password", no_log=True, check=checks.password_of_proxy),
    )


CONNECTION: Options = (
    _octopus("url", environment=("OCTOPUS_URL",)),
    _octopus("api_key", environment=("OCTOPUS_API_KEY",), no_log=True),
    _octopus("access_token", environment=("OCTOPUS_ACCESS_TOKEN",), no_log=True),
    _octopus("space", environment=("OCTOPUS_SPACE",)),
    _octopus("validate_certs", "bool", default=True),
    _octopus("ca_path", "path"),
    _octopus("allow_http", "bool", default=False),
    _octopus("timeout", "float", default=30.0, check=checks.seconds),
)

IDENTITY: Options = (
    _tentacle("identity_name", new="the host's name", check=checks.identity_name),
    _tentacle("identity_store", "path"),
    _tentacle("identity_encryption", choices=("vault", "none"), default="vault"),
    _tentacle("identity_allow_ephemeral", "bool", default=False),
    _tentacle("certificate", no_log=True),
    _tentacle("certificate_password", no_log=True),
)

PACKAGE: Options = (
    _tentacle("version", new="the newest", check=checks.version),
    _tentacle("version_strict", "bool", default=False),
    _tentacle("allow_downgrade", "bool", default=False),
    _tentacle("package_url"),
    _tentacle("package_file", "path"),
    _tentacle("package_checksum", check=checks.sha256),
    _tentacle("package_allow_http", "bool", default=False),
    _tentacle("repository_url"),
    _tentacle("repository_key", no_log=False),
    _tentacle("repository_suite"),
    _tentacle("install_timeout", "int", default=1800, check=checks.seconds),
    _tentacle("install_background", "bool", default=False, role=True),
)

INSTANCE: Options = (
    _tentacle("instance", default="Tentacle", check=checks.instance),
    _tentacle("home_directory", "hostpath", new="C:\\Octopus, /etc/octopus/default", check=checks.folder),
    _tentacle("application_directory", "hostpath", new="C:\\Octopus\\Applications, /home/Octopus/Applications", check=checks.folder),
    _tentacle("adopt_directories", "bool", default=False),
    _tentacle("communication_style", choices=("listening", "polling"), new="listening"),
    _tentacle("server_addresses", "list", elements="str", new="made from octopus_url", check=checks.server_addresses),
    _tentacle("polling_connection_count", "int", new="1", check=checks.connection_count),
    _tentacle("port", "int", new=str(DEFAULT_PORT), check=checks.port),
    _tentacle("listen_ip_address", new="any", check=checks.listen_address),
    *_proxy("proxy"),
    *_proxy("polling_proxy"),
    _tentacle("trust", "list", elements="str", new="the server's thumbprint", check=checks.thumbprints),
    _tentacle("trust_exclusive", "bool", default=False),
    _tentacle("firewall", "bool", default=True),
    _tentacle("service_user", new="SYSTEM, root"),
    _tentacle("service_password", no_log=True),
    _tentacle("start_timeout", "int", default=60, check=checks.seconds),
    _tentacle("pfx_encryption", choices=("compatible", "modern"), default="compatible"),
    _tentacle("run_as", default="SYSTEM", blank=True),
)

STATE = Option("state", choices=("present", "absent"), default="present", level="task")

TENTACLE: Options = (
    STATE,
    *PACKAGE,
    Option("installation", "dict", level="task"),
    *INSTANCE,
    *IDENTITY,
    Option("for_registration", "bool", default=False, level="task"),
)
TENTACLE_RULES = (Rule(exclusive=("package_url", "package_file")),)

RECORD: Options = (
    _octopus("public_hostname", new="ansible_host", check=checks.address),
    _octopus("public_port", "int", new="tentacle_port", check=checks.port),
    _octopus("machine_policy"),
    _octopus("proxy", blank=True),
    _octopus("disabled", "bool", new="false"),
    _octopus("on_thumbprint_mismatch", choices=("fail", "replace"), default="fail"),
    _octopus("allow_rename", "bool", default=False),
)
"""What targets and workers have in common."""

TARGET_RECORD: Options = (
    _octopus("name", variables=("octopus_target_name",), new="the host's name", check=checks.record_name),
    _octopus("environments", "list", elements="str", parts=True),
    _octopus("target_tags", "list", elements="str", parts=True, variables=("octopus_target_tags", "octopus_roles"), aliases=("roles",)),
    _octopus("tenants", "list", elements="str", parts=True),
    _octopus("tenant_tags", "list", elements="str", parts=True),
    _octopus(
        "tenanted_participation",
        choices=tuple(PARTICIPATIONS),
        new="tenanted with octopus_tenants or octopus_tenant_tags, else untenanted",
    ),
)

WORKER_RECORD: Options = (
    _octopus("name", variables=("octopus_worker_name",), new="the host's name", check=checks.record_name),
    _octopus("worker_pools", "list", elements="str", parts=True),
)

MACHINE: Options = (
    STATE,
    Option("instance", variables=("tentacle_instance",), check=checks.instance),
    Option("thumbprint", check=checks.thumbprint, level="task"),
    Option("former_thumbprints", "list", elements="str", default=[], check=checks.thumbprints, level="task"),
    Option("subscription_id", check=checks.subscription, level="task"),
)
"""What a task says of the machine that a record is for."""

TARGET: Options = (*MACHINE, *TARGET_RECORD, *RECORD)
WORKER: Options = (*MACHINE, *WORKER_RECORD, *RECORD)

HEALTH: Options = (
    Option("machines", "dict", level="task"),
    Option("registered", level="task"),
    Option("timeout_queued", "int", default=600, check=checks.seconds, level="task"),
    Option("timeout_running", "int", default=900, check=checks.seconds, level="task"),
    Option("machine_timeout", "int", default=60, check=checks.seconds, level="task"),
    Option("strict", "bool", default=False, variables=("octopus_health_strict",)),
)

PREFLIGHT: Options = (Option("strict", "bool", default=False, variables=("octopus_preflight_strict",)),)

PRUNE: Options = (
    Option("hosts", "raw", default="tentacles", variables=("octopus_hosts",)),
    Option("include_healthy", "bool", default=False, variables=("octopus_prune_include_healthy",)),
    Option("most", "int", new="half of the fleet's records", check=checks.most, variables=("octopus_prune_most",)),
)

CERTIFICATE: Options = (
    Option("name", required=True, check=checks.identity_name, level="task"),
    Option("store", "path", required=True, level="task"),
    Option("encryption", choices=("vault", "none"), default="vault", level="task"),
    Option("allow_ephemeral", "bool", default=False, variables=("tentacle_identity_allow_ephemeral",)),
    Option("certificate", no_log=True, level="task"),
    Option("certificate_password", no_log=True, level="task"),
)

REGISTRATIONS: Options = (
    _octopus("register_as", "list", elements="str", new="target", check=checks.register_as),
    _octopus("registrations", "list", elements="dict"),
)
"""What a machine is in Octopus: one thing by default, or several. A registration's members are the options of connection and record."""

RUN: Options = (
    _octopus("preflight_strict", "bool", default=False),
    _octopus("allow_rekey", "bool", default=False),
    _octopus("manage", "list", elements="str", check=checks.managed),
    _octopus("health_check", "bool", default=True),
    _octopus("health_strict", "bool", default=False),
    _octopus("allow_variables", "list", elements="str"),
    _octopus("debug", "bool", default=False, level="play"),
    _octopus("serial", "raw", new="100%", check=checks.serial, level="play"),
    _octopus("hosts", "raw", new="tentacles", level="play"),
    _octopus("fail_when_empty", "bool", default=True, level="play"),
    _octopus("prune_include_healthy", "bool", default=False, level="play"),
    _octopus("prune_most", "int", new="half of the fleet's records", check=checks.most, level="play"),
)
"""What a whole run is like. No module has these as options."""

VARIABLES: Options = (*CONNECTION, *TENTACLE, *TARGET_RECORD, *WORKER_RECORD, *RECORD, *REGISTRATIONS, *RUN)
"""Every option that variables fill."""


@cache
def known_variables() -> frozenset[str]:
    """Return every variable that this collection reads, without the parts."""
    return frozenset(variable for option in VARIABLES for variable in option.variables)


@cache
def merged_variables() -> frozenset[str]:
    """Return the variables to which groups may add as `<variable>__<anything>`."""
    return frozenset(variable for option in VARIABLES if option.parts for variable in option.variables)
