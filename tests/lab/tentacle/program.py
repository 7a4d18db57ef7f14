"""One run of Tentacle from its arguments to its exit code (tentacle.md 1.1).

Checked against Startup/OctopusProgram.cs of OctopusTentacle at a321dc6c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from ..machine import Process, Result, posix_of
from .command import Command
from .commands import Registry
from .console import Console, Streams, level_of
from .context import Context
from .errors import ControlledFailure, UnexpectedError
from .instances import Request
from .options import OptionSet
from .paths import Paths, executable_of
from .temporary import require_temporary_folder

NEWEST_VERSION = "9.2.4285"
_NOISE = ("noise " * 13 + "noise\n") * 2400


class ExitCode(IntEnum):
    """The exit codes of the product; the names are its own."""

    Success = 0
    ControlledFailure = 1
    UnknownCommand = 2
    GeneralException = 100


@dataclass(frozen=True)
class _Resolved:
    """The command that does the work, its arguments, and whether the command line named a command at all."""

    command: Command
    arguments: list[str]
    is_known: bool


def run(process: Process, *, version: str = NEWEST_VERSION, streams: Streams | None = None) -> Result:
    """Run the command line of `process`, whose arguments come without the program, and return what it leaves behind.

    With real `streams` the output is on them instead. An error of the emulator itself is raised, not disguised as one of Tentacle's.
    """
    paths = Paths.of(process)
    console = Console(process.machine.files, paths, level_of(paths), streams=streams)
    try:
        code: int = _run(process, console, paths, version)
    except ControlledFailure as error:
        console.fatal(str(error))
        code = ExitCode.ControlledFailure
    except UnexpectedError as error:
        say_unexpected(console, error)
        code = ExitCode.GeneralException
    except OSError as error:
        say_unexpected(console, UnexpectedError.of(error))
        code = ExitCode.GeneralException
    console.flush()
    return Result(int(code), console.stdout, console.stderr)


def open_context(process: Process, console: Console, paths: Paths, version: str, arguments: list[str]) -> Context:
    """Find the instance that the arguments mean, and log into its home from now on. Raises UnexpectedError when that cannot be read."""
    context = Context(process, version, console, paths, Request.peek(arguments))
    _log_environment(context)
    try:
        _ = context.instance
    except (ControlledFailure, UnexpectedError, OSError):
        # The command itself meets the same error, or needs no instance.
        return context
    # What cannot be read ends the process here, before there is a host that would say where logs are: `version` too.
    console.log_to(paths.join(context.home, "Logs"))
    _log_environment(context)
    return context


def take_host_options(arguments: list[str], context: Context) -> list[str]:
    """Take off the options about the process itself, which every command accepts after its name."""
    options = OptionSet()
    options.add("noninteractive", "", lambda _: setattr(context, "noninteractive", True))
    for prototype in ("console", "monitorMutex="):
        options.add(prototype, "", lambda _: None)
    return options.parse(arguments)


def say_unexpected(console: Console, error: UnexpectedError) -> None:
    """Say an exception on stderr: its text or advice, and where the logs are unless nobody sits before this process."""
    console.error("=" * 79)
    if error.advice is None:
        console.fatal(error.printed())
    else:
        console.file_only(error.printed())
        console.error(error.advice.summary)
        console.error("-" * 79)
        console.error(error.advice.help_text)
        console.error(f"See: {error.advice.help_link}")
    if console.says_where_logs_are:
        _say_where_logs_are(console)


def _say_where_logs_are(console: Console) -> None:
    lines = [
        "-" * 79,
        "Terminating process with exit code 100",
        "Full error details are available in the log files at:",
        *console.log_directories,
        "If you need help, please send these log files to https://octopus.com/support",
        "-" * 79,
    ]
    console.fatal("\n".join(lines) + "\n")


def _run(process: Process, console: Console, paths: Paths, version: str) -> int:
    asked_for_help = False

    def ask_for_help(_: str) -> None:
        nonlocal asked_for_help
        asked_for_help = True

    require_temporary_folder(process.machine.files, paths)
    common = _common_options(console, ask_for_help)
    arguments = common.parse(process.arguments)
    context = open_context(process, console, paths, version, arguments)
    resolved = _resolve(Registry(context, common), arguments, asked_for_help=asked_for_help)
    console.stdout_enabled = console.stdout_enabled and not resolved.command.answers
    _make_noise(context, resolved.command)
    command_line = " ".join([executable_of(process), *process.arguments])
    return _host(context, resolved, command_line)


def _host(context: Context, resolved: _Resolved, command_line: str) -> int:
    """Run the command in the host that its command line asks for: one that ends with the command, or with a signal (1.15)."""
    command = resolved.command
    arguments = take_host_options(resolved.arguments, context)
    stays = command.may_stay and context.noninteractive
    context.console.says_where_logs_are = not stays
    if context.faults.get("tentacle_exit_100") == command.name:
        raise UnexpectedError("Object reference not set to an instance of an object.", "System.NullReferenceException")
    try:
        command.start(arguments, command_line)
        if stays:
            return posix_of(context.machine).wait_for_signal()
    finally:
        command.stop()
    return ExitCode.Success if resolved.is_known else ExitCode.UnknownCommand


def _resolve(registry: Registry, arguments: list[str], *, asked_for_help: bool) -> _Resolved:
    """Choose the command by the first argument, whatever case and dashes it is typed with; help when there is none such."""
    name = (arguments[0] if arguments else "").lower().lstrip("-/")
    found = registry.find(name) if name.strip() else None
    if found is None or asked_for_help:
        return _Resolved(registry.help(), arguments, found is not None)
    return _Resolved(registry.make(found), arguments[1:], True)


def _common_options(console: Console, ask_for_help: Callable[[str], None]) -> OptionSet:
    options = OptionSet()
    options.add("nologo", "DEPRECATED: Don't print title or version information.", lambda _: None, hidden=True)
    options.add(
        "noconsolelogging",
        "DEPRECATED: Don't log informational messages to the console (stdout) - errors are still logged to stderr.",
        lambda _: setattr(console, "stdout_enabled", False),
        hidden=True,
    )
    options.add("help", "Show detailed help for this command", ask_for_help)
    return options


def _make_noise(context: Context, command: Command) -> None:
    if context.faults.get("noise"):
        context.console.write_stderr(_NOISE)
        if not command.answers:
            context.console.write(_NOISE)


def _log_environment(context: Context) -> None:
    process, version = context.process, context.version
    windows = process.machine.platform == "windows"
    facts = {
        "OperatingSystem": "Microsoft Windows NT 10.0.20348.0" if windows else "Unix",
        "OsBitVersion": "x64",
        "Is64BitProcess": "True",
        "CurrentUser": process.user.name,
        "MachineName": process.machine.hostname,
        "ProcessorCount": "2",
        "CurrentDirectory": process.cwd,
        "TempDirectory": context.paths.variable("TEMP") or ("C:\\Windows\\TEMP\\" if windows else "/tmp/"),
        "HostProcessName": "Tentacle",
    }
    plain = version.partition("-")[0].partition("+")[0]
    context.console.file_only(f"Tentacle version {plain} ({version}) instance {context.request.name or 'Default'}")
    context.console.file_only("Environment Information:" + "".join(f"\n  {name}: {value}" for name, value in facts.items()))
