"""Reading literals of PowerShell (`@{ a = 'b'; c = @(1, $true) }`), which is how Windows modules state their argument specifications."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r"""(?P<blank>[ \t\r]+|\#[^\n]*)|(?P<mark>@\{|@\(|[(){},;=\n])|(?P<text>'[^']*'|"[^"]*")|(?P<word>[^\s(){},;='"]+)""")
_CONSTANTS = {"$true": True, "$false": False, "$null": None}
_ENDS = frozenset({";", "\n", ")", "}", None})


class NotLiteral(ValueError):
    """The text is no literal that this reader knows."""


def read_literal(text: str) -> Any:
    """Read the literal that the text starts with. An expression in it (`$x.Keys + 'y'`) reads as None. Raises NotLiteral."""
    return _Reader(text).value()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = (match for match in _TOKEN.finditer(text) if match.lastgroup != "blank")
        self._advance()

    def value(self) -> Any:
        """Read one value: elements parted by commas are a list, and a leading comma makes a list of one."""
        elements, commas = [], 0
        while self._token == ",":
            self._skip()
            commas += 1
        elements.append(self._element())
        while self._token == ",":
            self._skip()
            commas += 1
            elements.append(self._element())
        if self._token not in _ENDS:
            return self._expression()
        return elements if commas else elements[0]

    def _element(self) -> Any:
        token, kind = self._token, self._kind
        if token is None or token in (")", "}", ";", "="):
            raise NotLiteral(f"no value before {token!r}")
        self._advance()
        if token == "@{":
            return self._table()
        if token == "@(":
            return self._array()
        if kind == "text":
            return token[1:-1]
        return _CONSTANTS[token.lower()] if token.lower() in _CONSTANTS else _number(token)

    def _table(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._between() != "}":
            key = self._token or ""
            self._advance()
            if self._token != "=":
                raise NotLiteral(f"no value for {key!r}")
            self._skip()
            found[key] = self.value()
        self._advance()
        return found

    def _array(self) -> list[Any]:
        """Read what `@(…)` gathers from its statements: of a list its elements, hence the leading commas in nested ones."""
        found: list[Any] = []
        while self._between() != ")":
            value = self.value()
            found += value if isinstance(value, list) else [value]
        self._advance()
        return found

    def _expression(self) -> None:
        depth = 0
        while depth or self._token not in _ENDS:
            if self._token is None:
                raise NotLiteral("the text ends in an expression")
            depth += {"@{": 1, "@(": 1, "(": 1, "{": 1, ")": -1, "}": -1}.get(self._token, 0)
            self._advance()

    def _between(self) -> str | None:
        while self._token in (";", "\n"):
            self._advance()
        if self._token is None:
            raise NotLiteral("the text ends in a literal")
        return self._token

    def _skip(self) -> None:
        """Go past a token after which a line may end."""
        self._advance()
        while self._token == "\n":
            self._advance()

    def _advance(self) -> None:
        match = next(self._tokens, None)
        self._token = match.group() if match else None
        self._kind = match.lastgroup if match else None


def _number(token: str) -> int | None:
    return int(token) if re.fullmatch(r"-?\d+", token) else None
