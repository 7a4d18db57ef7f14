"""What Tentacle prints and writes (tentacle.md 1.9 and 2.1): any text ends in a type, or in one HostError."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.answers import (
    HOME,
    LISTEN_IP,
    NO_LISTEN,
    PORT,
    SERVERS,
    SETTINGS,
    Indexed,
    find_instance,
    read_configuration,
    read_settings,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Configuration, TrustedServer
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.core.answers import POLLED, READ, REAL, SHOWN

ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
ODD: st.SearchStrategy[Any] = ANY_JSON | st.sampled_from([10**30, 1e400, "\0", "\ud800", "10933", " true ", "TentacleActive", True, ""])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where there is anything in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a JSON document with something else in one of its places."""
    if not path:
        return new
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = changed(value[key], tuple(rest), new)
    return copy


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """Return what a real Tentacle answered, with one or two things in it replaced, or cut off anywhere."""
    document = json.loads(draw(st.sampled_from([answer["stdout"] for answer in REAL if answer["rc"] == 0])))
    for _ in range(draw(st.integers(1, 2))):
        document = changed(document, draw(st.sampled_from(places(document))), draw(ODD))
    text = json.dumps(document)
    return text[: draw(st.integers(0, len(text)))] if draw(st.integers(0, 9)) == 0 else text


def is_sound(configuration: Configuration) -> bool:
    """Tell whether everything in a configuration is of the type that it says, and fit for a command line."""
    texts = (configuration.home, configuration.application_directory, configuration.thumbprint, configuration.listen_ip)
    inner = [text for entry in configuration.trusted for text in (entry.thumbprint, entry.address, entry.subscription_id)]
    assert all(text is None or (isinstance(text, str) and "\0" not in text and text.encode()) for text in (*texts, *inner))
    numbers = (configuration.port, *(entry.style for entry in configuration.trusted))
    assert all(type(number) is int and abs(number) < 2**31 for number in numbers)
    return type(configuration.listens) is bool


@pytest.mark.parametrize(
    "text",
    [
        SHOWN,
        SHOWN.replace("\n", "\r\n"),
        f"\ufeff{SHOWN}",
        f"Migrating Tentacle instance from registry - Tentacle\n{SHOWN}",
        SHOWN.replace('"PollingConnectionCount": null,', ""),
        SHOWN.replace('"CommunicationStyle": 1', '"CommunicationStyle": "TentaclePassive"'),
        SHOWN.replace("10933", '"10933"'),
        SHOWN.replace('"NoListen": false', '"NoListen": "False"'),
        SHOWN.replace('"ListenIP": null', '"ListenIP": ""'),
    ],
)
def test_the_configuration_is_read_whatever_stands_around_it(text: str) -> None:
    assert read_configuration(text) == READ


def test_a_fresh_instance_has_neither_certificate_nor_trust() -> None:
    fresh = next(answer for answer in REAL if '"CertificateThumbprint": null' in answer["stdout"])
    configuration = read_configuration(fresh["stdout"])
    assert (configuration.thumbprint, configuration.trusted) == (None, ())
    assert read_configuration(fresh["stdout"].replace("[]", "null")) == configuration


def test_an_address_is_read_in_one_spelling() -> None:
    assert read_configuration(SHOWN.replace('"ListenIP": null', '"ListenIP": "2001:DB8:0::1"')).listen_ip == "2001:db8::1"
    assert read_configuration(SHOWN.replace('"ListenIP": null', '"ListenIP": "web01"')).listen_ip == "web01"


NO_CONFIGURATION = [
    "",
    "{}",
    "}{",
    "[" * 100_000,
    "{" + '"x":[' * 100_000 + "}",
    "[]",
    "{" + "9" * 5000 + "}",
    SHOWN[: len(SHOWN) // 2],
    '{"Octopus": null, "Tentacle": null}',
    '{"Octopus": []}',
    '{"Octopus": {"Home": 5}, "Tentacle": {}}',
    *(SHOWN.replace("10933", port) for port in ('"many"', "1e3", "10933.5", "null", "true", "1" + "0" * 30, "NaN")),
    *(SHOWN.replace('"NoListen": false', f'"NoListen": {value}') for value in ('"maybe"', "0", "null", "[]")),
    *(SHOWN.replace('"CommunicationStyle": 1', f'"CommunicationStyle": {value}') for value in ('"Carrier pigeon"', "null", "1.0", "true")),
    SHOWN.replace('"C:\\\\Octopus"', '"C:\\u0000"'),
    SHOWN.replace('"C:\\\\Octopus"', '"\\ud800"'),
    SHOWN.replace('"TrustedOctopusServers": [', '"TrustedOctopusServers": [null, "text", '),
    SHOWN.replace('"Address": null', '"Address": 7'),
    SHOWN.replace(f'"Thumbprint": "{POLLED}"', '"Thumbprint": null'),
]


@pytest.mark.parametrize("text", NO_CONFIGURATION)
def test_what_is_no_configuration_is_one_line_that_names_the_command(text: str) -> None:
    with pytest.raises(HostError, match=r"^Tentacle's show-configuration gave an answer that cannot be read: [^\n]{4,300}[^.]\.$"):
        read_configuration(text)


@given(st.text() | ANY_JSON.map(json.dumps) | mutations())
@example("")
def test_any_answer_at_all_is_a_configuration_or_one_error(text: str) -> None:
    try:
        configuration = read_configuration(text)
    except HostError as error:
        assert str(error).isprintable()
    else:
        assert is_sound(configuration)


STORED: dict[str, str] = {
    HOME: "/etc/octopus/web",
    PORT: "10955",
    NO_LISTEN: "True",
    LISTEN_IP: "10.0.0.7",
    SERVERS: '[{"Thumbprint": "AA", "CommunicationStyle": 2, "Address": null, "Squid": null, "SubscriptionId": "poll://x/"}]',
}


def settings(stored: Any) -> Configuration:
    """Read settings from a file of a Linux host."""
    return read_settings(stored, path="/etc/octopus/web/x.config", home="/default", application_directory="/apps")


def test_a_relative_home_is_beside_its_file_on_windows_too() -> None:
    found = read_settings({HOME: "home"}, path="C:\\Octopus\\x.config", home="C:\\", application_directory="C:\\Apps")
    assert found.home == "C:\\Octopus\\home"


def test_settings_are_read_as_they_stand_in_the_file() -> None:
    trusted = (TrustedServer("AA", 2, None, "poll://x/"),)
    assert settings(STORED) == Configuration("/etc/octopus/web", "/apps", None, 10955, "10.0.0.7", False, trusted)
    assert settings({}) == Configuration("/default", "/apps", None, 10933, None, True)
    assert settings(dict.fromkeys(SETTINGS, "")) == settings(dict.fromkeys(SETTINGS)) == settings({})


def test_a_relative_home_is_in_the_folder_of_its_file() -> None:
    assert settings({HOME: "home"}).home == "/etc/octopus/web/home"


@pytest.mark.parametrize("stored", [{PORT: "many"}, {NO_LISTEN: "perhaps"}, {SERVERS: "["}, {SERVERS: "[1]"}, {SERVERS: "{}"}])
def test_settings_that_cannot_be_read_name_their_file(stored: dict[str, str]) -> None:
    with pytest.raises(HostError, match=r"^The settings in /etc/octopus/web/x\.config cannot be read: .*\.$"):
        settings(stored)


@given(st.dictionaries(st.sampled_from(SETTINGS), ODD | ANY_JSON.map(json.dumps)))
def test_any_settings_at_all_are_a_configuration_or_one_error(stored: dict[str, Any]) -> None:
    try:
        assert is_sound(settings(stored))
    except HostError as error:
        assert str(error).isprintable()


ENTRY = '{\r\n  "Name": "Tentacle é",\r\n  "ConfigurationFilePath": "C:\\\\Octopus\\\\Tentacle.config"\r\n}'


def file(name: str, content: bytes) -> dict[str, str]:
    """Return a file of the index as a visit tells it."""
    return {"name": name, "content": base64.b64encode(content).decode()}


def entry(name: str, path: str) -> bytes:
    """Return the content of an entry."""
    return json.dumps({"Name": name, "ConfigurationFilePath": path}).encode()


def test_an_instance_is_found_whatever_its_case_and_the_others_are_told() -> None:
    files = [file("web.config", entry("Web", "/web.config")), file("db.config", entry("db", "/db.config"))]
    assert find_instance("WEB", files, "/index/") == Indexed("/web.config", None, {"db": "/db.config"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_an_entry_is_read_in_any_language(encoding: str) -> None:
    assert find_instance("tentacle é", [file("x.config", ENTRY.encode(encoding))], "/") == Indexed("C:\\Octopus\\Tentacle.config")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe{\x00",
        b"[]",
        b'"text"',
        b"5",
        b"[" * 100_000,
        ENTRY.encode()[:-1],
    ],
)
def test_what_is_no_entry_is_broken_when_it_is_ours_and_else_one_line_that_names_the_file(content: bytes) -> None:
    assert find_instance("web", [file("web.config", content)], "/").broken == "the index entry web.config cannot be read"
    with pytest.raises(HostError, match=r"^Tentacle's index of instances holds .*, /index/x\.config \(.*\)\. It .*out of the folder\.$"):
        find_instance("web", [file("x.config", content)], "/index/")


@pytest.mark.parametrize("name", ["web.config", "other.config"])
@pytest.mark.parametrize(
    "content",
    [
        b'{"Name": "x"}',
        b'{"Name": 5, "ConfigurationFilePath": "x"}',
        b'{"Name": null, "ConfigurationFilePath": "x"}',
        b'{"Name": "x", "ConfigurationFilePath": []}',
        b'{"InstanceName": "web", "Configuration": "/x"}',
    ],
)
def test_an_entry_of_another_form_may_be_a_newer_tentacles_and_is_left_alone(content: bytes, name: str) -> None:
    with pytest.raises(HostError, match=rf"^Tentacle's index .* form that is not known, /index/{name} \(.*\)\. Nothing was changed: "):
        find_instance("web", [file(name, content)], "/index/")


def test_where_a_damaged_entry_pointed_is_made_out() -> None:
    whole = b'{"Name": "web", "ConfigurationFilePath": "/srv/\\u00e9.config"'
    assert find_instance("web", [file("web.config", whole)], "/").lost_path == "/srv/é.config"
    for cut in (whole[:-1], whole.replace(b"/srv", b"srv"), b"", b'{"ConfigurationFilePath": "/\\ud800"', b"\xff"):
        assert find_instance("web", [file("web.config", cut)], "/").lost_path is None


@given(st.binary() | ANY_JSON.map(lambda value: json.dumps(value).encode()), st.sampled_from(["web.config", "other\x1b[2J.config"]))
def test_any_file_of_the_index_is_an_entry_or_broken_or_one_error(content: bytes, name: str) -> None:
    try:
        indexed = find_instance("web", [file(name, content)], "/index/")
    except HostError as error:
        assert name != "web.config" or "of a form that is not known" in str(error)
        assert str(error).isprintable()
    else:
        assert indexed.broken or indexed.others or indexed.configuration_path


def test_content_that_is_no_base64_is_a_broken_entry() -> None:
    assert find_instance("web", [{"name": "web.config", "content": "é"}], "/index/").broken == "the index entry web.config cannot be read"
