# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the actions of this collection share: validated arguments, results without secrets, errors of one line."""

from __future__ import annotations

import abc
import os
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from .._core import arguments as specs
from .._core.arguments import Spec
from .._core.errors import Failure, InputError, OperatorError
from .._core.secret import Secret
from .cores import plain, register_secret


class OctopusAction(ActionBase, abc.ABC):
    """An action that validates, performs, and never lets a secret or a traceback out."""

    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    spec: Spec
    """The options. `reads_connection`: fill those of the connection from the host's variables and the environment."""
    reads_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Carry out the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        self._variables = task_vars or {}
        self._secrets: set[str] = set()
        try:
            arguments = self._arguments()
            result.update(self.perform(arguments))
        except OperatorError as error:
            known = error.known if isinstance(error, Failure) else {}
            result.update(known, failed=True, msg=said(error))
        except AnsibleActionFail as error:
            raise AnsibleActionFail(self._scrub(str(error))) from None
        scrubbed: dict[str, Any] = self._scrub(result)
        return scrubbed

    @abc.abstractmethod
    def perform(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do the task's work and return its result. Raises OperatorError, whose text is shown as it is."""

    @property
    def host_variables(self) -> dict[str, Any]:
        """The variables of the task's host, not templated."""
        return self._variables

    @property
    def check_mode(self) -> bool:
        """Whether nothing may be changed."""
        return bool(self._task.check_mode)

    def keep_secret(self, values: Iterable[str | Secret | None]) -> None:
        """Mask these values in whatever the task returns."""
        for value in (value.reveal() if isinstance(value, Secret) else value for value in values):
            if value and len(value) > 3:
                self._secrets.add(value)
                register_secret(value)

    def say(self, message: str) -> None:
        """Tell the operator at once: in a debug run, else at -v."""
        show = Display().display if self.debugging else Display().v
        show(self._scrub(f"<{self._variables.get('inventory_hostname', '')}> {message}"))

    @property
    def debugging(self) -> bool:
        """Whether the run was asked to go one machine at a time and to talk."""
        return str(self.variable("octopus_debug", default=False)).lower() in ("true", "yes", "1")

    def variable(self, name: str, *, default: Any = None) -> Any:
        """Return a variable of the host, templated, without tags; an empty or missing one is `default`."""
        if name not in self._variables:
            return default
        value = plain(self._templar.template(self._variables[name]))
        return default if value in (None, "") else value

    def _arguments(self) -> dict[str, Any]:
        given = {
            key: value for key, value in self._task.args.items() if value is not None and not (key in specs.CONNECTION and value == "")
        }
        if self.reads_connection:
            given = self._with_connection(given)
        self.keep_secret(str(given[name]) for name, option in self.spec.items() if option.get("no_log") and given.get(name))
        self._task.args = given
        try:
            validated = self.validate_argument_spec(argument_spec=self.spec)[1]
        except AnsibleActionFail as error:
            raise InputError(f"octoboot.octopus.{self._task.action.rsplit('.', 1)[-1]}: {error.message}") from None
        return {str(key): plain(value) for key, value in validated.items()}

    def _with_connection(self, given: dict[str, Any]) -> dict[str, Any]:
        found = connection_from(self.variable, os.environ)
        return {**{key: value for key, value in found.items() if key not in given}, **given}

    def _scrub(self, value: Any) -> Any:
        return remove_values(value, self._secrets) if self._secrets else value


def said(error: OperatorError) -> str:
    """Return what an error says, with the variable that fills the option at fault."""
    variables, _environment = specs.CONNECTION_SOURCES.get(error.option or "", ((), ()))
    names = (*variables, *specs.TARGET_VARIABLES.get(error.option or "", ()))
    return error.said_of(names[0] if names else error.option)


def connection_from(variable: Any, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the connection options that variables, then the environment, give. An empty value is an unset one."""
    found: dict[str, Any] = {}
    for option, (variables, environs) in specs.CONNECTION_SOURCES.items():
        values = [variable(name) for name in variables] + [environment.get(name) for name in environs]
        chosen = next((value for value in values if value not in (None, "")), None)
        if chosen is not None:
            found[option] = chosen
    return found
