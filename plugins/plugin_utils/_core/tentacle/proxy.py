# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The proxies that Tentacle itself goes through: one for what deployments fetch, one to the server that it polls (tentacle.md 1.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..change import Change
from ..errors import InputError

CUSTOM, SYSTEM, NONE = "custom", "system", "none"
MODES = (CUSTOM, SYSTEM, NONE)


@dataclass(frozen=True)
class Proxy:
    """How a Tentacle uses a proxy. What was not said is None; a `user` of "" is nobody."""

    mode: str | None = None
    host: str | None = None
    port: int | None = None
    user: str | None = None

    def __str__(self) -> str:
        as_whom = f" as {self.user}" if self.user and self.mode != NONE else ""
        return f"{f'{_bracketed(self.host)}:{self.port}' if self.mode == CUSTOM else self.mode}{as_whom}"


Proxies = Mapping[str, Proxy]
"""By the option that says how it is used."""

FRESH = Proxy(SYSTEM, None, 80, "")
"""What a Tentacle does to which nobody has said anything (tentacle.md 2.2)."""

COMMANDS: Mapping[str, str] = {"proxy": "proxy", "polling_proxy": "polling-proxy"}
"""The command of Tentacle's that says how a proxy is used."""

_PREFIXES = {"proxy": "Octopus.Proxy.", "polling_proxy": "Octopus.Server.Proxy."}
_MEMBERS = ("UseDefaultProxy", "ProxyHost", "ProxyPort", "ProxyUsername")
PROXY_SETTINGS = tuple(f"{prefix}{member}" for prefix in _PREFIXES.values() for member in _MEMBERS)
"""The settings in an instance's configuration file that say so: the encrypted password is not among them (tentacle.md 2.2)."""


def said_proxies(options: Mapping[str, Any]) -> dict[str, Proxy]:
    """Return how proxies shall be used, where something is said of it. Raises InputError for what does not go together."""
    found = {}
    for option in COMMANDS:
        mode, host, port, user = (options.get(name) for name in (option, f"{option}_host", f"{option}_port", f"{option}_user"))
        mode = mode or (CUSTOM if host else None)
        for name, value in (("host", host), ("port", port), ("user", user)):
            if value is None or mode == CUSTOM or (mode == SYSTEM and name == "user"):
                continue
            says = f"where 'tentacle_{option}' is '{mode}'" if mode else f"without 'tentacle_{option}: custom' and its host"
            raise InputError(f"has no meaning {says}: leave it out.", option=f"{option}_{name}")
        if mode:
            found[option] = Proxy(mode, host, port, user)
    return found


def settle_proxies(said: Proxies, found: Proxies | None) -> dict[str, Proxy]:
    """Complete what was said by what the host has; `found` None: nobody has looked yet.

    Raises InputError for a proxy of which nobody knows the host.
    """
    return {option: proxy if found is None else _settled(option, proxy, found.get(option, FRESH)) for option, proxy in said.items()}


def read_proxies(settings: Mapping[str, str]) -> dict[str, Proxy]:
    """Read how proxies are used, from `PROXY_SETTINGS` of a configuration file. Raises ValueError for what Tentacle could not read."""
    return {option: _read(settings, prefix) for option, prefix in _PREFIXES.items()}


def proxy_changes(wanted: Proxies, found: Proxies) -> list[Change]:
    """List what differs."""
    return [Change(option, str(found.get(option, FRESH)), str(proxy)) for option, proxy in _differing(wanted, found).items()]


def proxy_commands(wanted: Proxies, found: Proxies) -> list[tuple[str, ...]]:
    """Return the commands that make it so, each with its options.

    A command that names no host sets the system's proxy, and one that enables nothing none; the port stands after the host, or it is
    not told (tentacle.md 1.10). User and password that are not named stay.
    """
    return [(COMMANDS[option], *_options(proxy, found.get(option, FRESH))) for option, proxy in _differing(wanted, found).items()]


def _bracketed(host: str | None) -> str | None:
    return f"[{host}]" if host and ":" in host else host


def _settled(option: str, said: Proxy, now: Proxy) -> Proxy:
    host = said.host or now.host
    if said.mode == CUSTOM and host is None:
        raise InputError("is missing: name the host of the proxy.", option=f"{option}_host")
    return Proxy(
        mode=said.mode,
        host=host if said.mode == CUSTOM else None,
        port=said.port or now.port,
        user=now.user if said.user is None else said.user,
    )


def _read(settings: Mapping[str, str], prefix: str) -> Proxy:
    default, host, port, user = (settings.get(f"{prefix}{member}", "").strip() for member in _MEMBERS)
    if default.lower() not in ("", "true", "false"):
        raise ValueError(f"its '{prefix}UseDefaultProxy' is no switch")
    if port and not (port.isascii() and port.isdecimal()):
        raise ValueError(f"its '{prefix}ProxyPort' is no number")
    mode = SYSTEM if default.lower() != "false" else CUSTOM if host else NONE
    return Proxy(mode, host.strip("[]").lower() if mode == CUSTOM else None, int(port or 80), user)


def _differing(wanted: Proxies, found: Proxies) -> dict[str, Proxy]:
    return {option: proxy for option, proxy in wanted.items() if proxy != found.get(option, FRESH)}


def _options(wanted: Proxy, now: Proxy) -> list[str]:
    options = [f"--proxyEnable={wanted.mode != NONE}"]
    if wanted.host is not None:
        options.append(f"--proxyHost={_bracketed(wanted.host)}")
    if wanted.port != now.port:
        options.append(f"--proxyPort={wanted.port}")
    if wanted.user != now.user:
        options.append(f"--proxyUsername={wanted.user}")
    return options
