"""README's ways of use, and the examples for pipelines: each command that they name is run, from the tarball alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.tools import checkout

from . import ways
from .playing import ROOT, Field, field
from .ways import Clean

RUNNERS: dict[str, dict[str, str]] = {
    "github": {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "{work}", "GITHUB_STEP_SUMMARY": "{scratch}/shown"},
    "gitlab": {"GITLAB_CI": "true", "CI_PROJECT_DIR": "{work}"},
    "azure": {"TF_BUILD": "True", "BUILD_SOURCESDIRECTORY": "{work}", "PIPELINE_WORKSPACE": "{work}"},
    "jenkins": {"JENKINS_URL": "http://jenkins", "BUILD_TAG": "x", "WORKSPACE": "{work}", "WORKSPACE_TMP": "{scratch}"},
}
"""What each system's runner sets."""


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """The clean environment of these tests, with the collection installed as README says."""
    clean = Clean(tmp_path_factory.mktemp("clean"))
    clean.install()
    return clean


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """A machine for staging, one for production."""
    with field(["web01.example.com", "web02.example.com"], tmp_path_factory.mktemp("field")) as found:
        yield found


def test_readme_s_way_from_a_shell(clean: Clean, shared: Field, tmp_path: Path) -> None:
    commands = []
    for block in ways.blocks("From a shell"):
        if block.language == "sh":
            commands.append(ways.own(block.text, shared))
        else:
            (tmp_path / block.path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.path).write_text(ways.own(block.text, shared))
    ways.lead_to(shared, tmp_path / "inventory")
    said = clean.shell("".join(commands), tmp_path, {})
    assert said.rc == 0, said.output
    assert "1 would create" in said.output
    assert re.search(r"^web01\.example\.com  created  Machines-\d+", said.output, re.MULTILINE), said.output
    assert "callbacks_enabled" not in said.output
    assert shared.records()["web01.example.com"]["Roles"] == ["web-server"]
    assert {path.name for path in (tmp_path / "inventory-identities").glob("web*")} == {"web01.example.com.key", "web01.example.com.pem"}
    # Without the three lines, the run says what is missing.
    (tmp_path / "ansible.cfg").unlink()
    plain = clean.shell(f"{''.join(commands[1:2])}\nansible-playbook -i inventory octoboot.octopus.bootstrap", tmp_path, {})
    assert plain.rc == 0, plain.output
    assert plain.output.count("set 'callbacks_enabled = octoboot.octopus.report' under [defaults] in ansible.cfg.") == 1


def test_readme_s_way_in_a_checkout(clean: Clean, shared: Field, tmp_path: Path) -> None:
    for name in checkout.files():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name, follow_symlinks=False)
    first, second = (block.text for block in ways.blocks("From a checkout, with the larger example"))
    said = clean.shell(first, tmp_path, {})
    assert said.rc == 0, said.output
    mine = tmp_path / "inventories" / "mine"
    ways.example(shared, mine)
    vault = mine / "group_vars" / "tentacles" / "vault.yml"
    vault.write_text(ways.own(vault.read_text(), shared))
    password = tmp_path / "password"
    password.write_text("secret")
    # The key is in the vault; where the server is, the example leaves to the environment.
    environment = {"ANSIBLE_VAULT_PASSWORD_FILE": str(password), "OCTOPUS_URL": shared.lab.server.url}
    said = clean.shell(second, tmp_path, environment)
    assert said.rc == 0, said.output
    assert vault.read_text().startswith("$ANSIBLE_VAULT")
    assert shared.lab.server.api_key not in said.output
    assert f"octoboot.octopus 0.1.0 from {tmp_path}" in said.output
    assert shared.records()["web01.example.com"]["HealthStatus"] == "HasWarnings"


@pytest.fixture(scope="module")
def repository(clean: Clean, shared: Field, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A repository as examples/README.md says, with identities that were made at a desk; and the pipeline's secrets."""
    shared.reset()
    top = tmp_path_factory.mktemp("repository")
    for name in ("ansible.cfg", "vault-password", "identities.yml"):
        shutil.copy2(ROOT / "examples" / name, top / name)
    inventory = top / "inventory"
    shutil.copytree(ROOT / "inventories" / "example", inventory)
    ways.example(shared, inventory)
    password = next(iter(shared.lab.windows.hosts.values())).password
    (inventory / "group_vars" / "tentacles" / "vault.yml").write_text(f"vault_ansible_password: {password}\n")
    secrets = {"OCTOPUS_URL": shared.lab.server.url, "OCTOPUS_API_KEY": shared.lab.server.api_key, "VAULT_PASSWORD": "sesame-of-the-vault"}
    text = (ROOT / "examples" / "README.md").read_text()
    (desk,) = re.findall(r"^```sh\n(ansible-playbook .*?)\ngit add inventory-identities\n```$", text, re.MULTILINE)
    said = clean.shell(
        f"ansible-vault encrypt inventory/group_vars/tentacles/vault.yml\n{desk}", top, {"VAULT_PASSWORD": secrets["VAULT_PASSWORD"]}
    )
    assert said.rc == 0, said.output
    assert len(list((top / "inventory-identities").glob("*.pem"))) == 2
    shutil.rmtree(top / "logs")
    return top, secrets


@pytest.mark.parametrize("system", ["github", "gitlab", "azure", "jenkins"])
def test_an_example_checks_a_merge_request_and_brings_staging_then_production(
    clean: Clean, shared: Field, repository: tuple[Path, dict[str, str]], tmp_path: Path, system: str
) -> None:
    top, secrets = repository
    work = tmp_path / "work"
    ran: list[str] = []
    installed: set[str] = set()
    for event in ("check", "main"):
        for job in ways.jobs(system, event):
            shutil.rmtree(work, ignore_errors=True)
            shutil.copytree(top, work)
            if system == "gitlab":
                work.chmod(0o777)
            environment = {key: secrets.get(value.strip("$"), value) for key, value in job.environment.items()}
            environment |= {key: value.format(work=work, scratch=tmp_path) for key, value in RUNNERS[system].items()}
            environment = {key: value.replace("$CI_PROJECT_DIR", str(work)) for key, value in environment.items()}
            for text in job.texts:
                if text in installed:
                    continue  # what installs is the same in each job, and has been done
                installed.update({text} if "ansible-playbook" not in text else ())
                said = clean.shell(text, work, environment, *job.shell)
                assert said.rc == 0, said.output
            ran.append(job.name)
            assert "\x1b" not in said.output  # no terminal, no colours
            (report,) = work.glob("logs/*/report.xml")
            cases = {case.get("name"): case[0].tag for case in ElementTree.parse(report).iter("testcase")}
            wanted = {"staging": shared.names[:1], "production": shared.names[1:]}.get(job.name, shared.names)
            assert cases == dict.fromkeys(wanted, "system-out"), said.output
            assert not [key for key in ("OCTOPUS_API_KEY", "VAULT_PASSWORD") if secrets[key] in said.output]
    assert ran == ["check", "staging", "production"]
    assert set(shared.records()) == set(shared.names)
    if system == "github":
        assert "web02" in (tmp_path / "shown").read_text()
