"""What the options of `tentacle` say."""

from __future__ import annotations

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.options import TENTACLE
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import Said
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import WantedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.wanted import wanted_instance, wanted_package

SERVER, OTHER = "C3" * 20, "D4" * 20


DEFAULTS = {option.name: option.default for option in TENTACLE if option.default is not None}


def test_what_is_not_said_is_none() -> None:
    assert wanted_instance(DEFAULTS, trust=[SERVER]) == WantedInstance("Tentacle", trust=(SERVER,))
    assert wanted_package(DEFAULTS) == WantedPackage()


def test_everything_that_is_said_of_an_instance_is_read() -> None:
    options = {
        **DEFAULTS,
        "instance": "web-1",
        "home_directory": "C:/Octopus",
        "application_directory": "/srv/apps",
        "communication_style": "listening",
        "port": 10943,
        "listen_ip_address": "10.0.0.7",
        "trust_exclusive": True,
        "service_user": "deploy",
        "firewall": False,
    }
    assert wanted_instance(options, trust=[SERVER, OTHER]) == WantedInstance(
        "web-1",
        home="C:/Octopus",
        application_directory="/srv/apps",
        communication=Said("listening", 10943, "10.0.0.7"),
        trust=(SERVER, OTHER),
        trust_exclusive=True,
        service_account="deploy",
        firewall=False,
    )


def test_everything_that_is_said_of_the_package_is_read() -> None:
    options = {
        **DEFAULTS,
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
    assert wanted_package({**DEFAULTS, "package_file": "/x.msi"}).file == "/x.msi"


def test_what_is_to_go_needs_no_trust() -> None:
    assert wanted_instance({**DEFAULTS, "state": "absent"}, trust=[]) == WantedInstance("Tentacle", absent=True)
