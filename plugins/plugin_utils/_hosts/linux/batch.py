# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A visit to a Linux host: its steps are carried out in one run of our module `linux_batch`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.errors import HostError
from ..._core.text import shown
from ..outcomes import Outcome, pair
from ..step import Step

MODULE = "octoboot.octopus.linux_batch"

_TOO_OLD = re.compile(r"\bSyntaxError: |^.*requires a minimum of Python.*$", re.MULTILINE)
"""What a Python says that cannot read a module, or what Ansible sends with each; and what Ansible's own look at it says."""


def module_arguments(steps: Sequence[Step], secrets: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the arguments of the module. It never logs `secrets`, and masks them in whatever it returns."""
    return {"steps": list(steps), **({"secrets": dict(secrets)} if secrets else {})}


def read_result(steps: Sequence[Step], result: Mapping[str, Any]) -> list[Outcome]:
    """Pair each step with what came of it. Raises HostError when the batch itself did not run."""
    if result.get("failed"):
        _require_python(result)
    return pair(steps, result.get("outcomes"), result)


def _require_python(result: Mapping[str, Any]) -> None:
    """Raise HostError for a host whose Python is too old to run a module."""
    found = _TOO_OLD.search("\n".join(str(result.get(stream) or "") for stream in ("module_stderr", "msg")))
    if found:
        said = "" if "SyntaxError" in found[0] else f" ({shown(found[0]).rstrip('.')})"
        raise HostError(
            f"The Python that Ansible runs on this machine is too old{said}. This collection needs 3.6 there, and ansible-core from 2.17 "
            "on a newer one, as README says: install one, and name it in 'ansible_python_interpreter'."
        )
