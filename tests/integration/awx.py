"""Jobs as AWX runs them: its files in a private data directory, its environment and arguments, by ansible-runner.

What AWX does stands in its `awx/main/tasks/jobs.py` (24.6): the inventory is a program that prints JSON, extra variables and survey
answers are marked `!unsafe`, a slice of a job knows every n-th host only, and credentials come as environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible_runner  # type: ignore[import-untyped]
import yaml

from tests.tools import checkout

from .playing import BIN, ROOT, Field

KIT = ROOT / "extensions" / "awx"


class _Unsafe(yaml.SafeDumper):
    """Writes texts, keys too, as AWX does: what a person answered is no template."""

    def represent_data(self, data: Any) -> yaml.Node:
        if isinstance(data, str):
            return self.represent_scalar("!unsafe", data)
        return super().represent_data(data)


@dataclass(frozen=True)
class Ended:
    """A job that has ended: what AWX says of it, and all that it kept of it."""

    status: str
    rc: int
    events: list[dict[str, Any]]
    output: str
    kept: str

    @property
    def artefacts(self) -> dict[str, Any]:
        """What the next node of a workflow gets."""
        found = [event["event_data"]["artifact_data"] for event in self.events if event["event_data"].get("artifact_data")]
        return found[-1] if found else {}


class Jobs:
    """Runs jobs of one project over a lab. The image's collections are a copy of this checkout's."""

    def __init__(self, field: Field, directory: Path) -> None:
        self._field = field
        self._directory = directory
        self._image = directory / "image"
        checkout.copy(self._image)
        self._number = 0

    def run(
        self,
        *,
        answers: Mapping[str, Any] | None = None,
        limit: str | None = None,
        job_slice: tuple[int, int] = (1, 1),
        environment: Mapping[str, str] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Ended:
        """Run a job to its end. `answers` are extra variables and a survey's answers; `job_slice`: its number, and of how many."""
        self._number += 1
        private = self._directory / f"awx_{self._number}"
        shutil.copytree(KIT / "project", private / "project")
        self._write_inventory(private / "inventory" / "hosts", job_slice)
        variables = {"tentacle_start_timeout": 3, "awx_job_id": self._number, "awx_user_name": "admin", **(answers or {})}
        self._write(private / "env" / "extravars", yaml.dump(variables, Dumper=_Unsafe))
        self._write(private / "env" / "settings", json.dumps({"suppress_ansible_output": True, "suppress_output_file": True}))
        self._write(private / "env" / "cmdline", " ".join(["--forks=10", *(["-l", limit] if limit else [])]))
        ran = ansible_runner.run(
            ident=str(self._number),
            private_data_dir=str(private),
            playbook="bootstrap.yml",
            inventory=str(private / "inventory" / "hosts"),
            envvars=self._environment(private) | dict(environment or {}),
            fact_cache_type="",
            suppress_env_files=True,
            cancel_callback=cancel,
        )
        artifacts = private / "artifacts" / str(self._number)
        events = [json.loads(path.read_text()) for path in sorted(artifacts.glob("job_events/*.json"))]
        # `command` is ansible-runner's own: the environment as it got it.
        files = [path for path in artifacts.rglob("*") if path.is_file() and path.name != "command"]
        kept = "\n".join(path.read_text(errors="replace") for path in files)
        return Ended(ran.status, ran.rc, events, "".join(event["stdout"] for event in events), kept)

    def _environment(self, private: Path) -> dict[str, str]:
        """Return AWX's settings, and what the credential type injects: an empty text where nothing was filled in."""
        return {
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "ANSIBLE_COLLECTIONS_PATH": str(self._image),
            "AWX_PRIVATE_DATA_DIR": str(private),
            "JOB_ID": str(self._number),
            "MAX_EVENT_RES": "700000",
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "OCTOPUS_URL": self._field.lab.server.url,
            "OCTOPUS_API_KEY": self._field.lab.server.api_key,
            "OCTOPUS_ACCESS_TOKEN": "",
            "OCTOPUS_SPACE": "",
        }

    def _write_inventory(self, path: Path, job_slice: tuple[int, int]) -> None:
        command = [str(BIN / "ansible-inventory"), "-i", str(self._field.lab.inventory), "--list", "--export"]
        data = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
        for variable in ("octopus_url", "octopus_api_key"):
            del data["tentacles"]["vars"][variable]
        number, count = job_slice
        mine = sorted(data["_meta"]["hostvars"])[number - 1 :: count]
        hostvars = {host: data["_meta"]["hostvars"][host] for host in mine}
        groups = {
            name: {**group, **({"hosts": [host for host in group["hosts"] if host in mine]} if "hosts" in group else {})}
            for name, group in data.items()
            if name != "_meta"
        }
        towervars = {"remote_tower_enabled": "true", "remote_host_enabled": "true"}
        listed = {**groups, "_meta": {"hostvars": {host: {**own, **towervars} for host, own in hostvars.items()}}}
        self._write(path, f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(listed)!r})\n")
        path.chmod(0o700)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
