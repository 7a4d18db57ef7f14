"""How a run of Tentacle can fail: two kinds of failure, two exit codes (tentacle.md 1.1)."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass


class ControlledFailure(Exception):
    """A failure that Tentacle expected: the message alone on stderr, exit code 1."""


@dataclass(frozen=True)
class Advice:
    """What the product's knowledge base adds to an exception that it recognises."""

    summary: str
    help_text: str
    help_link: str


NO_PROFILE = Advice(
    "Crypto functions require the Windows User Profile",
    "Various cryptographic functions used by Octopus Deploy require the Windows user profile to have been loaded. Some remote "
    "administration scenarios run commmands in processes without user profile information; to successfully run the problem command, "
    'invoke it from the command-line using RUNAS, e.g.: `runas /profile /user:<username> "C:\\...\\Tentacle.exe new-certificate"`.',
    "http://g.octopushq.com/CryptoRequiresUserProfile",
)

PORT_IN_USE = Advice(
    "A required communications port is already in use.",
    "The required port is being used by another process. The Windows `netstat -o -n -a` command can be used to show which process "
    "this is (compare PIDs with those shown in Task Manager).",
    "http://g.octopushq.com/HttpPortInUse",
)


class UnexpectedError(Exception):
    """Any other exception of the product: its text and a stack trace on stderr, exit code 100; then those that it was made of."""

    def __init__(
        self, message: str, kind: str = "System.Exception", advice: Advice | None = None, inner: Sequence[UnexpectedError] = ()
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.advice = advice
        self.inner = tuple(inner)

    @classmethod
    def of(cls, error: OSError) -> UnexpectedError:
        """Say a disk's refusal in .NET's words."""
        path = error.filename or error.strerror or ""
        if isinstance(error, PermissionError):
            # Windows has no error number of POSIX's behind it.
            inner = [cls("Permission denied", "System.IO.IOException")] if str(path).startswith("/") else []
            return cls(f"Access to the path '{path}' is denied.", "System.UnauthorizedAccessException", inner=inner)
        if isinstance(error, FileNotFoundError):
            return cls(f"Could not find a part of the path '{path}'.", "System.IO.DirectoryNotFoundException")
        if error.errno == errno.ENOSPC:
            return cls("There is not enough space on the disk.", "System.IO.IOException")
        return cls(str(error), "System.IO.IOException")

    def printed(self) -> str:
        """Return the exception as the product prints it: text, type, stack frames, and the same of each inner exception."""
        several = len(self.inner) > 1
        blocks = [f"{self}\n{self.kind}\n   at Octopus.Tentacle.Startup.OctopusProgram.Run()"]
        for number, inner in enumerate(self.inner, 1):
            blocks.append(f"--Inner Exception{f' {number}' if several else ''}--\n{inner.printed()}")
        return "\n\n".join(blocks)


class CryptographicError(UnexpectedError):
    """What .NET's cryptography refuses."""

    def __init__(self, message: str, inner: Sequence[UnexpectedError] = ()) -> None:
        super().__init__(message, "System.Security.Cryptography.CryptographicException", inner=inner)


def format_error(message: str, inner: Sequence[UnexpectedError] = ()) -> UnexpectedError:
    """Make the exception of a value that .NET cannot parse."""
    return UnexpectedError(message, "System.FormatException", inner=inner)


def controlled(failure: ControlledFailure) -> UnexpectedError:
    """Make an inner exception of an expected failure, which ends with 100 when it is wrapped too deep to be recognised."""
    return UnexpectedError(str(failure), "Octopus.Tentacle.ControlledFailureException")


def unresolved(message: str, inner: UnexpectedError) -> UnexpectedError:
    """Make the exception of Autofac, which makes the product's objects, about one that could not be made."""
    return UnexpectedError(message, "Autofac.Core.DependencyResolutionException", inner=[inner])
