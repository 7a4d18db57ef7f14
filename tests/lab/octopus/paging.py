"""Pages of a collection (octopus-api.md 3.1)."""

from __future__ import annotations

from collections.abc import Sequence

from tests.lab.octopus.query import Query
from tests.lab.octopus.store import Document

EVERYTHING = 2_147_483_647


def _numbers(item_type: str, total: int, take: int, items: Sequence[Document]) -> Document:
    pages = max(1, -(-total // take)) if take else 1
    return {
        "ItemType": item_type,
        "TotalResults": total,
        "ItemsPerPage": take,
        "NumberOfPages": pages,
        "LastPageNumber": pages - 1,
        # Items of a page lack who changed them when (octopus-api.md 3.1).
        "Items": [{key: value for key, value in item.items() if key not in ("LastModifiedOn", "LastModifiedBy")} for item in items],
    }


def plain_page(item_type: str, documents: Sequence[Document], query: Query, default_take: int) -> Document:
    """Return the page that `query` asks for, without links, as the newer v2 lists have it."""
    skip, take = query.number("skip", 0), query.number("take", default_take)
    return _numbers(item_type, len(documents), take, documents[skip : skip + take])


def page(item_type: str, documents: Sequence[Document], query: Query, *, default_take: int, path: str, template: str) -> Document:
    """Return the page that `query` asks for, with the links from page to page; the last one has no `Page.Next`."""
    skip, take = query.number("skip", 0), query.number("take", default_take)
    envelope = plain_page(item_type, documents, query, default_take)
    last = envelope["LastPageNumber"]

    def link(at: int, size: int = take) -> str:
        return f"{path}?{query.with_page(at, size)}"

    links = {
        "Self": link(skip),
        "Template": template,
        "Page.All": link(0, EVERYTHING),
        "Page.Current": link(skip),
        "Page.Last": link(last * take),
    }
    if take and skip + take < len(documents):
        links["Page.Next"] = link(skip + take)
    return {"Id": None, "LastModifiedOn": None, "LastModifiedBy": None, **envelope, "Links": links}
