# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check every input of every host, read each server once, find or make the identities. See plugins/modules/preflight.py."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from ansible.utils.display import Display

from ..plugin_utils._ansible.action import OctopusAction, said
from ..plugin_utils._ansible.inputs import HostInputs, read_inputs, variables_of
from ..plugin_utils._ansible.wiring import client_for, snapshot_of, source_of
from ..plugin_utils._core.arguments import CONNECTION, PREFLIGHT
from ..plugin_utils._core.errors import Failure, NoIdentity, OperatorError
from ..plugin_utils._core.fleet import Finding, compare_record, lacking_permissions, refuse_doubles
from ..plugin_utils._core.identity import NEW_CERTIFICATE, Identity
from ..plugin_utils._core.octopus.connection import Connection
from ..plugin_utils._core.octopus.registration import Known
from ..plugin_utils._core.octopus.resources import TARGET
from ..plugin_utils._core.octopus.snapshot import Snapshot
from ..plugin_utils._core.version import VERSION
from ..plugin_utils._store.identities import IdentityStore
from ..plugin_utils._store.place import vanishes
from ..plugin_utils._store.snapshot import SnapshotFile
from ..plugin_utils._store.source import IdentitySource
from ..plugin_utils._work.register import Register
from .tentacle import wanted_package


class ActionModule(OctopusAction):
    """octoboot.octopus.preflight"""

    spec = CONNECTION | PREFLIGHT
    reads_connection = False  # the connection is each host's own; what the task gives wins for all
    _requires_connection = False

    def perform(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Check, read, find."""
        hosts = [str(host) for host in self._variables["ansible_play_hosts"]]
        path = Path(__file__).resolve().parents[2]
        Display().display(f"octoboot.octopus {VERSION} from {path}")
        given = {name: self._task.args[name] for name in CONNECTION if self._task.args.get(name) not in (None, "")}
        findings = {host: Finding(host) for host in hosts}
        inputs = self._inputs(findings, given)
        self._find_identities(inputs, findings)
        servers = self._compare(inputs, findings)
        refuse_doubles(inputs, findings)
        made = self._make_identities(inputs, findings)
        result = {
            "changed": bool(made),
            "collection": {"version": VERSION, "path": str(path)},
            "servers": servers,
            "identities_made": sorted(made),
            "hosts": {host: finding.as_dict() for host, finding in findings.items()},
        }
        self._refuse(findings, result, strict=arguments["strict"])
        return result

    def _inputs(self, findings: dict[str, Finding], given: dict[str, Any]) -> dict[str, HostInputs]:
        inputs: dict[str, HostInputs] = {}
        for host, finding in findings.items():
            try:
                inputs[host] = read_inputs(variables_of(self, host), given, os.environ)
                wanted_package(inputs[host].tentacle)
            except OperatorError as error:
                inputs.pop(host, None)
                finding.failure = f"{host}: {said(error)}"
            else:
                connection = inputs[host].connection
                tentacle = inputs[host].tentacle
                secrets = (tentacle["certificate"], tentacle["certificate_password"], tentacle["service_password"])
                self.keep_secret((connection.api_key, connection.access_token, *secrets))
        return inputs

    def _find_identities(self, inputs: dict[str, HostInputs], findings: dict[str, Finding]) -> None:
        self._identities: dict[str, Identity | None] = {}
        self._sources: dict[str, IdentitySource] = {}
        for host, its in list(inputs.items()):
            try:
                source = source_of(its.tentacle, host=host, loader=self._loader)
                identity = source.find()
                if identity is None:
                    self._require_lasting_store(source, its)
            except OperatorError as error:
                del inputs[host]
                findings[host].failure = f"{host}: {said(error)}"
                continue
            self._sources[host], self._identities[host] = source, identity
            findings[host].name = source.name
            findings[host].thumbprint = identity.thumbprint if identity else None

    def _require_lasting_store(self, source: IdentitySource, its: HostInputs) -> None:
        source.require_store()
        reason = vanishes(its.tentacle["identity_store"], os.environ)
        if reason:
            raise NoIdentity(
                f"No identity is made where it would be lost: {reason}. Supply 'tentacle_certificate', or keep the store elsewhere."
            )

    def _compare(self, inputs: dict[str, HostInputs], findings: dict[str, Finding]) -> list[dict[str, Any]]:
        by_server: dict[str, list[HostInputs]] = defaultdict(list)
        for its in inputs.values():
            by_server[its.connection.cache_key()].append(its)
        servers = []
        for group in by_server.values():
            connection = group[0].connection
            try:
                with snapshot_of(connection) as snapshot:
                    servers.append(self._compare_group(connection, group, findings, snapshot))
            except OperatorError as error:
                for its in group:
                    findings[its.host].failure = said(error)
        return servers

    def _compare_group(
        self, connection: Connection, group: list[HostInputs], findings: dict[str, Finding], snapshot: SnapshotFile
    ) -> dict[str, Any]:
        held = snapshot.meta()
        lacking = lacking_permissions(held)
        if lacking:
            raise OperatorError(lacking)
        for its in group:
            finding = findings[its.host]
            trust = its.tentacle["trust"]
            finding.trust = list(trust) if trust is not None else [held.thumbprint]
            try:
                self._compare_host(its, finding, held, snapshot)
            except OperatorError as error:
                finding.failure = f"{its.host}: {said(error)}"
        Display().display(
            f"Octopus Server {held.server_version} at {held.url}, space '{held.space_name}': {snapshot.count(TARGET)} deployment targets"
        )
        return {"url": connection.url, "version": held.server_version, "space": held.space_name, "thumbprint": held.thumbprint}

    def _compare_host(self, its: HostInputs, finding: Finding, held: Snapshot, snapshot: SnapshotFile) -> None:
        identity = self._identities[its.host]
        known = Known(identity.thumbprint, identity.former_thumbprints) if identity else Known(NEW_CERTIFICATE)
        register = Register(its.target, snapshot, lambda: client_for(its.connection, space_id=held.space_id))
        register.check(known)
        compare_record(finding, register, known)

    def _make_identities(self, inputs: dict[str, HostInputs], findings: dict[str, Finding]) -> list[str]:
        """Make the missing identities, many at once, before anything uses them."""
        missing = [host for host in inputs if findings[host].failure is None and self._identities[host] is None]
        if self.check_mode:
            return missing
        by_store: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for host in missing:
            tentacle = inputs[host].tentacle
            by_store[tentacle["identity_store"], tentacle["identity_encryption"]].append(host)
        for hosts in by_store.values():
            self._make_in(self._sources[hosts[0]].require_store(), hosts, findings)
        return [host for host in missing if findings[host].failure is None]

    def _make_in(self, store: IdentityStore, hosts: list[str], findings: dict[str, Finding]) -> None:
        names = {host: self._sources[host].name for host in hosts}
        try:
            obtained = store.obtain_many(names.values())
        except OperatorError as error:
            for host in hosts:
                findings[host].failure = f"{host}: {said(error)}"
            return
        for host, name in names.items():
            outcome = obtained[name]
            if isinstance(outcome, Exception):
                findings[host].failure = f"{host}: {said(outcome)}"
            else:
                findings[host].take_identity(outcome[0].thumbprint)

    def _refuse(self, findings: dict[str, Finding], result: dict[str, Any], *, strict: bool) -> None:
        """Fail at once when no host is left, or one is not sound and `strict` was asked for; else each host fails by itself."""
        failures = [finding.failure for finding in findings.values() if finding.failure]
        if not failures or (len(failures) < len(findings) and not strict):
            return
        reasons = list(dict.fromkeys(failures))
        more = f" (and {len(reasons) - 5} more)" if len(reasons) > 5 else ""
        raise Failure(f"{' '.join(reasons[:5])}{more} No machine was touched.", {**result, "changed": False})
