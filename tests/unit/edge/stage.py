"""A play of Ansible's own parts in this process: its inventory, variables, templates and our actions, before a server in memory."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret
from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible.utils.display import Display
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import cores, wiring
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import OctopusError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.connection import Connection
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.field import Record
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.health import Health, TaskState
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import MACHINES, ResourceType
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Snapshot
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server import reader

from tests.unit.work.fakes import FakeServer, FakeSnapshot
from tests.unit.work.test_host import FakeHost

KEY = "API-OFTHESERVER"
SERVER = {"octopus_url": "https://octopus.example.com", "octopus_api_key": KEY}
RECORD = {"octopus_environments": ["Staging"], "octopus_target_tags": ["web"]}


class Octopus(FakeServer):
    """A server in memory that can be read as a whole, and checks health. `refuses`: reading it fails so."""

    def __init__(self, *records: dict[str, Any]) -> None:
        super().__init__(*records)
        self.snapshot = FakeSnapshot().meta()
        self.refuses: OctopusError | None = None
        self.read = 0
        self.checked: list[list[str]] = []
        self.health: dict[str, str] = {}
        self.things: dict[str, list[dict[str, Any]]] = {
            "workerpools": [
                {"Id": "WorkerPools-1", "Name": "Builders", "Slug": "builders"},
                {"Id": "WorkerPools-2", "Name": "Cloud", "CanAddWorkers": False},
            ]
        }
        self.listed: list[str] = []

    def read_all(self) -> Snapshot:
        """Return all that it holds. Raises OctopusError."""
        self.read += 1
        if self.refuses:
            raise self.refuses
        return replace(self.snapshot, records={kind.path: tuple(self.of(kind)) for kind in MACHINES})

    def list_all(self, kind: ResourceType, **filters: str | Iterable[str]) -> Sequence[Record]:
        """Return the things of a type, and note that they were asked for. Raises OctopusError."""
        self.listed.append(kind.path)
        if self.refuses:
            raise self.refuses
        return [*self.things.get(kind.path, []), *self.of(kind)]

    def start_health_check(self, kind: ResourceType, machine_ids: Sequence[str], **_: Any) -> str:
        """Note what was asked."""
        self.checked.append(list(machine_ids))
        return f"ServerTasks-{len(self.checked)}"

    def task(self, task_id: str) -> TaskState:
        """Say that it has ended."""
        return TaskState.of({"Id": task_id, "State": "Success"})

    def health_of(self, kind: ResourceType, machine_ids: Sequence[str], task_id: str) -> dict[str, Health]:
        """Return what was set, or that all is well."""
        return {each: Health(each, self.health.get(each, "Healthy"), disabled=False) for each in machine_ids if each in self.records}


class Stage:
    """Hosts of a group `tentacles` with their variables, and the tasks that one plays on them."""

    def __init__(self, directory: Path, server: Octopus, hosts: Mapping[str, Mapping[str, Any]], **variables: Any) -> None:
        self.server = server
        self.directory = directory
        self.hosts: dict[str, FakeHost] = {}
        self.warned: list[str] = []
        self.told: list[str] = []
        self._running = sorted(hosts)
        self.elsewhere: dict[tuple[str, str | None], Octopus] = {}
        inventory = directory / "hosts.json"
        identities = {"tentacle_identity_store": str(directory / "identities"), "tentacle_identity_encryption": "none"}
        said = {"vars": {**SERVER, **RECORD, **identities, **variables}, "hosts": hosts}
        inventory.write_text(json.dumps({"tentacles": said}), encoding="utf-8")
        self._loader = DataLoader()
        self._inventory = InventoryManager(loader=self._loader, sources=[str(inventory)])
        self._variables = VariableManager(loader=self._loader, inventory=self._inventory)
        HostVars(inventory=self._inventory, variable_manager=self._variables, loader=self._loader)
        self._play = Play.load(
            {"name": "A play", "hosts": "tentacles", "gather_facts": False, "tasks": []},
            variable_manager=self._variables,
            loader=self._loader,
        )

    def task(self, name: str, host: str, /, *, check: bool = False, diff: bool = False, **arguments: Any) -> dict[str, Any]:
        """Carry out a task on a host, and return its result. `task_vars`: variables of the task itself."""
        task = Task(block=Block(play=self._play))
        task.vars = arguments.pop("task_vars", {})
        task.action, task.args, task.check_mode, task.diff = f"octoboot.octopus.{name}", arguments, check, diff
        variables = self._variables.get_vars(play=self._play, host=self._inventory.get_host(host), task=task)
        variables |= dict.fromkeys(("ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch"), self._running)
        action = importlib.import_module(f"ansible_collections.octoboot.octopus.plugins.action.{name}").ActionModule(
            task, _Connection(), PlayContext(), self._loader, Templar(loader=self._loader, variables=variables), None
        )
        before = dict(task.args)
        result: dict[str, Any] = action.run(task_vars=variables)
        assert task.args == before, "an action may not touch the arguments of its task"
        return result

    def add_server(self, url: str = SERVER["octopus_url"], *, space: str | None = None, number: int = 2) -> Octopus:
        """Return what answers at a URL for a space, which is another than the stage's own."""
        added = self.elsewhere[url, space] = Octopus()
        other = "D" * 40 if url == SERVER["octopus_url"] else f"{number:040X}"
        added.snapshot = replace(added.snapshot, url=url, thumbprint=other, space_id=f"Spaces-{number}", space_name=space or "Default")
        return added

    def server_of(self, connection: Connection) -> Octopus:
        """Return what answers."""
        return self.elsewhere.get((connection.url, connection.space), self.server)

    def limit(self, *hosts: str) -> None:
        """Let the run be for these hosts alone."""
        self._running = list(hosts)

    def extra(self, **variables: Any) -> None:
        """Give variables on the command line."""
        self._variables._extra_vars = variables

    def next_run(self) -> None:
        """Forget what the run has noted."""
        for path in Path(constants.DEFAULT_LOCAL_TMP).iterdir():
            path.unlink()

    def inventory_is(self, folder: Path) -> None:
        """Say that the inventory was read from a folder."""
        self._inventory._sources = [str(folder)]

    def give_secrets(self, *secrets: tuple[str, bytes]) -> None:
        """Give the run vault secrets: an id and a password each."""
        self._loader.set_vault_secrets([(vault_id, VaultSecret(secret)) for vault_id, secret in secrets])

    def register(self, host: str, name: str, value: Any) -> None:
        """Register a result on a host."""
        self._variables.set_nonpersistent_facts(host, {name: value})

    def host(self, _action: Any, _options: Any, _remote: Any) -> FakeHost:
        """Return the host of a task."""
        return self.hosts.setdefault(_action.host, FakeHost())


class _Connection:
    """What an action asks of a connection when it opens none."""

    _shell = SimpleNamespace(tmpdir="unused", _IS_WINDOWS=True)
    become = None
    has_pipelining = False


def build(
    directory: Path, monkeypatch: pytest.MonkeyPatch, server: Octopus, hosts: Mapping[str, Mapping[str, Any]], **variables: Any
) -> Stage:
    """Return a stage whose run has a temporary directory of its own, and no variables of the environment."""
    (directory / "run").mkdir()
    made = Stage(directory, server, hosts, **variables)
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(directory / "run"))
    monkeypatch.setattr(wiring, "client_for", lambda connection, space_id=None: made.server_of(connection))
    monkeypatch.setattr(wiring, "host_of", made.host)
    monkeypatch.setattr(reader, "read_snapshot", lambda client: client.read_all())
    monkeypatch.setattr(cores, "_hidden", set())
    for name in cores._WAYS:
        monkeypatch.setattr(Display, name, getattr(Display, name), raising=False)  # so that it is put back
    monkeypatch.setattr(Display, "warning", lambda self, message, *_, **__: made.warned.append(message))
    monkeypatch.setattr(Display, "display", lambda self, message, *_, **__: made.told.append(message))
    # The pipeline that runs these tests is not what they are about.
    workspaces = [name for name in os.environ if "WORKSPACE" in name or name in ("RUNNER_TEMP", "AGENT_TEMPDIRECTORY")]
    for name in ("OCTOPUS_URL", "OCTOPUS_API_KEY", "OCTOPUS_ACCESS_TOKEN", "OCTOPUS_SPACE", *workspaces):
        monkeypatch.delenv(name, raising=False)
    return made
