"""How help lays out options: a column of 29, text wrapped to 80 (tentacle.md 1.16)."""

from __future__ import annotations

from .options import Option, OptionSet

_COLUMN = 29
_WIDTH = 80 - _COLUMN - 2
_BREAKS = " \t\v-,.;"


def describe_options(options: OptionSet) -> str:
    """Return the lines of all options that are not hidden."""
    return "".join(_describe(option) for option in options if not option.hidden)


def _describe(option: Option) -> str:
    first, *rest = option.names
    prototype = (f"  -{first}" if len(first) == 1 else f"      --{first}") + "".join(f", {_dashed(name)}" for name in rest)
    if option.takes_value:
        prototype += "=VALUE"
    start = prototype.ljust(_COLUMN) if len(prototype) < _COLUMN else f"{prototype}\n{' ' * _COLUMN}"
    continuation = "\n" + " " * (_COLUMN + 2)
    return start + continuation.join(_wrap(option.description)) + "\n"


def _dashed(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name}"


def _wrap(text: str) -> list[str]:
    """Break a text as NDesk does: a line keeps the blank or dash that it is broken at, a cut word gets a dash."""
    lines = []
    start = 0
    while True:
        end = _line_end(text, start)
        is_cut = False
        if end < len(text):
            if text[end] in " \t\v-":
                end += 1
            else:
                is_cut = True
                end -= 1
        lines.append(text[start:end] + ("-" if is_cut else ""))
        start = end
        if end >= len(text):
            return lines


def _line_end(text: str, start: int) -> int:
    end = min(start + _WIDTH, len(text))
    breaks = [place for place in range(start, end) if text[place] in _BREAKS]
    return end if not breaks or end == len(text) else breaks[-1]
