"""The scheduled task that watches over services: one file, as Windows keeps its tasks (tentacle.md 6.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

from ..machine import Machine

_TASK = r"C:\Windows\System32\Tasks\Octopus Watchdog Tentacle"


@dataclass(frozen=True)
class Watchdog:
    """Whether the task exists, for which instances, and every how many minutes it runs."""

    enabled: bool = False
    instances: str = "*"
    interval: int = 0


def read_watchdog(machine: Machine) -> Watchdog:
    if machine.platform != "windows" or not machine.files.exists(_TASK):
        return Watchdog()
    text = machine.files.read(_TASK).decode("utf-16")
    instances = re.search(r"--instances (.*?)</Arguments>", text)
    interval = re.search(r"PT(\d+)M", text)
    return Watchdog(True, unescape(instances[1]) if instances else "*", int(interval[1]) if interval else 0)


def write_watchdog(machine: Machine, executable: str, instances: str, interval: int) -> None:
    machine.files.make_dirs(_TASK.rpartition("\\")[0])
    command, arguments = (escape(text, quote=False) for text in (executable, f"checkservices --instances {instances}"))
    text = (
        f"<Task><Triggers><TimeTrigger><Repetition><Interval>PT{interval}M</Interval></Repetition></TimeTrigger></Triggers>"
        f"<Actions><Exec><Command>{command}</Command><Arguments>{arguments}</Arguments></Exec></Actions></Task>"
    )
    machine.files.write(_TASK, text.encode("utf-16"))


def delete_watchdog(machine: Machine) -> None:
    if machine.files.exists(_TASK):
        machine.files.delete(_TASK)
