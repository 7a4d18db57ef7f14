"""Paths of a host: what may be said, and what is the same to its operating system."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.paths import (
    check_hostpath,
    host_path,
    is_absolute,
    normalised,
    path_key,
    same_path,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = ["Octopus", "octopus", "Home", ".", "..", "", "ü", "a b", "x.y", "...", "Home. "]
linux_paths = st.lists(st.sampled_from(NAMES)).map(lambda names: "/" + "/".join(names))
windows_paths = st.builds(
    lambda root, pairs: root + "".join(separator + name for separator, name in pairs),
    st.sampled_from(["C:\\", "c:/", "D:\\", "\\\\server\\share", "\\\\server/Share/"]),
    st.lists(st.tuples(st.sampled_from(["/", "\\"]), st.sampled_from(NAMES))),
)
paths = linux_paths | windows_paths


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C:/Octopus", "C:\\Octopus"),
        ("C:\\\\Octo\\\\Home", "C:\\Octo\\Home"),
        ("C:\\Octopus\\", "C:\\Octopus"),
        ("c:\\OCTOPUS", "C:\\Octopus"),
        ("C:\\Octopus\\..\\Octopus\\.", "C:\\Octopus"),
        ("C:\\..\\Octopus", "C:\\Octopus"),
        ("C:\\Octopus. \\Home", "C:\\Octopus\\Home"),
        ("C:\\STRASSE Ü", "c:\\strasse ü"),
        ("\\\\server\\share\\x\\", "\\\\SERVER/share//x"),
        ("/etc/octopus/", "/etc/octopus"),
        ("//etc///octopus/./x/..", "/etc/octopus"),
        ("/..", "/"),
        (None, None),
        ("relative", "relative"),
    ],
)
def test_paths_that_are_the_same(one: str | None, other: str | None) -> None:
    assert same_path(one, other)
    assert same_path(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/etc/Octopus", "/etc/octopus"),
        ("C:\\Octopus", "D:\\Octopus"),
        ("C:\\straße", "C:\\strasse"),
        ("C:\\Octopus", "C:\\Octopus2"),
        ("/etc/octopus.", "/etc/octopus"),
        ("/etc\\octopus", "/etc/octopus"),
        ("\\\\server\\share", "\\\\server\\share2"),
        (None, "/etc"),
        ("/etc", None),
        ("relative", "/relative"),
    ],
)
def test_paths_that_are_not_the_same(one: str | None, other: str | None) -> None:
    assert not same_path(one, other)


@given(paths | st.text())
def test_normalising_twice_changes_nothing_and_a_path_is_the_same_as_itself(path: str) -> None:
    assert normalised(normalised(path)) == normalised(path)
    assert same_path(path, path)
    assert same_path(path, normalised(path))
    assert is_absolute(path) == is_absolute(normalised(path))


@given(paths, paths)
def test_paths_are_the_same_exactly_when_their_keys_are(one: str, other: str) -> None:
    assert same_path(one, other) == same_path(other, one) == (path_key(one) == path_key(other))


@given(windows_paths)
def test_separators_and_case_do_not_count_on_windows(path: str) -> None:
    assert same_path(path, path.replace("\\", "/") if path[1] == ":" else path.swapcase())


@pytest.mark.parametrize(
    "path", ["/etc/octopus", "C:\\Octopus", "c:/Octopus", "\\\\server\\share\\x", "/srv/a~b", "C:\\PROGRA~1\\x", "/a%b/c%d"]
)
def test_an_absolute_path_may_be_said(path: str) -> None:
    assert check_hostpath(f" {path}\n") == path


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("octopus", "must be an absolute path"),
        ("C:octopus", "must be an absolute path"),
        ("C:", "must be an absolute path"),
        ("\\Octopus", "must be an absolute path"),
        ("\\\\server", "must be an absolute path"),
        ("\\\\?\\C:\\x", "must be an absolute path"),
        ("\\\\.\\pipe\\x", "must be an absolute path"),
        ("~/octopus", "must be written out"),
        ("~deploy", "must be written out"),
        ("$HOME/octopus", "must be written out"),
        ("/home/${USER}/x", "must be written out"),
        ("%ProgramData%\\Octopus", "must be written out"),
        ("C:\\%USERNAME%", "must be written out"),
        ("/etc/\x1b[2J", "must not hold control characters"),
        ("/etc/a\nb", "must not hold control characters"),
        ("/etc/<owner>", "must not hold '<' or '>'"),
        ("C:\\<pfx_password>", "must not hold '<' or '>'"),
    ],
)
def test_what_is_no_path_on_any_host_is_refused(path: str, words: str) -> None:
    for refuse in (check_hostpath, lambda text: host_path(text, windows=True), lambda text: host_path(text, windows=False)):
        with pytest.raises(InputError, match=f"^{words}") as error:
            refuse(path)
        assert str(error.value).isprintable()
        assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("path", "windows", "words"),
    [
        ("/etc/octopus", True, "must be a path on Windows"),
        ("//server/share", True, "must be a path on Windows"),
        ("C:\\Octopus", False, "must be a path on Linux"),
        ("\\\\server\\share", False, "must be a path on Linux"),
        ("C:\\Octo|pus", True, "must not hold any of"),
        ("C:\\Octopus:stream", True, "must not hold any of"),
    ],
)
def test_a_path_of_the_other_kind_of_host_is_refused(path: str, windows: bool, words: str) -> None:
    with pytest.raises(InputError, match=f"^{words}.*\\.$"):
        host_path(path, windows)


@pytest.mark.parametrize(("path", "windows", "plain"), [("c:/Octopus/", True, "C:\\Octopus"), ("//etc/octopus/", False, "/etc/octopus")])
def test_a_path_is_written_in_its_normal_form(path: str, windows: bool, plain: str) -> None:
    assert host_path(path, windows) == plain
