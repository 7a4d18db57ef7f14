# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Who runs a service, by the one name that the service manager takes. Pure."""

from __future__ import annotations

_ROOT = "root"
_SYSTEM = "localsystem"
_SERVICES = {
    _SYSTEM: None,
    "system": None,
    "s-1-5-18": None,
    "localservice": "NT AUTHORITY\\LocalService",
    "s-1-5-19": "NT AUTHORITY\\LocalService",
    "networkservice": "NT AUTHORITY\\NetworkService",
    "s-1-5-20": "NT AUTHORITY\\NetworkService",
}
"""Windows' own accounts: one each, under many names. None: the account that a service has when nobody names one."""


def service_account(account: str | None, *, windows: bool) -> str | None:
    """Return the account's name as the host's service manager takes it; None for the account of a service for which nobody names one."""
    if not account:
        return None
    return _on_windows(account) if windows else None if account == _ROOT else account


def _on_windows(account: str) -> str | None:
    domain, _backslash, name = account.strip().lower().rpartition("\\")
    plain = name.replace(" ", "")
    if domain in ("", "nt authority") or (domain == "." and plain == _SYSTEM):
        return _SERVICES.get(plain, account)
    return account
