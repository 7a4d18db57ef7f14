"""A stream between two that speak Halibut: lines of control, and messages between them (tentacle.md 8.3)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from . import bson

_CHUNK = 16_384
_LINE_LIMIT = 4_096
_RAW_DEFLATE = -zlib.MAX_WBITS

Message = bson.Document


class EndOfStream(Exception):
    """The other side has hung up in the middle, in .NET's words."""

    def __init__(self) -> None:
        super().__init__("Attempted to read past the end of the stream.")


class ProtocolError(Exception):
    """The other side says what it may not say."""


class Wire:
    """One side of a connection: `receive` returns up to so many bytes, none at the end; `send` sends all."""

    def __init__(self, receive: Callable[[int], bytes], send: Callable[[bytes], object]) -> None:
        self._receive = receive
        self._send = send
        self._ahead = b""

    def say(self, *lines: str) -> None:
        """Send lines in one go."""
        self._send("".join(f"{line}\r\n" for line in lines).encode())

    def line(self) -> str | None:
        """Read a line; None where the other side has hung up instead. Raises EndOfStream within a line, and ProtocolError."""
        while b"\n" not in self._ahead:
            if len(self._ahead) > _LINE_LIMIT:
                raise ProtocolError("A line does not end.")
            more = self._receive(_CHUNK)
            if not more:
                if self._ahead:
                    raise EndOfStream
                return None
            self._ahead += more
        line, _, self._ahead = self._ahead.partition(b"\n")
        if not line.endswith(b"\r"):
            raise ProtocolError("A line must end with a carriage return and a line feed.")
        return line[:-1].decode(errors="replace")

    def expect(self, *lines: str) -> None:
        """Read these lines. Raises EndOfStream, and ProtocolError for others."""
        for expected in lines:
            said = self.line()
            if said is None:
                raise EndOfStream
            if said != expected:
                raise ProtocolError(f"Expected {expected!r}, got {said!r}.")

    def send_message(self, message: Message | None) -> None:
        """Send a message; None is said too, by who has nothing to ask."""
        deflate = zlib.compressobj(wbits=_RAW_DEFLATE)
        self._send(deflate.compress(bson.encode({"Message": message})) + deflate.flush())

    def message(self) -> Message | None:
        """Read a message, to the end that its deflate stream marks. Raises EndOfStream and ProtocolError."""
        inflate = zlib.decompressobj(_RAW_DEFLATE)
        read = b""
        try:
            while not inflate.eof:
                received = self._ahead or self._receive(_CHUNK)
                if not received:
                    raise EndOfStream
                read += inflate.decompress(received)
                self._ahead = inflate.unused_data
            return _message_of(bson.decode(read))
        except (zlib.error, bson.BsonError) as error:
            raise ProtocolError(f"A message that cannot be read: {error}") from error


def _message_of(envelope: bson.Document) -> Any:
    if list(envelope) != ["Message"] or not isinstance(envelope["Message"], dict | None):
        raise ProtocolError("An envelope holds one message.")
    return envelope["Message"]
