"""Which package a host needs, and which of Octopus's two MSIs it gets."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError, PackageError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import (
    PackagePlan,
    WantedPackage,
    plan_package,
    require_trusted_way,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package_windows import DOTNET_48_RELEASE, windows_source
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version

OLD, PINNED, NEW = (Version.parse(text) for text in ("8.3.2", "9.2.4285", "9.3.1"))
WITH_FRAMEWORK = DOTNET_48_RELEASE
WITHOUT_FRAMEWORK = DOTNET_48_RELEASE - 1
SELF_CONTAINED = "Octopus.Tentacle.9.2.4285-net8.0-windows-win-x64.msi"
NEEDS_FRAMEWORK = "Octopus.Tentacle.9.2.4285-x64.msi"


@pytest.mark.parametrize(("version", "after"), [(PINNED, "9.2.4285"), (None, "newest")])
def test_a_bare_host_is_installed(version: Version | None, after: str) -> None:
    assert plan_package(WantedPackage(version), None) == PackagePlan(Change("package.version", None, after))


@pytest.mark.parametrize("wanted", [None, PINNED])
def test_nothing_is_done_where_what_is_wanted_is_there(wanted: Version | None) -> None:
    assert plan_package(WantedPackage(wanted, strict=True, allow_downgrade=True), PINNED) == PackagePlan()


def test_an_older_version_is_upgraded_also_when_the_pin_is_strict() -> None:
    assert plan_package(WantedPackage(PINNED, strict=True), OLD) == PackagePlan(Change("package.version", "8.3.2", "9.2.4285"))


def test_a_newer_version_is_left_with_a_warning_that_names_both() -> None:
    plan = plan_package(WantedPackage(PINNED), NEW)
    assert plan.change is None
    assert plan.warning is not None
    assert "9.3.1" in plan.warning
    assert "9.2.4285" in plan.warning


def test_a_newer_version_under_a_strict_pin_is_an_error_with_its_remedy() -> None:
    with pytest.raises(PackageError, match=r"9\.3\.1 .* newer than the pinned 9\.2\.4285.*tentacle_allow_downgrade"):
        plan_package(WantedPackage(PINNED, strict=True), NEW)


@pytest.mark.parametrize("strict", [False, True])
def test_a_downgrade_is_made_when_it_is_allowed(strict: bool) -> None:
    plan = plan_package(WantedPackage(PINNED, allow_downgrade=True, strict=strict), NEW)
    assert plan == PackagePlan(Change("package.version", "9.3.1", "9.2.4285"))


def test_the_smaller_msi_is_taken_where_the_framework_is_and_the_self_contained_one_elsewhere() -> None:
    assert windows_source(WantedPackage(PINNED), WITH_FRAMEWORK).endswith(f"/{NEEDS_FRAMEWORK}")
    assert windows_source(WantedPackage(PINNED), WITHOUT_FRAMEWORK).endswith(f"/{SELF_CONTAINED}")
    assert windows_source(WantedPackage(PINNED), 0).endswith(f"/{SELF_CONTAINED}")


def test_the_newest_msi_needs_the_framework() -> None:
    assert windows_source(WantedPackage(), WITH_FRAMEWORK).startswith("https://octopus.com/downloads/latest/")
    with pytest.raises(PackageError, match=r"\.NET Framework 4\.8.*pin 'tentacle_version'"):
        windows_source(WantedPackage(), WITHOUT_FRAMEWORK)


@pytest.mark.parametrize("place", ["https://mirror.example.com/octopus/", "https://packages-net.example.com/a-net8.0/", "/srv/msi/"])
def test_the_users_own_package_is_judged_by_its_file_name_alone(place: str) -> None:
    for name, release in ((NEEDS_FRAMEWORK, WITH_FRAMEWORK), (SELF_CONTAINED, WITHOUT_FRAMEWORK)):
        assert windows_source(WantedPackage(PINNED, url=place + name), release) == place + name
        assert windows_source(WantedPackage(PINNED, file=place + name), release) == place + name
    with pytest.raises(PackageError, match=r"Install \.NET 4\.8 first"):
        windows_source(WantedPackage(PINNED, url=place + NEEDS_FRAMEWORK), WITHOUT_FRAMEWORK)


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"url": "http://mirror/x.msi"}, "package_url"),
    ({"url": " HTTP://127.0.0.1/x.msi"}, "package_url"),
    ({"url": "ftp://mirror/x.deb"}, "package_url"),
    ({"repository_key": "http://mirror/key"}, "repository_key"),
    ({"repository_url": "https://mirror/apt", "repository_key": "http://mirror/key"}, "repository_key"),
    ({"repository_url": "http://mirror/octopus.repo"}, "repository_url"),
    ({"repository_url": "http://mirror/octopus.REPO?x=1"}, "repository_url"),
]
ACCEPTED: list[dict[str, str]] = [
    {},
    {"url": "https://mirror/x.msi"},
    {"url": "file:///srv/x.deb"},
    {"url": "C:\\x.msi"},
    {"url": "http://mirror/x.msi", "checksum": "0" * 64},
    {"file": "/srv/x.msi"},
    {"repository_url": "http://mirror/apt/"},
    {"repository_url": "http://mirror/apt/", "repository_key": "https://mirror/key"},
    {"repository_url": "http://mirror/apt/", "repository_key": "-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: http://x\n"},
    {"repository_url": "http://mirror/rpm/", "repository_key": "file:///etc/pki/rpm-gpg/octopus"},
    {"repository_url": "https://mirror/octopus.repo"},
]


@pytest.mark.parametrize(("said", "option"), REFUSED)
def test_what_others_could_alter_on_its_way_needs_consent(said: dict[str, str], option: str) -> None:
    with pytest.raises(InputError, match="tentacle_package_allow_http: true") as raised:
        require_trusted_way(WantedPackage(**said))  # type: ignore[arg-type]
    assert raised.value.option == option
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("said", ACCEPTED)
def test_what_nobody_can_alter_or_what_is_checked_needs_none(said: dict[str, str]) -> None:
    require_trusted_way(WantedPackage(**said))  # type: ignore[arg-type]
