"""The disk of a virtual Windows host: whose things are, which of them are links, and what cannot be written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.machine import User
from tests.lab.windows.batch import Batch
from tests.lab.windows.control import WindowsControl
from tests.lab.windows.disk import ADMINISTRATORS, DENIED, FULL_CONTROL, IN_USE, SYSTEM, TRUSTED_INSTALLER, Disk, Rule, full_path
from tests.lab.windows.host import MALLORY, SYSTEM_USER, WindowsHost

FOLDER, FILE = "C:\\Octopus", "C:\\Octopus\\Tentacle.config"


@pytest.fixture
def disk() -> Disk:
    disk = Disk()
    disk.make_dirs(FOLDER)
    disk.write(FILE, b"x")
    return disk


def test_what_system_makes_belongs_to_the_administrators_and_the_drive_to_windows(disk: Disk) -> None:
    assert disk.node("C:\\").owner == TRUSTED_INSTALLER
    assert {disk.node(path).owner for path in (FOLDER, FILE)} == {ADMINISTRATORS}


def test_rules_leave_the_owner_and_a_folder_may_be_born_with_both(disk: Disk) -> None:
    disk.make_dirs("C:\\Hers", owner=MALLORY)
    disk.protect("C:\\Hers", (Rule(SYSTEM, FULL_CONTROL),))
    assert disk.node("C:\\Hers").owner == MALLORY
    disk.protect("C:\\Hers", (), ADMINISTRATORS)
    assert disk.node("C:\\Hers").owner == ADMINISTRATORS
    disk.make_dirs("C:\\Closed", rules=(Rule(SYSTEM, FULL_CONTROL),))
    assert disk.access("C:\\Closed") == (True, [(Rule(SYSTEM, FULL_CONTROL), False)])


def test_a_junction_leads_elsewhere_and_is_removed_and_renamed_alone(disk: Disk) -> None:
    disk.make_link("C:\\Link", FOLDER, owner=MALLORY)
    assert disk.is_link("C:\\Link")
    assert not disk.is_link("C:\\Link\\Tentacle.config")
    assert disk.list_dir("C:\\Link") == ["Tentacle.config"]
    disk.write("C:\\Link\\new.txt", b"y")
    assert disk.read("C:\\Octopus\\new.txt") == b"y"
    disk.protect("C:\\Link", (), SYSTEM)
    assert (disk.node("C:\\Link").owner, disk.node(FOLDER).owner) == (MALLORY, SYSTEM)
    disk.rename("C:\\Link", "C:\\Other")
    disk.delete("C:\\Other")
    assert not disk.exists("C:\\Link")
    assert disk.read(FILE) == b"x"


@pytest.mark.parametrize("change", [lambda disk: disk.write(FILE, b""), lambda disk: disk.delete(FILE), lambda disk: disk.delete(FOLDER)])
@pytest.mark.parametrize(("held", "words"), [(True, IN_USE), (False, DENIED)])
def test_a_file_in_use_and_a_read_only_file_are_neither_written_nor_removed(
    disk: Disk, change: Callable[[Disk], None], held: bool, words: str
) -> None:
    if held:
        disk.hold(FILE)
    else:
        disk.node(FILE).read_only = True
    with pytest.raises(PermissionError, match=words):
        change(disk)
    assert disk.read(FILE) == b"x"


def test_a_folder_takes_another_name_with_all_that_is_in_it_but_not_while_something_is_in_use_and_not_anothers(disk: Disk) -> None:
    disk.rename(FOLDER, "C:\\Moved")
    assert disk.read("C:\\Moved\\Tentacle.config") == b"x"
    assert "C:\\Moved\\Tentacle.config" in disk.paths()
    disk.make_dirs(FOLDER)
    with pytest.raises(FileExistsError):
        disk.rename("C:\\Moved", FOLDER)
    disk.hold("C:\\Moved\\Tentacle.config")
    with pytest.raises(PermissionError, match=DENIED):
        disk.rename("C:\\Moved", "C:\\Again")


ELSEWHERE = {
    "E:\\x": None,
    "E:": None,
    "\\\\server\\share": None,
    "\\\\server\\share\\x\\y": None,
    "\\\\?\\UNC\\server\\share\\x": None,
    "D:\\new\\x": "D:\\new\\x",
    "D:x": "D:\\x",
    "x": "C:\\Windows\\System32\\x",
    "C:x": "C:\\Windows\\System32\\x",
    ".\\x\\..\\y": "C:\\Windows\\System32\\y",
    "\\x": "C:\\x",
    "c:/mixed\\x": "C:\\mixed\\x",
    "\\\\?\\C:\\long": "C:\\long",
    "%ProgramData%\\x": "C:\\Windows\\System32\\%ProgramData%\\x",
}


@pytest.mark.parametrize(("path", "meant"), ELSEWHERE.items())
def test_a_path_means_what_it_means_to_windows(disk: Disk, path: str, meant: str | None) -> None:
    assert full_path(full_path(path)) == full_path(path)
    assert not disk.exists(path)
    assert not disk.is_dir(path)
    for look in (disk.read, disk.list_dir, disk.delete, lambda p: disk.rename(p, "C:\\other")):
        with pytest.raises(FileNotFoundError):
            look(path)
    if meant is None:
        for change in (disk.make_dirs, lambda p: disk.write(p, b"")):
            with pytest.raises(FileNotFoundError, match="network path" if path.startswith("\\\\") else "part of the path"):
                change(path)
        return
    disk.make_dirs(path)
    assert disk.is_dir(meant)
    assert meant.casefold() in [known.casefold() for known in disk.paths()]
    disk.write(f"{path}\\file", b"1")
    assert disk.read(f"{meant}\\file".upper()) == b"1"
    assert disk.access(path)[1], "it inherits what its drive says"


@pytest.mark.parametrize("end", ["\\", "/", "\\\\"])
def test_a_separator_at_the_end_names_a_folder(disk: Disk, end: str) -> None:
    assert disk.is_dir(FOLDER + end)
    assert disk.exists(FOLDER + end)
    assert disk.list_dir(FOLDER + end) == ["Tentacle.config"]
    assert not disk.exists(FILE + end)
    assert not disk.is_dir(FILE + end)
    for change in (disk.read, disk.delete, lambda path: disk.write(path, b"y")):
        with pytest.raises(FileNotFoundError):
            change(FILE + end)
    assert disk.read(FILE) == b"x"


@given(st.text(alphabet="cDe:\\/.?% x", max_size=12))
def test_no_path_is_stumbled_over(path: str) -> None:
    host = WindowsHost("win01", "127.0.0.1")
    steps: list[dict[str, Any]] = [
        {"do": "exists", "path": path},
        {"do": "access", "path": path},
        {"do": "files", "path": path, "pattern": "*"},
        {"do": "tail", "path": path, "lines": 3},
        {"do": "file", "path": path},
        {"do": "settings", "path": path, "keys": []},
        {"do": "directory", "path": path, "full": ["SYSTEM"], "readers": [], "owners": ["S-1-5-18", ADMINISTRATORS]},
        {"do": "write", "path": path, "content": ""},
        {"do": "set_aside", "path": path, "target": f"{path}1"},
        {"do": "move", "path": path, "source": path, "target": "C:\\moved"},
        {"do": "remove", "path": f"{path}1"},
    ]
    answers = json.loads(Batch(host, User(SYSTEM_USER), {}, check_mode=False).run([{**step, "optional": True} for step in steps]))
    assert all("value" in answer or answer["error"] for answer in answers)


def test_the_control_lets_somebody_be_first_and_holds_and_protects_files() -> None:
    host = WindowsHost("win01", "127.0.0.1")
    control = WindowsControl(host)
    control.set_fault("squat", {"path": "C:\\ProgramData\\octoboot", "files": {"evil.msi": "MZ"}})
    control.set_fault("squat", {"path": "C:\\Octopus", "link": "C:\\Windows"})
    files = control.files()
    assert files["C:\\ProgramData\\octoboot"]["owner"] == files["C:\\ProgramData\\octoboot\\evil.msi"]["owner"] == MALLORY
    assert files["C:\\Octopus"]["link"] == "C:\\Windows"
    control.set_fault("read_only", "C:\\ProgramData\\octoboot\\evil.msi")
    control.set_fault("file_in_use", "C:\\ProgramData\\octoboot\\evil.msi")
    with pytest.raises(PermissionError, match=IN_USE):
        host.files.delete("C:\\ProgramData\\octoboot")
    control.clear_faults()
    with pytest.raises(PermissionError, match=DENIED):
        host.files.delete("C:\\ProgramData\\octoboot")
    control.set_fault("foreign_service", {"name": "OctopusDeploy Tentacle", "command_line": '"C:\\x.exe"'})
    assert host.services.query("OctopusDeploy Tentacle").command_line == '"C:\\x.exe"'
