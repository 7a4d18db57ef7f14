# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What this run knows of the place of an identity store: its inventories, git, and what was found out once for all hosts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ansible.utils.display import Display

from .._core.errors import CipherError
from .._store.ignored import ignored_by
from .._store.run import Notebook
from .cores import reads_in_inventories

_KINDS = ("host.pem", "host.key")
"""Names as the store gives them: `inventory_ignore_extensions` may have Ansible pass them over."""


def inventory_of(sources: Iterable[object], directory: Path) -> str | None:
    """Return which of the run's sources of inventory has Ansible read the files in a directory, or None when none has."""
    place = Path(os.path.realpath(directory))
    for source in map(str, sources):
        folder = Path(os.path.realpath(source))
        if not folder.is_dir() or not (place == folder or folder in place.parents):
            continue
        within = place.relative_to(folder).parts
        if all(map(reads_in_inventories, within)) and any(map(reads_in_inventories, _KINDS)):
            return source
    return None


def once(book: Notebook, store: str) -> Callable[[str, Callable[[], None]], None]:
    """Return what does a thing of a store once in this run, and says again to those who come later why it failed."""

    def do_once(topic: str, do: Callable[[], None]) -> None:
        def done() -> dict[str, str | None]:
            try:
                do()
            except CipherError as error:
                return {"failure": str(error)}
            return {"failure": None}

        topic = f"store {store} {topic}"
        book.once(topic, done)
        failure = book.row(topic, "failure")
        if failure:
            raise CipherError(failure)

    return do_once


def warn_of_ignored(book: Notebook, directory: str | Path) -> None:
    """Warn, once in this run, when git ignores what a store keeps in a directory."""

    def warn() -> dict[str, str]:
        rule = ignored_by(directory)
        if rule:
            Display().warning(
                f"git ignores the identities in {directory} ({rule}): 'git add' leaves them out, and 'git clean -X' deletes them. "
                "Take that rule away and commit the folder (its keys are encrypted by Ansible Vault), or keep the store elsewhere."
            )
        return {}

    book.once(f"ignored {directory}", warn)
