# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a listening deployment target what it shall be, from the controller. See plugins/modules/deployment_target.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible.action import OctopusAction, plain
from ..plugin_utils._ansible.inputs import options_from_variables, registration
from ..plugin_utils._ansible.wiring import client_for, connection_of, snapshot_of
from ..plugin_utils._core.arguments import CONNECTION, TARGET, TARGET_VARIABLES
from ..plugin_utils._core.change import as_diff
from ..plugin_utils._core.errors import InputError
from ..plugin_utils._core.identity import NEW_CERTIFICATE, normalise_thumbprint
from ..plugin_utils._core.octopus.registration import Known, Registration
from ..plugin_utils._work.register import Register


class ActionModule(OctopusAction):
    """octoboot.octopus.deployment_target"""

    spec = CONNECTION | TARGET
    reads_connection = True
    _requires_connection = False

    def perform(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Compare with the snapshot; only what differs there is asked of the server again, and written."""
        wanted, sources = self._registration(arguments)
        connection = connection_of(arguments)
        with snapshot_of(connection) as snapshot:
            register = Register(wanted, snapshot, lambda: client_for(connection, space_id=snapshot.meta().space_id))
            if arguments["state"] == "absent":
                known = Known(normalise_thumbprint(arguments["thumbprint"])) if arguments["thumbprint"] else None
                done = register.remove(known, check_mode=self.check_mode)
            else:
                known = Known(self._thumbprint(arguments), tuple(arguments["former_thumbprints"]))
                register.check(known)
                done = register.bring(known, None, check_mode=self.check_mode)
        result = {"changed": bool(done.changes), "sources": sources, **done.as_dict()}
        if self._task.diff and done.changes:
            result["diff"] = as_diff(done.changes, header=f"Deployment target {done.name}")
        return result

    def _registration(self, arguments: dict[str, Any]) -> tuple[Registration, dict[str, Any]]:
        names = [name for name in self._variables if name.split("__")[0] in _VARIABLES]
        from_variables = options_from_variables({name: plain(self._templar.template(self._variables[name])) for name in names})
        sources = from_variables.pop("sources")
        given = {
            name: arguments[name] for name in TARGET_VARIABLES if name in self._task.args or (name == "target_tags" and arguments[name])
        }
        host = str(self._variables["inventory_hostname"])
        address = str(self.variable("ansible_host", default=host))
        return registration({**from_variables, **given}, host=host, address=address, port=None), sources

    def _thumbprint(self, arguments: dict[str, Any]) -> str:
        if not arguments["thumbprint"]:
            raise InputError(
                "'thumbprint' is missing: give the thumbprint of the machine's certificate, as octoboot.octopus.tentacle returns it."
            )
        if arguments["thumbprint"] == NEW_CERTIFICATE and self.check_mode:
            return NEW_CERTIFICATE
        return normalise_thumbprint(arguments["thumbprint"])


_VARIABLES = frozenset(variable for variables in TARGET_VARIABLES.values() for variable in variables)
