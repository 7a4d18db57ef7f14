"""A way through an HTTP proxy, by CONNECT, as Halibut asks for one: what the caller's side sends and reads.

Source of the request and of the words: Halibut's own `Transport/Proxy/HttpProxyClient.cs`.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import time
from dataclasses import dataclass, field

_LONGEST_REPLY = 64 * 1024
_NO_HTTP = "failed to return a recognized HTTP response code."
_END = b"\r\n\r\n"


class TunnelRefused(Exception):
    """The proxy was reached, and gave no way through: what it answered, in Halibut's words."""


class NoProxy(Exception):
    """The proxy itself was not reached, in Halibut's words."""


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy, with the login that it asks for, if any."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def connect_request(host: str, port: int, proxy: Proxy) -> bytes:
    """Return what asks the proxy for a way to a port."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {where} HTTP/1.0", f"Host: {where}"]
    if proxy.username:
        login = base64.b64encode(f"{proxy.username}:{proxy.password or ''}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    return "\r\n".join((*lines, "", "")).encode()


def connect(host: str, port: int, *, timeout: float, through: Proxy | None = None) -> socket.socket:
    """Return a connection to a port, straight or through a proxy; `timeout` in seconds for it all.

    Raises OSError where nobody answers, and through a proxy NoProxy where that does not, and TunnelRefused where it refuses.
    """
    if through is None:
        return socket.create_connection((host, port), timeout=timeout)
    deadline = time.monotonic() + timeout
    with contextlib.ExitStack() as stack:
        try:
            raw = stack.enter_context(socket.create_connection((through.host, through.port), timeout=timeout))
            raw.sendall(connect_request(host, port, through))
            head = _head(raw, deadline)
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or str(error) or "Connection timed out"
            raise NoProxy(f"Connection to proxy host {through.host} on port {through.port} failed: {why}") from error
        _require_way(head, through)
        stack.pop_all()
    return raw


def _require_way(head: bytes, proxy: Proxy) -> None:
    status = head.partition(b"\r\n")[0].decode("latin-1").strip()
    answered = re.fullmatch(r"HTTP/1\.[01] (\d{3}) ?(.*)", status)
    if answered is not None and answered[1] == "200":
        return
    said = f"responded with a {answered[1]} code - {answered[2]}" if answered else f"{_NO_HTTP}  Server response: {status}"
    raise TunnelRefused(f"Proxy destination {proxy.host} on port {proxy.port} {said}")


def _head(raw: socket.socket, deadline: float) -> bytes:
    """Return the head of the reply, and not a byte of what follows: that is the conversation's own."""
    head = b""
    while not head.endswith(_END) and len(head) < _LONGEST_REPLY:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        raw.settimeout(left)
        byte = raw.recv(1)
        if not byte:
            break
        head += byte
    return head
