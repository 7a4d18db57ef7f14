"""What Tentacle prints and writes (tentacle.md 1.9 and 2.1)."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.answers import read_configuration, read_index
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Configuration, TrustedServer

POLLED, LISTENED = "A1" * 20, "B2" * 20
SHOWN = f"""\
{{
  "Octopus": {{
    "Home": "C:\\\\Octopus",
    "Watchdog": {{ "Enabled": false, "Instances": "*", "Interval": 0 }}
  }},
  "Tentacle": {{
    "CertificateThumbprint": "{LISTENED}",
    "Communication": {{
      "PollingConnectionCount": null,
      "TrustedOctopusServers": [
        {{ "Thumbprint": "{POLLED}", "CommunicationStyle": 2,
          "Address": "https://octopus:10943", "Squid": null, "SubscriptionId": "poll://x/" }},
        {{ "Thumbprint": "{LISTENED}", "CommunicationStyle": 1, "Address": null, "Squid": null, "SubscriptionId": null }}
      ]
    }},
    "Deployment": {{ "ApplicationDirectory": "C:\\\\Octopus\\\\Applications" }},
    "Services": {{ "ListenIP": null, "NoListen": false, "PortNumber": 10933 }}
  }}
}}
"""
READ = Configuration(
    home="C:\\Octopus",
    application_directory="C:\\Octopus\\Applications",
    thumbprint=LISTENED,
    port=10933,
    listen_ip=None,
    listens=True,
    trusted=(TrustedServer(POLLED, 2, "https://octopus:10943", "poll://x/"), TrustedServer(LISTENED, 1)),
)


@pytest.mark.parametrize(
    "text",
    [
        SHOWN,
        SHOWN.replace("\n", "\r\n"),
        f"\ufeff{SHOWN}",
        f"Migrating Tentacle instance from registry - Tentacle\n{SHOWN}",
        SHOWN.replace('"PollingConnectionCount": null,', ""),
        SHOWN.replace('"CommunicationStyle": 1', '"CommunicationStyle": "TentaclePassive"'),
    ],
)
def test_the_configuration_is_read_whatever_stands_around_it(text: str) -> None:
    assert read_configuration(text) == READ


def test_a_fresh_instance_has_neither_certificate_nor_trust() -> None:
    fresh = SHOWN.replace(f'"CertificateThumbprint": "{LISTENED}"', '"CertificateThumbprint": null')
    start, end = fresh.index("[") + 1, fresh.index("]")
    configuration = read_configuration(fresh[:start] + fresh[end:])
    assert (configuration.thumbprint, configuration.trusted) == (None, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "}{",
        SHOWN[: len(SHOWN) // 2],
        '{"Octopus": null, "Tentacle": null}',
        '{"Octopus": []}',
        SHOWN.replace("10933", '"many"'),
        SHOWN.replace('"CommunicationStyle": 1', '"CommunicationStyle": "Carrier pigeon"'),
    ],
)
def test_what_is_no_configuration_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="show-configuration gave no configuration"):
        read_configuration(text)


ENTRY = '{\r\n  "Name": "Tentacle é",\r\n  "ConfigurationFilePath": "C:\\\\Octopus\\\\Tentacle.config"\r\n}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_an_entry_of_the_index_is_read(encoding: str) -> None:
    assert read_index(ENTRY.encode(encoding)) == ("Tentacle é", "C:\\Octopus\\Tentacle.config")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{\x00", b"[]", b'"text"', b"5", b'{"Name": "x"}', ENTRY.encode()[:-1]])
def test_what_is_no_entry_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="not an entry of the instance index"):
        read_index(content)
