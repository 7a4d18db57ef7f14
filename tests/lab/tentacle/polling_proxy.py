"""The proxy through which a polling Tentacle reaches its servers (tentacle.md 1.10, 8.4)."""

from __future__ import annotations

from ..halibut.tunnel import Proxy
from .configuration import Configuration

_PREFIX = "Octopus.Server.Proxy."
_DEFAULT_PORT = 80


def polling_proxy(configuration: Configuration) -> Proxy | None:
    """Return the custom proxy, None without one; what else this system has for a proxy the lab's Tentacle does not look for."""
    host = configuration.get(_PREFIX + "ProxyHost")
    if host is None:
        return None
    return Proxy(
        host,
        configuration.get_int(_PREFIX + "ProxyPort", _DEFAULT_PORT),
        configuration.get(_PREFIX + "ProxyUsername"),
        configuration.get_protected(_PREFIX + "ProxyPassword"),
    )
