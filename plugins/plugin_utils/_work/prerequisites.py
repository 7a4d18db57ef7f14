# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Bring about what machines are registered with, or remove it: asked of the server when it is needed, compared, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._core.change import Change
from .._core.octopus.field import Record
from .._core.octopus.match import Match, same_name
from .._core.octopus.plan import Plan, Wanted, plan, require_fields, resolve, with_names
from .._core.octopus.resources import ResourceType
from .._core.octopus.snapshot import Named, Snapshot
from .._core.results import PrerequisiteResult
from .ports import Records
from .records import Writer, remove


class Prerequisite:
    """One thing by its name: names that differ in case alone are one, and the server's spelling stays.

    `said` holds the fields of `kind` by option; what is absent is not said. `renew`: what the server never tells, such as a password, is
    written each time; else only where the server has none. `new`: what check mode has foreseen, and may be named, by the path of its
    type. Every method raises OctopusError.
    """

    def __init__(
        self,
        kind: ResourceType,
        name: str,
        said: Mapping[str, Any],
        server: Records,
        *,
        renew: bool = False,
        new: Mapping[str, Sequence[Named]] | None = None,
    ) -> None:
        self._renew = renew
        self._new = new or {}
        self._kind = kind
        self._name = name
        self._said = said
        self._server = server

    def bring(self, *, check_mode: bool) -> PrerequisiteResult:
        """Bring it to what is wanted. Raises InputError for what a new one lacks, and for what cannot be changed."""
        record = self._server.find_by_name(self._kind, self._name)
        names = self._names()
        values = resolve(self._kind, self._said, names)
        if record is None:
            require_fields(self._kind, values)
        planned = self._plan(values, record, new=False)
        told = with_names(self._kind, planned.changes, names)
        if not told:
            return PrerequisiteResult("unchanged", *_described(record, self._name))
        if check_mode:
            foreseen = {**planned.body, "Id": record["Id"] if record else Named.id_of_foreseen(self._name)}
            return PrerequisiteResult("updated" if record else "created", *_described(record, self._name), told, self._as_named(foreseen))
        written = self._writer(values).write(record["Id"] if record else None)
        return PrerequisiteResult(
            "created" if written.created else "updated" if written.changes else "unchanged",
            *_described(written.record, self._name),
            with_names(self._kind, written.changes, names),
            self._as_named(written.record),
        )

    def remove(self, *, check_mode: bool) -> PrerequisiteResult:
        """Remove it. What the server wants of it before, it is brought to if that is said (`closing`); else the server refuses."""
        record = self._server.find_by_name(self._kind, self._name)
        if record is None:
            return PrerequisiteResult("absent", self._name, None)
        name, identifier = _described(record, self._name)
        if not check_mode and not self._delete(str(identifier)):
            return PrerequisiteResult("absent", name, identifier)
        return PrerequisiteResult("deleted", name, identifier, (Change(self._kind.noun, name, None),))

    def _delete(self, identifier: str) -> bool:
        """Remove the one with this id. Return whether it was still there."""
        closing = {each.option: self._said[each.option] for each in self._kind.fields if each.closing and each.option in self._said}

        def is_it(record: Record) -> bool:
            if not self._is_it(record):
                return False
            planned = self._plan(closing, record)
            if planned.changes:
                self._server.update(self._kind, identifier, planned.body)
            return True

        otherwise = f"{identifier} has got another name since it was looked for, and is left as it is. Run again."
        return remove(self._server, self._kind, identifier, is_it=is_it, otherwise=otherwise)

    def _writer(self, values: Mapping[str, Any]) -> Writer:
        return Writer(
            self._server,
            self._kind,
            self._name,
            lambda record: Match(record, adopted=False) if self._is_it(record) else None,
            lambda record: self._plan(values, record),
        )

    def _plan(self, values: Mapping[str, Any], record: Record | None, *, new: bool = True) -> Plan:
        """Plan for a record, or for none; `new`: the body of a new one is wanted too."""
        space_id, template = "", None
        if record is None and new:
            space_id = self._server.space_id if self._kind.in_space else ""
            template = self._server.template(self._kind) if self._kind.template else None
        kept = () if self._renew or record is None else tuple(each.option for each in self._kind.fields if each.is_kept(record))
        due = {option: value for option, value in values.items() if option not in kept}
        wanted = Wanted(record["Name"] if record else self._name, due)
        return plan(self._kind, wanted, record, space_id=space_id, template=template)

    def _as_named(self, record: Record) -> Named:
        """Return by what others know it. A tag is called by its set, also where the server has not said so yet (octopus-api.md 9.6)."""
        tags = [{"CanonicalTagName": f"{record['Name']}/{tag['Name']}", **tag} for tag in record.get("Tags") or ()]
        return Named.of({**record, "Tags": tags}, self._kind)

    def _is_it(self, record: Record) -> bool:
        return same_name(record["Name"], self._name)

    def _names(self) -> Snapshot:
        """Return what may be meant by the names that were said; nothing is asked where none was."""
        kinds = {each.kind for each in self._kind.fields if each.kind and self._said.get(each.option)}
        lists = {kind.path: tuple(Named.of(each, kind) for each in self._server.list_all(kind)) for kind in kinds}
        return Snapshot(url="", server_version="", space_id="", space_name="", thumbprint="", lists=lists).with_more(self._new)


def _described(record: Record | None, name: str) -> tuple[str, str | None]:
    return (str(record["Name"]), str(record["Id"])) if record else (name, None)
