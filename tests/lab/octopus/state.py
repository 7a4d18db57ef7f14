"""Everything that the server knows."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.lab.octopus import errors
from tests.lab.octopus.certificates import Certificate, octopus_certificate
from tests.lab.octopus.faults import POLLING_FAULTS, Faults
from tests.lab.octopus.polling import Polling
from tests.lab.octopus.settings import Settings
from tests.lab.octopus.store import Document, Store, now, timestamp
from tests.lab.octopus.task_queue import TaskQueue
from tests.lab.octopus.tasks import Task
from tests.lab.octopus.users import Directory, User


@dataclass(frozen=True)
class SeenRequest:
    """A request that was answered; `status` is None when the reply was dropped. The path has no credential in it."""

    method: str
    path: str
    status: int | None


@dataclass
class State:
    """The server's memory. Whoever reads or writes it from a thread holds `lock`, and for a short time only."""

    settings: Settings = field(default_factory=Settings)
    certificate: Certificate = field(default_factory=octopus_certificate)
    store: Store = field(default_factory=Store)
    directory: Directory = field(default_factory=Directory)
    faults: Faults = field(default_factory=Faults)
    queue: TaskQueue = field(default_factory=TaskQueue)
    tasks: dict[str, Task] = field(default_factory=dict)
    requests: list[SeenRequest] = field(default_factory=list)
    last_checked: dict[str, str] = field(default_factory=dict)
    """When the machine of an id was last checked."""
    resolver: dict[str, str] = field(default_factory=dict)
    """Addresses of host names that no resolver knows."""
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    """The passwords of proxies by id: no reply holds one."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.polling = Polling(self.certificate, self.trusts)
        self._settings_at_start = replace(self.settings)

    def add_fault(self, options: Mapping[str, Any]) -> None:
        """Add a fault, or change settings by the faults `task_cap` (value) and `switches` (name: value).

        `polling_down` and `polling_certificate` change the polling port of a `node` (1): it is closed, or presents another certificate.
        """
        changes = {name: value for name, value in options.items() if name != "name"}
        if options.get("name") == "task_cap":
            self.settings.patch({"task_cap": options["value"]})
        elif options.get("name") == "switches":
            self.settings.patch(changes)
        elif options.get("name") in POLLING_FAULTS:
            self.polling.suffer(**options)
        else:
            self.faults.add(options)
        self.queue.wake()

    def clear_faults(self) -> None:
        """Forget all faults, and put the settings back to those of the start, and the polling ports."""
        self.faults.clear()
        self.polling.mend()
        self.settings.patch(vars(self._settings_at_start))
        self.queue.wake()

    def default_space(self) -> Document | None:
        """Return the default space, None when there is none to use."""
        if not self.settings.default_space_usable:
            return None
        return next((space for space in self.store.all("spaces") if space["IsDefault"]), None)

    def space(self, identifier: str) -> Document:
        """Return a space by its id or slug. Raises ApiError 404."""
        space = self.store.find("spaces", identifier)
        space = space or next((s for s in self.store.all("spaces") if s["Slug"] == identifier.lower()), None)
        if space is None:
            raise errors.not_found()
        return space

    def trusts(self, thumbprint: str) -> bool:
        """Tell whether a machine or worker of any space has a thumbprint; one that is disabled is trusted as before."""
        with self.lock:
            known = (*self.store.all("machines"), *self.store.all("workers"))
            return any((machine["Thumbprint"] or "").upper() == thumbprint.upper() for machine in known)

    def address_of(self, host: str) -> str:
        """Return where a host name leads; a name that is not in `resolver` is left to the real resolver."""
        return self.resolver.get(host.lower().rstrip("."), host)

    def find_named(self, collection: str, identifier_or_name: str) -> Document | None:
        """Return a document by its id or name, in whatever space."""
        return self.store.find(collection, identifier_or_name) or self.store.by_name(collection, identifier_or_name)

    def queue_task(self, name: str, description: str, arguments: Mapping[str, Any], space_id: str | None) -> Task:
        """Queue a server task."""
        task = Task(self.store.next_id("ServerTasks"), space_id, name, description, arguments)
        self.tasks[task.id] = task
        self.queue.add(task)
        return task

    def record(self, category: str, document: Document, message: str, user: User | None = None) -> None:
        """Write an event (octopus-api.md 9.8)."""
        identifier = self.store.next_id("Events")
        self.store.put("events", {
            "Id": identifier,
            "SpaceId": document.get("SpaceId"),
            "Category": category,
            "UserId": user.id if user else "users-system",
            "Username": user.username if user else "system",
            "IsService": user is None or user.is_service,
            "IdentityEstablishedWith": "API key" if user else "",
            "Occurred": timestamp(now()),
            "Message": message,
            "MessageHtml": message,
            "MessageReferences": [],
            "RelatedDocumentIds": [document["Id"], *document.get("EnvironmentIds", [])],
            "ChangeDetails": {"DocumentContext": None, "Differences": None},
            "Comments": None,
            "Details": None,
            "Links": {"Self": f"/api/{document.get('SpaceId')}/events/{identifier}"},
        })  # fmt: skip
