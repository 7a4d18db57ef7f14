"""Whatever dies and whenever, the next run completes: the host after each of its commands, or the controller in the middle."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509 import load_pem_x509_certificate

from tests.lab.fleet import DEFAULT_PACKAGE
from tests.lab.halibut import thumbprint_at
from tests.lab.windows.msi import Package

from .playing import Field, Run, field

FRESH_STEPS = 18
"""Writing steps of a fresh bootstrap. More than these, and a test below says that hosts are missing for them."""
HOSTS = [f"win{number:02}" for number in range(1, FRESH_STEPS + 2)]
OLD = Package("9.1.3736")
Variables = Callable[[Field], dict[str, Any]]
Moment = Callable[[Field, list[str]], bool]
_LEFT_OVER = re.compile(r"\.pfx$|\.restart-pending$|\\octoboot\\import")


@pytest.fixture(scope="module")
def big_field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """A host for each step that can be the last one, and one that goes on to the end."""
    with field(HOSTS, tmp_path_factory.mktemp("field")) as found:
        yield found


@pytest.fixture
def fleet(big_field: Field, tmp_path: Path) -> Field:
    """The module's lab, as new."""
    big_field.directory = tmp_path
    big_field.reset()
    return big_field


def old_package(lab: Field) -> dict[str, Any]:
    """Return the variables that pin an older Tentacle."""
    return {
        "tentacle_version": OLD.version,
        "tentacle_package_url": lab.lab.downloads.url_of(OLD),
        "tentacle_package_checksum": OLD.sha256,
    }


def other_port(_lab: Field) -> dict[str, Any]:
    """Return the variables that move Tentacle to another port."""
    return {"tentacle_port": 10955}


def no_change(_lab: Field) -> dict[str, Any]:
    """Return no variables: the inventory's hold."""
    return {}


def assert_well(lab: Field, name: str, *, port: int) -> None:
    """Compare what runs on a host with the store, the record and the server, and see that nothing is left over."""
    record = lab.records()[name]
    state = lab.hosts.host(name)
    certificate = load_pem_x509_certificate((lab.lab.directory / "identities" / f"{name}.pem").read_bytes())
    thumbprint = certificate.fingerprint(SHA1()).hex().upper()
    assert record["Thumbprint"] == thumbprint, name
    assert state["agents"] == [{"thumbprint": thumbprint, "trust": [lab.lab.server.thumbprint]}], name
    assert thumbprint_at(state["address"], port) == thumbprint, name
    assert record["Uri"] == f"https://{state['address']}:{port}/", name
    assert record["HealthStatus"] in ("Healthy", "HasWarnings"), name
    assert [service["state"] for service in state["services"]] == ["Running"], name
    assert state["services"][0]["start_mode"] == "Auto", name
    assert list(state["firewall"].values()) == [str(port)], name
    assert [product["version"] for product in state["products"]] == [DEFAULT_PACKAGE.version], name
    assert [path for path in lab.hosts.files(name) if _LEFT_OVER.search(path.lower())] == [], name


@pytest.mark.parametrize(
    ("before", "after", "port", "steps"),
    [(None, no_change, 10933, FRESH_STEPS), (old_package, no_change, 10933, 13), (no_change, other_port, 10955, 7)],
    ids=["fresh", "upgrade", "port"],
)
def test_killed_after_any_command_on_a_host_the_next_run_completes_it(
    fleet: Field, before: Variables | None, after: Variables, port: int, steps: int
) -> None:
    names = fleet.names[: steps + 1]
    limit = ("-l", ",".join(names))
    if before is not None:
        ready = fleet.play(*limit, variables=before(fleet))
        assert ready.rc == 0, ready.output
    taken = {name: fleet.hosts.host(name)["steps"] for name in names}
    for number, name in enumerate(names[:-1], start=1):
        fleet.hosts.set_fault(name, "die_after_step", number)

    killed = fleet.play(*limit, variables=after(fleet))
    done = {name: fleet.hosts.host(name)["steps"] - taken[name] for name in names}
    whole = done[names[-1]]
    assert 1 < whole < len(names), "add hosts: some commands were not the last one of any"
    assert list(done.values()) == [min(number, whole) for number in range(1, len(names) + 1)]
    died = names[:whole]
    assert {name for name in names if killed.result(name) in ("unreachable", "failed")} == set(died), killed.output
    assert "Traceback" not in killed.output
    assert all(killed.reason(name) for name in died)

    for name in names:
        fleet.hosts.clear_faults(name)
    mended = fleet.play(*limit, variables=after(fleet))
    assert mended.rc == 0, mended.output
    for name in names:
        assert_well(fleet, name, port=port)
    last = fleet.play(*limit, variables=after(fleet))
    assert last.rc == 0, last.output
    assert {last.result(name) for name in names} == {"unchanged"}


def after_steps(steps: int) -> Moment:
    """Return the moment at which the first of some hosts was visited, and so many steps were taken there."""

    def happened(lab: Field, names: list[str]) -> bool:
        host = lab.hosts.host(names[0])
        return host["visits"] > 0 and host["steps"] >= steps

    return happened


def is_registered(lab: Field, names: list[str]) -> bool:
    """Tell whether the server knows of one of the hosts."""
    return not lab.records().keys().isdisjoint(names)


MOMENTS = {f"after step {steps}": after_steps(steps) for steps in (0, 1, 4, 8, 12, 16)} | {"as soon as the server knows": is_registered}
"""When the controller is killed: each time with two hosts of its own."""
PAIRS = {moment: HOSTS[2 * number : 2 * number + 2] for number, moment in enumerate(MOMENTS)}


@dataclass(frozen=True)
class Killings:
    """What the server knew when each run had been killed, and the two runs after them all."""

    lab: Field
    known: dict[str, str]
    again: Run
    last: Run


@pytest.fixture(scope="module")
def killings(big_field: Field, tmp_path_factory: pytest.TempPathFactory) -> Killings:
    """Run for each pair of hosts, kill the controller at its moment, and run for all of them again."""
    big_field.directory = tmp_path_factory.mktemp("killings")
    big_field.reset()
    for moment, happened in MOMENTS.items():
        names = PAIRS[moment]
        process, _logs = big_field.start("-l", ",".join(names))
        wait_until(process, partial(happened, big_field, names))
        kill(process)
    known = {name: record["Id"] for name, record in big_field.records().items()}
    limit = ",".join(name for names in PAIRS.values() for name in names)
    return Killings(big_field, known, big_field.play("-l", limit), big_field.play("-l", limit))


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_controller_is_killed_in_the_middle_and_the_next_run_completes(killings: Killings, moment: str) -> None:
    for name in PAIRS[moment]:
        assert killings.again.result(name) in ("created", "updated", "unchanged"), killings.again.output
        assert_well(killings.lab, name, port=10933)
        assert killings.last.result(name) == "unchanged", killings.last.output


def test_what_the_server_knew_of_a_run_that_was_killed_stays(killings: Killings) -> None:
    assert set(killings.known) & set(PAIRS["as soon as the server knows"])
    assert killings.known.items() <= {name: record["Id"] for name, record in killings.lab.records().items()}.items()


def test_an_installer_of_a_run_that_died_is_waited_for(tmp_path: Path) -> None:
    with field(["win01"], tmp_path, install_seconds=4) as lab:
        process, _logs = lab.start()
        wait_until(process, lambda: any(line.startswith("msiexec") for line in lab.hosts.host("win01")["processes"]))
        kill(process)
        again = lab.play()
        assert again.rc == 0, again.output
        assert len([line for line in lab.hosts.host("win01")["processes"] if line.startswith("msiexec")]) == 2
        assert_well(lab, "win01", port=10933)


def wait_until(process: subprocess.Popen[str], happened: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until something happened during a run. Fails when the run ends before."""
    until = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, "the run ended before the moment to kill it"
        assert time.monotonic() < until
        time.sleep(0.03)


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a run with its workers, which have process groups of their own, as a machine dies that loses its power."""
    os.kill(process.pid, signal.SIGSTOP)
    for pid in [*descendants(process.pid), process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=30)


def descendants(pid: int) -> list[int]:
    """Return the children of a process, and theirs."""
    listed = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    children = [int(child) for some in listed for child in some]
    return [*children, *(each for child in children for each in descendants(child))]
