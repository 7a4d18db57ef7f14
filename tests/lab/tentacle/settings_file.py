"""The XML of a configuration file, and what .NET says when it is none (tentacle.md 2.2)."""

from __future__ import annotations

from xml.parsers import expat

from .errors import UnexpectedError

_CUT_OFF = frozenset(expat.errors.codes[text] for text in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN))


class _Reader:
    """The settings as they are met, and the elements that are open, the innermost first."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.open: list[str] = []
        self._key: str | None = None

    def read(self, text: str) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(text, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.open.insert(0, name)
        if name == "set":
            self._key = attributes.get("key", "")
            self.settings[self._key] = ""

    def _end(self, _: str) -> None:
        self.open.pop(0)
        self._key = None

    def _text(self, text: str) -> None:
        if self._key is not None:
            self.settings[self._key] += text


def read_settings(text: str) -> dict[str, str]:
    """Return the settings by key. Raises UnexpectedError for a text that is no XML."""
    reader = _Reader()
    try:
        reader.read(text)
    except expat.ExpatError as error:
        raise _refusal(text, reader.open, error) from error
    return reader.settings


def _refusal(text: str, unclosed: list[str], error: expat.ExpatError) -> UnexpectedError:
    """Make the exception of a file that is empty, cut off, or something else; recorded are the first two."""
    if not text.strip():
        return _error("Root element is missing.", 0, 0)
    if error.code in _CUT_OFF:
        *_, last = lines = text.split("\n")
        names = f" The following elements are not closed: {', '.join(unclosed)}." if unclosed else ""
        return _error(f"Unexpected end of file has occurred.{names}", len(lines), len(last) + 1)
    return _error("Data at the root level is invalid.", error.lineno, error.offset + 1)


def _error(message: str, line: int, position: int) -> UnexpectedError:
    place = f" Line {line}, position {position}." if line else ""
    inner = UnexpectedError(message + place, "System.Xml.XmlException")
    return UnexpectedError(f"There is an error in XML document ({line}, {position}).", "System.InvalidOperationException", inner=[inner])
