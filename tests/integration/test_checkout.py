"""The code that runs is the code of this checkout, wherever another version of the collection is installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import ansible_runner  # type: ignore[import-untyped]
import pytest

from tests.tools import checkout

from .playing import BIN, ROOT, Field


@pytest.fixture
def other_version(tmp_path: Path) -> Path:
    """Return a folder of collections with another version of ours, which would fail at once."""
    plugins = tmp_path / "collections" / "ansible_collections" / "octoboot" / "octopus" / "plugins"
    for kind in ("action", "modules"):
        (plugins / kind).mkdir(parents=True)
        for name in ("tentacle", "deployment_target", "health_check"):
            (plugins / kind / f"{name}.py").write_text("raise RuntimeError('the wrong code runs')\n")
    (plugins.parent / "galaxy.yml").write_text("namespace: octoboot\nname: octopus\nversion: 9.9.9\n")
    return tmp_path / "collections"


@pytest.mark.parametrize("playbook", ["bootstrap.yml", "playbooks/bootstrap.yml"])
def test_another_version_on_the_path_is_not_run(lab: Field, other_version: Path, playbook: str) -> None:
    run = lab.play("--check", "-l", "win01", playbook=playbook, environment={"ANSIBLE_COLLECTIONS_PATH": str(other_version)})
    assert run.rc == 0, run.output
    assert f"octoboot.octopus 0.1.0 from {ROOT}" in run.output


def test_as_an_awx_project_the_project_s_own_code_runs(lab: Field, other_version: Path, tmp_path: Path) -> None:
    """AWX copies the checkout into a private folder, and runs it there by ansible-runner with a path of its own."""
    private = tmp_path / "private"
    for name in checkout.files():
        target = private / "project" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    ran = ansible_runner.run(
        private_data_dir=str(private),
        playbook="bootstrap.yml",
        inventory=str(lab.lab.inventory),
        envvars={"ANSIBLE_COLLECTIONS_PATH": str(other_version), "OCTOBOOT_LOG_DIR": "", "PATH": f"{BIN}:{os.environ['PATH']}"},
        extravars={"tentacle_identity_store": str(tmp_path / "identities")},
        limit="win01",
        quiet=True,
    )
    output = ran.stdout.read()
    assert ran.rc == 0, output
    assert f"octoboot.octopus 0.1.0 from {private / 'project'}" in output
    assert lab.records()["win01"]["HealthStatus"] == "HasWarnings"


def test_identities_are_not_made_where_awx_deletes_them(lab: Field, tmp_path: Path) -> None:
    run = lab.play(
        "-l",
        "win01",
        variables={"tentacle_identity_store": str(tmp_path / "identities")},
        environment={"AWX_PRIVATE_DATA_DIR": str(tmp_path)},
    )
    assert run.rc != 0
    assert "AWX or ansible-runner deletes after the job" in run.reason("win01")
    assert lab.hosts.host("win01")["steps"] == 0
