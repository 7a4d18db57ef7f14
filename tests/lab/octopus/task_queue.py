"""The queue of server tasks: a delay, and a cap on how many run at once (octopus-api.md 10.4)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.lab.octopus.store import now
from tests.lab.octopus.tasks import Task


class TaskQueue:
    """Runs tasks in the order of their arrival, at most `cap()` at a time, none before it has waited `delay()` seconds."""

    def __init__(self) -> None:
        self._waiting: list[Task] = []
        self._running = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._dispatcher: threading.Thread | None = None

    def start(self, run: Callable[[Task], None], *, cap: Callable[[], int], delay: Callable[[], float]) -> None:
        """Begin to run tasks by `run`, each in a thread of its own."""
        self._dispatcher = threading.Thread(target=self._dispatch, args=(run, cap, delay), name="octopus-tasks", daemon=True)
        self._dispatcher.start()

    def stop(self) -> None:
        """Run no further task; those that run end by themselves."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._dispatcher is not None:
            self._dispatcher.join()

    def add(self, task: Task) -> None:
        """Queue a task."""
        with self._changed:
            self._waiting.append(task)
            self._changed.notify_all()

    def remove(self, task: Task) -> bool:
        """Take a task that does not run yet out of the queue; say whether it was there."""
        with self._changed:
            if task not in self._waiting:
                return False
            self._waiting.remove(task)
            return True

    def wake(self) -> None:
        """Look again at what the cap and the delay allow."""
        with self._changed:
            self._changed.notify_all()

    def _dispatch(self, run: Callable[[Task], None], cap: Callable[[], int], delay: Callable[[], float]) -> None:
        with self._changed:
            while not self._stopping:
                if not self._waiting or self._running >= cap():
                    self._changed.wait()
                    continue
                remaining = delay() - (now() - self._waiting[0].queued).total_seconds()
                if remaining > 0:
                    self._changed.wait(remaining)
                    continue
                self._running += 1
                threading.Thread(target=self._run, args=(run, self._waiting.pop(0)), name="octopus-task", daemon=True).start()

    def _run(self, run: Callable[[Task], None], task: Task) -> None:
        try:
            run(task)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
