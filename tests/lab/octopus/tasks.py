"""Server tasks, their logs, and how the API shows them (octopus-api.md 8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from tests.lab.octopus.store import Document, now, timestamp

TaskState = Literal["Queued", "Executing", "Success", "Failed", "Canceled"]
NODE = "OctopusServerNodes-lab"
COMPLETED = ("Success", "Failed", "Canceled", "TimedOut")
NodeStatus = Literal["Pending", "Running", "Success", "Failed", "Skipped", "SuccessWithWarning", "Canceled"]


def long_date(moment: datetime) -> str:
    """Write a time in the words of the server's summaries, such as Friday, 02 October 2020 8:28:11 PM +00:00."""
    return moment.strftime("%A, %d %B %Y ") + moment.strftime("%I:%M:%S %p").lstrip("0") + " +00:00"


@dataclass
class Line:
    """One message of a log."""

    category: str
    text: str
    at: datetime = field(default_factory=now)

    def render(self, number: int) -> Document:
        """Return a LogElement."""
        return {"Category": self.category, "OccurredAt": timestamp(self.at), "MessageText": self.text, "Detail": "", "Number": number,
                "GapLastNumber": None}  # fmt: skip


@dataclass
class Node:
    """One step of a task, with its own status and messages."""

    id: str
    name: str
    status: NodeStatus = "Pending"
    lines: list[Line] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    started: datetime | None = None
    ended: datetime | None = None

    def child(self, name: str) -> Node:
        """Add a step below this one."""
        node = Node(f"{self.id}/{len(self.children) + 1}", name)
        self.children.append(node)
        return node

    def start(self) -> None:
        """Say that the step has begun."""
        self.status, self.started = "Running", now()

    def end(self, status: NodeStatus) -> None:
        """Say how the step has ended."""
        self.status, self.ended = status, now()

    def say(self, category: str, text: str) -> None:
        """Write a message."""
        self.lines.append(Line(category, text))

    def walk(self) -> list[Node]:
        """Return this step and all below it."""
        return [self, *(node for child in self.children for node in child.walk())]

    def render(self) -> Document:
        """Return an ActivityLog node."""
        return {
            "Id": self.id,
            "Name": self.name,
            "Started": self.started and timestamp(self.started),
            "Ended": self.ended and timestamp(self.ended),
            "Status": self.status,
            "Children": [child.render() for child in self.children],
            "ShowAtSummaryLevel": True,
            "LogElements": [line.render(number) for number, line in enumerate(self.lines, start=1)],
            "ProgressPercentage": 0 if self.ended is None else 100,
            "ProgressMessage": "",
        }


@dataclass
class Task:
    """One server task."""

    id: str
    space_id: str | None
    name: str
    description: str
    arguments: Mapping[str, Any]
    state: TaskState = "Queued"
    queued: datetime = field(default_factory=now)
    started: datetime | None = None
    ended: datetime | None = None
    error: str = ""
    cancel_requested: bool = False
    root: Node = field(init=False)

    def __post_init__(self) -> None:
        self.root = Node(f"{self.id}_{abs(hash(self.id)):X}"[:40], self.description or self.name)

    @property
    def is_completed(self) -> bool:
        """Say whether the task has ended, well or not."""
        return self.state in COMPLETED

    def execute(self) -> None:
        """Say that the task runs."""
        self.state, self.started = "Executing", now()
        self.root.start()

    def complete(self, state: TaskState, error: str = "") -> None:
        """Say how the task has ended."""
        self.state, self.ended, self.error = state, now(), error
        outcome: NodeStatus = "Failed" if state == "Failed" else "Canceled" if state == "Canceled" else "Success"
        if outcome == "Success" and self.has_warnings_or_errors:
            outcome = "SuccessWithWarning"
        if error:
            self.root.say("Fatal", error)
        self.root.end(outcome)

    @property
    def has_warnings_or_errors(self) -> bool:
        """Say whether any message is more than information."""
        return any(line.category in ("Warning", "Error", "Fatal") for node in self.root.walk() for line in node.lines)

    def render(self) -> Document:
        """Return the TaskResource."""
        path = f"/api/tasks/{self.id}"
        seconds = ((self.ended or now()) - self.started).total_seconds() if self.started else 0.0
        shown = {"Queued": "Queued...", "Executing": "Executing..."}.get(self.state) or long_date(self.ended or self.queued)
        return {
            "Id": self.id,
            "SpaceId": self.space_id,
            "Name": self.name,
            "Description": self.description,
            "Arguments": dict(self.arguments),
            "State": self.state,
            "Completed": shown,
            "QueueTime": timestamp(self.queued),
            "QueueTimeExpiry": None,
            "StartTime": self.started and timestamp(self.started),
            "LastUpdatedTime": timestamp(self.ended or self.started or self.queued),
            "CompletedTime": self.ended and timestamp(self.ended),
            "ServerNode": NODE,
            "Duration": f"{max(1, round(seconds))} second{'s' if round(seconds) > 1 else ''}",
            "ErrorMessage": self.error,
            "HasBeenPickedUpByProcessor": self.started is not None,
            "IsCompleted": self.is_completed,
            "FinishedSuccessfully": self.state == "Success",
            "HasPendingInterruptions": False,
            "CanRerun": self.is_completed,
            "HasWarningsOrErrors": self.has_warnings_or_errors,
            "EstimatedRemainingQueueDurationSeconds": 0,
            "PendingInterruptionTypes": [],
            "HasPendingPreconditions": False,
            "PendingPreconditionTypes": [],
            "ProjectId": None,
            "Links": {
                "Self": path,
                "Web": f"/app#/tasks/{self.id}",
                "Raw": f"{path}/raw",
                "Rerun": f"/api/tasks/rerun/{self.id}",
                "Cancel": f"{path}/cancel",
                "State": f"{path}/state",
                "QueuedBehind": f"{path}/queued-behind{{?skip}}",
                "Details": f"{path}/details{{?verbose,tail}}",
                "Artifacts": f"/api/artifacts?regarding={self.id}",
                "Interruptions": f"/api/interruptions?regarding={self.id}",
            },
        }

    def render_details(self) -> Document:
        """Return the task with its log and progress."""
        ended = sum(1 for node in self.root.walk() if node.ended is not None)
        percentage = 100 if self.is_completed else 100 * ended // len(self.root.walk())
        return {
            "Task": self.render(),
            "ActivityLogs": [self.root.render()],
            "PhysicalLogSize": len(self.raw_log()),
            "Progress": {"ProgressPercentage": percentage, "EstimatedTimeRemaining": ""},
            "Links": {"Self": f"/api/tasks/{self.id}/details"},
        }

    def raw_log(self) -> str:
        """Return the log as text."""
        lines = [f"Task ID:        {self.id}", f"Task:           {self.description}", f"State:          {self.state}", ""]
        for node in self.root.walk():
            lines.append(f"{' ' * 20}|   {node.status}: {node.name}")
            lines += [f"{line.at:%H:%M:%S}   {line.category:<8} |     {line.text}" for line in node.lines]
        return "\n".join(lines) + "\n"


def time_span(text: object) -> timedelta | None:
    """Read `d.hh:mm:ss` or `h:mm:ss`; None for anything else."""
    match = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?", text) if isinstance(text, str) else None
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
