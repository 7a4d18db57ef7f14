"""A server and a snapshot in memory, which can lose replies and change behind one's back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import NotFound, Rejected, ReplyLost
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.endpoint import thumbprint_of
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.field import Record
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.match import same_name
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted, needed
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET, WORKER, ResourceType
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Named, Snapshot

NEEDED = tuple(dict.fromkeys((*needed(TARGET), *needed(WORKER))))
"""What it takes to register machines of all types."""

OURS, FORMER, FOREIGN = "A" * 40, "B" * 40, "C" * 40


def machine(number: int, name: str, thumbprint: str = OURS, **fields: Any) -> dict[str, Any]:
    """Return a target as the server keeps it."""
    uri = fields.pop("Uri", "https://web01.example.com:10933/")
    return {
        "Id": f"Machines-{number}",
        "Name": name,
        "Thumbprint": thumbprint,
        "Uri": uri,
        "IsDisabled": False,
        "HealthStatus": "Healthy",
        "EnvironmentIds": ["Environments-1"],
        "Roles": ["web"],
        "MachinePolicyId": "MachinePolicies-1",
        "Endpoint": {"CommunicationStyle": "TentaclePassive", "Thumbprint": thumbprint, "Uri": uri, "ProxyId": None},
        **fields,
    }


def _as_told(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the server tells otherwise than it was told: no password, and a team of its own for each space."""
    told: dict[str, Any] = {}
    if record.get("Password"):
        told["Password"] = {"HasValue": True, "NewValue": None}
    if "SpaceManagersTeams" in record:
        own = f"teams-spacemanagers-{record['Id']}"
        told["SpaceManagersTeams"] = [*(team for team in record["SpaceManagersTeams"] if team != own), own]
    return told


class FakeServer:
    """Keeps records as Octopus does. `before` runs before a request of that name, `lost` names requests whose reply is lost."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records: dict[str, dict[str, Any]] = {record["Id"]: copy.deepcopy(record) for record in records}
        self.asked: list[str] = []
        self.lost: set[str] = set()
        self.unheard: set[str] = set()
        self.before: dict[str, Callable[[], object]] = {}

    def get_one(self, kind: ResourceType, identifier: str) -> Record:
        """Return a record."""
        self._asked("get")
        return copy.deepcopy(self._found(identifier))

    def find_by_name(self, kind: ResourceType, name: str) -> Record | None:
        """Return a record by its name."""
        self._asked("find")
        return copy.deepcopy(next((record for record in self.of(kind) if same_name(record["Name"], name)), None))

    def list_all(self, kind: ResourceType, **filters: str | Iterable[str]) -> Sequence[Record]:
        """Return the records of a type; what filters say is passed over, as by a server that knows none of them."""
        self._asked("list")
        return copy.deepcopy(self.of(kind))

    def template(self, kind: ResourceType) -> dict[str, Any]:
        """Return what a new one is like."""
        self._asked("template")
        return {"Name": "", "Template": kind.path}

    @property
    def space_id(self) -> str:
        """The space."""
        return "Spaces-1"

    def create(self, kind: ResourceType, body: Mapping[str, Any]) -> Record:
        """Keep a new record."""
        self._asked("create")
        if any(same_name(record["Name"], body["Name"]) for record in self.of(kind)):
            raise Rejected("The name is taken.")
        seen = {"HealthStatus": "Unknown"} if kind.endpoint else {}
        new = {**copy.deepcopy(dict(body)), "Id": f"{kind.id_prefix}-{100 + len(self.records)}", **seen}
        self._kept(new)
        self._reply("create")
        return copy.deepcopy(self.records[new["Id"]])

    def update(self, kind: ResourceType, identifier: str, body: Mapping[str, Any]) -> Record:
        """Replace a record."""
        self._asked("update")
        self._found(identifier)
        self._kept(copy.deepcopy(dict(body)))
        self._reply("update")
        return copy.deepcopy(self.records[identifier])

    def delete(self, kind: ResourceType, identifier: str) -> None:
        """Forget a record."""
        self._asked("delete")
        self._found(identifier)
        if "delete" not in self.unheard:
            del self.records[identifier]
        self._reply("delete")

    def of(self, kind: ResourceType) -> list[dict[str, Any]]:
        """Return the records of a type."""
        return [record for record in self.records.values() if kind.owns(record["Id"])]

    def _asked(self, what: str) -> None:
        self.asked.append(what)
        if what in self.before:
            self.before.pop(what)()

    def _kept(self, record: dict[str, Any]) -> None:
        if self.asked[-1] not in self.unheard:
            mirrored = {name: record["Endpoint"][name] for name in ("Thumbprint", "Uri")} if "Endpoint" in record else {}
            self.records[record["Id"]] = {**record, **mirrored, **_as_told(record)}

    def _reply(self, what: str) -> None:
        if what in self.lost | self.unheard:
            raise ReplyLost(f"No reply to {what}.")

    def _found(self, identifier: str) -> dict[str, Any]:
        if identifier not in self.records:
            raise NotFound("There is no such thing.")
        return self.records[identifier]


class FakeSnapshot:
    """What a server held at one moment."""

    def __init__(self, *records: dict[str, Any], granted: Granted | None = None) -> None:
        self._records = [copy.deepcopy(record) for record in records]
        everywhere = Granted({permission: ((None, frozenset()),) for permission in NEEDED})
        self._meta = Snapshot(
            url="https://octopus.example.com",
            server_version="2026.4.1",
            space_id="Spaces-1",
            space_name="Default",
            thumbprint="D" * 40,
            lists={
                "environments": (Named("Environments-1", "Staging", "staging"), Named("Environments-2", "Production", "production")),
                "workerpools": (Named("WorkerPools-1", "Builders", "builders"), Named("WorkerPools-2", "Cloud", closed=True)),
                "machinepolicies": (Named("MachinePolicies-1", "Default Machine Policy"), Named("MachinePolicies-2", "Quiet")),
            },
            granted=granted or everywhere,
        )

    def meta(self) -> Snapshot:
        """Return all but the records."""
        return self._meta

    def by_name(self, kind: ResourceType, name: str) -> list[Record]:
        """Return records by name."""
        return [record for record in self._records if kind.owns(record["Id"]) and same_name(record["Name"], name)]

    def by_uri(self, kind: ResourceType, uri: str) -> list[Record]:
        """Return records by URI."""
        return [record for record in self._records if kind.owns(record["Id"]) and record["Endpoint"]["Uri"] == uri]

    def by_thumbprint(self, kind: ResourceType, thumbprint: str) -> list[Record]:
        """Return records by thumbprint."""
        return [record for record in self._records if kind.owns(record["Id"]) and thumbprint_of(record) == thumbprint.upper()]
