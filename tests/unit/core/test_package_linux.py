"""Where a Linux host gets its package from."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import PackageError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package_linux import (
    APT_KEY,
    APT_REPOSITORY,
    DNF_REPOSITORY,
    Format,
    LinuxMachine,
    LinuxSource,
    deb_name,
    debian_architecture,
    linux_source,
    rpm_name,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version

PINNED = Version.parse("9.2.4285")
DEBIAN, FEDORA, OTHER = (LinuxMachine("x86_64", frozenset(tools)) for tools in ({"apt-get"}, {"dnf", "dnf5"}, set[str]()))


def test_a_host_installs_from_octopuss_own_repository_by_its_package_manager() -> None:
    assert linux_source(WantedPackage(), DEBIAN) == LinuxSource("apt", APT_REPOSITORY, key=APT_KEY, suite="stable")
    assert linux_source(WantedPackage(), FEDORA) == LinuxSource("dnf", DNF_REPOSITORY)


def test_a_mirror_is_a_repository_too() -> None:
    mirror = WantedPackage(repository_url="https://mirror/apt/", repository_key="https://mirror/key", repository_suite="buster")
    assert linux_source(mirror, DEBIAN) == LinuxSource("apt", "https://mirror/apt/", key="https://mirror/key", suite="buster")
    assert linux_source(mirror, FEDORA) == LinuxSource("dnf", "https://mirror/apt/", key="https://mirror/key")


def test_packages_of_a_mirror_for_dnf_need_a_key_to_trust() -> None:
    assert linux_source(WantedPackage(repository_url="https://mirror/tentacle.repo"), FEDORA).key is None
    with pytest.raises(PackageError, match="'tentacle_repository_key' is missing"):
        linux_source(WantedPackage(repository_url="https://mirror/rpm/"), FEDORA)


@pytest.mark.parametrize(
    ("architecture", "word", "debian"), [("x86_64", "x64", "amd64"), ("aarch64", "arm64", "arm64"), ("armv7l", "arm", "armhf")]
)
def test_any_other_host_takes_the_archive_for_its_processor(architecture: str, word: str, debian: str) -> None:
    machine = LinuxMachine(architecture, frozenset())
    pinned = linux_source(WantedPackage(PINNED), machine)
    assert (pinned.kind, pinned.location.rsplit("/", maxsplit=1)[-1]) == ("archive", f"tentacle-9.2.4285-linux_{word}.tar.gz")
    assert linux_source(WantedPackage(), machine).location.endswith(f"/Linux_{word}TarGz/OctopusTentacle")
    assert debian_architecture(machine) == debian


def test_a_processor_that_tentacle_does_not_run_on_is_said() -> None:
    with pytest.raises(PackageError, match=r"this machine's processor \(s390x\)"):
        linux_source(WantedPackage(), LinuxMachine("s390x", frozenset()))


@pytest.mark.parametrize(
    ("name", "kind", "machine"),
    [
        ("tentacle_9.2.4285_amd64.deb", "deb", DEBIAN),
        ("tentacle-9.2.4285-1.x86_64.rpm", "rpm", FEDORA),
        ("tentacle-9.2.4285-linux_x64.tar.gz", "archive", OTHER),
        ("tentacle.TGZ?token=x.deb", "archive", DEBIAN),
        ("downloads/latest/Linux_x64Apt/OctopusTentacle", "deb", DEBIAN),
        ("downloads/latest/Linux_x64Rpm/OctopusTentacle", "rpm", FEDORA),
        ("downloads/latest/Linux_x64TarGz/OctopusTentacle", "archive", DEBIAN),
    ],
)
def test_the_users_own_package_wins_and_its_name_says_what_it_is(name: str, kind: Any, machine: LinuxMachine) -> None:
    by_url = WantedPackage(url=f"https://mirror/{name}", repository_url="https://mirror/apt/")
    by_file = WantedPackage(file=f"/srv/{name}", repository_url="https://mirror/apt/")
    assert linux_source(by_url, machine) == LinuxSource(kind, f"https://mirror/{name}")
    assert linux_source(by_file, machine) == LinuxSource(kind, f"/srv/{name}", is_file=True)


@pytest.mark.parametrize("name", ["https://mirror/Octopus.Tentacle.9.2.4285-x64.msi", "https://mirror/tentacle"])
def test_what_linux_cannot_install_is_refused(name: str) -> None:
    with pytest.raises(PackageError, match=r"must end with \.deb, \.rpm or \.tar\.gz"):
        linux_source(WantedPackage(url=name), DEBIAN)


@pytest.mark.parametrize(("name", "machine", "tool"), [("x.rpm", DEBIAN, "dnf"), ("x.deb", FEDORA, "apt-get")])
def test_a_package_for_another_package_manager_is_refused(name: str, machine: LinuxMachine, tool: str) -> None:
    with pytest.raises(PackageError, match=rf"needs .*{tool}.*Name a \.tar\.gz instead"):
        linux_source(WantedPackage(url=f"https://mirror/{name}"), machine)


@pytest.mark.parametrize(("installed_as", "name"), [("deb", "x.tar.gz"), ("archive", "x.deb")])
def test_two_owners_of_the_same_files_are_refused(installed_as: Format, name: str) -> None:
    machine = LinuxMachine("x86_64", frozenset({"apt-get"}), installed_as)
    with pytest.raises(PackageError, match=r"two owners of the same files.*'state: absent'"):
        linux_source(WantedPackage(url=f"https://mirror/{name}"), machine)


def test_versions_are_spelled_as_each_package_manager_spells_them() -> None:
    branch = Version.parse("9.2.4285-my-branch")
    assert (deb_name(PINNED), deb_name(branch), deb_name(None)) == ("tentacle=9.2.4285", "tentacle=9.2.4285-my-branch", "tentacle")
    assert (rpm_name(PINNED), rpm_name(branch), rpm_name(None)) == ("tentacle-9.2.4285", "tentacle-9.2.4285_my_branch", "tentacle")
