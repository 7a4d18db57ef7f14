"""Where a polling Tentacle finds its server, and what its version can be told."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import (
    Listening,
    Polling,
    require_known_count,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.polling import (
    read_address,
    read_subscription,
    same_server,
    server_comms_options,
    usual_address,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://octopus.example.com:10943", "https://octopus.example.com:10943"),
        (" HTTPS://Octopus.Example.com:443/ ", "https://octopus.example.com:443"),
        ("octopus.example.com", "https://octopus.example.com:10943"),
        ("octopus:10950", "https://octopus:10950"),
        ("10.0.0.7:10943", "https://10.0.0.7:10943"),
        ("[2001:db8::0:7]:10943", "https://[2001:db8::7]:10943"),
        ("polling.example.octopus.app", "https://polling.example.octopus.app:443"),
        ("wss://octopus.example.com/OctopusComms", "wss://octopus.example.com:443/OctopusComms"),
    ],
)
def test_an_address_has_one_spelling(text: str, address: str) -> None:
    assert read_address(text) == address == read_address(address)
    assert same_server(text, address)


@pytest.mark.parametrize(
    "text",
    ["", "http://octopus:10943", "https://octopus:10943/path", "https://octopus:0", "https://octopus:70000", "https://", "a b",
     "https://me:word@octopus:10943", "https://octopus:10943?x=1", "https://https://octopus:10943", "ftp://octopus"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^must be addresses of Octopus Server such as .*\.$"):
        read_address(text)
    assert not same_server(text, "https://octopus:10943")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://octopus.example.com", "https://octopus.example.com:10943"),
        ("https://octopus.example.com:8443/octopus", "https://octopus.example.com:10943"),
        ("https://example.octopus.app", "https://polling.example.octopus.app:443"),
        ("http://[::1]:8080", "https://[::1]:10943"),
    ],
)
def test_the_address_of_a_server_is_made_from_its_url(url: str, address: str) -> None:
    assert usual_address(url) == address == read_address(address)


def test_tentacle_is_told_a_bare_host_or_a_websocket() -> None:
    active = ("--style", "TentacleActive", "--thumbprint", "AB")
    assert server_comms_options("AB", "https://[::1]:10943") == (*active, "--host", "[::1]", "--port", "10943")
    assert server_comms_options("AB", "wss://octopus:443/x") == (*active, "--web-socket", "wss://octopus:443/x")


def test_a_subscription_id_has_one_spelling() -> None:
    assert read_subscription(" poll://WP2xxnhgpk6luexeyfnw ") == "poll://wp2xxnhgpk6luexeyfnw/"
    for text in ("wp2xxnhgpk6luexeyfnw", "https://x/", "poll:///", "poll://a/b"):
        with pytest.raises(InputError, match=r"^must be the id under which a Tentacle polls"):
            read_subscription(text)


def test_an_older_tentacle_cannot_be_told_how_many_connections_to_keep() -> None:
    many = Polling((), 5)
    with pytest.raises(InputError, match=r"^needs Tentacle 9\.2\.4154 or newer, and this machine has 9\.1\.0: .*\.$") as error:
        require_known_count(many, Version.parse("9.1.0"))
    assert error.value.option == "polling_connection_count"
    for communication, version in ((many, None), (many, Version.parse("9.2.4154")), (Polling(()), Version.parse("8.0.0"))):
        require_known_count(communication, version)
    require_known_count(Listening(10933), Version.parse("8.0.0"))
