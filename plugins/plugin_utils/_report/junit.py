# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The report in the form of JUnit, which every pipeline reads: a test case for each host. Pure."""

from __future__ import annotations

from xml.etree import ElementTree

from .collate import COLLECTION, HostReport, Report


def junit(report: Report, *, started: str) -> str:
    """Return the report as XML. `started`: as ISO 8601."""
    entries = list(report.hosts.values())
    counts = {
        "tests": len(entries),
        "failures": sum(entry.result == "failed" for entry in entries),
        "errors": sum(entry.result == "unreachable" for entry in entries),
        "skipped": sum(entry.result == "not run" for entry in entries),
    }
    figures = {**{name: str(count) for name, count in counts.items()}, "time": f"{sum(entry.seconds for entry in entries):.2f}"}
    name = "octopus (check mode)" if report.check_mode else "octopus"
    top = ElementTree.Element("testsuites", figures)
    suite = ElementTree.SubElement(top, "testsuite", {"name": name, "timestamp": started, **figures})
    for entry in entries:
        _add(suite, entry)
    ElementTree.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(top, encoding="unicode") + "\n"


def _add(suite: ElementTree.Element, entry: HostReport) -> None:
    about = {"classname": COLLECTION.rstrip("."), "name": valid(entry.name), "time": f"{entry.seconds:.2f}"}
    case = ElementTree.SubElement(suite, "testcase", about)
    kind = {"failed": "failure", "unreachable": "error", "not run": "skipped"}.get(entry.result)
    if kind == "skipped":
        ElementTree.SubElement(case, kind, {"message": "not run"})
    elif kind:
        reason = valid(str(entry.reason))
        ElementTree.SubElement(case, kind, {"message": reason, "type": entry.result}).text = reason
    else:
        told = ", ".join(word for word in (entry.result, entry.machine_id, entry.thumbprint) if word)
        ElementTree.SubElement(case, "system-out").text = valid(told)


def valid(text: str) -> str:
    """Return the text with what XML 1.0 cannot hold spelt out."""
    return "".join(letter if _holds(ord(letter)) else f"\\u{ord(letter):04x}" for letter in text)


def _holds(code: int) -> bool:
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
