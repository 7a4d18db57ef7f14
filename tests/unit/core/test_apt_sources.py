"""The sources of apt: whatever way they are written, the one that names a repository is found."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.apt_sources import (
    HEADER,
    file_that_names,
    login_line,
    without_login,
)
from hypothesis import given
from hypothesis import strategies as st

URL, FOLDER = "https://apt.octopus.com/", "/etc/apt/sources.list.d"
STANZA = "Types: deb\nURIs: https://apt.octopus.com/\nSuites: stable\nComponents: main\nSigned-By: /usr/share/keyrings/o.gpg\n"


def found(name: str, text: str) -> bool:
    """Tell whether a file names the repository."""
    path = f"{FOLDER}/{name}"
    return file_that_names(URL, "stable", {path: text}) == path


@pytest.mark.parametrize(
    "line",
    [
        "deb https://apt.octopus.com/ stable main",
        "  deb\thttps://apt.octopus.com stable main # by hand",
        "deb [arch=amd64 signed-by=/x.gpg] https://apt.octopus.com/ stable main",
        "deb [ trusted=yes ] HTTPS://APT.octopus.com/ stable/ main",
        "# a comment\n\ndeb cdrom:[Debian 12]/ bookworm main\ndeb https://me:pw@apt.octopus.com/ stable main\n",
    ],
)
def test_a_line_that_names_it(line: str) -> None:
    assert found("octopus.com.list", line)
    assert file_that_names(URL, "stable", {"/etc/apt/sources.list": line}) == "/etc/apt/sources.list"


@pytest.mark.parametrize(
    "line",
    [
        "# deb https://apt.octopus.com/ stable main",
        "deb-src https://apt.octopus.com/ stable main",
        "deb https://apt.octopus.com/ buster main",
        "deb https://apt.octopus.com/other stable main",
        "deb http://apt.octopus.com/ stable main",
        "deb https://[bad stable main",
        "deb",
        "",
    ],
)
def test_a_line_that_does_not(line: str) -> None:
    assert not found("octopus.com.list", line)


@pytest.mark.parametrize(
    ("text", "names_it"),
    [
        (STANZA, True),
        (STANZA.replace("\n", "\r\n"), True),
        (STANZA.lower().replace("uris", "URIS"), True),
        (f"# by hand\n\n{STANZA.replace('URIs: ', 'URIs: https://deb.debian.org/ ')}", True),
        (STANZA.replace("Suites: stable", "Suites: unstable\n# no\n stable"), True),
        (f"Types: deb\nURIs: https://x/\nSuites: y\n \n{STANZA}", True),
        (STANZA.replace("Types: deb", "Types: deb-src"), False),
        (f"Enabled: no\n{STANZA}", False),
        (f"Enabled: yes\n{STANZA}", True),
        (STANZA.replace("stable", "buster"), False),
        (f"{HEADER}\n{STANZA}", False),
        ("Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x\n" + STANZA, True),
    ],
)
def test_a_stanza_names_it_or_not(text: str, names_it: bool) -> None:
    assert found("octopus-deploy.sources", text) == names_it


@pytest.mark.parametrize("name", ["octopus.list.save", "octopus.sources.dpkg-old", "octopus list.list", "octopus"])
def test_what_apt_does_not_read_counts_as_nothing(name: str) -> None:
    assert not found(name, "deb https://apt.octopus.com/ stable main")


@given(st.text(), st.sampled_from(["x.list", "x.sources"]))
def test_any_text_at_all_is_read(text: str, name: str) -> None:
    assert found(name, text) in (True, False)


def test_a_login_is_taken_out_of_the_url_and_told_apt_in_its_own_way() -> None:
    assert without_login(URL) == (URL, None)
    assert without_login("https://me:p%40ss@mirror:8443/apt/") == ("https://mirror:8443/apt/", ("me", "p@ss"))
    assert login_line("https://mirror:8443/apt/", ("me", "p@ss")) == "machine mirror:8443/apt login me password p@ss\n"
    assert login_line("http://mirror/", ("me", "pw")) == "machine http://mirror login me password pw\n"
    for url in ("https://me@mirror/", "https://:pw@mirror/", "https://me:p%20w@mirror/", "https://me:p%0Aw@mirror/"):
        with pytest.raises(InputError) as error:
            without_login(url)
        assert error.value.option == "repository_url"
        assert "p" not in str(error.value).partition("password")[0].replace("empty", "")
