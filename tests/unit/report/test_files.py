"""The files of a report are the user's alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.files import ReportFiles


@pytest.fixture(autouse=True)
def careless_umask() -> Iterator[None]:
    """Run under the umask that protects nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """Return a path's permissions."""
    return path.stat().st_mode & 0o777


def test_folder_and_files_are_readable_by_the_user_alone(tmp_path: Path) -> None:
    files = ReportFiles(str(tmp_path / "logs"), str)
    files.append("web01", "one\n")
    report = files.put("report.json", "{}")
    assert [mode(path) for path in (files.folder.parent, files.folder, files.folder / "web01.log", report)] == [0o700, 0o700, 0o600, 0o600]


def test_nothing_is_made_before_there_is_something_to_write(tmp_path: Path) -> None:
    files = ReportFiles(str(tmp_path / "logs"), str)
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", files.folder.name)
    assert list(tmp_path.iterdir()) == []


def test_a_log_grows_and_a_file_is_replaced(tmp_path: Path) -> None:
    files = ReportFiles(str(tmp_path), str)
    for text in ("one\n", "two\n"):
        files.append("web01", text)
        files.put("report.json", text * (3 if text == "one\n" else 1))
    assert (files.folder / "web01.log").read_text() == "one\ntwo\n"
    assert (files.folder / "report.json").read_text() == "two\n"


def test_everything_that_is_written_is_cleaned(tmp_path: Path) -> None:
    files = ReportFiles(str(tmp_path), lambda text: text.replace("secret", "***"))
    files.append("web01", "a secret\n")
    assert (files.folder / "web01.log").read_text() == "a ***\n"
    assert files.put("report.json", "secret").read_text() == "***"


@pytest.mark.parametrize("host", ["../../etc/passwd", "a/b", "web 01", "x" * 400, "größe", ".."])
def test_a_hosts_name_never_leads_out_of_the_folder(tmp_path: Path, host: str) -> None:
    files = ReportFiles(str(tmp_path), str)
    files.append(host, "text")
    assert [path.read_text() for path in files.folder.iterdir()] == ["text"]
    assert list(tmp_path.iterdir()) == [files.folder]


def test_what_is_no_text_is_spelled_out(tmp_path: Path) -> None:
    files = ReportFiles(str(tmp_path), str)
    files.append("web01", b"\xff\n".decode("utf-8", "surrogateescape"))
    assert (files.folder / "web01.log").read_bytes() == b"\\udcff\n"
