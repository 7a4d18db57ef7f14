"""The option grammar of Tentacle, a descendant of NDesk.Options (tentacle.md 1.2).

Checked against Internals/Options/OptionSet.cs of OctopusTentacle at a321dc6c. A command line is parsed several times, by several
option sets in turn: each takes what it knows and leaves the rest to the next (tentacle.md 1.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from .errors import UnexpectedError, format_error

_OPTION = re.compile(r"^(?P<flag>--|-|/)(?P<name>[^:=]+)((?P<separator>[:=])(?P<value>.*))?$")
_INT32 = range(-(2**31), 2**31)


class OptionError(UnexpectedError):
    """A command line that the grammar refuses: exit code 100."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "Octopus.Tentacle.Internals.Options.OptionException")


@dataclass(eq=False)
class Option:
    """One option: `names`, the first of which names it in help, and what happens when it is met."""

    names: tuple[str, ...]
    takes_value: bool
    description: str
    action: Callable[[str], object]
    hidden: bool = False
    sensitive: bool = False
    last_value: str | None = None


@dataclass
class _Pending:
    """What one pass over a command line has read of an option whose value may still come."""

    option: Option | None = None
    name: str = ""


@dataclass
class OptionSet:
    """The options that one pass knows, in the order in which they were added."""

    options: list[Option] = field(default_factory=list)

    def __iter__(self) -> Iterator[Option]:
        return iter(self.options)

    def add(
        self,
        prototype: str,
        description: str,
        action: Callable[[str], object],
        *,
        hidden: bool = False,
        sensitive: bool = False,
    ) -> None:
        """Add an option by its NDesk prototype: names apart by ``|``, one ``=`` when it takes a value."""
        names = tuple(name.rstrip("=") for name in prototype.split("|"))
        self.options.append(Option(names, "=" in prototype, description, action, hidden, sensitive))

    def find(self, name: str) -> Option | None:
        """Return the option of a name, ignoring case."""
        wanted = name.lower()
        return next((option for option in self.options if wanted in (known.lower() for known in option.names)), None)

    def parse(self, arguments: Iterable[str]) -> list[str]:
        """Run the action of every option met, and return the arguments that are none.

        Raises OptionError for a missing value and for a bundle with an unknown letter.
        """
        rest: list[str] = []
        pending = _Pending()
        taking = True
        for argument in arguments:
            if not taking:
                rest.append(argument)
            elif argument == "--":
                taking = False
            elif not self._take(argument, pending):
                rest.append(argument)
        if pending.option is not None:
            raise OptionError(f"Missing required value for option '{pending.name}'.")
        return rest

    def _take(self, argument: str, pending: _Pending) -> bool:
        if pending.option is not None:
            self._invoke(pending.option, argument)
            pending.option = None
            return True
        match = _OPTION.match(argument)
        if match is None:
            return False
        name = match["name"]
        option = self.find(name)
        if option is None:
            tail = f"{match['separator'] or ''}{match['value'] or ''}"
            return self._take_switch(argument, name) or self._take_bundle(match["flag"], name + tail, pending)
        if not option.takes_value:
            self._invoke(option, name)
        elif match["value"] is None:
            pending.option, pending.name = option, match["flag"] + name
        else:
            self._invoke(option, match["value"])
        return True

    def _take_switch(self, argument: str, name: str) -> bool:
        """Take ``--name+`` and ``--name-``; the sign changes nothing, since flags do not look at their value."""
        option = self.find(name[:-1]) if name[-1:] in {"+", "-"} else None
        if option is None:
            return False
        self._invoke(option, argument if name.endswith("+") else "")
        return True

    def _take_bundle(self, flag: str, letters: str, pending: _Pending) -> bool:
        """Take ``-abc`` as ``-a -b -c`` and ``-rweb`` as ``-r web``."""
        if flag != "-":
            return False
        for position, letter in enumerate(letters):
            option = self.find(letter)
            if option is None:
                if position == 0:
                    return False
                raise OptionError(f"Cannot bundle unregistered option '-{letter}'.")
            if option.takes_value:
                value = letters[position + 1 :]
                if value:
                    self._invoke(option, value)
                else:
                    pending.option, pending.name = option, f"-{letter}"
                return True
            self._invoke(option, letters)
        return True

    @staticmethod
    def _invoke(option: Option, value: str) -> None:
        option.action(value)
        option.last_value = value


def parse_int(text: str) -> int:
    """Read a number as int.Parse does. Raises UnexpectedError."""
    if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", text):
        raise format_error(f"The input string '{text}' was not in a correct format.")
    number = int(text)
    if number not in _INT32:
        raise UnexpectedError("Value was either too large or too small for an Int32.", "System.OverflowException")
    return number


def parse_bool(text: str) -> bool:
    """Read a truth value as bool.Parse does: True or False in any case. Raises UnexpectedError."""
    known = {"true": True, "false": False}.get(text.strip().lower())
    if known is None:
        raise format_error(f"String '{text}' was not recognized as a valid Boolean.")
    return known
