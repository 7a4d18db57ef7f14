"""What the options of `tentacle` say."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import Listening
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import WantedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.wanted import wanted_instance, wanted_package

OURS, SERVER, OTHER = "A1" * 20, "C3" * 20, "D4" * 20


def test_what_is_not_said_is_none() -> None:
    assert wanted_instance({}, thumbprint=OURS, trust=[SERVER]) == WantedInstance("Tentacle", OURS, trust=(SERVER,))
    assert wanted_package({}) == WantedPackage()
    nothing = dict.fromkeys(("home_directory", "port", "listen_ip_address", "communication_style", "service_user", "firewall", "version"))
    assert wanted_instance(nothing, thumbprint=OURS, trust=[SERVER]) == WantedInstance("Tentacle", OURS, trust=(SERVER,))
    assert wanted_package(nothing) == WantedPackage()
    blank = dict.fromkeys(("instance", "home_directory", "listen_ip_address", "service_user", "version", "package_url"), " ")
    assert wanted_instance(blank, thumbprint=OURS, trust=[SERVER]) == WantedInstance("Tentacle", OURS, trust=(SERVER,))
    assert wanted_package(blank) == WantedPackage()


def test_everything_that_is_said_of_an_instance_is_read() -> None:
    options = {
        "instance": "web-1",
        "home_directory": " C:/Octopus ",
        "application_directory": "/srv/apps",
        "communication_style": "listening",
        "port": 10943,
        "listen_ip_address": "10.0.0.7",
        "trust_exclusive": True,
        "service_user": "deploy",
        "firewall": False,
    }
    assert wanted_instance(options, thumbprint=OURS, trust=[SERVER.lower(), OTHER, SERVER]) == WantedInstance(
        "web-1",
        OURS,
        home="C:/Octopus",
        application_directory="/srv/apps",
        communication=Listening(10943, "10.0.0.7"),
        trust=(SERVER, OTHER),
        trust_exclusive=True,
        service_account="deploy",
        firewall=False,
    )


def test_everything_that_is_said_of_the_package_is_read() -> None:
    options = {
        "version": "9.2.4285",
        "package_url": "https://mirror/x.msi",
        "package_checksum": "ab" * 32,
        "allow_downgrade": True,
        "version_strict": True,
        "repository_url": "https://mirror/",
        "repository_key": "key",
        "repository_suite": "stable",
    }
    assert wanted_package(options) == WantedPackage(
        Version((9, 2, 4285)), "https://mirror/x.msi", None, "ab" * 32, True, True, "https://mirror/", "key", "stable"
    )
    assert wanted_package({"package_file": "/x.msi"}).file == "/x.msi"


def test_what_is_to_go_needs_no_trust() -> None:
    assert wanted_instance({"state": "absent"}, thumbprint="", trust=[]) == WantedInstance("Tentacle", "", absent=True)


@pytest.mark.parametrize(
    ("options", "trust", "option", "words"),
    [
        ({"instance": "a b"}, [SERVER], "instance", "must be made of letters"),
        ({"instance": ".."}, [SERVER], "instance", "must be made of letters"),
        ({"instance": "-x"}, [SERVER], "instance", "must be made of letters"),
        ({"instance": "x\n"}, [SERVER], "instance", "must be made of letters"),
        ({}, [], "trust", "is empty: give the thumbprint"),
        ({}, ["not hex"], "trust", "must hold certificate thumbprints"),
        ({"port": 0}, [SERVER], "port", "must be between 1 and 65535, and is 0"),
        ({"listen_ip_address": "web01"}, [SERVER], "listen_ip_address", "must be an IP address"),
        ({"home_directory": "octopus"}, [SERVER], "home_directory", "must be an absolute path"),
        ({"application_directory": "~/x"}, [SERVER], "application_directory", "must be written out"),
    ],
)
def test_what_cannot_be_an_instance_is_refused_by_its_option(options: dict[str, Any], trust: list[str], option: str, words: str) -> None:
    with pytest.raises(InputError, match=f"^{words}.*\\.$") as error:
        wanted_instance(options, thumbprint=OURS, trust=trust)
    assert error.value.option == option


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"version": "newest"}, "version"),
        ({"version": "9" * 5000 + ".1.1"}, "version"),
        ({"package_checksum": "sha256:" + "ab" * 32}, "package_checksum"),
        ({"package_checksum": "ab" * 32 + "\n"}, "package_checksum"),
        ({"package_url": "https://x/y.msi", "package_file": "/y.msi"}, "package_url"),
    ],
)
def test_what_cannot_be_a_package_is_refused_by_its_option(options: dict[str, Any], option: str) -> None:
    with pytest.raises(InputError, match=r"^must [^\n]{5,300}\.$") as error:
        wanted_package(options)
    assert error.value.option == option
