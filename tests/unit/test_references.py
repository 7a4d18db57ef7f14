"""Every citation such as "(tentacle.md 2.1)" leads to a section of docs/reference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.tools.checkout import ROOT, files

BLANK = r"(?:[ \t]+|[ \t]*\n[ \t]*(?:#[ \t]?)?)"
"""What parts two words of a comment or docstring: the end of a line too, with what begins the next one."""

NUMBER = r"\d+(?:\.\d+)*"
NEXT = re.compile(rf"(?P<joint>,{BLANK}?|{BLANK}and{BLANK}|{BLANK}to{BLANK}|-)(?P<number>{NUMBER})(?P<words>{BLANK}\([^()]*\))?")
CITATION = re.compile(
    rf"(?<![\w./-])(?P<page>[a-z][a-z-]*\.md)(?:{BLANK}(?:sections?{BLANK})?(?P<number>{NUMBER})(?P<words>{BLANK}\([^()]*\))?)?"
)
HEADING = re.compile(rf"^#+ (?P<number>{NUMBER}) \S", re.MULTILINE)
OWN = re.compile(rf"\((?P<numbers>{NUMBER}(?:[,;] {NUMBER})*)\)")
"""A page's references to itself: numbers alone in parentheses."""


@dataclass(frozen=True)
class Citation:
    """A page, and the section that is named; None: the whole page."""

    line: int
    page: str
    section: str | None


def between(first: str, last: str) -> list[str]:
    """Return the sections after `first` up to `last`: 1.7 and 1.10 give 1.8, 1.9 and 1.10. What is no range is no section either."""
    *chapter, start = first.split(".")
    *same, end = last.split(".")
    if chapter != same or int(start) >= int(end):
        return [f"{first} to {last}"]
    return [".".join((*chapter, str(number))) for number in range(int(start) + 1, int(end) + 1)]


def citations(text: str) -> Iterator[Citation]:
    """Yield what a text cites, in its order. A range names every section in it."""
    for found in CITATION.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        section = found["number"]
        yield Citation(line, found["page"], section)
        position = found.end()
        while section is not None and (further := NEXT.match(text, position)):
            joint, number = further["joint"].strip(), further["number"]
            ranged = joint == "-" or joint.lstrip("# \t\n") == "to"
            for named in between(section, number) if ranged else [number]:
                yield Citation(line, found["page"], named)
            section, position = number, further.end()


def problems(text: str, pages: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield what a text cites and is not there, each with its line. A page alone may be any file: `report.md`."""
    for citation in citations(text):
        if citation.section is None:
            continue
        if citation.page not in pages:
            yield f"{citation.line}: there is no docs/reference/{citation.page}"
        elif citation.section not in pages[citation.page]:
            yield f"{citation.line}: docs/reference/{citation.page} has no section {citation.section}"


def headings(text: str) -> list[str]:
    """Return the numbers of a page's sections, as often as they stand there."""
    return [found["number"] for found in HEADING.finditer(text)]


def reference() -> dict[str, str]:
    """Return the pages by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "reference").glob("*.md"))}


def sections() -> dict[str, frozenset[str]]:
    """Return the sections of each page by the page's name."""
    return {name: frozenset(headings(text)) for name, text in reference().items()}


def sources() -> Iterator[tuple[str, str]]:
    """Yield path and text of every file of the checkout but this one, whose samples cite what is not there."""
    for path in files():
        if path == "tests/unit/test_references.py" or (ROOT / path).is_symlink():
            continue
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_every_citation_leads_to_a_section() -> None:
    pages = sections()
    assert [f"{path}:{problem}" for path, text in sources() for problem in problems(text, pages)] == []


def test_the_code_cites() -> None:
    # Were the parser blind, the test above could not fail.
    found = [citation for path, text in sources() if path.startswith(("plugins/", "tests/")) for citation in citations(text)]
    assert len(found) > 150
    assert {citation.page for citation in found} <= sections().keys()


@pytest.mark.parametrize("page", sections())
def test_a_section_stands_once(page: str) -> None:
    numbers = headings(reference()[page])
    assert sorted(number for number in set(numbers) if numbers.count(number) > 1) == []


@pytest.mark.parametrize("page", sections())
def test_a_page_refers_to_sections_that_it_has(page: str) -> None:
    named = {number for found in OWN.finditer(reference()[page]) for number in re.split("[,;] ", found["numbers"]) if "." in number}
    assert sorted(named - sections()[page]) == []


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ('"""Its entry (tentacle.md 2.1)."""', [("tentacle.md", "2.1")]),
        ("# (octopus-api.md 3.5, 14)", [("octopus-api.md", "3.5"), ("octopus-api.md", "14")]),
        ("tentacle.md 1.1 and 1.4).", [("tentacle.md", "1.1"), ("tentacle.md", "1.4")]),
        ("mechanisms.md section 2)", [("mechanisms.md", "2")]),
        ("(winrm-payload.md), read", [("winrm-payload.md", None)]),
        ("8.1 of tentacle.md, which", [("tentacle.md", None)]),
        (
            "tentacle.md 8.1 to 8.3; lab-lies.md 1.14",
            [("tentacle.md", number) for number in ("8.1", "8.2", "8.3")] + [("lab-lies.md", "1.14")],
        ),
        ("octopus-api.md 5.1-5.3, 8", [("octopus-api.md", number) for number in ("5.1", "5.2", "5.3", "8")]),
        ("tentacle.md 1.5, 1.8 to 1.10, 2)", [("tentacle.md", number) for number in ("1.5", "1.8", "1.9", "1.10", "2")]),
        ("a.md 1.2 (templates),\n3.2 (pages), 4 and 9 (members).", [("a.md", number) for number in ("1.2", "3.2", "4", "9")]),
        ("    # see tentacle.md\n    # 7.1, 7.4: they stay", [("tentacle.md", "7.1"), ("tentacle.md", "7.4")]),
        ("tentacle.md 2.4. 3 items", [("tentacle.md", "2.4")]),
        ("docs/reference/tentacle.md, README.md 3, ./tentacle.md 9", []),
    ],
)
def test_what_is_read_as_a_citation(text: str, cited: list[tuple[str, str | None]]) -> None:
    assert [(citation.page, citation.section) for citation in citations(text)] == cited


def test_what_is_not_there_is_named_with_its_line() -> None:
    pages = {"tentacle.md": frozenset({"2.1", "8.1", "8.3"})}
    text = "'''One (tentacle.md 2.1).'''\n\n# Two (tentacle.md 2.9, 8.1 to 8.3).\n# Three (cores.md 4), four (cores.md)."
    assert list(problems(text, pages)) == [
        "3: docs/reference/tentacle.md has no section 2.9",
        "3: docs/reference/tentacle.md has no section 8.2",
        "4: there is no docs/reference/cores.md",
    ]


@pytest.mark.parametrize(("first", "last"), [("8.3", "8.1"), ("1.2", "2.4"), ("8.1", "8.1")])
def test_a_range_backwards_or_across_chapters_is_not_there(first: str, last: str) -> None:
    pages = {"tentacle.md": frozenset({first, last})}
    assert list(problems(f"(tentacle.md {first} to {last})", pages)) == [f"1: docs/reference/tentacle.md has no section {first} to {last}"]
