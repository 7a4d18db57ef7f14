# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What can go wrong, in sentences for the operator. Every error that one of us expects is an OperatorError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal


class OperatorError(Exception):
    """Something that the operator can mend. The text is one line, and never holds the name of the host: Ansible prints that.

    With `option`, the text is what may be said of that option ("must be between 1 and 65535, and is 0."): whoever tells the operator
    puts its name before it, as the option of a task or as the variable that filled it (`said_of`).
    """

    def __init__(self, message: str, option: str | None = None) -> None:
        super().__init__(message)
        self.option = option

    def said_of(self, name: str | None) -> str:
        """Return the sentence, with the name by which the operator knows the option at fault."""
        return f"'{name}' {self}" if name else str(self)


class Failure(OperatorError):
    """The task fails with an error, and `known` is what its result says all the same."""

    def __init__(self, error: OperatorError, known: Mapping[str, Any]) -> None:
        super().__init__(str(error), error.option)
        self.known = known


class InputError(OperatorError):
    """A value of the operator's cannot be used. Nothing was touched."""


class WouldBeKept(InputError):
    """A secret would stay on the host, because Ansible is told to keep what it brings there."""

    def __init__(self, secret: str) -> None:
        super().__init__(
            "Ansible is told to keep the files that it brings to hosts (ANSIBLE_KEEP_REMOTE_FILES, or 'keep_remote_files' in ansible.cfg), "
            f"and this machine's {secret} would be among them. Nothing was changed: run without it."
        )


class HostError(OperatorError):
    """The host could not be brought where it should be: what was tried, and what came of it."""


class PackageError(OperatorError):
    """The package that is wanted cannot be had on this host. The text says why, and what to do."""


class CertificateError(OperatorError):
    """A certificate that Tentacle could not use; the text holds no secret."""


class StoreError(OperatorError):
    """The identity store cannot do what was asked; the text names the file and what to do."""


class NoIdentity(StoreError):
    """There is no identity for this host, and none can be made. The text says what to do."""


class CipherError(OperatorError):
    """Something that cannot be encrypted or decrypted; the text is to be completed with the name of the file."""


class NoSecret(CipherError):
    """The run was given no vault secret."""

    def __init__(self) -> None:
        super().__init__(
            "no vault secret was given: use --vault-password-file or --vault-id, set ANSIBLE_VAULT_PASSWORD_FILE, "
            "or set vault_password_file in ansible.cfg"
        )


class MatchError(OperatorError):
    """No record can be called this machine's without a guess. The text names the records and the remedy."""


class ForeignThumbprint(MatchError):
    """The record of this name has a thumbprint that is not known to have been this machine's."""

    def __init__(self, message: str, thumbprint: str) -> None:
        super().__init__(message)
        self.thumbprint = thumbprint


class OctopusError(OperatorError):
    """Something about Octopus Server that the operator must hear of."""


class InvalidConnection(OctopusError, InputError):
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
    """The credential is valid and lacks a permission."""


class NotFound(OctopusError):
    """The server has no such thing, or hides it from this credential."""


class Rejected(OctopusError):
    """The server understood the request and refuses it, in its own words."""


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
    """A server task took longer than we were willing to wait; it was left alone."""
