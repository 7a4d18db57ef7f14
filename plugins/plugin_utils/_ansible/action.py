# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the actions of this collection share: options read in one way, results without secrets, errors of one line."""

from __future__ import annotations

import abc
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from .._core.errors import Failure, InputError, OperatorError
from .._core.inputs import RegistrationInputs
from .._core.octopus.connection import Connection
from .._core.octopus.resources import ResourceType
from .._core.option import Options, Rule
from .._core.options import CONNECTION, INSTANCE
from .._core.secret import Secret, secrets_in
from .._core.urls import mask_all
from .cores import register_secret, template_with
from .inputs import HostVariables, Said, read, read_run, refuse_unknown
from .output import for_the_log, tell
from .registrations import connection_of, read_connections, read_registrations

_LEAST_SECRET = 4


class OctopusAction(ActionBase, abc.ABC):
    """An action that reads its options, performs, and never lets a secret or a traceback out."""

    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    options: Options
    rules: tuple[Rule, ...] = ()

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Carry out the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp
        self.task_vars = task_vars or {}
        self._secrets: set[str] = set()
        self._names: dict[str, str] = {}
        self.known: dict[str, Any] = {}
        try:
            refuse_unknown(self.options, self._task.args)
            result.update(self.perform())
        except OperatorError as error:
            known = {**self.known, **(error.known if isinstance(error, Failure) else {})}
            result.update(known, failed=True, msg=error.said_of(error.option and self._names.get(error.option, error.option)))
        except AnsibleActionFail as error:
            raise AnsibleActionFail(self.scrub(str(error))) from None
        scrubbed: dict[str, Any] = self.scrub(result)
        return scrubbed

    @abc.abstractmethod
    def perform(self) -> dict[str, Any]:
        """Do the task's work and return its result. Raises OperatorError."""

    @property
    def host(self) -> str:
        """The name of the host in the inventory."""
        return str(self.task_vars["inventory_hostname"])

    @property
    def check_mode(self) -> bool:
        """Whether nothing may be changed."""
        return bool(self._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        """Whether the difference is to be shown."""
        return bool(self._task.diff)

    @cached_property
    def variables(self) -> HostVariables:
        """The variables of the task's host."""
        return HostVariables(self.host, self.task_vars, template_with(self._templar))

    @cached_property
    def given(self) -> Mapping[str, Any]:
        """What the task itself says."""
        return {name: value for name, value in self._task.args.items() if value is not None}

    @cached_property
    def given_of_records(self) -> Mapping[str, Any]:
        """What the task itself says of servers and records: a `proxy` that it gives the instance is not the record's."""
        of_instance = {option.name for option in self.options if option in INSTANCE}
        return {name: value for name, value in self.given.items() if name not in of_instance}

    @cached_property
    def run_options(self) -> Mapping[str, Any]:
        """What the run is like. Raises InputError."""
        return self.noting(read_run(self.variables, os.environ)).values

    @cached_property
    def arguments(self) -> Mapping[str, Any]:
        """All options of the task. Raises InputError."""
        return self.values_of(self.options)

    def values_of(self, options: Options) -> Mapping[str, Any]:
        """Return the values of some of the task's options: from the task, the host's variables, the environment. Raises InputError."""
        return self.noting(read(options, self.variables, given=self.given, environment=os.environ, rules=self.rules)).values

    @cached_property
    def connection(self) -> Connection:
        """The server that the task, the host's variables or the environment name. Raises InputError."""
        return connection_of(self.noting(read(CONNECTION, self.variables, given=self.given, environment=os.environ)))

    @cached_property
    def connections(self) -> list[Connection]:
        """All servers that are to know the host, and their spaces. Raises InputError."""
        found = read_connections(self.variables, self.given_of_records, os.environ)
        for _connection, said in found:
            self.noting(said)
        return [connection for connection, _said in found]

    def registrations(self, kind: ResourceType | None = None) -> tuple[RegistrationInputs, ...]:
        """Return the records that the host shall have, of one type or all, and their servers. Raises InputError."""
        found = read_registrations(self.variables, self.given_of_records, os.environ, kind)
        for each in found:
            self.keep_secret((each.connection.api_key, each.connection.access_token))
        if len(found) == 1:
            self._names |= found[0].names
        return found

    def noting(self, said: Said) -> Said:
        """Mask what was read and nobody may see, and remember by which names the operator knows what was read."""
        self._names |= said.names
        self.keep_secret(secrets_in(said.values.values()))
        return said

    def keep_secret(self, values: Iterable[Secret | str | None]) -> None:
        """Mask these values in whatever the task returns or tells."""
        for value in values:
            secret = value.reveal() if isinstance(value, Secret) else value
            if secret and len(secret) >= _LEAST_SECRET:
                self._secrets.add(secret)
                register_secret(secret)

    def say(self, message: str) -> None:
        """Tell the operator at once: in a debug run, else at -v."""
        show = tell if self.debugging else Display().v
        show(self.scrub(f"<{self.host}> {message}"))

    @property
    def debugging(self) -> bool:
        """Whether the run was asked to go one machine at a time and to talk."""
        try:
            return bool(self.run_options["debug"])
        except InputError:
            return False

    def scrub(self, value: Any) -> Any:
        """Return a value with every secret in it masked."""
        return for_the_log(mask_all(value, self._secrets))
