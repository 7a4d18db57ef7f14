"""The one thread that accepts connections for all listeners of this process."""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import threading
from collections.abc import Callable


class Acceptor:
    """The thread that waits for connections on behalf of every listener."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake_end, waiting_end = socket.socketpair()
        waiting_end.setblocking(False)
        self._selector.register(waiting_end, selectors.EVENT_READ)
        threading.Thread(target=self._loop, args=(waiting_end,), name="halibut-acceptor", daemon=True).start()

    def add(self, listening: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        self._order(lambda: self._selector.register(listening, selectors.EVENT_READ, serve) and None)

    def remove(self, listening: socket.socket) -> None:
        """Close a listening socket; it accepts nothing more when this returns."""

        def close() -> None:
            self._selector.unregister(listening)
            listening.close()

        self._order(close)

    def _order(self, action: Callable[[], None]) -> None:
        done = threading.Event()

        def act() -> None:
            action()
            done.set()

        self._orders.put(act)
        self._wake_end.send(b"!")
        done.wait()

    def _loop(self, waiting_end: socket.socket) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is waiting_end:
                    self._obey(waiting_end)
                elif isinstance(key.fileobj, socket.socket) and key.fileobj.fileno() >= 0:
                    _accept(key.fileobj, key.data)

    def _obey(self, waiting_end: socket.socket) -> None:
        waiting_end.recv(4096)
        with contextlib.suppress(queue.Empty):
            while True:
                self._orders.get_nowait()()


def _accept(listening: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    try:
        connection, _ = listening.accept()
    except OSError:
        return
    threading.Thread(target=serve, args=(connection,), name="halibut-connection", daemon=True).start()


_acceptor: Acceptor | None = None
_acceptor_lock = threading.Lock()


def shared_acceptor() -> Acceptor:
    """Return the one of this process."""
    global _acceptor
    with _acceptor_lock:
        if _acceptor is None:
            _acceptor = Acceptor()
        return _acceptor
