"""The snapshot file: read from the server once, however many processes come at once."""

from __future__ import annotations

import multiprocessing
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import ENVIRONMENT, MACHINE_POLICY, TARGET
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Named, Snapshot
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.snapshot import SnapshotFile

UPPER = "8CB3AA0012F4459E8DE15A3D7B9C00112233D1A0"


def machine(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"Id": f"Machines-{number}", "Name": name, **more}


SNAPSHOT = Snapshot(
    url="https://octopus.example.com",
    server_version="2026.4.1",
    space_id="Spaces-1",
    space_name="Default",
    thumbprint=UPPER,
    lists={
        "environments": (Named("Environments-1", "Staging", "stage"),),
        "machinepolicies": (Named("MachinePolicies-1", "Default Machine Policy"),),
    },
    granted=Granted({"MachineEdit": ((None, frozenset()), ("Spaces-1", frozenset({"environments-1", "environments-2"})))}),
    records={
        "machines": (
            machine(1, "Web01", Thumbprint=UPPER),
            machine(2, "web02", Endpoint={"Thumbprint": UPPER.lower(), "Uri": "poll://one/"}),
            machine(3, "cloud\n", Endpoint={"Thumbprint": None}),
        )
    },
)


def never() -> Snapshot:
    raise AssertionError("the server is read a second time")


@pytest.fixture
def file(tmp_path: Path) -> SnapshotFile:
    return SnapshotFile(tmp_path, "https://octopus.example.com|Spaces-1|API-SECRETSECRET")


def test_what_was_read_can_be_asked_for(file: SnapshotFile) -> None:
    file.ensure(lambda: SNAPSHOT)
    file.ensure(never)
    with file:
        assert file.meta() == Snapshot(**{**vars_of(SNAPSHOT), "records": {}})
        assert file.count(TARGET) == 3
        machines = SNAPSHOT.records["machines"]
        assert file.by_name(TARGET, " WEB01 ") == [machines[0]]
        assert file.by_name(TARGET, "cloud") == [machines[2]]
        assert file.by_name(ENVIRONMENT, "web01") == []
        assert file.by_thumbprint(TARGET, UPPER.lower()) == list(machines[:2])
        assert file.by_thumbprint(TARGET, "0" * 40) == []
        assert file.by_uri(TARGET, "POLL://one") == [machines[1]]
        assert file.by_uri(TARGET, "poll://nobodys/") == []


def test_ids_and_names_are_found_for_one_another() -> None:
    assert SNAPSHOT.name_of(ENVIRONMENT, "Environments-1") == "Staging"
    assert SNAPSHOT.name_of(ENVIRONMENT, "Environments-9") == "Environments-9"
    assert [each.id for each in SNAPSHOT.named(MACHINE_POLICY)] == ["MachinePolicies-1"]
    assert SNAPSHOT.missing_permissions(TARGET)[:2] == ("EnvironmentView", "MachineView")


def vars_of(snapshot: Snapshot) -> dict[str, Any]:
    return {name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__}


def test_the_file_is_the_owners_and_its_name_tells_no_secret(tmp_path: Path, file: SnapshotFile) -> None:
    file.ensure(lambda: SNAPSHOT)
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "API-" not in path.name


def test_other_keys_are_other_snapshots(tmp_path: Path, file: SnapshotFile) -> None:
    file.ensure(lambda: SNAPSHOT)
    with pytest.raises(AssertionError, match="second time"):
        SnapshotFile(tmp_path, "another").ensure(never)


def test_a_failed_read_leaves_nothing_behind_and_the_next_one_tries(tmp_path: Path, file: SnapshotFile) -> None:
    with pytest.raises(AssertionError, match="second time"):
        file.ensure(never)
    assert list(tmp_path.glob("*.sqlite")) == list(tmp_path.glob("*.new")) == []
    file.ensure(lambda: SNAPSHOT)
    with file:
        assert file.count(TARGET) == 3


def test_a_machine_that_cannot_be_stored_leaves_nothing_behind(tmp_path: Path, file: SnapshotFile) -> None:
    broken = Snapshot(**{**vars_of(SNAPSHOT), "records": {"machines": ({"Id": "no name"},)}})
    with pytest.raises(KeyError):
        file.ensure(lambda: broken)
    assert not list(tmp_path.glob("*.sqlite"))


def ask_at_once(directory: Path, ready: Callable[[], object], reads: Any, answers: multiprocessing.Queue[str]) -> None:
    def read() -> Snapshot:
        with reads.get_lock():
            reads.value += 1
        if reads.value == 1:
            raise RuntimeError("the first one's connection breaks")
        return SNAPSHOT

    ready()
    try:
        with SnapshotFile(directory, "key") as file:
            file.ensure(read)
            answers.put(str(file.count(TARGET)))
    except RuntimeError as error:
        answers.put(str(error))


def test_of_processes_at_once_one_reads_and_a_failure_is_its_own(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, reads, answers = context.Barrier(4), context.Value("i", 0), context.Queue()
    workers = [context.Process(target=ask_at_once, args=(tmp_path, barrier.wait, reads, answers)) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert sorted(answers.get(timeout=60) for _ in workers) == ["3", "3", "3", "the first one's connection breaks"]
    for worker in workers:
        worker.join()
    assert reads.value == 2


def test_what_was_made_since_is_added_and_takes_the_place_of_what_stood_for_it(file: SnapshotFile, tmp_path: Path) -> None:
    file.ensure(lambda: SNAPSHOT)
    other = SnapshotFile(tmp_path, "https://octopus.example.com|Spaces-1|API-SECRETSECRET")
    assert len(other.meta().named(ENVIRONMENT)) == 1
    file.amend({"environments": [Named("(Lab)", "Lab")], "tenants": [Named("Tenants-1", "Acme")]})
    file.amend({"environments": [Named("Environments-2", "lab"), Named("(Staging)", "Staging")]})
    again = SnapshotFile(tmp_path, "https://octopus.example.com|Spaces-1|API-SECRETSECRET")
    for each in (file, again):
        assert [named.id for named in each.meta().named(ENVIRONMENT)] == ["Environments-1", "Environments-2"]
        assert "tenants" not in each.meta().lists
        assert each.count(TARGET) == 3
    assert not list(tmp_path.glob("*.new"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.sqlite")} == {0o600}
