"""The conversations of a real server's side with the real Tentacle (tests/real/halibut-*.jsonl), and what replays them."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.lab.halibut import bson
from tests.lab.halibut.wire import Message
from tests.lab.tentacle.certificates import Identity
from tests.tools.checkout import ROOT

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MADE_FOR_THE_CALL = {"id", "activityId", "endpoint"}


@cache
def recorded(name: str) -> list[dict[str, Any]]:
    lines = (ROOT / "tests/real" / f"halibut-{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def messages(name: str, side: str = "") -> list[dict[str, Any]]:
    return [step for step in recorded(name) if "message" in step and side in ("", step["from"])]


def spoken(name: str, connection: int) -> list[dict[str, Any]]:
    """Return what was said on a connection, without what the recorder remarks."""
    return [step for step in recorded(name) if step["connection"] == connection and "event" not in step]


def bytes_of(step: dict[str, Any]) -> bytes:
    return base64.b64decode(step["deflated"]) if "deflated" in step else str(step["raw"]).encode()


def typed(value: Any) -> Any:
    """Return a recorded value as the codec has it."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$date": milliseconds}:
            return EPOCH + timedelta(milliseconds=milliseconds)
        case {"$long": number}:
            return bson.Long(number)
        case {"$binary": 4, "hex": digits}:
            return UUID(bytes_le=bytes.fromhex(digits))
    return {name: typed(member) for name, member in value.items()}


def masked(answer: Message | None) -> str:
    """Return an answer without the times in it, and in the order of its members."""
    return re.sub(r"datetime\.datetime\([^)]*\)", "WHEN", repr(answer))


def pem(identity: Identity) -> tuple[bytes, bytes]:
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return identity.certificate.public_bytes(Encoding.PEM), key


@contextmanager
def connected(port: int, client: Identity | None) -> Iterator[ssl.SSLSocket]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if client is not None:
        with tempfile.TemporaryDirectory() as directory:
            chain = Path(directory, "client.pem")
            chain.write_bytes(b"\n".join(pem(client)))
            context.load_cert_chain(chain)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw, context.wrap_socket(raw) as tls:
        yield tls
