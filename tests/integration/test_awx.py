"""AWX: what its kit (extensions/awx) makes there by AWX's own modules, and the jobs that AWX then runs."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.lab.awx import TOKEN, Controller

from .awx import KIT, Jobs
from .playing import BIN, ROOT, Field, field

HAS_MODULES = (Path(sysconfig.get_path("purelib")) / "ansible_collections" / "awx" / "awx").is_dir()
SECRETS = {"awx_octopus_api_key": "API-AWXKITSECRET1", "awx_machine_password": "machine-secret-2", "awx_vault_password": "vault-secret-3"}
SAID = {
    "awx_organization": "Default",
    "awx_project_url": "https://git.example.com/fleet.git",
    "awx_image": "images.example.com/octoboot-octopus:1",
    "awx_octopus_url": "https://octopus.example.com",
    "awx_machine_username": "EXAMPLE\\deploy",
    **SECRETS,
}
# As AWX hands over a survey's answers: all of them text, blank where nothing was answered.
ANSWERS = {"tentacle_version": "9.2.4285", "octopus_serial": "", "octopus_preflight_strict": "false", "octopus_allow_rekey": "false"}


@pytest.fixture
def controller() -> Iterator[Controller]:
    """A controller with an organisation and the two credential types of its own that we use."""
    found = Controller()
    found.start()
    yield found
    found.stop()


@pytest.fixture
def jobs(lab: Field, tmp_path: Path) -> Jobs:
    """Jobs over three new machines."""
    return Jobs(lab, tmp_path)


@pytest.mark.skipif(not HAS_MODULES, reason="the package ansible has no awx.awx with this core")
def test_the_kit_is_made_by_awx_s_own_modules_and_a_second_time_there_is_nothing_to_do(controller: Controller, tmp_path: Path) -> None:
    said = tmp_path / "said.yml"
    said.write_text(yaml.safe_dump(SAID))
    command = [str(BIN / "ansible-playbook"), str(KIT / "configure.yml"), "-e", f"@{said}"]
    environment = {
        **os.environ,
        "CONTROLLER_HOST": controller.url,
        "CONTROLLER_OAUTH_TOKEN": TOKEN,
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
    }
    runs = [
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240)
        for _ in ("first", "second")
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stdout + runs[0].stderr
    assert "changed=8" in runs[0].stdout
    assert "changed=0" in runs[1].stdout
    assert not [secret for run in runs for secret in SECRETS.values() if secret in run.stdout + run.stderr]
    credentials = controller.linked("job_templates", "Octopus: bootstrap", "credentials")
    assert sorted(credentials) == ["Octopus", "Octopus identities", "Octopus machines"]
    assert [question["variable"] for question in controller.survey_of("Octopus: check")["spec"]] == list(ANSWERS)
    (injected,) = [kind["injectors"]["env"] for kind in controller.made["credential_types"] if kind["name"] == "Octopus Deploy"]
    assert injected["OCTOPUS_API_KEY"] == "{{ api_key }}"
    nodes = ["staging", "check-production", "approve-production", "production"]
    following = [name for node in nodes for name in controller.linked("workflow_job_template_nodes", node, "success_nodes")]
    assert following == nodes[1:]


def test_a_job_bootstraps_the_fleet_and_no_event_of_it_holds_a_secret(lab: Field, jobs: Jobs) -> None:
    ended = jobs.run(answers=ANSWERS, environment={"HOME": "/proc/sys", "ANSIBLE_HOME": str(lab.directory / "ansible")})
    assert (ended.status, ended.rc) == ("successful", 0), ended.output
    assert {name: record["HealthStatus"] for name, record in lab.records().items()} == dict.fromkeys(lab.names, "HasWarnings")
    assert sorted(ended.artefacts["octoboot_report"]["created"]) == lab.names  # in the order in which they ended
    keys = [path.read_text().splitlines()[1] for path in (lab.lab.directory / "identities").glob("*.key")]
    assert len(keys) == len(lab.names)
    passwords = {lab.hosts.host(name)["password"] for name in lab.names if "password" in lab.hosts.host(name)}
    assert [secret for secret in (lab.lab.server.api_key, *keys, *passwords) if secret in ended.kept] == []


def test_slices_do_the_fleet_together_and_a_relaunch_does_what_failed(lab: Field, jobs: Jobs) -> None:
    lab.hosts.set_fault("win02", "msi_rc", [1603])
    slices = [jobs.run(answers=ANSWERS, job_slice=(number, 2)) for number in (1, 2)]
    assert [each.status for each in slices] == ["successful", "failed"]
    assert sorted(lab.records()) == ["win01", "win03"]
    lab.hosts.clear_faults("win02")
    again = jobs.run(answers=ANSWERS, limit="win02")
    assert again.status == "successful", again.output
    assert sorted(lab.records()) == lab.names


def test_the_job_after_a_cancelled_one_completes_it(tmp_path: Path) -> None:
    with field(["win01", "win02"], tmp_path, install_seconds=3) as lab:
        jobs = Jobs(lab, tmp_path)
        cancelled = jobs.run(cancel=lambda: any(lab.hosts.host(name)["steps"] for name in lab.names))
        assert cancelled.status == "canceled"
        assert not set(lab.records()) & set(lab.names)
        completed = jobs.run()
        assert completed.status == "successful", completed.output
        assert set(lab.records()) >= set(lab.names)


def test_without_a_store_that_outlives_the_job_no_identity_is_made(lab: Field, jobs: Jobs) -> None:
    ended = jobs.run(answers={"tentacle_identity_store": str(lab.directory / "awx_1" / "project" / "identities")})
    assert ended.status == "failed"
    assert "AWX or ansible-runner deletes after the job" in ended.output
    assert [lab.hosts.host(name)["steps"] for name in lab.names] == [0, 0, 0]
