"""The query string of a request, and the filters that lists take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, quote, urlencode

from tests.lab.octopus import errors, texts
from tests.lab.octopus.store import Document

SECRET_PARAMETER = "apikey"


class Query:
    """Parameters by their name, whatever its case; a list is comma-separated or repeated (octopus-api.md 3.3)."""

    def __init__(self, raw: str = "") -> None:
        self.pairs = parse_qsl(raw, keep_blank_values=True)

    def text(self, name: str) -> str | None:
        """Return the first value of a parameter, None when it is absent."""
        return next((value for key, value in self.pairs if key.lower() == name.lower()), None)

    def values(self, name: str) -> list[str]:
        """Return the values of a list; an empty one is no filter."""
        return [part for key, value in self.pairs if key.lower() == name.lower() for part in value.split(",") if part]

    def number(self, name: str, default: int) -> int:
        """Return a whole number of at least 0. Raises ApiError 400 for anything else."""
        value = self.text(name)
        if not value:
            return default
        if not value.isascii() or not value.isdigit():
            raise errors.invalid(texts.NOT_A_NUMBER.format(value=value, name=name))
        return int(value)

    def with_page(self, skip: int, take: int) -> str:
        """Return this query for another page, all filters kept, no credential."""
        dropped = ("skip", "take", SECRET_PARAMETER)
        kept = [(key, value) for key, value in self.pairs if key.lower() not in dropped]
        return urlencode([*kept, ("skip", skip), ("take", take)], quote_via=quote)

    def redacted(self) -> str:
        """Return this query for a log, without the credential."""
        return urlencode([(key, "***" if key.lower() == SECRET_PARAMETER else value) for key, value in self.pairs])


Filter = Callable[[Document, list[str]], bool]


def _members(document: Document, member: str) -> set[str]:
    value: object = document
    for part in member.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [] if value is None else [value]
    return {str(item).casefold() for item in values}


def any_of(member: str) -> Filter:
    """Keep documents whose member is, or whose list has, one of the values."""
    return lambda document, values: not _members(document, member).isdisjoint(value.casefold() for value in values)


def contains(member: str) -> Filter:
    """Keep documents whose member contains the value."""
    return lambda document, values: any(values[0].casefold() in text for text in _members(document, member))


def select(documents: Iterable[Document], filters: dict[str, Filter], query: Query) -> list[Document]:
    """Return the documents that pass every filter the query names. Names take one value (they may contain a comma), others a list."""
    chosen = list(documents)
    for name, keeps in filters.items():
        text = query.text(name)
        if not text:
            continue
        values = [text] if name in ("name", "partialName") else query.values(name)
        if values:
            chosen = [document for document in chosen if keeps(document, values)]
    return chosen
