# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Plays as a callback sees them: whether they are ours, what they say, and which hosts they have."""

from __future__ import annotations

import sys
from typing import Any

from ansible.executor.task_queue_manager import TaskQueueManager
from ansible.module_utils.parsing.convert_bool import boolean

from .._report.collate import COLLECTION
from .._report.empty import Nothing
from .invocation import chosen, limit, sources


def action_of(task: Any) -> str:
    """Return the full name of a task's action, also where the play says `collections`."""
    return str(getattr(task, "resolved_action", None) or task.action)


def is_ours(play: Any) -> bool:
    """Tell whether a play has actions or roles of this collection, as far as that can be seen before it runs."""
    tasks = (task for block in play.compile() for task in block.get_tasks())
    return any(name.startswith(COLLECTION) for task in tasks for name in (action_of(task), str(getattr(task, "_role_name", ""))))


def switch(play: Any, name: str, *, default: bool) -> bool:
    """Return a switch that extra variables or those of the play set. Blank and null say nothing, and so does what is no switch."""
    value = play.get_variable_manager().get_vars(play=play, include_hostvars=False).get(name)
    try:
        return default if value is None or value == "" else bool(boolean(value))
    except TypeError:
        return default


def why_nothing(play: Any, *, unmatched: bool) -> Nothing:
    """Return why a play came to no host of the inventory. `unmatched`: Ansible found none for it."""
    inventory = play.get_variable_manager()._inventory
    pattern = ",".join(map(str, play.hosts)) if isinstance(play.hosts, (list, tuple)) else str(play.hosts)
    if not inventory.get_hosts("all", ignore_limits=True, ignore_restrictions=True):
        return Nothing("inventory", pattern, sources())
    if not unmatched:
        return Nothing("tasks", pattern, chosen())
    if inventory.get_hosts(play.hosts, ignore_limits=True, ignore_restrictions=True):
        return Nothing("limit", pattern, limit())
    return Nothing("pattern", pattern)


def statistics() -> Any:
    """Return the statistics that the run is gathering; None when they are not found.

    Only the caller of a callback has them before the end, when the first callback prints them: AWX's own, which hands them to a workflow.
    """
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        manager = frame.f_locals.get("self")
        if isinstance(manager, TaskQueueManager):
            return manager._stats
    return None
