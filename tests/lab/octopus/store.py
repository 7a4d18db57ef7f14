"""The documents of the server, as the API shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

Document = dict[str, Any]


def now() -> datetime:
    """Return the time, with its offset."""
    return datetime.now(timezone.utc)


def timestamp(moment: datetime) -> str:
    """Write a time as the API does: ISO 8601 with milliseconds and offset (octopus-api.md 1.5)."""
    return moment.isoformat(timespec="milliseconds")


def slug(name: str) -> str:
    """Derive the slug of a name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class Store:
    """All documents by collection and id. Ids count per type, across spaces (octopus-api.md 4.1), and are never used again.

    Not locked by itself: callers hold the lock of the server's state.
    """

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, Document]] = {}
        self._last_number: dict[str, int] = {}

    def next_id(self, prefix: str) -> str:
        """Return an id that was never used, such as Machines-41."""
        number = self._last_number.get(prefix, 0) + 1
        self._last_number[prefix] = number
        return f"{prefix}-{number}"

    def put(self, collection: str, document: Document) -> Document:
        """Keep `document` under its Id, in the place of any former one."""
        self._documents.setdefault(collection, {})[document["Id"]] = document
        return document

    def remove(self, collection: str, identifier: str) -> None:
        """Forget a document. Raises KeyError when there is none."""
        del self._documents[collection][identifier]

    def remove_space(self, space_id: str) -> None:
        """Forget a space and all that is in it. Raises KeyError when there is none."""
        self.remove("spaces", space_id)
        for documents in self._documents.values():
            for identifier in [identifier for identifier, document in documents.items() if document.get("SpaceId") == space_id]:
                del documents[identifier]

    def find(self, collection: str, identifier: str, space_id: str | None = None) -> Document | None:
        """Return the document with this id (case matters, octopus-api.md 1.5), in that space if one is given."""
        document = self._documents.get(collection, {}).get(identifier)
        if document is None or (space_id is not None and document.get("SpaceId") != space_id):
            return None
        return document

    def all(self, collection: str, space_id: str | None = None) -> list[Document]:
        """Return the documents of a collection in the order of their creation, of one space or of all."""
        documents: Iterable[Document] = self._documents.get(collection, {}).values()
        return [document for document in documents if space_id is None or document.get("SpaceId") == space_id]

    def by_name(self, collection: str, name: str, space_id: str | None = None) -> Document | None:
        """Return the document with this name, whatever its case."""
        wanted = name.strip().casefold()
        return next((d for d in self.all(collection, space_id) if d["Name"].strip().casefold() == wanted), None)
