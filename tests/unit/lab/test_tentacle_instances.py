"""Instances and their configuration on the emulated Tentacle (tentacle.md 1.5, 1.7 to 1.10, 2)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.unit.lab.fake_machine import CONFIG, INDEX, FakeMachine

A, B, C = "A" * 40, "B" * 40, "C" * 40
RESTART = "These changes require a restart of the Tentacle."


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine().created()


def configure(machine: FakeMachine, *arguments: str) -> list[str]:
    return machine.ok("configure", "--instance=web1", *arguments)


def shown(machine: FakeMachine) -> dict[str, Any]:
    result = machine.tentacle("show-configuration", "--instance=web1")
    assert (result.rc, result.stderr) == (0, "")
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def servers(machine: FakeMachine) -> list[tuple[str, int, str | None]]:
    entries = shown(machine)["Tentacle"]["Communication"]["TrustedOctopusServers"]
    return [(entry["Thumbprint"], entry["CommunicationStyle"], entry["Address"]) for entry in entries]


def test_creating_an_instance() -> None:
    machine = FakeMachine()
    assert machine.ok("create-instance", "--instance", "web1", "--config", CONFIG) == [
        f"Creating empty configuration file: {CONFIG}",
        "Saving instance: web1",
        r"Setting home directory to: C:\Octopus\web1",
    ]
    index = machine.files.text(INDEX + r"\web1.config")
    assert index == '{\r\n  "Name": "web1",\r\n  "ConfigurationFilePath": ' + json.dumps(CONFIG) + "\r\n}"


def test_creating_it_again_resets_the_home_and_keeps_the_name(machine: FakeMachine) -> None:
    configure(machine, r"--home=D:\Home")
    assert machine.ok("create-instance", "--instance", "WEB1", "--config", CONFIG)[0] == f"Configuration file at {CONFIG} already exists."
    assert shown(machine)["Octopus"]["Home"] == r"C:\Octopus\web1"
    assert machine.ok("list-instances") == [f"Instance 'web1' uses configuration '{CONFIG}'."]


def test_an_index_that_cannot_be_written_is_a_controlled_failure() -> None:
    machine = FakeMachine()
    machine.files.denied.add((INDEX + r"\web1.config").lower())
    result = machine.tentacle("create-instance", "--instance=web1", "--config", CONFIG)
    assert result.rc == 1
    assert result.stderr.startswith(f"Unable to write file '{INDEX}\\web1.config' as user 'Administrator'.")


def test_listing_instances() -> None:
    machine = FakeMachine()
    assert machine.tentacle("list-instances").stdout == "No instances installed"
    assert machine.tentacle("list-instances", "--format=json").stdout == "[]"
    machine.created()
    assert json.loads(machine.tentacle("list-instances", "--format=json").stdout) == [
        {"InstanceName": "web1", "ConfigurationFilePath": CONFIG}
    ]
    assert machine.tentacle("list-instances", "--instance=web1").rc == 1
    assert machine.tentacle("list-instances", "--format=xml").stderr == "The format 'xml' is not supported. Try text or json.\r\n"


def test_deleting_an_instance_keeps_its_files(machine: FakeMachine) -> None:
    assert machine.ok("delete-instance", "--instance=WEB1") == ["Deleted instance: web1"]
    assert machine.files.exists(CONFIG)
    assert machine.ok("list-instances") == ["No instances installed"]


def test_configuration_is_sorted_xml_with_a_mark(machine: FakeMachine) -> None:
    configure(machine, "--port=10934", "--noListen=False", r"--app=C:\Apps & Co", "--listenIpAddress=any")
    data = machine.files.read(CONFIG)
    assert data.startswith(b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<octopus-settings ')
    assert re.findall(r"  (<set .*)\r", data.decode()) == [
        r'<set key="Octopus.Home">C:\Octopus\web1</set>',
        r'<set key="Tentacle.Deployment.ApplicationDirectory">C:\Apps &amp; Co</set>',
        '<set key="Tentacle.Services.ListenIP" />',
        '<set key="Tentacle.Services.NoListen">false</set>',
        '<set key="Tentacle.Services.PortNumber">10934</set>',
    ]


def test_a_fresh_instance_shows_defaults(machine: FakeMachine) -> None:
    assert machine.tentacle("show-configuration", "--instance=web1").stdout == (
        r"""{
  "Octopus": {
    "Home": "C:\\Octopus\\web1",
    "Watchdog": {
      "Enabled": false,
      "Instances": "*",
      "Interval": 0
    }
  },
  "Tentacle": {
    "CertificateThumbprint": null,
    "Communication": {
      "PollingConnectionCount": null,
      "TrustedOctopusServers": []
    },
    "Deployment": {
      "ApplicationDirectory": "C:\\Octopus\\Applications"
    },
    "Services": {
      "ListenIP": null,
      "NoListen": false,
      "PortNumber": 10933
    }
  }
}
""".replace("\n", "\r\n")
    )


def test_configuring_a_listening_tentacle_as_the_transcript_says(machine: FakeMachine) -> None:
    assert configure(machine, r"--app=C:\Apps", "--port", "10933", "--noListen", "False", "--reset-trust", "--trust", A) == [
        "Removing all trusted Octopus Servers...",
        "Adding 1 trusted Octopus Servers",
        r"Application directory set to: C:\Apps",
        "Services listen port: 10933",
        "Tentacle will listen on a TCP port",
        RESTART,
    ]
    assert servers(machine) == [(A, 1, None)]
    assert configure(machine) == []


def test_trust_is_moved_to_the_end_and_removed_by_exact_case(machine: FakeMachine) -> None:
    configure(machine, "--trust", A, "--trust", B)
    configure(machine, "--trust", f" {A.lower()} ")
    assert servers(machine) == [(B, 1, None), (A.lower(), 1, None)]
    configure(machine, "--remove-trust", A, "--remove-trust", B)
    assert servers(machine) == [(A.lower(), 1, None)]


@pytest.mark.parametrize("arguments", [["--trust="], ["--noListen=no"], ["--listenIpAddress=host"], ["--port="]])
def test_values_that_do_not_parse_are_exceptions(machine: FakeMachine, arguments: list[str]) -> None:
    assert machine.tentacle("configure", "--instance=web1", *arguments).rc == 100


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x", "The polling connection count 'x' is not a valid whole number."),
        ("0", "The polling connection count must be greater than 0, but was 0."),
    ],
)
def test_polling_connection_count(machine: FakeMachine, value: str, message: str) -> None:
    for command in ("configure", "set-polling-connection-count"):
        result = machine.tentacle(command, "--instance=web1", "--pollingConnectionCount", value)
        assert (result.rc, result.stderr[: len(message)]) == (1, message)
    assert machine.ok("set-polling-connection-count", "--pollingConnectionCount=5") == ["Polling connection count set to: 5", RESTART]
    assert shown(machine)["Tentacle"]["Communication"]["PollingConnectionCount"] == 5


def test_old_releases_know_no_polling_connection_count(machine: FakeMachine) -> None:
    old = "6.3.605"
    assert machine.tentacle("configure", "--instance=web1", "--pollingConnectionCount=5", version=old).rc == 1
    assert machine.tentacle("set-polling-connection-count", version=old).rc == 2
    assert "PollingConnectionCount" not in machine.tentacle("show-configuration", version=old).stdout


def test_server_comms_adds_an_active_entry_beside_the_passive_one(machine: FakeMachine) -> None:
    configure(machine, "--trust", A)
    lines = machine.ok("server-comms", "--instance=web1", "--style", "TentacleActive", "--host", "octo", "--port", "10943")
    assert lines == ["Updated server communications configuration", RESTART]
    assert servers(machine) == [(A, 1, None), (A, 2, "https://octo:10943")]
    machine.ok("server-comms", "--instance=web1", "--style=tentacleactive", "--host=octo2")
    ids = [entry["SubscriptionId"] for entry in shown(machine)["Tentacle"]["Communication"]["TrustedOctopusServers"]]
    assert re.fullmatch(r"poll://[b-hj-np-z2-9]{20}/", ids[1])
    assert ids[2] == ids[1], "a second node inherits the subscription"


@pytest.mark.parametrize(
    ("trusted", "arguments", "message"),
    [
        ([], ["--style=TentacleActive", "--host=o"], "Before server communications can be modified, trust must be established"),
        ([A, B], ["--style=TentacleActive", "--host=o"], "More than one server is trusted"),
        ([A], ["--host=o"], "Please specify a valid communications style"),
        ([A], ["--style=TentacleActive"], "Please provide either the server hostname or websocket address"),
        ([A], ["--style=TentacleActive", "--thumbprint", A.lower(), "--host=o"], "No trusted server was found"),
        ([A], ["--style=TentacleActive", "--host=o", "--web-socket=wss://o"], "The hostname and websocket options cannot be used together"),
        ([A], ["--style=TentacleActive", "--web-socket=http://o"], "The websocket address must start with wss://"),
    ],
)
def test_server_comms_errors(machine: FakeMachine, trusted: list[str], arguments: list[str], message: str) -> None:
    configure(machine, *(f"--trust={thumbprint}" for thumbprint in trusted))
    result = machine.tentacle("server-comms", "--instance=web1", *arguments)
    assert (result.rc, result.stderr[: len(message)]) == (1, message)


def test_poll_server_copies_the_first_entry_even_a_passive_one(machine: FakeMachine) -> None:
    configure(machine, "--trust", A)
    machine.ok("poll-server", "--instance=web1", "--reuse-server-thumbprint", "--server-comms-address=https://node2:10943")
    assert servers(machine) == [(A, 1, None), (A, 1, "https://node2:10943")]
    assert machine.tentacle("poll-server", "--instance=web1", "--reuse-server-thumbprint").rc == 100


def test_update_trust_keeps_addresses(machine: FakeMachine) -> None:
    configure(machine, "--trust", A, "--trust", C)
    assert machine.ok("update-trust", "--oldThumbprint", A.lower(), "--newThumbprint", B)[2:] == [
        f"Updating listening tentacle  {A} - changing to trust {B}",
        f"Ignoring listening tentacle  {C} - does not match old thumbprint",
        RESTART,
    ]
    assert [thumbprint for thumbprint, _, _ in servers(machine)] == [B, C]


def test_duplicates_of_update_trust_break_the_next_trust(machine: FakeMachine) -> None:
    configure(machine, "--trust", A, "--trust", B)
    machine.ok("update-trust", "--oldThumbprint", A, "--newThumbprint", B)
    assert machine.tentacle("configure", "--instance=web1", "--trust", B).rc == 100


def test_clearing_trust_keeps_addresses_and_stumbles_over_a_listening_entry(machine: FakeMachine) -> None:
    configure(machine, "--trust", A)
    machine.ok("server-comms", "--style=TentacleActive", "--host=octo")
    machine.ok("server-comms", "--style=TentacleActive", "--host=other")
    assert machine.tentacle("clear-trusted-servers", "--keep=https://octo:10943").rc == 100
    passive = json.dumps({"Thumbprint": A, "CommunicationStyle": 1, "Address": None, "Squid": None, "SubscriptionId": None})
    text = machine.files.text(CONFIG).replace(passive.replace(", ", ",").replace(": ", ":") + ",", "")
    machine.files.write(CONFIG, text.encode())
    assert machine.ok("clear-trusted-servers", "--keep=http://OCTO:10943/") == []
    assert servers(machine) == [(A, 2, "https://octo:10943")]


def test_proxies_ask_for_no_restart(machine: FakeMachine) -> None:
    assert machine.ok("polling-proxy", "--proxyEnable=True", "--proxyHost=http://p:3128", "--proxyPort=", "--proxyPassword=x") == [
        "Proxy port set to: 80",
        "Proxy password set to: *******",
        "Using custom proxy at: p",
    ]
    text = machine.files.text(CONFIG)
    assert '<set key="Octopus.Server.Proxy.ProxyHost">p</set>' in text
    assert machine.ok("proxy") == ["Proxy use is disabled"]


def test_environment_settings_are_above_the_file(machine: FakeMachine) -> None:
    machine.variables["TENTACLE_SERVICE_PORT"] = "1234"
    assert shown(machine)["Tentacle"]["Services"]["PortNumber"] == 10933
    machine.variables["OCTOPUS_CONTRIBUTE_ENV_SETTINGS"] = "true"
    assert shown(machine)["Tentacle"]["Services"]["PortNumber"] == 1234


def test_broken_json_once(machine: FakeMachine) -> None:
    machine.faults["broken_show_configuration"] = True
    broken = machine.tentacle("show-configuration", "--instance=web1")
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.stdout)
    assert broken.rc == 0
    assert shown(machine)


def test_a_truncated_configuration_is_an_exception(machine: FakeMachine) -> None:
    machine.files.write(CONFIG, machine.files.read(CONFIG)[:60])
    assert machine.tentacle("show-configuration", "--instance=web1").rc == 100
