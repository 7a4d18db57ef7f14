"""The ways of use as their users go them: the commands of README and of `examples`, run by a shell in a clean environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.tools.build import build
from tests.tools.fetch_collections import SITE_PACKAGES, folder

from .playing import ROOT, SECONDS, Field

URL, KEY = "https://octopus.example.com", "API-XXXXXXXXXXXXXXXX"
"""What the documents say in place of one's own."""

GALAXY = """\
#!/bin/sh
# In place of Galaxy, which tests do not reach: our tarball; the collection that we depend on is here already.
case "$*" in
  "collection install octoboot.octopus") exec "{galaxy}" collection install --offline "{tarball}" ;;
  "collection install -r collections/requirements.yml") exec "{galaxy}" collection list ansible.windows ;;
  *) echo "unexpected: $*" >&2; exit 3 ;;
esac
"""

VENV = """\
#!/bin/sh
# Environments are made once, and shared.
if test "$1 $2" = "-m venv"; then exec ln -sfn "{venv}" "$3"; fi
exec "{venv}/bin/python" "$@"
"""


@dataclass(frozen=True)
class Said:
    """What a command ended with and printed."""

    rc: int
    output: str


class Clean:
    """An environment that has Python, and nothing of ours but the tarball."""

    def __init__(self, directory: Path) -> None:
        self.home = directory / "home"
        self.venv = directory / "venv"
        programs = directory / "bin"
        programs.mkdir()
        subprocess.run([sys.executable, "-m", "venv", str(self.venv)], check=True)
        tarball = build(directory, scratch=directory / "scratch")
        windows = self.home / ".ansible" / "collections" / folder("ansible.windows")
        shutil.copytree(SITE_PACKAGES / folder("ansible.windows"), windows)
        _script(programs / "python3", VENV.format(venv=self.venv))
        self._galaxy = GALAXY.format(galaxy=self.venv / "bin" / "real-galaxy", tarball=tarball)
        self._path = f"{programs}:{self.venv / 'bin'}:/usr/local/bin:/usr/bin:/bin"

    def shell(self, text: str, directory: Path, environment: Mapping[str, str], *shell: str) -> Said:
        """Have a shell run a text in a directory, and nothing of this process's environment but where pip finds packages."""
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        run = subprocess.run(
            [*(shell or ("bash", "-e")), "-c", text],
            cwd=directory,
            env={"HOME": str(self.home), "PATH": self._path, "LANG": "C.UTF-8", **pip, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Said(run.returncode, run.stdout)

    def install(self) -> None:
        """Install as README's first commands do."""
        commands = next(block.text for block in blocks("From a shell") if block.language == "sh")
        before = commands.split("ansible-galaxy")[0]
        for text in (before, commands):
            said = self.shell(text, self.home, {})
            assert said.rc == 0, said.output
            self._replace_galaxy()

    def _replace_galaxy(self) -> None:
        """Put ours in the place of the program, which pip has brought."""
        program, real = self.venv / "bin" / "ansible-galaxy", self.venv / "bin" / "real-galaxy"
        if not real.exists():
            program.rename(real)
            _script(program, self._galaxy)


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@dataclass(frozen=True)
class Block:
    """A block of README: commands, or a file, whose first line says its path."""

    language: str
    text: str

    @property
    def path(self) -> str:
        return self.text.splitlines()[0].removeprefix("# ")


def blocks(heading: str) -> list[Block]:
    """Return the blocks under a heading of README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.split(r"^#{2,} ", text.split(f"\n### {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)]


def own(text: str, lab: Field) -> str:
    """Return a text of the documents with what is the user's own in it."""
    password = next(iter(lab.lab.windows.hosts.values())).password
    text = text.replace(URL, lab.lab.server.url).replace(KEY, lab.lab.server.api_key)
    return text.replace("the password of deploy", password).replace("the password of EXAMPLE\\deploy", password)


def lead_to(lab: Field, inventory: Path) -> None:
    """Write, beside an inventory of the documents, how the lab's hosts are reached: where, as whom, and where the package is."""
    group = lab.lab.windows.group()
    for name, variables in group["hosts"].items():
        told: dict[str, Any] = {**group["vars"], **variables, "tentacle_start_timeout": 3}
        del told["ansible_password"]  # which the documents' own way must give
        path = inventory / "host_vars" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(told))


def example(lab: Field, inventory: Path) -> None:
    """Say in a copy of the example which machines there are: the lab's first is staging, its second production."""
    staging, production = lab.names
    hosts = {
        "tentacles": {"children": {"staging": {"hosts": {staging: None}}, "production": {"hosts": {production: None}}}},
        "windows": {"hosts": dict.fromkeys(lab.names)},
        "web": {"hosts": dict.fromkeys(lab.names)},
    }
    (inventory / "hosts.yml").write_text(yaml.safe_dump(hosts))
    lead_to(lab, inventory)


@dataclass(frozen=True)
class Job:
    """A job of an example. `environment` has `$NAME$` where the runner puts the secret of that name; `shell` is the one that it takes."""

    name: str
    environment: Mapping[str, str]
    texts: list[str]
    shell: tuple[str, ...]


def jobs(system: str, event: str) -> Iterator[Job]:
    """Yield the jobs of an example for a merge request (`check`) or the main branch (`main`), in their order."""
    yield from {"github": _github, "gitlab": _gitlab, "azure": _azure, "jenkins": _jenkins}[system](event)


def _github(event: str) -> Iterator[Job]:
    content = yaml.safe_load((ROOT / "examples" / "github.yml").read_text())
    wanted = f"github.event_name == '{'pull_request' if event == 'check' else 'push'}'"
    ran: list[str] = []
    for name, job in content["jobs"].items():
        if job.get("if") == wanted or job.get("needs") in ran:
            ran.append(name)
            given = {**content["env"], **job["env"]}
            environment = {key: re.sub(r"\$\{\{ \w+\.(\w+) \}\}", r"$\1$", value) for key, value in given.items()}
            yield Job(name, environment, [step["run"] for step in job["steps"] if "run" in step], ("bash", "-e"))


def _gitlab(event: str) -> Iterator[Job]:
    content = yaml.safe_load((ROOT / "examples" / "gitlab-ci.yml").read_text())
    wanted = {"check": '$CI_PIPELINE_SOURCE == "merge_request_event"', "main": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}[event]
    named = {job["stage"]: (name, {**content.get(job.get("extends"), {}), **job}) for name, job in content.items() if "stage" in job}
    for name, job in (named[stage] for stage in content["stages"]):
        if job["rules"] == [{"if": wanted}]:
            environment = {key: f"${key}$" for key in ("OCTOPUS_URL", "OCTOPUS_API_KEY", "VAULT_PASSWORD")} | content["variables"]
            lines = [*content["default"]["before_script"], *job["script"]]
            yield Job(name, environment, ["\n".join(lines)], ("bash", "-eo", "pipefail"))


def _azure(event: str) -> Iterator[Job]:
    content = yaml.safe_load((ROOT / "examples" / "azure-pipelines.yml").read_text())
    for stage in content["stages"]:
        if (stage["condition"] == "eq(variables['Build.Reason'], 'PullRequest')") == (event == "check"):
            (job,) = stage["jobs"]
            steps = job["steps"] if "steps" in job else job["strategy"]["runOnce"]["deploy"]["steps"]
            scripts = [step for step in steps if "script" in step]
            # What is secret in a group of variables has no place in the environment but by `env`.
            given = {key: re.sub(r"\$\((\w+)\)", r"$\1$", value) for step in scripts for key, value in step.get("env", {}).items()}
            environment = {"OCTOPUS_URL": "$OCTOPUS_URL$", **given}
            yield Job(stage["stage"], environment, [step["script"] for step in scripts], ("bash", "--noprofile", "--norc"))


def _jenkins(event: str) -> Iterator[Job]:
    text = (ROOT / "examples" / "Jenkinsfile").read_text()
    names = {"octopus-api-key": "$OCTOPUS_API_KEY$", "octopus-vault-password": "$VAULT_PASSWORD$", URL: "$OCTOPUS_URL$"}
    environment = {key: names[value] for key, value in re.findall(r"^ +(\w+) = (?:credentials\()?'([^']*)'\)?$", text, re.MULTILINE)}
    stages = re.findall(r"stage\('(\w+)'\) \{\n(?: +when \{ (.*?) \}\n)? +steps \{\n +sh '''\n(.*?)'''", text, re.DOTALL)
    install = next(script for _name, when, script in stages if not when)
    wanted = "changeRequest()" if event == "check" else "branch 'main'"
    for name, when, script in stages:
        if when == wanted:
            yield Job(name.lower(), environment, [install, script], ("sh", "-xe"))
