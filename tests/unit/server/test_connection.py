"""Settings of a connection."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InvalidConnection
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.connection import Connection

KEY = "API-SECRETSECRETSECRET"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://Octopus.Example.com/", "https://octopus.example.com"),
        ("https://octopus.example.com:443/app#/Spaces-1", "https://octopus.example.com"),
        (" https://example.com/octopus/api/ ", "https://example.com/octopus"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
    ],
)
def test_one_spelling_for_one_server(given: str, url: str) -> None:
    assert Connection.normalise(given, KEY).url == url


@pytest.mark.parametrize(
    ("url", "key", "option", "told"),
    [
        ("", KEY, "url", "is not set"),
        ("octopus.example.com", KEY, "url", "must be the URL of a server, and is 'octopus.example.com'"),
        ("ftp://octopus.example.com", KEY, "url", "https://"),
        ("https://", KEY, "url", "https://"),
        ("https://octopus example.com", KEY, "url", "must be the URL"),
        ("https://octopus.example.com:99999", KEY, "url", "must be the URL"),
        ("https://[::1", KEY, "url", "must be the URL"),
        ("http://octopus.example.com", KEY, "url", "octopus_allow_http"),
        ("https://me:pass@octopus.example.com", KEY, "url", "user name or password"),
        (KEY, KEY, "url", "must be the URL of a server: give"),
        ("https://octopus.example.com", "", "api_key", "is not set"),
        ("https://octopus.example.com", "SECRETSECRETSECRET", "api_key", "is not an API key"),
    ],
)
def test_what_cannot_be_used_is_named_and_never_shown(url: str, key: str, option: str, told: str) -> None:
    with pytest.raises(InvalidConnection) as caught:
        Connection.normalise(url, key)
    assert caught.value.option == option
    assert told in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "SECRET" not in str(caught.value)
    assert "pass@" not in str(caught.value)


def test_an_access_token_of_odd_characters() -> None:
    with pytest.raises(InvalidConnection, match="blanks") as caught:
        Connection.normalise("https://octopus.example.com", None, "a b")
    assert caught.value.option == "access_token"


def test_the_credential_shows_nowhere() -> None:
    connection = Connection.normalise("https://octopus.example.com", KEY)
    assert "SECRET" not in repr(connection) + connection.cache_key() + connection.scrub(f"bad key {KEY}!")


def test_the_cache_key_tells_servers_spaces_and_credentials_apart() -> None:
    url = "https://octopus.example.com"
    connections = [
        Connection.normalise(url, KEY),
        Connection.normalise(url, KEY, space="Other"),
        Connection.normalise(url, KEY + "2"),
        Connection.normalise(url + "/two", KEY),
    ]
    assert len({connection.cache_key() for connection in connections}) == 4
    assert Connection.normalise(url + "/", KEY, space=" ").cache_key() == connections[0].cache_key()
