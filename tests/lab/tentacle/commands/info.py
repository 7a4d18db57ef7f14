"""version and help (tentacle.md 1.16)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..command import FORMAT_DESCRIPTION, JSON, TEXT, Command, check_format
from ..context import Context
from ..help_text import describe_options
from ..options import OptionSet

if TYPE_CHECKING:
    from . import Registry


class VersionCommand(Command):
    name = "version"
    description = "Show the Tentacle version information"
    answers = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.format = TEXT
        self.options.add("format=", FORMAT_DESCRIPTION, lambda value: setattr(self, "format", value))

    def run(self) -> None:
        version = self.context.version
        if check_format(self.format) == TEXT:
            self.console.write(version)
            return
        plain = version.partition("+")[0]
        release, _, label = plain.partition("-")
        facts = {
            "InformationalVersion": version,
            "MajorMinorPatch": release,
            "NuGetVersion": plain,
            "SourceBranchName": label or "main",
            "IsPrerelease": bool(label),
        }
        self.console.write(json.dumps(facts, indent=2))


class HelpCommand(Command):
    name = "help"
    description = "Prints this help text"
    aliases = ("h", "?")
    answers = True

    def __init__(self, context: Context, registry: Registry, common: OptionSet) -> None:
        super().__init__(context)
        self.registry = registry
        self.common = common
        self.format = TEXT
        self.subject = ""
        self.options.add("format=", FORMAT_DESCRIPTION, lambda value: setattr(self, "format", value))

    def unrecognized(self, arguments: list[str]) -> None:
        """Take anything: help is being shown."""

    def start(self, arguments: list[str], command_line: str) -> None:
        """Remember the first argument as it was typed: it names the command to describe."""
        self.subject = arguments[0] if arguments else ""
        super().start(arguments, command_line)

    def run(self) -> None:
        as_json = self.format.lower() == JSON
        if not self.subject[:1].isalpha():
            self.console.write(self._general_json() if as_json else self._general_text())
            return
        found = self.registry.find(self.subject)
        if found is None:
            self.console.error(f"Command '{self.subject}' is not supported")
            self.console.write("See 'Tentacle help'\n")
            return
        command = self.registry.make(found)
        self.console.write(self._command_json(command) if as_json else self._command_text(command))

    def _general_text(self) -> str:
        listed = "".join(f"  {command.name:<15}\n   {command.description}\n" for command in self.registry.listed)
        return (
            f"Usage: Tentacle <command> [<options>]\n\nWhere <command> is one of: \n\n{listed}\nOr use <command> --help for more details.\n"
        )

    def _general_json(self) -> str:
        commands = [
            {"Name": command.name, "Description": command.description, "Aliases": list(command.aliases)} for command in self.registry.listed
        ]
        return json.dumps({"Commands": commands}, indent=2, ensure_ascii=False)

    def _command_text(self, command: Command) -> str:
        return (
            f"Usage: Tentacle {command.name} [<options>]\n\nWhere [<options>] is any of: \n\n{describe_options(command.options)}\n"
            f"Or one of the common options: \n\n{describe_options(self.common)}"
        )

    def _command_json(self, command: Command) -> str:
        facts = {
            "Name": command.name,
            "Description": command.description,
            "Aliases": list(command.aliases),
            "Options": _listed(command.options),
            "CommonOptions": _listed(self.common),
        }
        return json.dumps(facts, indent=2, ensure_ascii=False)


def _listed(options: OptionSet) -> list[dict[str, str]]:
    return [{"Name": option.names[0], "Description": option.description} for option in options if not option.hidden]
