"""BSON, as far as Halibut's messages use it: a document in bytes, and back.

A whole number is an int32 unless it is a `Long`; a GUID has .NET's order of bytes; a date has milliseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any
from uuid import UUID

Document = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)
_GUID = 4


class Kind(IntEnum):
    """The kinds of value that are known here."""

    DOUBLE = 1
    STRING = 2
    DOCUMENT = 3
    ARRAY = 4
    BINARY = 5
    BOOLEAN = 8
    DATE = 9
    NULL = 10
    INT32 = 16
    INT64 = 18


class BsonError(ValueError):
    """Bytes that are no document, or a value that none can hold."""


class Long(int):
    """An int64."""


def encode(document: Mapping[str, Any]) -> bytes:
    """Write a document. Raises BsonError."""
    return _write_members(document.items())


def decode(data: bytes) -> Document:
    """Read bytes that are one document. Raises BsonError."""
    reader = _Reader(data)
    try:
        document = dict(reader.members())
    except (struct.error, UnicodeDecodeError, OverflowError) as error:
        raise BsonError(str(error)) from error
    if reader.place != len(data):
        raise BsonError("There are bytes after the document.")
    return document


def _write_members(members: Iterable[tuple[str, Any]]) -> bytes:
    body = b"".join(_write(name, value) for name, value in members)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _write(name: str, value: Any) -> bytes:
    kind, data = _write_value(value)
    encoded = name.encode()
    if b"\0" in encoded:
        raise BsonError(f"A name cannot hold a zero: {name!r}.")
    return bytes([kind]) + encoded + b"\0" + data


def _write_value(value: Any) -> tuple[int, bytes]:
    match value:
        case None:
            return Kind.NULL, b""
        case bool():
            return Kind.BOOLEAN, bytes([value])
        case Long():
            return Kind.INT64, _packed("<q", value)
        case int():
            return Kind.INT32, _packed("<i", value)
        case float():
            return Kind.DOUBLE, struct.pack("<d", value)
        case str():
            text = value.encode() + b"\0"
            return Kind.STRING, struct.pack("<i", len(text)) + text
        case UUID():
            return Kind.BINARY, struct.pack("<iB", 16, _GUID) + value.bytes_le
        case datetime():
            return Kind.DATE, struct.pack("<q", (value - _EPOCH) // _MILLISECOND)
        case Mapping():
            return Kind.DOCUMENT, _write_members(value.items())
        case list() | tuple():
            return Kind.ARRAY, _write_members((str(index), item) for index, item in enumerate(value))
    raise BsonError(f"No BSON for {type(value).__name__}.")


def _packed(form: str, value: int) -> bytes:
    try:
        return struct.pack(form, value)
    except struct.error as error:
        raise BsonError(f"{value} is too large.") from error


class _Reader:
    """Reads from `place` on."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def members(self) -> list[tuple[str, Any]]:
        """Read a document as the names and values in it."""
        start = self.place
        end = start + self._number("<i")
        found = []
        while kind := self._number("<B"):
            found.append((self._name(), self._value(kind)))
        if self.place != end:
            raise BsonError(f"A document of {end - start} bytes ends after {self.place - start}.")
        return found

    def _value(self, kind: int) -> Any:
        match kind:
            case Kind.NULL:
                return None
            case Kind.BOOLEAN:
                return bool(self._number("<B"))
            case Kind.INT32:
                return self._number("<i")
            case Kind.INT64:
                return Long(self._number("<q"))
            case Kind.DOUBLE:
                return self._number("<d")
            case Kind.STRING:
                return self._take(self._number("<i"))[:-1].decode()
            case Kind.BINARY:
                return self._guid()
            case Kind.DATE:
                return _EPOCH + self._number("<q") * _MILLISECOND
            case Kind.DOCUMENT:
                return dict(self.members())
            case Kind.ARRAY:
                return [value for _, value in self.members()]
        raise BsonError(f"A value of the kind {kind} is not known here.")

    def _guid(self) -> UUID:
        size, kind = self._number("<i"), self._number("<B")
        if (size, kind) != (16, _GUID):
            raise BsonError(f"Binary data of the kind {kind} is not known here.")
        return UUID(bytes_le=self._take(size))

    def _name(self) -> str:
        end = self._data.find(b"\0", self.place)
        if end < 0:
            raise BsonError("A name does not end.")
        name = self._data[self.place : end].decode()
        self.place = end + 1
        return name

    def _number(self, form: str) -> Any:
        (number,) = struct.unpack_from(form, self._data, self.place)
        self.place += struct.calcsize(form)
        return number

    def _take(self, size: int) -> bytes:
        taken = self._data[self.place : self.place + size]
        if size < 0 or len(taken) != size:
            raise BsonError("A value is cut off.")
        self.place += size
        return taken
