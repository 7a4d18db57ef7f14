"""The Octopus Servers that an instance trusts (tentacle.md 2.2, "TrustedOctopusServers element")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from .configuration import SERVERS, Configuration
from .errors import UnexpectedError, format_error

NONE, PASSIVE, ACTIVE = 0, 1, 2
STYLES = {"none": NONE, "tentaclepassive": PASSIVE, "tentacleactive": ACTIVE, "ssh": 3, "offlinedrop": 4}

# The product's random generator never picks the first letter of its alphabet, A (tentacle.md 5).
_SUBSCRIPTION_LETTERS = "bcdefghjklmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class TrustedServer:
    """One trusted thumbprint, with how the server and the Tentacle reach one another."""

    thumbprint: str
    style: int = NONE
    address: str | None = None
    squid: str | None = None
    subscription_id: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the element in the property order of the product."""
        return {
            "Thumbprint": self.thumbprint,
            "CommunicationStyle": self.style,
            "Address": self.address,
            "Squid": self.squid,
            "SubscriptionId": self.subscription_id,
        }


def load_trust(configuration: Configuration) -> list[TrustedServer]:
    """Read the trusted servers. Raises UnexpectedError when the setting is no list of servers."""
    found = configuration.get_json(SERVERS) or []
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise format_error(f"Unable to parse configuration key '{SERVERS}' as a 'OctopusServerConfiguration[]'.")
    return [_from_json(entry) for entry in found]


def save_trust(configuration: Configuration, servers: list[TrustedServer]) -> None:
    configuration.set_json(SERVERS, [server.to_json() for server in servers])


def add_or_update(servers: list[TrustedServer], server: TrustedServer) -> list[TrustedServer]:
    """Put a server at the end, in place of the one with its thumbprint (ignoring case) and its address.

    Raises UnexpectedError when several are alike, as the product's SingleOrDefault does.
    """
    alike = [known for known in servers if _alike(known, server)]
    if len(alike) > 1:
        raise UnexpectedError("Sequence contains more than one matching element", "System.InvalidOperationException")
    if not server.thumbprint.strip():
        raise UnexpectedError("A valid thumbprint must be supplied", "System.ArgumentException")
    return [known for known in servers if known not in alike] + [replace(server, thumbprint=server.thumbprint.strip())]


def same_address(left: str | None, right: str | None) -> bool:
    """Compare two addresses as URIs, ignoring case; none equals none."""
    if left is None or right is None:
        return left is right
    return _canonical(left) == _canonical(right)


def new_subscription_id() -> str:
    import secrets  # here, because it brings OpenSSL, which no other command needs

    return "poll://" + "".join(secrets.choice(_SUBSCRIPTION_LETTERS) for _ in range(20)) + "/"


def style_name(style: int) -> str:
    return {ACTIVE: "polling tentacle", PASSIVE: "listening tentacle"}.get(style, "")


def _alike(left: TrustedServer, right: TrustedServer) -> bool:
    return left.thumbprint.lower() == right.thumbprint.strip().lower() and same_address(left.address, right.address)


def uri_text(address: str) -> str:
    """Return an address as .NET shows a URI that was made of it: with a path, without a port that is empty or usual."""
    parts = urlsplit(address)
    host, _, port = parts.netloc.rpartition(":") if ":" in parts.netloc else (parts.netloc, "", "")
    shown = host if port in {"", {"https": "443", "http": "80", "wss": "443"}.get(parts.scheme)} else parts.netloc
    return f"{parts.scheme}://{shown}{parts.path or '/'}"


def _canonical(address: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(address.lower())
    port = parts.port if parts.port is not None else {"https": 443, "http": 80, "wss": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port, parts.path or "/"


def _from_json(entry: dict[str, object]) -> TrustedServer:
    def text(name: str) -> str | None:
        value = entry.get(name)
        return None if value is None else str(value)

    style = entry.get("CommunicationStyle", NONE)
    return TrustedServer(
        thumbprint=text("Thumbprint") or "",
        style=style if isinstance(style, int) else STYLES.get(str(style).lower(), NONE),
        address=text("Address"),
        squid=text("Squid"),
        subscription_id=text("SubscriptionId"),
    )
