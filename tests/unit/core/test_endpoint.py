"""Addresses, URIs and endpoints: one place may be written in many ways."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.endpoint import (
    ListeningEndpoint,
    PollingEndpoint,
    check_address,
    endpoint_body,
    endpoint_changes,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.uri import listening_uri, port_of, same_uri
from hypothesis import given
from hypothesis import strategies as st

OURS, OTHER = "A" * 40, "B" * 40


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("web01.example.com", "web01.example.com"),
        (" WEB01.Example.com.\n", "web01.example.com"),
        ("web_01", "web_01"),
        ("10.0.0.5", "10.0.0.5"),
        ("[2001:db8::17]", "2001:db8::17"),
        ("2001:0DB8:0000:0000:0000:0000:0000:0017", "2001:db8::17"),
        ("::1", "::1"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("localhost", "localhost"),
        ("4web", "4web"),
    ],
)
def test_an_address_in_one_spelling(text: str, address: str) -> None:
    assert check_address(text) == address
    assert check_address(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "web01.example.com:5986", "https://web01", "10.0.0.5/24", "web01/x", "web01, web02", "web01;web02", "web01 web02", "a..b",
        ".a", "a..", "-web", "web-", "[10.0.0.5]", "[web01]", "[::1", "::1]", "[::1]:5986", "fe80::1%eth0", "10.0.0.256", "10.0.0", "12345",
        "user@web01", "web\x1b[31m", "web\x9b01", "web\u200b01", "a" * 64, ".".join(["a" * 60] * 5), "ü" * 60, "web*", "\ud83d", "{{ x }}",
        "x" * 1_000_000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(
        InputError, match=r"^must be a host name or an IP address, without a scheme, port or path, and is '.*'\.$"
    ) as raised:
        check_address(text)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 250


@given(st.text(max_size=40) | st.from_regex(r"[a-zA-Zäöüß0-9.-]{1,30}", fullmatch=True) | st.ip_addresses().map(str))
def test_an_address_is_refused_or_lasts(text: str) -> None:
    try:
        address = check_address(text)
    except InputError:
        return
    assert check_address(address) == address
    assert address.isascii()
    uri = listening_uri(address, 10933)
    assert same_uri(uri, listening_uri(text.strip().strip("[]"), 10933))
    assert port_of(uri) == 10933


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_is_one_however_long_it_is_written(address: ipaddress.IPv6Address) -> None:
    assert check_address(f"[{address.exploded.upper()}]") == check_address(address.compressed)


@pytest.mark.parametrize(
    ("hostname", "uri"),
    [
        ("WEB01.Example.com", "https://web01.example.com:10933/"),
        ("10.0.0.7", "https://10.0.0.7:10933/"),
        ("FE80::1", "https://[fe80::1]:10933/"),
        ("münchen.example", "https://xn--mnchen-3ya.example:10933/"),
    ],
)
def test_a_listening_uri_is_written_as_octopus_writes_it(hostname: str, uri: str) -> None:
    assert listening_uri(hostname, 10933) == uri


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://web01/", "https://web01:443/"),
        ("https://WEB01.example.com.:10933", "https://web01.example.com:10933/"),
        ("HTTPS://web01:10933/", "https://web01:10933/"),
        ("https://[2001:db8:0:0:0:0:0:17]:10933/", "https://[2001:DB8::17]:10933/"),
        ("https://münchen.example:10933/", "https://XN--MNCHEN-3YA.example:10933/"),
        ("poll://abc", "poll://abc/"),
    ],
)
def test_one_place_written_otherwise_is_the_same(one: str, other: str) -> None:
    assert same_uri(one, other)
    assert same_uri(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://web01/", "https://web01:10933/"),
        ("https://web01:0/", "https://web01:443/"),
        ("http://web01:10933/", "https://web01:10933/"),
        ("https://web01:10933/x", "https://web01:10933/"),
        ("https://straße:10933/", "https://strasse:10933/"),
        ("https://[::1", "https://[::1]:10933/"),
        ("https://web01:99999/", "https://web01:10933/"),
        ("text", "https://web01:10933/"),
        ("", "https://web01:10933/"),
        (None, "https://web01:10933/"),
        ("https://xn--\udc80:1/", "https://web01:10933/"),
    ],
)
def test_another_place_is_not_the_same(one: str | None, other: str) -> None:
    assert not same_uri(one, other)
    assert not same_uri(other, one)


@given(st.text(max_size=60) | st.text(max_size=30).map(lambda text: f"https://{text}:10933/"))
def test_no_uri_of_a_record_is_too_odd_to_be_compared(uri: str) -> None:
    same_uri(uri, "https://web01:10933/")
    port_of(uri)
    assert same_uri(uri, uri)


HELD = {"CommunicationStyle": "TentaclePassive", "Thumbprint": OURS, "Uri": "https://WEB01:10933", "ProxyId": "Proxies-3", "Own": 1}


def paths(wanted: Any, held: dict[str, Any]) -> list[str]:
    """Return where the changes stand."""
    return [change.path for change in endpoint_changes(wanted, held)]


def test_an_endpoint_of_the_same_style_keeps_all_but_what_differs() -> None:
    same = ListeningEndpoint("https://web01:10933/", OURS.lower())
    assert paths(same, HELD) == []
    assert endpoint_body(same, HELD) == HELD
    moved = ListeningEndpoint("https://web01:10934/", OURS)
    assert paths(moved, HELD) == ["uri"]
    assert endpoint_body(moved, HELD) == {**HELD, "Uri": "https://web01:10934/"}


def test_a_proxy_is_compared_when_it_was_said() -> None:
    assert paths(ListeningEndpoint("https://web01:10933/", OURS, "Proxies-4"), HELD) == ["proxy"]
    none = ListeningEndpoint("https://web01:10933/", OURS, "")
    assert paths(none, HELD) == ["proxy"]
    assert endpoint_body(none, HELD)["ProxyId"] is None
    assert paths(none, {**HELD, "ProxyId": ""}) == []


def test_an_endpoint_of_another_style_is_replaced_whole() -> None:
    polling = PollingEndpoint("poll://abc/", OURS)
    assert paths(polling, HELD) == ["communication_style", "uri"]
    assert endpoint_body(polling, HELD) == {"CommunicationStyle": "TentacleActive", "Thumbprint": OURS, "Uri": "poll://abc/"}
    assert endpoint_changes(polling, endpoint_body(polling, HELD)) == []


@given(
    st.dictionaries(st.sampled_from(["CommunicationStyle", "Uri", "Thumbprint", "ProxyId", "Own"]), st.text(max_size=8) | st.none()),
    st.sampled_from(
        [ListeningEndpoint("https://a:1/", OURS), ListeningEndpoint("https://a:1/", OTHER, ""), PollingEndpoint("poll://abc/", OURS)]
    ),
)
def test_what_is_sent_leaves_nothing_to_change(held: dict[str, Any], wanted: Any) -> None:
    assert endpoint_changes(wanted, endpoint_body(wanted, held)) == []
