"""Windows machines that other people use too: what they made first is not taken for ours, and what they changed since is seen."""

from __future__ import annotations

from .playing import Field, Run
from .troubles import host_variables

ADMINISTRATORS, MALLORY = "S-1-5-32-544", "S-1-5-21-1-2-3-1666"
STATE, HOME = "C:\\ProgramData\\octoboot", "C:\\Octopus"
FOREIGN = {"name": "OctopusDeploy Tentacle", "command_line": '"C:\\Tools\\watch.exe" --name="OctopusDeploy Tentacle"', "state": "Running"}


def assert_refused(run: Run) -> None:
    """The folder and the service of others were refused, each in one line that names them."""
    assert (run.result("win02"), run.result("win03")) == ("failed", "failed")
    assert "'tentacle_home_directory' must be a folder of Tentacle's or a new one: 'C:\\Octopus' belongs to WIN-" in run.reason("win02")
    assert "\\mallory and holds 'plan.txt'. Set 'tentacle_adopt_directories: true'" in run.reason("win02")
    assert "The service 'OctopusDeploy Tentacle' is not that of Tentacle's instance 'Tentacle': it runs " in run.reason("win03")


def test_what_others_made_first_is_refused_or_set_aside_and_what_they_changed_since_is_seen(lab: Field) -> None:
    lab.hosts.set_fault("win01", "squat", {"path": STATE, "files": {"Octopus.Tentacle.msi": "hers", "tentacle.restart-pending": ""}})
    lab.hosts.set_fault("win02", "squat", {"path": HOME, "files": {"plan.txt": "hers"}})
    lab.hosts.set_fault("win03", "foreign_service", FOREIGN)
    checked = lab.play("--check")
    assert_refused(checked)
    assert {
        "path": "state_directory",
        "before": f"owned by {lab.hosts.host('win01')['hostname']}\\mallory",
        "after": "set aside and made anew",
    } in (checked.hosts["win01"]["changes"])

    run = lab.play()
    assert_refused(run)
    for name in ("win02", "win03"):
        assert (lab.hosts.host(name)["steps"], lab.hosts.host(name)["products"]) == (0, [])
    assert run.result("win01") == "created"
    files = lab.hosts.files("win01")
    for path in (STATE, HOME, f"{HOME}\\Applications"):
        assert (files[path]["owner"], files[path]["protected"]) == (ADMINISTRATORS, True), path
    assert {path for path, about in files.items() if about["owner"] == MALLORY} == {
        f"{STATE}.1{name}" for name in ("", "\\Octopus.Tentacle.msi", "\\tentacle.restart-pending")
    }
    assert [path for path in files if path.startswith(f"{STATE}\\")] == [f"{STATE}\\install.log"]

    adopted = lab.play("-l", "win01,win02", *host_variables(lab, {"win02": {"tentacle_adopt_directories": True}}))
    assert (adopted.result("win01"), adopted.result("win02")) == ("unchanged", "created")
    assert "and is made the instance's, as 'tentacle_adopt_directories' allows" in " ".join(adopted.output.split())
    assert lab.hosts.files("win02")[HOME]["owner"] == ADMINISTRATORS
    assert lab.play("-l", "win02").result("win02") == "unchanged"

    lab.hosts.set_fault("win01", "squat", {"path": HOME})
    lab.hosts.set_fault("win02", "squat", {"path": STATE})
    again = lab.play("-l", "win01,win02")
    assert (again.result("win01"), again.result("win02")) == ("failed", "updated")
    assert "must not be a folder of somebody else's: 'C:\\Octopus' belongs to WIN-" in again.reason("win01")
    assert lab.hosts.files("win02")[STATE]["owner"] == ADMINISTRATORS
