"""The configuration file of an instance: flat keys in XML (tentacle.md 2.2), with values from the environment above it (2.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape  # xml.sax.saxutils has one too, and needs as long to import as everything else together

from ..machine import Machine
from .errors import CryptographicError, UnexpectedError, format_error
from .options import parse_bool, parse_int
from .paths import Paths
from .settings_file import read_settings

EMPTY = b"<?xml version='1.0' encoding='UTF-8' ?><octopus-settings></octopus-settings>"

HOME = "Octopus.Home"
PORT = "Tentacle.Services.PortNumber"
LISTEN_IP = "Tentacle.Services.ListenIP"
NO_LISTEN = "Tentacle.Services.NoListen"
APPLICATIONS = "Tentacle.Deployment.ApplicationDirectory"
CERTIFICATE = "Tentacle.Certificate"
THUMBPRINT = "Tentacle.CertificateThumbprint"
SERVERS = "Tentacle.Communication.TrustedOctopusServers"
POLLING_CONNECTIONS = "Tentacle.Communication.PollingConnectionCount"

_CONTRIBUTED = {
    "OCTOPUS_HOME": HOME,
    "OCTOPUS_USE_DEFAULT_PROXY": "Octopus.Proxy.UseDefaultProxy",
    "OCTOPUS_PROXY_HOST": "Octopus.Proxy.ProxyHost",
    "OCTOPUS_PROXY_PORT": "Octopus.Proxy.ProxyPort",
    "OCTOPUS_PROXY_USER": "Octopus.Proxy.ProxyUsername",
    "OCTOPUS_PROXY_PASSWORD": "Octopus.Proxy.ProxyPassword",
    "TENTACLE_SERVICE_PORT": PORT,
    "TENTACLE_LISTEN_IP": LISTEN_IP,
    "TENTACLE_NO_LISTEN": NO_LISTEN,
    "TENTACLE_TRUSTED_SERVERS": SERVERS,
    "TENTACLE_APPLICATION_DIRECTORY": APPLICATIONS,
    "TENTACLE_CERTIFICATE": CERTIFICATE,
    "TENTACLE_CERTIFICATE_THUMBPRINT": THUMBPRINT,
    "TENTACLE_POLLING_USE_DEFAULT_PROXY": "Octopus.Server.Proxy.UseDefaultProxy",
    "TENTACLE_POLLING_CUSTOM_PROXY_HOST": "Octopus.Server.Proxy.ProxyHost",
    "TENTACLE_POLLING_CUSTOM_PROXY_PORT": "Octopus.Server.Proxy.ProxyPort",
    "TENTACLE_POLLING_CUSTOM_PROXY_USER": "Octopus.Server.Proxy.ProxyUsername",
    "TENTACLE_POLLING_CUSTOM_PROXY_PASSWORD": "Octopus.Server.Proxy.ProxyPassword",
}

_ROOT = '<octopus-settings xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'


def contributed_settings(paths: Paths) -> dict[str, str]:
    """Return the values that the environment puts above the file, by lower-case key; none unless it is asked to."""
    if (paths.variable("OCTOPUS_CONTRIBUTE_ENV_SETTINGS") or "").lower() != "true":
        return {}
    found = ((key, paths.variable(name)) for name, key in _CONTRIBUTED.items())
    return {key.lower(): value for key, value in found if value is not None}


@dataclass
class Configuration:
    """The values of one instance as this process loaded them; every `set` rewrites the whole file.

    Keys are read ignoring case. Raises UnexpectedError for a file that is no XML and for values that do not parse.
    """

    machine: Machine
    path: str
    overrides: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._values = self._load()

    def _load(self) -> dict[str, str]:
        """Read the file. The home directory is what the product asks for first, whatever the command: a bad file is told of that key."""
        try:
            return read_settings(self.machine.files.read(self.path).decode("utf-8-sig", "replace"))
        except (UnexpectedError, OSError) as error:
            cause = UnexpectedError.of(error) if isinstance(error, OSError) else error
            raise _unparsable(HOME, "String", value="", inner=[cause]) from error

    def get(self, key: str) -> str | None:
        """Return a value as text; a blank one is None."""
        override = self.overrides.get(key.lower())
        if override is not None:
            return override
        value = next((value for known, value in self._values.items() if known.lower() == key.lower()), "")
        return value if value.strip() else None

    def get_int(self, key: str, default: int) -> int:
        value = self.get(key)
        try:
            return default if value is None else parse_int(value)
        except UnexpectedError as error:
            raise _unparsable(key, "Int32", value=value, inner=[error]) from error

    def get_bool(self, key: str, *, default: bool = False) -> bool:
        value = self.get(key)
        try:
            return default if value is None else parse_bool(value)
        except UnexpectedError as error:
            raise _unparsable(key, "Boolean", value=value, inner=[error]) from error

    def get_json(self, key: str) -> object:
        """Return the value of a JSON setting, None when there is none."""
        value = self.get(key)
        if value is None:
            return None
        try:
            parsed: object = json.loads(value)
        except ValueError as error:
            raise _unparsable(key, "OctopusServerConfiguration[]", value=value) from error
        return parsed

    def get_protected(self, key: str) -> str | None:
        """Return the clear text of an encrypted setting; what the environment gives is not encrypted (tentacle.md 2.3)."""
        value = self.get(key)
        if value is None or key.lower() in self.overrides:
            return value
        try:
            return self.machine.unprotect(value)
        except ValueError as error:
            refusals = [CryptographicError(line) for line in str(error).split("; ")]
            failed = UnexpectedError("Aggregate Exception", "System.AggregateException", inner=refusals)
            raise _unparsable(key, "String", inner=refusals if len(refusals) == 1 else [failed]) from error

    def set(self, key: str, value: str | int | bool | None) -> None:
        """Store one value and rewrite the file."""
        known = next((name for name in self._values if name.lower() == key.lower()), key)
        self._values[known] = _encode(value)
        self.machine.files.write(self.path, self._render())

    def set_json(self, key: str, value: object) -> None:
        self.set(key, json.dumps(value, separators=(",", ":"), ensure_ascii=False))

    def set_protected(self, key: str, clear: str | None) -> None:
        self.set(key, self.machine.protect(clear) if clear else None)

    def _render(self) -> bytes:
        lines = ['<?xml version="1.0" encoding="utf-8"?>', _ROOT]
        for key in sorted(self._values, key=str.lower):
            value = self._values[key]
            start = f'  <set key="{escape(key)}"'
            lines.append(f"{start}>{escape(value, quote=False)}</set>" if value.strip() else f"{start} />")
        lines.append("</octopus-settings>")
        newline = "\r\n" if self.machine.platform == "windows" else "\n"
        return newline.join(lines).encode("utf-8-sig")


def _encode(value: str | int | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _unparsable(key: str, kind: str, *, value: str | None = None, inner: Sequence[UnexpectedError] = ()) -> UnexpectedError:
    """Make the exception of a setting that cannot be read; what is encrypted has no `value` to tell."""
    told = "" if value is None else f" Value was '{value}'."
    return format_error(f"Unable to parse configuration key '{key}' as a '{kind}'.{told}", inner)
