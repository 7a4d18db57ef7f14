"""What a run of Tentacle says: stdout, stderr and its log file (tentacle.md 1.1, "Streams" and "Log file")."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Protocol

from ..machine import FileSystem, append
from .paths import Paths

_MASK = "********"
_LOG_NAME = "OctopusTentacle.txt"


class Level(IntEnum):
    """The levels of NLog; the names are NLog's own."""

    Trace = 0
    Debug = 1
    Info = 2
    Warn = 3
    Error = 4
    Fatal = 5


def level_of(paths: Paths) -> Level:
    """Return the level that the environment asks for; what is no level's exact name is ignored."""
    name = paths.variable("OCTOPUS__TENTACLE__LOGLEVEL") or ""
    return Level[name] if name in Level.__members__ else Level.Info


class Writer(Protocol):
    """One end of an output stream."""

    def write(self, text: str) -> object: ...


@dataclass(frozen=True)
class Streams:
    """The output streams of a real process."""

    stdout: Writer
    stderr: Writer


@dataclass
class Console:
    """The two output streams and the log of one process.

    Log lines go to the file of the directory that is current when they are said. They reach the disk by `flush`; with real `streams`
    everything is out as soon as it is said, as a process that may be killed has it.
    """

    files: FileSystem
    paths: Paths
    level: Level = Level.Info
    stdout_enabled: bool = True
    streams: Streams | None = None
    says_where_logs_are: bool = False
    log_directories: list[str] = field(default_factory=list)
    _stdout: list[str] = field(default_factory=list)
    _stderr: list[str] = field(default_factory=list)
    _log: list[tuple[str, str]] = field(default_factory=list)
    _sensitive: list[str] = field(default_factory=list)

    @property
    def newline(self) -> str:
        return "\r\n" if self.paths.windows else "\n"

    @property
    def stdout(self) -> str:
        return "".join(self._stdout)

    @property
    def stderr(self) -> str:
        return "".join(self._stderr)

    def log_to(self, directory: str) -> None:
        """Write the log there from now on; the newest directory is told first."""
        if directory not in self.log_directories:
            self.log_directories.insert(0, directory)
        self.log_directory = directory

    def __post_init__(self) -> None:
        self.log_directory = ""
        self.log_to(self.paths.default_logs(self.files))

    def log(self, level: Level, message: str) -> None:
        """Say a message: Error and Fatal on stderr, the rest on stdout when the level is wanted, and both in the file."""
        if level >= Level.Error:
            self.write_stderr(message + "\n")
        elif level >= self.level and self.stdout_enabled:
            self.write(message + "\n")
        if level >= min(self.level, Level.Error):
            self._to_file(level, message)

    def verbose(self, message: str) -> None:
        self.log(Level.Debug, message)

    def info(self, message: str) -> None:
        self.log(Level.Info, message)

    def warn(self, message: str) -> None:
        self.log(Level.Warn, message)

    def error(self, message: str) -> None:
        self.log(Level.Error, message)

    def fatal(self, message: str) -> None:
        self.log(Level.Fatal, message)

    def write(self, text: str) -> None:
        """Write an answer to stdout as it is, past the log."""
        self._stdout.append(self._native(text))
        if self.streams is not None:
            self.streams.stdout.write(self._stdout.pop())

    def write_stderr(self, text: str) -> None:
        self._stderr.append(self._native(text))
        if self.streams is not None:
            self.streams.stderr.write(self._stderr.pop())

    def mask(self, values: list[str]) -> None:
        """Mask these values in what `file_only` says from now on."""
        self._sensitive += [value for value in values if value]

    def file_only(self, message: str) -> None:
        """Say a message in the log file alone."""
        for value in sorted(self._sensitive, key=len, reverse=True):
            message = message.replace(value, _MASK)
        self._to_file(Level.Info, message)

    def flush(self) -> None:
        """Append to the log files. A log that cannot be written is no failure: NLog swallows it."""
        texts: dict[str, str] = {}
        for directory, line in self._log:
            texts[directory] = texts.get(directory, "") + line
        self._log.clear()
        for directory, text in texts.items():
            self._append(directory, text)

    def _append(self, directory: str, text: str) -> None:
        directory = self.paths.full(directory)
        path = self.paths.join(directory, _LOG_NAME)
        try:
            self.files.make_dirs(directory)
            append(self.files, path, text.encode())
        except OSError:
            return

    def _to_file(self, level: Level, message: str) -> None:
        stamp = datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-2]
        self._log.append((self.log_directory, f"{stamp}   4242      1 {level.name.upper():>5}  {self._native(message)}{self.newline}"))
        if self.streams is not None:
            self.flush()

    def _native(self, text: str) -> str:
        return text.replace("\r\n", "\n").replace("\n", self.newline)
