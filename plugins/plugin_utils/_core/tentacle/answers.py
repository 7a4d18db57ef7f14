# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Reading what Tentacle prints and writes. Any text ends in a type, or in one HostError that names where the text is from."""

from __future__ import annotations

import base64
import json
import ntpath
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from ..errors import HostError
from ..text import shown
from .communication import DEFAULT_PORT, plain_address
from .instance import Configuration, TrustedServer
from .paths import is_absolute, is_windows

HOME, APPLICATIONS = "Octopus.Home", "Tentacle.Deployment.ApplicationDirectory"
THUMBPRINT, SERVERS = "Tentacle.CertificateThumbprint", "Tentacle.Communication.TrustedOctopusServers"
CONNECTIONS = "Tentacle.Communication.PollingConnectionCount"
PORT, LISTEN_IP, NO_LISTEN = "Tentacle.Services.PortNumber", "Tentacle.Services.ListenIP", "Tentacle.Services.NoListen"
SETTINGS = (HOME, APPLICATIONS, THUMBPRINT, SERVERS, CONNECTIONS, PORT, LISTEN_IP, NO_LISTEN)
"""The settings in an instance's configuration file that make up a `Configuration` (tentacle.md 2.2)."""

_LARGEST_INT = 2**31 - 1
"""Tentacle's own integers have 32 bits."""

_STYLES = {"None": 0, "TentaclePassive": 1, "TentacleActive": 2}

_LINES = 3
_PYTHONS_OWN = "Traceback (most recent call last)"
_FRAME, _FOOTER = "=" * 79, "Terminating process"
_NO_WORDS = re.compile(r"[-=]+$|at |--- End of |--Inner Exception( \d+)?--$|Aggregate Exception$|[\w.+`]+\.\w+Exception$")
"""What stands around the words of an exception: ruled lines, its stack frames, what parts it from what it was made of, its type."""

_PATH_IN_AN_ENTRY = re.compile(r'"ConfigurationFilePath"\s*:\s*("(?:[^"\\]|\\.)*")')
_LOGGED_ERROR = re.compile(r"\S+ \S+ +\d+ +\d+ +(?:ERROR|FATAL) +(.*)")
_OF_A_CLIENT = "Unhandled error when handling request from client"
"""What Tentacle logs when somebody who connected has left, as whoever looks at the port does: no reason for anything."""


class _Unreadable(Exception):
    """A text is not what it should be; the words say where."""


class _NoDocument(_Unreadable):
    """It is not even of the kind that was meant: what Tentacle writes never looks so."""


@dataclass(frozen=True)
class Indexed:
    """What the index says of an instance: where its configuration is, why its entry cannot be read, and who else is there, and where.

    `lost_path`: where an entry that cannot be read says that the configuration is, as far as it can be made out.
    """

    configuration_path: str | None = None
    broken: str | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    lost_path: str | None = None


def read_configuration(text: str) -> Configuration:
    """Read the answer of `show-configuration` (tentacle.md 1.9). Raises HostError for what is not such an answer."""
    try:
        document = _json(text[text.find("{") : text.rfind("}") + 1])
        octopus, tentacle = _member(document, "Octopus", dict), _member(document, "Tentacle", dict)
        services, communication = _member(tentacle, "Services", dict), _member(tentacle, "Communication", dict)
        return Configuration(
            home=_text(_member(octopus, "Home"), "Home"),
            application_directory=_text(_member(_member(tentacle, "Deployment", dict), "ApplicationDirectory"), "ApplicationDirectory"),
            thumbprint=_text(_member(tentacle, "CertificateThumbprint"), "CertificateThumbprint"),
            port=_number(_member(services, "PortNumber"), "PortNumber"),
            listen_ip=_address(_member(services, "ListenIP")),
            listens=not _switch(_member(services, "NoListen"), "NoListen"),
            trusted=_trusted(_member(communication, "TrustedOctopusServers")),
            connections=_count(communication.get("PollingConnectionCount"), "PollingConnectionCount"),
        )
    except _Unreadable as error:
        raise HostError(f"Tentacle's show-configuration gave an answer that cannot be read: {error}.") from None


def read_settings(settings: Mapping[str, str], *, path: str, home: str, application_directory: str) -> Configuration:
    """Read settings from the file `path`, where Tentacle itself cannot be asked. Raises HostError.

    `home` and `application_directory` hold where the file does not say them; a relative home is in the file's own folder
    (tentacle.md 2.2).
    """
    try:
        listed = _text(settings.get(SERVERS), SERVERS)
        found = _text(settings.get(HOME), HOME)
        module = ntpath if is_windows(path) else posixpath
        return Configuration(
            home=module.join(module.dirname(path), found) if found else home,
            application_directory=_text(settings.get(APPLICATIONS), APPLICATIONS) or application_directory,
            thumbprint=_text(settings.get(THUMBPRINT), THUMBPRINT),
            port=_number(settings.get(PORT) or DEFAULT_PORT, PORT),
            listen_ip=_address(settings.get(LISTEN_IP)),
            listens=not _switch(settings.get(NO_LISTEN) or False, NO_LISTEN),
            trusted=_trusted(_json(listed) if listed else None),
            connections=_count(settings.get(CONNECTIONS), CONNECTIONS),
        )
    except _Unreadable as error:
        raise HostError(f"The settings in {shown(path)} cannot be read: {error}.") from None


def entry_file(instance: str) -> str:
    """Return the name of an instance's file in the index (tentacle.md 2.1)."""
    return f"{instance.replace(' ', '-').lower()}.config"


def find_instance(instance: str, files: Iterable[Mapping[str, str]], where: str) -> Indexed:
    """Look an instance up in the files of the index: their `name`, and their `content` in base64. Raises HostError.

    An entry that is not JSON breaks every command of every instance (tentacle.md 2.1). Ours can be made again, another's not; one that
    is JSON of another shape may be a newer Tentacle's, and is left alone. `where` is the index with a separator at its end, as the
    host's user would write it.
    """
    path, broken, lost = None, None, None
    others: dict[str, str] = {}
    for file in files:
        try:
            name, its_path = _entry(file["content"])
        except _NoDocument as error:
            if file["name"].lower() != entry_file(instance):
                raise HostError(
                    f"Tentacle's index of instances holds a file that cannot be read, {where}{shown(file['name'])} ({error}). "
                    "It breaks every command of Tentacle. If it is an instance's, mend it (it holds a 'Name' and a "
                    "'ConfigurationFilePath'); if not, move it out of the folder."
                ) from None
            broken, lost = f"the index entry {shown(file['name'])} cannot be read", _lost_path(file["content"])
        except _Unreadable as error:
            raise HostError(
                f"Tentacle's index of instances holds a file of a form that is not known, {where}{shown(file['name'])} ({error}). "
                "Nothing was changed: mend it, or update this collection."
            ) from None
        else:
            if name.lower() == instance.lower():
                path = its_path
            else:
                others[name] = its_path
    return Indexed(path, broken, others, lost)


def last_words(stderr: str, stdout: str) -> str:
    """Return the lines that most likely say why, joined to one, without a full stop at its end.

    Tentacle frames an unexpected error with ruled lines, prints it with the errors that caused it, each with its type and stack, and
    adds a footer about its logs (tentacle.md 1.1): the words of the error and of its causes count. Of another program's stack trace,
    those before it do.
    """
    text = stderr if stderr.strip() else stdout
    if _PYTHONS_OWN in text:
        return _sentence(text.strip().splitlines()[-1:])
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if _FRAME in lines:
        words = dict.fromkeys(line for line in _before(lines, _FOOTER) if not _NO_WORDS.match(line))
        return _sentence(list(words)[:_LINES]) or "it said nothing"
    lines = [line for line in lines if set(line) - set("-=")]
    before = _before(lines, "at ")
    return _sentence(lines[-_LINES:] if before == lines else before[:_LINES]) or "it said nothing"


def logged_errors(log: str) -> str:
    """Return the errors that Tentacle logged since it was last started, joined to one line; empty when there are none.

    A service that systemd starts again and again may just have been: then the errors of the start before are told.
    """
    for started in reversed(log.split("Tentacle version")[-2:]):
        messages = (_LOGGED_ERROR.match(line) for line in started.splitlines())
        told = [match[1].strip() for match in messages if match and set(match[1].strip()) - set("-=") and _OF_A_CLIENT not in match[1]]
        if told:
            return _sentence(told[:_LINES])
    return ""


def _before(lines: list[str], start: str) -> list[str]:
    """Return the lines before the first that begins so; all of them when there is none."""
    return list(takewhile(lambda line: not line.startswith(start), lines))


def _sentence(lines: list[str]) -> str:
    return shown(" | ".join(lines)).rstrip(". ")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # the latter for a thousand brackets
        raise _Unreadable(f"it is not JSON ({shown(str(error))})") from None


def _entry(content: str) -> tuple[str, str]:
    """Read a file of the instance index: the instance's name and the path of its configuration."""
    try:
        document = _json(base64.b64decode(content).decode("utf-8-sig"))
    except (ValueError, _Unreadable) as error:
        raise _NoDocument(shown(str(error))) from None
    if not isinstance(document, dict):
        raise _NoDocument("it is no object")
    name, path = (_text(_member(document, member), member) for member in ("Name", "ConfigurationFilePath"))
    if name is None or path is None:
        raise _Unreadable("it has no name or no path")
    return name, path


def _lost_path(content: str) -> str | None:
    """Make out where a damaged entry says that the configuration is."""
    try:
        found = _PATH_IN_AN_ENTRY.search(base64.b64decode(content).decode("utf-8-sig"))
        path = _text(_json(found[1]), "ConfigurationFilePath") if found else None
    except (ValueError, _Unreadable):
        return None
    return path if path and is_absolute(path) else None


def _member(value: Any, name: str, kind: type | None = None) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise _Unreadable(f"it has no '{name}'")
    if kind is not None and not isinstance(value[name], kind):
        raise _Unreadable(f"its '{name}' is {_quoted(value[name])}")
    return value[name]


def _text(value: Any, name: str) -> str | None:
    """Return a text; None for null and blank."""
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _Unreadable(f"its '{name}' is {_quoted(value)}")
    return value if value.strip() else None


def _address(value: Any) -> str | None:
    """Return an address as it is compared; one that is no IP address as it stands there."""
    address = _text(value, "ListenIP")
    return address and (plain_address(address) or address)


def _number(value: Any, name: str) -> int:
    if isinstance(value, str) and re.fullmatch(r" *-?[0-9]{1,10} *", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST_INT:
        raise _Unreadable(f"its '{name}' is {_quoted(value)}")
    return value


def _count(value: Any, name: str) -> int | None:
    """Return a number that may not be there: older Tentacles do not know it (tentacle.md 1.9)."""
    return None if value in (None, "") else _number(value, name)


def _switch(value: Any, name: str) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    if not isinstance(value, bool):
        raise _Unreadable(f"its '{name}' is {_quoted(value)}")
    return value


def _trusted(value: Any) -> tuple[TrustedServer, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _Unreadable(f"its 'TrustedOctopusServers' is {_quoted(value)}")
    return tuple(_trusted_server(entry) for entry in value)


def _trusted_server(entry: Any) -> TrustedServer:
    style = _member(entry, "CommunicationStyle")
    thumbprint = _text(_member(entry, "Thumbprint"), "Thumbprint")
    if thumbprint is None:
        raise _Unreadable("its 'Thumbprint' is empty")
    return TrustedServer(
        thumbprint=thumbprint,
        style=_STYLES[style] if isinstance(style, str) and style in _STYLES else _number(style, "CommunicationStyle"),
        address=_text(entry.get("Address"), "Address"),
        subscription_id=_text(entry.get("SubscriptionId"), "SubscriptionId"),
    )


def _quoted(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return f"'{shown(str(value), 60)}'"
