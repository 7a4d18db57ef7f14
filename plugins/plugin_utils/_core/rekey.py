# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whether a fleet is about to get other certificates than Octopus knows it by: the sign of a store that was lost, or of another's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

_FEWEST = 2
"""A single machine without its identity says nothing of the store: it fails alone, or shows the certificate that its record has."""


@dataclass(frozen=True)
class Kept:
    """One machine: the thumbprints of the records that have its name, and those that the store knows as its own."""

    recorded: Collection[str]
    known: Collection[str]


def refusal(fleet: Iterable[Kept]) -> str | None:
    """Return why no machine may get another certificate, or None.

    What counts are the machines that Octopus knows: most of them, and two at least, are known to it by a certificate that is not in the
    store. A new machine has no record, and does not count.
    """
    known = [each for each in fleet if each.recorded]
    strange = [each for each in known if not set(each.recorded) & set(each.known)]
    if len(strange) < _FEWEST or len(strange) * 2 <= len(known):
        return None
    return (
        f"Octopus knows {len(known)} machines of this fleet, and {len(strange)} of them by a certificate that the identity store does not "
        "hold: it was lost, or is another one. This machine was not touched. Restore the store, or set 'tentacle_identity_store' to the "
        "right one; if these machines are to get new certificates, set 'octopus_allow_rekey: true'."
    )
