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
from .._store.ignored import PROBES, ignored_by
from .._store.run import Notebook
from .cores import reads_in_inventories


def inventory_of(sources: Iterable[object], directory: Path) -> str | None:
    """Return which of the run's sources of inventory has Ansible read the files in a directory, or None when none has."""
    place = Path(os.path.realpath(directory))
    for source in map(str, sources):
        folder = Path(os.path.realpath(source))
        if not folder.is_dir() or not (place == folder or folder in place.parents):
            continue
        within = place.relative_to(folder).parts
        # `inventory_ignore_extensions` may have Ansible pass over our files, and it passes over hidden folders.
        if all(map(reads_in_inventories, within)) and any(map(reads_in_inventories, PROBES)):
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

    def told() -> str | None:
        rule = ignored_by(directory)
        return rule and (
            f"git ignores the identities in {directory} ({rule}): 'git add' leaves them out, and 'git clean -X' deletes them. "
            "Take that rule away and commit the folder (its keys are encrypted by Ansible Vault), or keep the store elsewhere."
        )

    _warn_once(book, f"ignored {directory}", told)


def warn_of_inventory(book: Notebook, sources: Iterable[object], directory: Path) -> None:
    """Warn, once in this run, when a store that is there is read as inventory. Where an identity would be made, that is an error."""

    def told() -> str | None:
        source = inventory_of(sources, directory) if directory.is_dir() else None
        return source and (
            f"The identity store {directory} is in the inventory {source}: Ansible reads every key and certificate in it as an inventory, "
            "and decrypts the keys. Move it out of there, and set 'tentacle_identity_store'; no new identity is made in it."
        )

    _warn_once(book, f"inventory {directory}", told)


def _warn_once(book: Notebook, topic: str, told: Callable[[], str | None]) -> None:
    def warn() -> dict[str, str]:
        message = told()
        if message:
            Display().warning(message)
        return {}

    book.once(topic, warn)
