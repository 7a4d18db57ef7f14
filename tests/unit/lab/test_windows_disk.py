"""The disk of a virtual Windows host: whose things are, which of them are links, and what cannot be written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.lab.windows.control import WindowsControl
from tests.lab.windows.disk import ADMINISTRATORS, DENIED, FULL_CONTROL, IN_USE, SYSTEM, TRUSTED_INSTALLER, Disk, Rule
from tests.lab.windows.host import MALLORY, WindowsHost

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
