"""How long a polling Tentacle waits before it tries to reach a server again (tentacle.md 8.4)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from ..machine import Patience


class BackOff:
    """Waits once to twice as long as a server has been out of reach, within the bounds of a patience; each has a factor of its own."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._factor = 1 + random.random()
        self._since: float | None = None

    def tries(self) -> None:
        """Note that an attempt begins."""
        if self._since is None:
            self._since = self._clock()

    def reached(self) -> None:
        """Note that the server is there and is the right one: whatever it says next, the patience begins anew."""
        self._since = None

    def seconds(self) -> float:
        """Return how long to wait now."""
        out_of_reach = 0.0 if self._since is None else self._clock() - self._since
        return min(max(out_of_reach * self._factor, self._patience.shortest), self._patience.longest)
