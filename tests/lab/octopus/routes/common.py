"""Reading documents of any kind: what a caller may see, lists and pages."""

from __future__ import annotations

from tests.lab.octopus import documents, errors
from tests.lab.octopus.dispatch import Call
from tests.lab.octopus.kinds import Kind
from tests.lab.octopus.paging import page
from tests.lab.octopus.query import select
from tests.lab.octopus.store import Document


def listed(call: Call, kind: Kind) -> list[Document]:
    """Return what a list shows, in its order: what the caller may see (lists are filtered, not refused: 1.4) and the query asks for."""
    stored = call.state.store.all(kind.collection, call.space_id)
    seen = [document for document in stored if call.allows(kind.permissions.view, kind.environments_of(document))]
    chosen = sorted(select(seen, dict(kind.filters), call.query), key=kind.sort_key)
    return [shown(call, kind, document) for document in chosen]


def shown(call: Call, kind: Kind, document: Document) -> Document:
    """Return a document as this server shows it."""
    return documents.as_shown(call.state, kind, document)


def paged(call: Call, kind: Kind, listed: list[Document], default_take: int | None = None) -> Document:
    """Return one page of documents."""
    template = f"/api/{call.space_id}/{kind.collection}{{/id}}{{?{kind.template}}}"
    return page(kind.item_type, listed, call.query, default_take=default_take or kind.default_take, path=call.path, template=template)


def found(call: Call, kind: Kind) -> Document:
    """Return the document that the path names. Raises ApiError 404, also for one that the caller may not see."""
    document = call.state.store.find(kind.collection, call.parameters["id"], call.space_id)
    if document is None or not call.allows(kind.permissions.view, kind.environments_of(document)):
        raise errors.not_found()
    return document
