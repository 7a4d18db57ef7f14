# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whether identities may be made in a directory: it has to outlive the run, and Ansible must not read it as an inventory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# What AWX's job and ansible-runner set to their private data directory or to a folder inside it (ansible-anchors.md 11.1).
_PRIVATE_DATA = ("AWX_PRIVATE_DATA_DIR", "AWX_ISOLATED_DATA_DIR")

_WORKSPACES = {
    "GITHUB_WORKSPACE": "GitHub Actions",
    "RUNNER_TEMP": "GitHub Actions",
    "CI_PROJECT_DIR": "GitLab CI",
    "BUILD_SOURCESDIRECTORY": "Azure Pipelines",
    "PIPELINE_WORKSPACE": "Azure Pipelines",
    "AGENT_TEMPDIRECTORY": "Azure Pipelines",
    "BITBUCKET_CLONE_DIR": "Bitbucket Pipelines",
    "CIRCLE_WORKING_DIRECTORY": "CircleCI",
    "TRAVIS_BUILD_DIR": "Travis CI",
    "BUILDKITE_BUILD_CHECKOUT_PATH": "Buildkite",
    "CODEBUILD_SRC_DIR": "AWS CodeBuild",
    "DRONE_WORKSPACE": "Drone",
    "CI_WORKSPACE": "Woodpecker",
    "APPVEYOR_BUILD_FOLDER": "AppVeyor",
    "bamboo_build_working_directory": "Bamboo",
}
"""Variables of pipelines that name a folder which is checked out anew, or emptied, for each job."""

_JENKINS = ("JENKINS_URL", "BUILD_TAG")
"""`WORKSPACE` is Jenkins's where one of these is set too: others use that word."""


@dataclass(frozen=True)
class Ground:
    """What the run knows of the places where a store may stand.

    `environ` is the environment of the run; `allow_ephemeral`: the user knows that a folder is kept which does not look so.
    `inventory_of` returns the source of inventory as part of which Ansible reads the files of a directory, if it does.
    """

    environ: Mapping[str, str] = field(default_factory=dict)
    allow_ephemeral: bool = False
    inventory_of: Callable[[Path], str | None] = lambda directory: None

    def obstacle(self, directory: Path) -> str | None:
        """Return in a sentence why no identity is made in the directory, or None when one can be."""
        reason = None if self.allow_ephemeral else vanishes(directory, self.environ)
        if reason:
            return (
                f"No identity is made where it would be lost: {reason}. Keep the store elsewhere, or supply 'tentacle_certificate'; "
                "if the folder is kept all the same (the job commits it, for example), set 'tentacle_identity_allow_ephemeral: true'."
            )
        source = self.inventory_of(directory)
        if source:
            return (
                f"No identity is made in {directory}: Ansible reads every file in there as part of the inventory {source}, and decrypts "
                f"the keys. Move the store out of it, to {source.rstrip('/')}-identities for example, and set 'tentacle_identity_store'."
            )
        return None


def vanishes(directory: str | Path, environ: Mapping[str, str]) -> str | None:
    """Return why identities made in the directory would be lost after the run, as half a sentence, or None when they would not.

    `environ` is the environment of the run.
    """
    place = Path(os.path.realpath(directory))
    for folder, why in _passing(environ):
        if place == folder or folder in place.parents:
            return f"{directory} lies in {folder}, {why}"
    return None


def _passing(environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Yield the folders that do not outlive the run, and what each is."""
    deleted = "which AWX or ansible-runner deletes after the job"
    for variable in _PRIVATE_DATA:
        for path in _folder(environ, variable):
            # ansible-runner names its artifacts/<id>; the private data directory is two levels above.
            yield path.parent.parent if path.parent.name == "artifacts" else path, deleted
    if environ.get("JOB_ID"):  # inside AWX's execution environment the private data directory is always mounted here
        yield Path("/runner"), deleted
    workspaces = dict(_WORKSPACES)
    if any(environ.get(variable) for variable in _JENKINS):
        workspaces["WORKSPACE"] = "Jenkins"
    for variable, name in workspaces.items():
        for path in _folder(environ, variable):
            yield path, f"the workspace of {name}, which the next job does not find as this one leaves it"


def _folder(environ: Mapping[str, str], variable: str) -> Iterator[Path]:
    """Yield the folder that a variable names. CircleCI's begins with a tilde; a relative path says nothing here."""
    with contextlib.suppress(RuntimeError):  # a tilde, and no home
        path = Path(environ.get(variable, "")).expanduser()
        if path.is_absolute():
            yield path.resolve()
