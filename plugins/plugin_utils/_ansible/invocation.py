# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The command line that started the run."""

from __future__ import annotations

import os
import sys

from ansible import constants, context


def playbook_of(name: str) -> str:
    """Return the playbook as the command line names it; `name`, where it does not."""
    arguments = [str(argument) for argument in context.CLIARGS.get("args") or ()]
    return arguments[0] if arguments else name


def command(playbook: str, *, debugging: bool) -> list[str]:
    """Return the command that was run, without its limit and without extra variables, which may hold secrets."""
    words = [os.path.basename(sys.argv[0]) or "ansible-playbook", playbook]  # noqa: PTH119 - a name, not a path
    given = context.CLIARGS
    inventories = list(given.get("inventory") or ())
    if inventories != list(constants.DEFAULT_HOST_LIST):  # Ansible puts the configured inventory where none was given
        words += [word for inventory in inventories for word in ("-i", str(inventory))]
    for option, name in (("--vault-id", "vault_ids"), ("--vault-password-file", "vault_password_files")):
        words += [word for value in given.get(name) or () for word in (option, str(value))]
    words += ["--ask-vault-pass"] if given.get("ask_vault_pass") else []
    words += [f"--{name}" for name in ("check", "diff") if given.get(name)]
    if given.get("forks", constants.DEFAULT_FORKS) != constants.DEFAULT_FORKS:
        words += ["--forks", str(given["forks"])]
    return words + (["-e", "octopus_debug=true"] if debugging else [])


def limit() -> str:
    """Return the limit as it was given."""
    return f"-l {context.CLIARGS['subset']}" if context.CLIARGS.get("subset") else ""


def sources() -> str:
    """Return the inventories as they were given."""
    return " ".join(f"-i {source}" for source in context.CLIARGS.get("inventory") or ())


def chosen() -> str:
    """Return by what tasks were chosen."""
    given = context.CLIARGS
    tags = [f"--tags {','.join(given['tags'])}"] if given.get("tags") and tuple(given["tags"]) != ("all",) else []
    skipped = [f"--skip-tags {','.join(given['skip_tags'])}"] if given.get("skip_tags") else []
    start = [f"--start-at-task '{given['start_at_task']}'"] if given.get("start_at_task") else []
    return " ".join((*tags, *skipped, *start))
