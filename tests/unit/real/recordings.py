"""What the real Tentacle did (tests/real), and how it is compared with what the lab's does: as one text for each command line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.tools.checkout import ROOT

RELEASE = "9.2.4304"

SIGNALLED = "by a signal"
"""The exit code of an agent that a signal ends: the real one's is 143 or 0, as it comes."""

_ENDED_BY_SIGNAL = re.compile("SIGTERM after|SIGINT|no certificate yet, no trust")
_THUMBPRINT = re.compile(r"\b[0-9A-Fa-f]{40}\b")
_SUBSCRIPTION = re.compile(r"poll://[a-z0-9]{20}/")
_CIPHERTEXT = re.compile(r'(<set key="(?:Tentacle\.Certificate|[\w.]+\.ProxyPassword)">)[^<]+')
_FRAME = re.compile(r"^ +at .*\n", re.MULTILINE)
_THREAD = re.compile(r"^(\w+://\S+)( +\d+)(?=  )", re.MULTILINE)
_CLIENT = re.compile(r"(?<=Accepted TCP client: )\S+")


@dataclass(frozen=True)
class Answer:
    """What one command line left behind; `files` are the changed ones: a mode and a text, None where nobody looked."""

    rc: int | str
    stdout: str
    stderr: str
    files: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Line:
    """One command line of a recording, by its number in the file, from 1."""

    number: int
    argv: list[str]
    note: str
    answer: Answer
    probe: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.number} {' '.join(self.argv)[:60]} {self.note}".strip()


@cache
def recorded(name: str) -> tuple[Line, ...]:
    """Read a recording: `tentacle-linux` or `tentacle-windows`."""
    texts = (ROOT / "tests/real" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_line(number, json.loads(text)) for number, text in enumerate(texts, 1))


def _line(number: int, told: Mapping[str, Any]) -> Line:
    note = told.get("note", "")
    rc = SIGNALLED if _ENDED_BY_SIGNAL.match(note) else told["rc"]
    return Line(number, told["argv"], note, Answer(rc, told["stdout"], told["stderr"], told.get("files")), told.get("probe", {}))


@dataclass
class Mask:
    """Takes out of the answers of one side, in their order, what differs from run to run; the same thing gets the same name again.

    Named here is all that is let through: thumbprints of certificates, subscription ids, ciphertext, stack frames, thread numbers, and
    where a client's connection comes from. What a command line itself says stays.
    """

    given: frozenset[str]
    _names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: tuple[Line, ...]) -> Mask:
        said = " ".join(argument for line in lines for argument in line.argv)
        return cls(frozenset(match.upper() for match in _THUMBPRINT.findall(said)))

    def told(self, answer: Answer) -> str:
        """Return an answer as one text."""
        parts = [f"exit code {answer.rc}", "--- stdout", answer.stdout, "--- stderr", answer.stderr]
        for path, file in sorted((answer.files or {}).items()):
            parts += [f"--- {path} {_kind(file)}", file.get("text", "") if isinstance(file, dict) else ""]
        return self.masked("\n".join(parts))

    def masked(self, text: str) -> str:
        text = _CIPHERTEXT.sub(r"\1CIPHERTEXT", _FRAME.sub("", text))
        text = _CLIENT.sub("CLIENT", _THREAD.sub(lambda match: match[1] + "N".rjust(len(match[2])), text))
        text = _SUBSCRIPTION.sub(lambda match: f"poll://{self._name(match[0], 'subscription')}/", text)
        return _THUMBPRINT.sub(lambda match: match[0] if match[0].upper() in self.given else self._name(match[0], "thumbprint"), text)

    def _name(self, value: str, kind: str) -> str:
        return self._names.setdefault(value, f"<{kind} {len(self._names)}>")


def _kind(file: Any) -> str:
    if not isinstance(file, dict):
        return str(file)
    return f"directory {file['dir']}" if "dir" in file else f"{file['mode']}"
