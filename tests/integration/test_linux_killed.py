"""A Linux host that is lost, or a controller that is killed, at any moment: the next run completes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509 import load_pem_x509_certificate

from tests.lab.halibut import thumbprint_at
from tests.lab.linux.packages import VERSIONS

from .playing import Field, field
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
    ("before", "fault", "first"),
    [(None, "die_after_step", 1), (None, "ssh_lost_after_step", 3), ({"tentacle_version": OLD}, "die_after_step", 5)],
    ids=["power-fresh", "connection-fresh", "power-upgrade"],
)
def test_a_host_that_is_lost_after_any_step_is_completed_by_the_next_run(
    fleet: Field, before: dict[str, Any] | None, fault: str, first: int
) -> None:
    if before is not None:
        ready = fleet.play(variables=before)
        assert ready.rc == 0, ready.output
    for number, name in enumerate(fleet.names):
        fleet.hosts.set_fault(name, fault, first + number * STRIDE)
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


@pytest.mark.parametrize("steps", [0, 9, 20, 34, 48, 60])
def test_the_controller_is_killed_in_the_middle_and_the_next_run_completes(linux: Field, steps: int) -> None:
    process, _logs = linux.start()
    wait_until(process, lambda: linux.hosts.host("lin01")["visits"] > 0 and linux.hosts.host("lin01")["steps"] >= steps)
    kill(process)
    again = linux.play()
    assert again.rc == 0, again.output
    for name in linux.names:
        assert_well(linux, name)
    assert {linux.play().result(name) for name in linux.names} == {"unchanged"}
