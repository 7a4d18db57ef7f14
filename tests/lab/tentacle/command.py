"""What every command of Tentacle has in common (tentacle.md 1.1 and 1.4)."""

from __future__ import annotations

from typing import ClassVar

from .context import Context
from .errors import ControlledFailure
from .options import OptionSet


class Command:
    """One command: its options, set up by `__init__`, and its work, done by `run`.

    `answers` marks the commands whose stdout is data alone: their stdout has no log lines. `may_stay` marks those whose process may
    live on after `run` until it is told to end; `stop` ends what is left running then.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    answers: ClassVar[bool] = False
    may_stay: ClassVar[bool] = False

    def __init__(self, context: Context) -> None:
        self.context = context
        self.console = context.console
        self.options = OptionSet()

    def unrecognized(self, arguments: list[str]) -> None:
        """Refuse what no option took."""
        if arguments:
            raise ControlledFailure("Unrecognized command line arguments: " + " ".join(arguments))

    def validate(self) -> None:
        """Check options against one another, before anything is logged."""

    def run(self) -> None:
        raise NotImplementedError

    def completed(self) -> None:
        """Say what remains to be done."""

    def stop(self) -> None:
        """End what `run` has left running."""

    def start(self, arguments: list[str], command_line: str) -> None:
        """Read the options, log the command line with secrets masked, and run."""
        self.unrecognized(self.options.parse(arguments))
        self.validate()
        self.console.mask([option.last_value or "" for option in self.options if option.sensitive])
        self.console.file_only(f"==== {type(self).__name__} ====")
        self.console.file_only(f"CommandLine: {command_line}")
        self.run()
        self.completed()


class StandardCommand(Command):
    """A command on an instance: takes ``--instance`` and ``--config``, and may ask for a restart."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        # The program has looked at both already; here they are only taken off the command line.
        self.options.add("instance=", "Name of the instance to use", lambda _: None)
        self.options.add("config=", "Configuration file to use", lambda _: None)
        self.restart_needed = False

    def run(self) -> None:
        """Make sure that the instance can be loaded, then work."""
        _ = self.context.instance
        self.work()

    def work(self) -> None:
        raise NotImplementedError

    def completed(self) -> None:
        if self.restart_needed:
            what = "Tentacle" if self.context.instance.name is not None else "service"
            self.console.warn(f"These changes require a restart of the {what}.")


TEXT, JSON = "text", "json"
FORMAT_DESCRIPTION = "The format of the output (text,json). Defaults to text."


def check_format(value: str) -> str:
    """Return a format in lower case. Raises ControlledFailure for any but text and json."""
    if value.lower() not in {TEXT, JSON}:
        raise ControlledFailure(f"The format '{value}' is not supported. Try text or json.")
    return value.lower()
