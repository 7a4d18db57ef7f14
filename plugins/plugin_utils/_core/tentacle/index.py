# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Finding an instance in Tentacle's index, and its configuration in the answer of `show-configuration`. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..._hosts.outcomes import Outcome
from ..errors import HostError
from .answers import read_configuration, read_index
from .instance import Configuration


@dataclass(frozen=True)
class Indexed:
    """What the index says of an instance: where its configuration is, why its entry cannot be read, and who else is there."""

    configuration_path: str | None = None
    broken: str | None = None
    others: tuple[str, ...] = ()


def entry_file(instance: str) -> str:
    """Return the name of an instance's file in the index (tentacle.md 2.1)."""
    return f"{instance.replace(' ', '-').lower()}.config"


def find_instance(instance: str, files: Iterable[Mapping[str, str]], where: str) -> Indexed:
    """Look an instance up in the files of the index. Raises HostError.

    An entry that cannot be read breaks every command of every instance (tentacle.md 2.1). Ours can be made again; another's not.
    `where` is the index with a separator at its end, as the host's user would write it.
    """
    path, broken, others = None, None, []
    for file in files:
        try:
            name, its_path = read_index(base64.b64decode(file["content"]))
        except ValueError as error:
            if file["name"].lower() != entry_file(instance):
                raise HostError(
                    f"Tentacle's index of instances holds a file that cannot be read, {where}{file['name']} ({error}). "
                    "It breaks every command of Tentacle; mend it or delete it."
                ) from error
            broken = f"the index entry {file['name']} cannot be read"
        else:
            if name.lower() == instance.lower():
                path = its_path
            else:
                others.append(name)
    return Indexed(path, broken, tuple(others))


def configuration_of(shown: Outcome, indexed: Indexed, *, installed: bool) -> tuple[Configuration | None, str | None]:
    """Return the configuration, or why it cannot be read although the instance exists. Raises HostError."""
    path = indexed.configuration_path
    if path is None or not installed:
        return None, None
    if shown.error or shown.value is None:
        raise HostError(f"Tentacle could not be asked for its configuration: {shown.error}")
    try:
        return read_configuration(shown.value["stdout"]), None
    except ValueError:
        return None, f"the configuration {path} cannot be read (exit code {shown.value['rc']})"
