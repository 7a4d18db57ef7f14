# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The ids under which an instance polls: those that it has, those that it will have, and those that it must not keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from .._core.change import Change
from .._core.errors import StoreError
from .._core.octopus.endpoint import PollingEndpoint, thumbprint_of
from .._core.octopus.registration import Known
from .._core.tentacle.communication import Said
from .._core.tentacle.instance import Configuration, Instance, ObservedInstance, TrustedServer
from .._core.tentacle.trust import lasting_subscriptions, plan_trust, subscriptions_of
from .ports import Identities
from .register import Comparison


def as_before(said: Said, known: Known, compared: Iterable[Comparison]) -> Said:
    """Return what is said of an instance that is made anew: one whose own record polls shall poll again, unless a style is said."""
    if said.style is not None:
        return said
    found = [each.match.record for each in compared if each.match]
    own = [record for record in found if thumbprint_of(record) == known.thumbprint or known.polled_as(record)]
    polled = any((record.get("Endpoint") or {}).get("CommunicationStyle") == PollingEndpoint.style for record in own)
    return replace(said, style="polling") if polled else said


def copied(observed: ObservedInstance, is_others: Callable[[tuple[str, ...], str], bool]) -> frozenset[str]:
    """Return those of the ids that are another machine's, which this one was copied from: it needs its own.

    `is_others` is asked with the thumbprints that the machine shows, and an id. A configuration whose key was encrypted on another
    machine was written there.
    """
    entries = observed.configuration.trusted if observed.configuration else ()
    found = {entry.subscription_id for entry in entries if entry.polled and entry.subscription_id}
    return frozenset(each for each in found if observed.key_unreadable or is_others(observed.shown_thumbprints, each))


def subscriptions(wanted: Instance, observed: ObservedInstance, told: Configuration | None) -> dict[str, str] | None:
    """Return the ids by the servers' thumbprints, as Tentacle has `told` them, else as they are or will be; None for one that listens."""
    return subscriptions_of(wanted.communication, _trusted(wanted, observed, told))


def remember(identities: Identities, wanted: Instance, observed: ObservedInstance, told: Configuration | None) -> list[str]:
    """Have the store keep all ids under which the instance polls, those of servers that the run is not about among them.

    Return what to warn of: a machine is well without its ids in the store, which a run may be unable to write to.
    """
    try:
        identities.remember_subscriptions(lasting_subscriptions(_trusted(wanted, observed, told)))
    except StoreError as error:
        return [f"The ids under which this machine polls are not kept. {error}"]
    return []


def _trusted(wanted: Instance, observed: ObservedInstance, told: Configuration | None) -> tuple[TrustedServer, ...]:
    if told is not None:
        return told.trusted
    return plan_trust(wanted, observed.configuration.trusted if observed.configuration else ()).after


def with_told(changes: Iterable[Change], told: Configuration | None) -> Iterator[Change]:
    """Yield the changes, with the ids that Tentacle has made in place of what stood for them."""
    ids = list(dict.fromkeys(entry.subscription_id for entry in told.trusted if entry.polled)) if told else []
    for change in changes:
        yield replace(change, after=ids) if told and change.path == "subscription_ids" else change
