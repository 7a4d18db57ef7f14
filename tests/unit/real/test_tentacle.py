"""The lab's Tentacle answers every recorded command line as the real one did: exit code, stdout, stderr, files and their modes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.lab.fake_machine import FakeMachine
from tests.unit.real.differences import DIFFERENCES
from tests.unit.real.linux_host import RecordedHost
from tests.unit.real.linux_scenes import Scenes
from tests.unit.real.recordings import RELEASE, Answer, Line, Mask, recorded

LINUX, WINDOWS = recorded("tentacle-linux"), recorded("tentacle-windows")


@dataclass(frozen=True)
class Replayed:
    """What the real one and the lab's answered to each line, and what their ports said."""

    real: dict[int, str]
    lab: dict[int, str]
    probes: dict[int, tuple[str, str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def linux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    mask = os.umask(0o022)
    try:
        yield replay_linux(tmp_path_factory.mktemp("host"))
    finally:
        os.umask(mask)


def replay_linux(root: Path) -> Replayed:
    scenes = Scenes(RecordedHost(root))
    real, lab = Mask.of(LINUX), Mask.of(LINUX)
    replayed = Replayed({}, {})
    for line in LINUX:
        scenes.prepare(line.number)
        answer = scenes.play(line)
        replayed.real[line.number], replayed.lab[line.number] = real.told(line.answer), lab.told(answer)
        if line.probe:
            replayed.probes[line.number] = real.masked(_probe(line.probe)), lab.masked(_probe(scenes.probed))
    return replayed


def _probe(told: Mapping[str, str]) -> str:
    return "\n".join(told[what] for what in ("tls", "thumb", "page"))


@pytest.fixture(scope="module")
def windows() -> Replayed:
    machine = FakeMachine(variables={"LOCALAPPDATA": r"C:\users\root\AppData\Local"})
    real, lab = Mask.of(WINDOWS), Mask.of(WINDOWS)
    replayed = Replayed({}, {})
    for line in WINDOWS:
        if line.number == 21:  # how its service got there was not recorded
            machine.ok("service", "--instance", "Web1", "--install")
        result = machine.tentacle(*line.argv, version=RELEASE)
        replayed.real[line.number] = real.told(line.answer)
        replayed.lab[line.number] = lab.told(Answer(result.rc, result.stdout, result.stderr))
    return replayed


def compare(replayed: Replayed, recording: str, line: Line) -> None:
    """Compare a line, letter by letter but for the differences that are listed; each of them must be one."""
    expected = replayed.real[line.number]
    for difference in (known for known in DIFFERENCES if (known.recording, known.line) == (recording, line.number)):
        assert difference.real in expected, f"this difference is none any more: {difference}"
        expected = expected.replace(difference.real, difference.lab)
    assert replayed.lab[line.number] == expected


@pytest.mark.parametrize("line", LINUX, ids=str)
def test_on_linux(linux: Replayed, line: Line) -> None:
    compare(linux, "tentacle-linux", line)


@pytest.mark.parametrize("line", WINDOWS, ids=str)
def test_on_windows(windows: Replayed, line: Line) -> None:
    compare(windows, "tentacle-windows", line)


@pytest.mark.parametrize("line", [line for line in LINUX if line.probe], ids=str)
def test_its_port_answers_a_browser_as_the_real_one_does(linux: Replayed, line: Line) -> None:
    real, lab = linux.probes[line.number]
    assert lab == real


def test_every_difference_is_of_a_line_that_is_there() -> None:
    known = {("tentacle-linux", line.number) for line in LINUX} | {("tentacle-windows", line.number) for line in WINDOWS}
    assert {(difference.recording, difference.line) for difference in DIFFERENCES} <= known
    assert all(difference.real != difference.lab and difference.reason for difference in DIFFERENCES)
