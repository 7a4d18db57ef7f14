"""The report as JUnit and as Markdown: whatever hosts are called and say, the form stays whole."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.collate import HostReport, Report
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.junit import junit, valid
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.markdown import escaped, summary
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["]]>", "<b>&amp;", "\x00\x1b[31m", "\ud800", "a|b", "[x](http://y)", "\ufffe"]
)
ENTRIES = st.lists(
    st.builds(HostReport, TEXT, st.sampled_from(["created", "failed", "unreachable", "not run", "unchanged"]), reason=TEXT | st.none()),
    max_size=5,
    unique_by=lambda entry: entry.host,
)


def report_of(entries: list[HostReport]) -> Report:
    """Return a report of these hosts."""
    return Report(hosts={entry.host: entry for entry in entries}, ours=True)


@given(ENTRIES)
def test_junit_has_a_case_for_each_host_with_why_it_failed(entries: list[HostReport]) -> None:
    suite = ElementTree.fromstring(junit(report_of(entries), started="2026-01-01T00:00:00+00:00").encode())[0]
    kinds = {"failed": "failure", "unreachable": "error", "not run": "skipped"}
    assert [case.get("name") for case in suite] == [
        re.sub(r"\r\n?", "\n", valid(entry.host)) if False else valid(entry.host) for entry in entries
    ]
    for entry, case in zip(entries, suite, strict=True):
        assert case[0].tag == kinds.get(entry.result, "system-out")
        if entry.result in ("failed", "unreachable"):
            assert case[0].get("message") == valid(str(entry.reason))
    assert suite.get("failures") == str(sum(entry.result == "failed" for entry in entries))


def test_junit_as_it_is_read() -> None:
    report = report_of([HostReport("web01", "created", "Machines-1", seconds=2.345), HostReport("web02", "failed", reason="no <tag>\x00")])
    assert junit(report, started="now") == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites tests="2" failures="1" errors="0" skipped="0" time="2.35">\n'
        '  <testsuite name="octopus" timestamp="now" tests="2" failures="1" errors="0" skipped="0" time="2.35">\n'
        '    <testcase classname="octoboot.octopus" name="web01" time="2.35">\n'
        "      <system-out>created, Machines-1</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="octoboot.octopus" name="web02" time="0.00">\n'
        '      <failure message="no &lt;tag&gt;\\u0000" type="failed">no &lt;tag&gt;\\u0000</failure>\n'
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


@given(ENTRIES)
def test_the_summary_keeps_its_table_and_holds_neither_html_nor_links(entries: list[HostReport]) -> None:
    lines = summary(report_of(entries)).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == len(entries) + 1
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if re.search(r"<|(?<!\\)[`\[\]]|(?<!\\)!\[", line)]


def test_those_that_failed_stand_first_and_a_long_table_ends() -> None:
    entries = [HostReport(f"web{number:04}", "created") for number in range(600)] + [HostReport("last", "failed", reason="no")]
    lines = summary(report_of(entries)).splitlines()
    assert lines[6].startswith("| last | failed |")
    assert lines[-4:] == ["and 101 more", "", "- **last**: no", ""]


@given(TEXT)
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    assert "\n" not in escaped(text)
