# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Exit codes in words. Pure."""

from __future__ import annotations

_CRASHES = {
    0x80131506: "an internal error of .NET",
    0xC0000005: "access violation",
    0xC0000017: "not enough memory",
    0xC000007B: "a program or library for another processor",
    0xC00000FD: "stack overflow",
    0xC0000135: "a library was not found",
    0xC000013A: "interrupted",
    0xC0000142: "a library could not be initialized",
    0xC0000374: "heap corruption",
    0xC0000409: "stack buffer overrun, or fail fast",
    0xC0000602: "fail fast",
    0xE0434352: "an exception of .NET that nobody handled",
}
"""NTSTATUS values, and what .NET ends with, of processes of Windows that did not end by themselves."""

_LOWEST = 0x80000000


def shown_code(code: int | None) -> str:
    """Return an exit code as one looks it up: that of a crash on Windows, a negative number to .NET, in hexadecimal with its name."""
    if code is None or -256 < code < _LOWEST:
        return str(code)
    status = code & 0xFFFFFFFF
    name = _CRASHES.get(status)
    return f"0x{status:08X} ({name})" if name else f"0x{status:08X}"
