# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""What can go wrong with Octopus Server, in sentences for the operator."""

from __future__ import annotations

from typing import Literal


class OctopusError(Exception):
    """Something about Octopus Server that the operator must hear of; its text is what he is told."""


class InvalidConnection(OctopusError):
    """The settings of the connection cannot be used; nothing was sent."""


class Unreachable(OctopusError):
    """No connection could be made, so the request was never sent."""

    def __init__(self, message: str, *, cause: Literal["dns", "refused", "timeout", "proxy", "network", "lost"]) -> None:
        super().__init__(message)
        self.cause = cause


class ReplyLost(Unreachable):
    """The request was sent and no reply came: it may have been carried out."""

    def __init__(self, message: str) -> None:
        super().__init__(message, cause="lost")


class TlsFailed(OctopusError):
    """The server's certificate was not accepted, or the port does not speak TLS."""


class RedirectRefused(OctopusError):
    """The server sent us elsewhere, where the credential must not go."""


class NotOctopus(OctopusError):
    """Something answered, and it is not Octopus Server."""


class TooOld(OctopusError):
    """The server is Octopus Server, of a version that has no spaces."""


class NotAuthenticated(OctopusError):
    """The credential is missing, wrong or expired."""


class PermissionDenied(OctopusError):
    """The credential is valid and lacks a permission; `permission` is its name where the server told it."""

    def __init__(self, message: str, permission: str | None = None) -> None:
        super().__init__(message)
        self.permission = permission


class NotFound(OctopusError):
    """The server has no such thing, or hides it from this credential."""


class Rejected(OctopusError):
    """The server understood the request and refuses it; `problems` are its own words."""

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class RateLimited(OctopusError):
    """The server still answered 429 after the waits it had asked for."""


class Unavailable(OctopusError):
    """The server starts, is in maintenance, or a gateway before it gets no answer."""


class ServerError(OctopusError):
    """The server failed."""


class UnknownName(OctopusError):
    """A name or id that the server does not know."""


class Ambiguous(OctopusError):
    """A name that several things on the server have."""


class TaskTimedOut(OctopusError):
    """A server task took longer than we were willing to wait; it was left alone. `phase` says in which state."""

    def __init__(self, message: str, *, phase: Literal["queued", "running"]) -> None:
        super().__init__(message)
        self.phase = phase
