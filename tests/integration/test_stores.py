"""The identity store in real runs: where it may stand, what it is encrypted with, and what happens when it is lost."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .playing import Field, Run

NOT_PARSED = "Unable to parse"
STOPPED = "Octopus knows 3 machines of this fleet, and 3 of them by a certificate that the identity store does not hold"


class Mine:
    """An inventory folder of the user's, in a work tree of git's, and an encrypted store."""

    def __init__(self, lab: Field, directory: Path) -> None:
        self.lab = lab
        self.folder = directory / "inventories" / "mine"
        self.folder.mkdir(parents=True)
        shutil.copy(lab.lab.inventory, self.folder / "hosts.json")
        subprocess.run(["git", "init", "-q", str(directory)], check=True)
        (directory / ".gitignore").write_text("*.key\n")
        for name in ("right", "wrong"):
            (directory / name).write_text(name)
        self._directory = directory

    def play(self, *arguments: str, password: str | None, store: str = "{{ inventory_dir }}-identities") -> Run:
        """Run over the folder, with a vault password or none."""
        secret = ["--vault-password-file", str(self._directory / password)] if password else []
        variables = {"tentacle_identity_store": store, "tentacle_identity_encryption": "vault"}
        return self.lab.play(*arguments, *secret, inventory=self.folder, variables=variables)


def test_a_store_beside_the_inventory_lasts_and_a_mistake_with_it_makes_no_key(lab: Field, tmp_path: Path) -> None:
    mine = Mine(lab, tmp_path)
    inside = mine.play("-l", "win01", password="right", store="{{ inventory_dir }}/identities")
    assert f"as part of the inventory {mine.folder}" in inside.reason("win01")
    made = mine.play("-l", "win01", password="right")
    assert made.result("win01") == "created", made.output
    assert "git ignores the identities in" in made.output.replace("\n", " ")
    store = mine.folder.with_name("mine-identities")
    assert sorted(path.name for path in store.iterdir()) == [".canary", ".lock", "win01.key", "win01.pem"]
    mistyped = mine.play("-l", "win02", password="wrong")
    assert "opens none of the keys that are there" in mistyped.reason("win02")
    foreseen = mine.play("--check", "-l", "win02", password=None)
    assert "no vault secret was given" in foreseen.reason("win02")
    assert not list(store.glob("win02*"))
    again = mine.play("-l", "win01", password=None)
    assert (again.rc, again.result("win01")) == (0, "unchanged"), again.output
    assert NOT_PARSED not in again.output
    # Git took the certificate, and the machine is built again: it is the same machine in one run.
    before = lab.records()["win01"]
    (store / "win01.pem").unlink()
    lab.hosts.wipe("win01")
    back = mine.play("-l", "win01", password="right")
    assert back.rc == 0, back.output
    after = lab.records()["win01"]
    assert (after["Id"], after["Thumbprint"]) == (before["Id"], before["Thumbprint"])


def test_a_fleet_whose_store_was_lost_keeps_its_certificates_until_it_is_told_otherwise(lab: Field, tmp_path: Path) -> None:
    assert lab.play().rc == 0
    before = lab.records()
    empty = str(tmp_path / "empty")
    run = lab.play(variables={"tentacle_identity_store": empty})
    assert run.rc != 0
    assert {run.reason(name) for name in lab.names} == {run.reason("win01")}
    assert STOPPED in run.reason("win01")
    assert lab.records() == before
    assert not Path(empty).exists()
    workspace = lab.play(variables={"tentacle_identity_store": empty}, environment={"GITHUB_WORKSPACE": str(tmp_path)})
    assert STOPPED in workspace.reason("win02")
    told = lab.play(variables={"tentacle_identity_store": empty, "octopus_allow_rekey": "true"})
    assert told.rc == 0, told.output
    assert [told.result(name) for name in lab.names] == ["adopted"] * 3


def test_no_identity_is_made_in_the_workspace_of_a_pipeline(lab: Field) -> None:
    run = lab.play("-l", "win01", environment={"CI_PROJECT_DIR": str(lab.lab.directory)})
    assert "the workspace of GitLab CI" in run.reason("win01")
    assert lab.hosts.host("win01")["steps"] == 0
