# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a listening deployment target what it shall be, from the controller. See plugins/modules/deployment_target.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible.action import OctopusAction, plain
from ..plugin_utils._ansible.wiring import client_for, connection_of, snapshot_of
from ..plugin_utils._core.arguments import CONNECTION, TARGET, TARGET_VARIABLES
from ..plugin_utils._core.change import Change, as_dicts, as_diff
from ..plugin_utils._core.errors import InputError, NotFound, Rejected, ReplyLost
from ..plugin_utils._core.identity import NEW_CERTIFICATE, normalise_thumbprint
from ..plugin_utils._core.octopus import kinds
from ..plugin_utils._core.octopus.target import Match, Record, WantedTarget, match_target, new_body, plan_target, updated_body
from ..plugin_utils._core.octopus.wanted import TargetOptions, options_from_variables, resolve, target_options, with_names
from ..plugin_utils._store.snapshot import SnapshotFile

_PORT = 10933


class ActionModule(OctopusAction):
    """octoboot.octopus.deployment_target"""

    spec = CONNECTION | TARGET
    reads_connection = True
    _requires_connection = False

    def perform(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Compare with the snapshot; only what differs there is asked of the server again, and written."""
        options = self._options(arguments)
        connection = connection_of(arguments)
        with snapshot_of(connection) as snapshot:
            if arguments["state"] == "absent":
                return self._remove(options, arguments, snapshot, connection)
            thumbprint = self._thumbprint(arguments)
            wanted = resolve(options, thumbprint=thumbprint, snapshot=snapshot.meta())
            own = tuple(arguments["former_thumbprints"])
            match = self._match(wanted, own, options, snapshot)
            changes = plan_target(wanted, match.record if match else None)
            if not changes or self.check_mode:
                return self._result(wanted, match, with_names(changes, snapshot.meta()), options)
            space_id = snapshot.meta().space_id
            writer = _Writer(client_for(connection, space_id=space_id), wanted, own, options.replace, space_id)
            written, changes = writer.write(match)
            return self._result(wanted, written, with_names(changes, snapshot.meta()), options)

    def _options(self, arguments: dict[str, Any]) -> TargetOptions:
        names = [name for name in self._variables if name.split("__")[0] in _VARIABLES]
        from_variables = options_from_variables({name: plain(self._templar.template(self._variables[name])) for name in names})
        sources = from_variables.pop("sources")
        given = {
            name: arguments[name] for name in TARGET_VARIABLES if name in self._task.args or (name == "target_tags" and arguments[name])
        }
        host = str(self._variables["inventory_hostname"])
        address = str(self.variable("ansible_host", default=host))
        return target_options({**from_variables, **given}, host=host, address=address, port=_PORT, sources=sources)

    def _thumbprint(self, arguments: dict[str, Any]) -> str:
        if not arguments["thumbprint"]:
            raise InputError(
                "'thumbprint' is missing: give the thumbprint of the machine's certificate, as octoboot.octopus.tentacle returns it."
            )
        if arguments["thumbprint"] == NEW_CERTIFICATE and self.check_mode:
            return NEW_CERTIFICATE
        return normalise_thumbprint(arguments["thumbprint"])

    def _match(self, wanted: WantedTarget, own: tuple[str, ...], options: TargetOptions, snapshot: SnapshotFile) -> Match | None:
        return match_target(
            wanted,
            same_thumbprint=snapshot.machines_by_thumbprint(wanted.thumbprint),
            same_name=next(iter(snapshot.machines_by_name(wanted.name)), None),
            own_thumbprints=own,
            replace=options.replace,
        )

    def _remove(self, options: TargetOptions, arguments: dict[str, Any], snapshot: SnapshotFile, connection: Any) -> dict[str, Any]:
        record = next(iter(snapshot.machines_by_name(options.name)), None)
        if record is None and arguments["thumbprint"]:
            record = next(iter(snapshot.machines_by_thumbprint(normalise_thumbprint(arguments["thumbprint"]))), None)
        if record is None:
            return {"changed": False, "result": "absent", "name": options.name, "id": None, "changes": []}
        changes: tuple[Change, ...] = (Change("target", record["Name"], None),)
        if not self.check_mode:
            try:
                client_for(connection, space_id=snapshot.meta().space_id).delete(kinds.MACHINE, record["Id"])
            except NotFound:
                changes = ()
        return self._described(changes, {"result": "deleted" if changes else "absent", "name": record["Name"], "id": record["Id"]})

    def _result(self, wanted: WantedTarget, match: Match | None, changes: tuple[Change, ...], options: TargetOptions) -> dict[str, Any]:
        if not changes:
            outcome = "unchanged"
        elif match is None or any(change.path == "target" for change in changes):
            outcome = "created"
        else:
            outcome = "adopted" if match.adopted else "updated"
        facts = {
            "result": outcome,
            "name": wanted.name,
            "id": match.record["Id"] if match else None,
            "thumbprint": wanted.thumbprint,
            "uri": wanted.uri,
            "sources": options.sources,
        }
        return self._described(changes, facts)

    def _described(self, changes: tuple[Change, ...], facts: dict[str, Any]) -> dict[str, Any]:
        result = {"changed": bool(changes), "changes": as_dicts(changes), **facts}
        if self._task.diff and changes:
            result["diff"] = as_diff(changes, header=f"Deployment target {facts['name']}")
        return result


class _Writer:
    """Writes one target, minding that the snapshot is old and that a reply may be lost."""

    def __init__(self, client: Any, wanted: WantedTarget, own: tuple[str, ...], replace: bool, space_id: str) -> None:
        self.client = client
        self.wanted = wanted
        self.own = own
        self.replace = replace
        self.space_id = space_id

    def write(self, match: Match | None) -> tuple[Match, tuple[Change, ...]]:
        """Update the record that the snapshot named, or create one; return it, and what changed."""
        if match is not None:
            try:
                return self._update(match.record["Id"], adopted=match.adopted)
            except NotFound:  # deleted on the server since the snapshot was taken
                pass
        return self._create()

    def _update(self, machine_id: str, *, adopted: bool) -> tuple[Match, tuple[Change, ...]]:
        record: Record = self.client.get_one(kinds.MACHINE, machine_id)
        changes = plan_target(self.wanted, record)
        if changes:
            record = self.client.update(kinds.MACHINE, machine_id, updated_body(self.wanted, record))
        return Match(record, adopted), changes

    def _create(self) -> tuple[Match, tuple[Change, ...]]:
        """POST once. A lost reply, or a name that another run was quicker to take, is settled by what the server holds."""
        changes = plan_target(self.wanted, None)
        try:
            return Match(self.client.create(kinds.MACHINE, new_body(self.wanted, space_id=self.space_id)), adopted=False), changes
        except (ReplyLost, Rejected):
            record = self.client.find_by_name(kinds.MACHINE, self.wanted.name)
            if record is None:
                raise
        found = match_target(
            self.wanted, same_thumbprint=_if_ours(record, self.wanted), same_name=record, own_thumbprints=self.own, replace=self.replace
        )
        if found is None or (not found.adopted and not plan_target(self.wanted, record)):
            return Match(record, adopted=False), changes
        return self._update(record["Id"], adopted=found.adopted)


def _if_ours(record: Record, wanted: WantedTarget) -> list[Record]:
    return [record] if str(record.get("Thumbprint") or "").upper() == wanted.thumbprint else []


_VARIABLES = frozenset(variable for variables in TARGET_VARIABLES.values() for variable in variables)
