"""A Linux host that is lost, or a controller that is killed, at any moment: the next run completes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509 import load_pem_x509_certificate

from tests.lab.halibut import thumbprint_at
from tests.lab.linux.packages import VERSIONS

from .playing import Field, Run, field
from .test_killed import kill, wait_until
from .troubles import on_host

WHOLE = 88
"""A fresh bootstrap takes a little less steps than these: the last hosts have nothing left to be lost at."""
STRIDE = 7
HOSTS = [f"lin{number:02}" for number in range(1, WHOLE, STRIDE)]
OLD, NEW = VERSIONS
LEFT_OVER = (
    ".pfx",
    ".restart-pending",
    "awaiting-restart.json",
    "/import",
    ".tentacle-new",
    ".tentacle-old",
    ".config.new",
    ".service.new",
)


@pytest.fixture(scope="module")
def big_field(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """A host for each step that can be the last one."""
    with field([], tmp_path_factory.mktemp("field"), linux=HOSTS) as found:
        yield found


@pytest.fixture
def fleet(big_field: Field, tmp_path: Path) -> Field:
    """The module's lab, as new."""
    big_field.directory = tmp_path
    big_field.reset()
    return big_field


def assert_well(lab: Field, name: str, *, port: int = 10933) -> None:
    """Compare what runs on a host with the store, the record and the server, and see that nothing is left over."""
    record, state = lab.records()[name], lab.hosts.host(name)
    certificate = load_pem_x509_certificate((lab.lab.directory / "identities" / f"{name}.pem").read_bytes())
    thumbprint = certificate.fingerprint(SHA1()).hex().upper()
    assert record["Thumbprint"] == thumbprint, name
    assert thumbprint_at(state["address"], port) == thumbprint, name
    assert record["Uri"] == f"https://{state['address']}:{port}/", name
    assert record["HealthStatus"] in ("Healthy", "HasWarnings"), name
    unit = state["units"][0]
    assert (unit["ActiveState"], unit["SubState"], unit["UnitFileState"]) == ("active", "running", "enabled"), name
    assert on_host(lab, name, "Tentacle version") == NEW, name
    paths = [path for path in lab.hosts.files(name) if path.endswith(LEFT_OVER) and "/.dotnet/" not in path]
    assert paths == [], name


@pytest.mark.parametrize(
    ("before", "faults", "first"),
    [(None, ("die_after_step", "ssh_lost_after_step"), 1), ({"tentacle_version": OLD}, ("die_after_step",), 5)],
    ids=["fresh", "upgrade"],
)
def test_a_host_that_is_lost_after_any_step_is_completed_by_the_next_run(
    fleet: Field, before: dict[str, Any] | None, faults: tuple[str, ...], first: int
) -> None:
    """`faults`: by turns, the power of one host goes, and the connection to the next one."""
    if before is not None:
        ready = fleet.play(variables=before)
        assert ready.rc == 0, ready.output
    for number, name in enumerate(fleet.names):
        fleet.hosts.set_fault(name, faults[number % len(faults)], first + number * STRIDE)
    lost = fleet.play()
    assert "Traceback" not in lost.output
    failed = [name for name in fleet.names if lost.result(name) in ("unreachable", "failed")]
    assert len(failed) > len(fleet.names) // 3, lost.output
    assert all(lost.reason(name) for name in failed)
    for name in fleet.names:
        fleet.hosts.clear_faults(name)
    mended = fleet.play()
    assert mended.rc == 0, mended.output
    for name in fleet.names:
        assert_well(fleet, name)
    last = fleet.play()
    assert {last.result(name) for name in fleet.names} == {"unchanged"}, last.output


POLLING = {"tentacle_communication_style": "polling", "tentacle_server_addresses": "{{ lab_polling_addresses }}"}
TURNING, EVERY = 56, 4
"""A change of sides takes a little less steps than these; a host is lost after each fourth of them, and the last one is not."""


def test_a_change_of_sides_that_is_lost_after_any_step_is_completed_by_the_next_run(fleet: Field) -> None:
    ready = fleet.play()
    assert ready.rc == 0, ready.output
    known = {name: (record["Id"], record["Thumbprint"]) for name, record in fleet.records().items()}
    *lost, whole = fleet.names
    taken = fleet.hosts.host(whole)["steps"]
    for number, name in enumerate(lost, start=1):
        fleet.hosts.set_fault(name, "die_after_step", number * EVERY)
    killed = fleet.play(variables={**POLLING, "octopus_health_check": False})
    assert {name for name in fleet.names if killed.result(name) in ("unreachable", "failed")} == set(lost), killed.output
    assert len(lost) * EVERY < fleet.hosts.host(whole)["steps"] - taken <= TURNING, "a change of sides has other steps now"
    for name in fleet.names:
        fleet.hosts.clear_faults(name)
        written = fleet.hosts.run(name, "cat /etc/octopus/default/tentacle-default.config")["stdout"]
        assert fleet.lab.server.thumbprint in written, f"{name} trusts nobody"
    mended = fleet.play(variables=POLLING)
    assert mended.rc == 0, mended.output
    records = fleet.records()
    assert {name: (record["Id"], record["Thumbprint"]) for name, record in records.items()} == known
    connected = {(each["thumbprint"], each["subscription"]) for each in fleet.server.polling()}
    assert {(record["Thumbprint"], record["Endpoint"]["Uri"]) for record in records.values()} <= connected
    last = fleet.play(variables=POLLING)
    assert {last.result(name) for name in fleet.names} == {"unchanged"}, last.output


KILLED_AFTER = (0, 9, 20, 34, 48, 60)
"""The steps after which the controller is killed: each time with two hosts of its own."""
PAIRS = {steps: HOSTS[2 * number : 2 * number + 2] for number, steps in enumerate(KILLED_AFTER)}


@dataclass(frozen=True)
class Killings:
    """The two runs for all pairs, after a run for each had been killed."""

    lab: Field
    again: Run
    last: Run


@pytest.fixture(scope="module")
def killings(big_field: Field, tmp_path_factory: pytest.TempPathFactory) -> Killings:
    """Run for each pair of hosts, kill the controller, and run for all of them again."""
    big_field.directory = tmp_path_factory.mktemp("killings")
    big_field.reset()
    for steps, names in PAIRS.items():
        process, _logs = big_field.start("-l", ",".join(names))
        wait_until(process, partial(has_taken, big_field, names[0], steps))
        kill(process)
    limit = ("-l", ",".join(name for names in PAIRS.values() for name in names))
    return Killings(big_field, big_field.play(*limit), big_field.play(*limit))


def has_taken(lab: Field, name: str, steps: int) -> bool:
    """Tell whether a host was visited, and so many steps were taken there."""
    host = lab.hosts.host(name)
    return bool(host["visits"] > 0 and host["steps"] >= steps)


@pytest.mark.parametrize("steps", KILLED_AFTER)
def test_the_controller_is_killed_in_the_middle_and_the_next_run_completes(killings: Killings, steps: int) -> None:
    for name in PAIRS[steps]:
        assert killings.again.result(name) in ("created", "updated", "unchanged"), killings.again.output
        assert_well(killings.lab, name)
        assert killings.last.result(name) == "unchanged", killings.last.output
