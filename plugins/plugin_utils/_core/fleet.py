# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the preflight finds for each host, before any machine is touched. No I/O but through what it is given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._ansible.inputs import HostInputs
from .._work.register import Register
from .identity import NEW_CERTIFICATE
from .octopus.health import well
from .octopus.registration import Known
from .octopus.snapshot import Snapshot


@dataclass
class Finding:
    """One host's finding. `settled`: its record is as it is wanted, and healthy. `failure` is the reason in one line.

    `contested` is the thumbprint of a record that has the host's name: it is the host's own only if the host shows that thumbprint,
    else `contest` says why it must be left alone.
    """

    host: str
    name: str = ""
    thumbprint: str | None = None
    trust: list[str] = field(default_factory=list)
    machine_id: str | None = None
    record: str | None = None
    settled: bool = False
    contested: str | None = None
    contest: str | None = None
    failure: str | None = None

    def take_identity(self, thumbprint: str) -> None:
        """Note the identity that was made after the record was compared; what contests it names it too."""
        self.thumbprint = thumbprint
        if self.contest:
            self.contest = self.contest.replace(NEW_CERTIFICATE, thumbprint)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as a task result shows it."""
        return {key: value for key, value in vars(self).items() if key != "host"}


def compare_record(finding: Finding, register: Register, known: Known) -> None:
    """Compare a host with the record that the server holds, and note in the finding what is to happen. Raises MatchError."""
    comparison = register.compare(known, None)
    if comparison.contested:
        finding.contested, finding.contest, finding.record = comparison.contested.thumbprint, str(comparison.contested), "adopt"
        return
    finding.machine_id = comparison.record_id
    finding.record = {"created": "create", "adopted": "adopt", "updated": "update"}.get(comparison.result, "unchanged")
    finding.settled = not comparison.changes and well(comparison.status, comparison.disabled, strict=False)


def lacking_permissions(snapshot: Snapshot) -> str | None:
    """Say which permissions the key lacks, in one sentence."""
    missing = snapshot.missing_permissions
    if not missing:
        return None
    return (
        f"The API key lacks {'the permission' if len(missing) == 1 else 'the permissions'} {', '.join(missing)} "
        f"in space '{snapshot.space_name}' of {snapshot.url}. The role 'Environment Manager' has all that is needed."
    )


def refuse_doubles(inputs: Mapping[str, HostInputs], findings: Mapping[str, Finding]) -> None:
    """Fail every host that shares its identity, its name in Octopus or its address with another: one would overwrite the other."""
    sound = [host for host in inputs if findings[host].failure is None]

    def server(host: str) -> str:
        return f"{inputs[host].connection.url} {inputs[host].connection.space or ''}"

    checks: tuple[tuple[str, Callable[[str], Any], str], ...] = (
        (
            "identity",
            lambda host: findings[host].thumbprint or (inputs[host].tentacle["identity_store"], findings[host].name),
            "one certificate is one machine to Octopus. Give each its own 'tentacle_identity_name' or 'tentacle_certificate'",
        ),
        (
            "name in Octopus",
            lambda host: (server(host), inputs[host].target.name.casefold()),
            "give each its own 'octopus_target_name'",
        ),
        (
            "address and port",
            lambda host: (inputs[host].target.hostname, inputs[host].target.port),
            "set 'ansible_host' or 'octopus_public_hostname' and 'octopus_public_port'",
        ),
    )
    for what, key, remedy in checks:
        for hosts in _doubles(sound, key):
            for host in hosts:
                others = ", ".join(other for other in hosts if other != host)
                findings[host].failure = findings[host].failure or f"{host} has the same {what} as {others}: {remedy}."


def _doubles(hosts: Iterable[str], key: Callable[[str], Any]) -> list[list[str]]:
    groups: dict[Any, list[str]] = defaultdict(list)
    for host in hosts:
        groups[key(host)].append(host)
    return [group for group in groups.values() if len(group) > 1]
