# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The firewall of a Linux host: ufw or firewalld, when one is at work. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..._core.tentacle.instance import FirewallRule
from .. import contract as do
from ..outcomes import Outcome
from ..step import Step, optional

_SECONDS = 60
_UFW_ANYWHERE = re.compile(r"^(\d+)(?:/tcp)? +ALLOW(?: IN)? +Anywhere\b", re.MULTILINE)
_UFW_SOME = re.compile(r"^(\d+)(?:/tcp)? +ALLOW(?: IN)? +(?!Anywhere)(\S+)", re.MULTILINE)

UFW, FIREWALLD = "ufw", "firewalld"


def firewall_steps() -> dict[str, Step]:
    """Return the steps that see the firewall. A program that is not there is an error, and tells that much."""
    return {
        "ufw": _ask("ufw", "status"),
        "firewalld": _ask("firewall-cmd", "--state"),
        "firewalld_now": _ask("firewall-cmd", "--list-ports"),
        "firewalld_kept": _ask("firewall-cmd", "--permanent", "--list-ports"),
    }


def read_firewall(outcomes: Mapping[str, Outcome], port: int) -> tuple[str, FirewallRule | None]:
    """Return which firewall is at work (empty: none), and what it says of the port."""
    told = outcomes["ufw"].value
    if told and told["rc"] == 0 and "Status: active" in told["stdout"]:
        return UFW, _ufw_rule(told["stdout"], port)
    told = outcomes["firewalld"].value
    if told and told["rc"] == 0:
        listed = [_ports(outcomes[name]) for name in ("firewalld_now", "firewalld_kept")]
        return FIREWALLD, FirewallRule(open=True, ports=str(port)) if all(f"{port}/tcp" in ports for ports in listed) else None
    return "", None


def _ports(told: Outcome) -> list[str]:
    return str(told.value["stdout"]).split() if told.value else []


def open_steps(firewall: str, port: int, instance: str) -> list[Step]:
    """Return the steps that let connections to the port in, now and after a reboot."""
    if firewall == UFW:
        return [_tell("ufw", "allow", "proto", "tcp", "to", "any", "port", str(port), "comment", f"Octopus Tentacle {instance}")]
    return [_tell("firewall-cmd", *kept, f"--add-port={port}/tcp") for kept in ((), ("--permanent",))]


def close_steps(firewall: str, port: int) -> list[Step]:
    """Return the steps that take the rule away."""
    if firewall == UFW:
        return [_tell("ufw", "delete", "allow", "proto", "tcp", "to", "any", "port", str(port))]
    return [_tell("firewall-cmd", *kept, f"--remove-port={port}/tcp") for kept in ((), ("--permanent",))]


def _ufw_rule(status: str, port: int) -> FirewallRule | None:
    if str(port) in _UFW_ANYWHERE.findall(status):
        return FirewallRule(open=True, ports=str(port))
    some = next((source for its_port, source in _UFW_SOME.findall(status) if its_port == str(port)), None)
    return FirewallRule(open=True, ports=f"{port} from {some}") if some else None


def _ask(file: str, *arguments: str) -> Step:
    return optional(do.linux_query(file, arguments, _SECONDS))


def _tell(file: str, *arguments: str) -> Step:
    return do.linux_run(file, arguments, _SECONDS)
