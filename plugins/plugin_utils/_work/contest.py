# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A machine as it is seen, beside what Octopus has of it: whose record is it, and is anything left to do?"""

from __future__ import annotations

from collections.abc import Collection

from .._core.errors import MatchError
from .._core.octopus.endpoint import thumbprint_of
from .._core.octopus.health import well
from .._core.octopus.registration import Known
from .register import Comparison, Register


def require_own_record(register: Register, known: Known, port: int | None, shown: Collection[str]) -> tuple[str, ...]:
    """Refuse to go on when a record in Octopus has this machine's name and a thumbprint that the machine does not show (`shown`), or the
    other way round: the thumbprint that it shows, and another name. Raises MatchError.

    Return the thumbprints by which Octopus knows the machine until now: those that it shows, and that of its record by the id under which
    it polled. The store is to remember them first: a run that dies between here and the record's update must know it as ours.
    """
    try:
        comparison = register.compare(known, port)
        if comparison.contested and comparison.contested.thumbprint not in shown:
            raise comparison.contested
        found = comparison.match and comparison.match.record
        recorded = thumbprint_of(found) if found and known.polled_as(found) else ""
        polled = [recorded] if recorded not in ("", *known.own) else []
        return register.claimed(Known(known.thumbprint), [each for each in (*shown, *polled) if each != known.thumbprint])
    except MatchError as error:
        raise MatchError(f"{register.label}{error}") from None


def is_settled(comparison: Comparison, *, health_check: bool, strict: bool) -> bool:
    """Tell whether nothing is left to do for a record: it is as it is wanted, and Octopus finds the machine well."""
    if comparison.changes or comparison.contested:
        return False
    return not health_check or well(comparison.status, comparison.disabled, strict=strict)
