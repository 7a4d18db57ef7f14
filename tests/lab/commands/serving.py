"""Serving until told to stop."""

from __future__ import annotations

import json
import signal
import threading
from typing import Any


def serve(ready: dict[str, Any]) -> None:
    """Print one line of JSON, then wait for SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    print(json.dumps(ready), flush=True)
    stop.wait()
