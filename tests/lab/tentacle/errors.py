"""How a run of Tentacle can fail: two kinds of failure, two exit codes (tentacle.md 1.1)."""

from __future__ import annotations

import errno
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
    """Any other exception of the product: its text and a stack trace on stderr, exit code 100."""

    def __init__(self, message: str, kind: str = "System.Exception", advice: Advice | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.advice = advice

    @classmethod
    def of(cls, error: OSError) -> UnexpectedError:
        """Say a disk's refusal in .NET's words."""
        path = error.filename or error.strerror or ""
        if isinstance(error, PermissionError):
            return cls(f"Access to the path '{path}' is denied.", "System.UnauthorizedAccessException")
        if isinstance(error, FileNotFoundError):
            return cls(f"Could not find a part of the path '{path}'.", "System.IO.DirectoryNotFoundException")
        if error.errno == errno.ENOSPC:
            return cls("There is not enough space on the disk.", "System.IO.IOException")
        return cls(str(error), "System.IO.IOException")


class CryptographicError(UnexpectedError):
    """What .NET's cryptography refuses."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "System.Security.Cryptography.CryptographicException")


def format_error(message: str) -> UnexpectedError:
    """Make the exception of a value that .NET cannot parse."""
    return UnexpectedError(message, "System.FormatException")
