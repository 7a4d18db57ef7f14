"""The lab's HTTP proxy, and health checks that really go through it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.lab.halibut.tunnel import NoProxy, Proxy, TunnelRefused, connect, connect_request
from tests.lab.octopus.control import ServerControl
from tests.lab.proxy import ForwardingProxy
from tests.lab.tentacle.certificates import Identity
from tests.unit.lab.octopus_client import Client
from tests.unit.lab.test_octopus_health import check, closed_port, identity, running, server, steps, tentacle

__all__ = ["identity", "running", "server", "tentacle"]


def closed() -> int:
    """Return a port at which nobody listens."""
    return int(closed_port().rsplit(":", 1)[1].rstrip("/"))


@pytest.fixture
def echo() -> int:
    """Return a port that sends back what it is sent, until the other side has said all."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as client:
            while chunk := client.recv(1024):
                client.sendall(chunk)

    threading.Thread(target=serve, daemon=True).start()
    port: int = listening.getsockname()[1]
    return port


@pytest.mark.parametrize("login", [(), ("user", "pa:ss")])
def test_it_carries_what_is_said_both_ways(echo: int, login: tuple[str, ...]) -> None:
    with ForwardingProxy(*login) as proxy, connect("127.0.0.1", echo, timeout=5, through=proxy.address) as way:
        way.sendall(b"hello")
        way.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: way.recv(1024), b"")) == b"hello"
        assert proxy.asked == proxy.forwarded == [f"127.0.0.1:{echo}"]


@pytest.mark.parametrize(
    ("proxy", "login", "words"),
    [
        ({"refuses": True}, (None, None), "403 code - Forbidden"),
        ({"username": "user", "password": "right"}, ("user", "wrong"), "407 code - Proxy Authentication Required"),
        ({"username": "user", "password": "right"}, (None, None), "407 code - Proxy Authentication Required"),
        ({}, (None, None), "502 code - Bad Gateway"),
    ],
)
def test_who_gets_no_way_is_told_why(proxy: dict[str, Any], login: tuple[str | None, str | None], words: str) -> None:
    with ForwardingProxy(**proxy) as found:
        through = Proxy("127.0.0.1", found.address.port, *login)
        with pytest.raises(TunnelRefused, match=words):
            connect("127.0.0.1", closed(), timeout=5, through=through)
        assert found.forwarded == []


def test_a_proxy_that_is_not_there_is_not_the_tentacle_that_is_not_there() -> None:
    with pytest.raises(NoProxy):
        connect("127.0.0.1", closed(), timeout=5, through=Proxy("127.0.0.1", closed()))
    with pytest.raises(ConnectionRefusedError):
        connect("127.0.0.1", closed(), timeout=5)


def test_an_address_of_ipv6_is_asked_for_in_brackets() -> None:
    asked = connect_request("::1", 10933, Proxy("proxy", 3128, "user", "pass"))
    assert asked.startswith(b"CONNECT [::1]:10933 HTTP/1.0\r\nHost: [::1]:10933\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n")


def test_a_check_goes_through_the_proxy_of_the_machine_and_fails_with_it(
    client: Client, control: ServerControl, tentacle: Callable[..., str], identity: Identity
) -> None:
    machine = control.add_machine("behind", identity.thumbprint, tentacle())
    with ForwardingProxy("user", "secret") as proxy:
        known = {"Name": "DMZ", "Host": "127.0.0.1", "Port": proxy.address.port, "ProxyType": "HTTP", "Username": "user"}
        made = client.call("POST", "/api/Spaces-1/proxies", {**known, "Password": {"HasValue": True, "NewValue": "secret"}}).json()
        endpoint = {**machine["Endpoint"], "ProxyId": made["Id"]}
        assert client.call("PUT", machine["Links"]["Self"], {**machine, "Endpoint": endpoint}).status_code == 200
        assert check(client, machine["Id"])["State"] == "Success"
        assert proxy.forwarded == [machine["Uri"].removeprefix("https://").rstrip("/")]
        assert client.get(machine["Links"]["Self"])["HealthStatus"] == "HasWarnings"
        proxy.refuses = True
        task = check(client, machine["Id"])
        assert task["State"] == "Failed"
        (told,) = steps(client, task)["behind"]["LogElements"]
        answered = f"Proxy destination 127.0.0.1 on port {proxy.address.port} responded with a 403 code - Forbidden"
        assert told["MessageText"].endswith(f"before the request could begin: {answered}")
    task = check(client, machine["Id"])
    assert "Connection refused" in steps(client, task)["behind"]["LogElements"][0]["MessageText"]
    assert client.get(machine["Links"]["Self"])["HealthStatus"] == "Unavailable"
    client.call("DELETE", machine["Links"]["Self"])
    assert client.call("DELETE", f"/api/Spaces-1/proxies/{made['Id']}").ok
