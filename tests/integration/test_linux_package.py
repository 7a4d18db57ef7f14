"""The package on Linux hosts: where it comes from, and what becomes of what ran before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lab.linux.packages import LOGIN, VERSIONS

from .playing import Field
from .troubles import host_variables, on_host

OLD, NEW = VERSIONS
PINNED_OLD = {"tentacle_version": OLD}


def version(lab: Field, name: str) -> str:
    """Return the version that is installed on a host."""
    return on_host(lab, name, "Tentacle version")


def running_version(lab: Field, name: str, home: str = "/etc/octopus/default") -> str:
    """Return the version that the process of an instance logged when it started."""
    return on_host(
        lab,
        name,
        f"grep -B30 'RunAgentCommand\\|AgentCommand' {home}/Logs/OctopusTentacle.txt | grep -o 'Tentacle version [^ ]*' | tail -1",
    ).split()[-1]


def second(**more: Any) -> dict[str, Any]:
    """Return the variables of a second instance on the first host."""
    return {
        "tentacle_instance": "second",
        "tentacle_port": 10943,
        "tentacle_identity_name": "lin01-second",
        "octopus_target_name": "lin01-second",
        **more,
    }


def test_an_upgrade_that_fails_leaves_what_runs_alone_and_one_that_goes_well_restarts_it(linux: Field) -> None:
    assert linux.play(variables=PINNED_OLD).rc == 0
    assert linux.play("-l", "lin01", variables=second(**PINNED_OLD)).rc == 0
    before = linux.records()

    processes = [on_host(linux, name, "systemctl show -P MainPID Tentacle") for name in linux.names]
    archive = {"tentacle_package_url": linux.lab.linux.packages.archive_url(NEW)}
    failed = linux.play(*host_variables(linux, {"lin01": {"tentacle_version": "9.9.9999"}, "lin02": archive}))
    assert "Installing tentacle=9.9.9999 failed" in failed.reason("lin01")
    assert "two owners of the same files" in failed.reason("lin02")
    assert [version(linux, name) for name in linux.names] == [OLD, OLD]
    assert {linux.play(variables=PINNED_OLD).result(name) for name in linux.names} == {"unchanged"}
    assert [on_host(linux, name, "systemctl show -P MainPID Tentacle") for name in linux.names] == processes

    on_host(linux, "lin02", "systemctl stop Tentacle")
    upgrade = linux.play()
    assert upgrade.rc == 0, upgrade.output
    assert {upgrade.result(name) for name in linux.names} == {"updated"}
    assert [version(linux, name) for name in linux.names] == [NEW, NEW]
    assert [running_version(linux, name) for name in linux.names] == [NEW, NEW]
    # The other instance of the host ran the old version until it was restarted, too.
    assert running_version(linux, "lin01", "/etc/octopus/second") == NEW
    assert on_host(linux, "lin01", "systemctl is-active second") == "active"
    assert linux.records()["lin01"]["Thumbprint"] == before["lin01"]["Thumbprint"]
    assert {linux.play().result(name) for name in linux.names} == {"unchanged"}

    # A newer version than pinned is left unless told otherwise.
    own = host_variables(linux, {"lin01": {"tentacle_version_strict": True}, "lin02": {"tentacle_allow_downgrade": True}})
    older = linux.play(*own, variables=PINNED_OLD)
    assert f"Tentacle {NEW} is installed, which is newer than the pinned {OLD}" in older.reason("lin01")
    assert older.result("lin02") == "updated"
    assert (version(linux, "lin01"), version(linux, "lin02")) == (NEW, OLD)
    assert running_version(linux, "lin02") == OLD
    left = linux.play("-l", "lin01", variables=PINNED_OLD)
    assert left.result("lin01") == "unchanged"
    assert "it is left as it is." in " ".join(left.output.split())


def test_check_mode_tells_of_a_package_that_cannot_be_installed(linux: Field) -> None:
    run = linux.play("-l", "lin01", "--check", variables={"tentacle_package_url": "http://127.0.0.1:9/Octopus.Tentacle.msi"})
    assert "must end with .deb, .rpm or .tar.gz" in run.reason("lin01")


def test_any_version_will_do_where_none_is_pinned(linux: Field) -> None:
    linux.play("-l", "lin01", variables=PINNED_OLD)
    run = linux.play(variables={"tentacle_version": None})
    assert (version(linux, "lin01"), version(linux, "lin02")) == (OLD, NEW)
    assert (run.result("lin01"), run.result("lin02")) == ("unchanged", "created")


@pytest.mark.parametrize("kind", ["deb", "archive"])
def test_a_package_comes_by_url_or_from_a_file_on_the_controller(linux: Field, kind: str, tmp_path: Path) -> None:
    packages = linux.lab.linux.packages
    url_of = {"deb": packages.deb_url, "archive": packages.archive_url}[kind]
    file = tmp_path / url_of(OLD).rsplit("/", maxsplit=1)[-1]
    file.write_bytes(linux.fetch(url_of(OLD)))
    wrong = linux.play("-l", "lin01", variables={**PINNED_OLD, "tentacle_package_file": str(file), "tentacle_package_checksum": "0" * 64})
    assert "its SHA-256 is" in wrong.reason("lin01")
    given = {"tentacle_package_file": str(file), "tentacle_package_checksum": packages.sha256(url_of(OLD))}
    first = linux.play(variables={**PINNED_OLD, **given})
    assert first.rc == 0, first.output
    upgrade = linux.play(variables={"tentacle_package_url": url_of(NEW), "tentacle_package_checksum": packages.sha256(url_of(NEW))})
    assert upgrade.rc == 0, upgrade.output
    for name in linux.names:
        assert (version(linux, name), running_version(linux, name)) == (NEW, NEW)
        assert on_host(linux, name, "find /opt/octopus ! -user root") == ""
        assert on_host(linux, name, "ls -A /var/lib/octoboot /opt/octopus") == "/opt/octopus:\ntentacle\n\n/var/lib/octoboot:"
    assert {linux.play().result(name) for name in linux.names} == {"unchanged"}


SOURCES = "/etc/apt/sources.list.d"
LISTED = f"cat {SOURCES}/*; ls {SOURCES} /etc/apt/keyrings /etc/apt/auth.conf.d"


def test_a_repository_that_the_machine_knows_is_used_as_it_is_and_ours_is_withdrawn_when_apt_fails(linux: Field) -> None:
    packages = linux.lab.linux.packages
    line = f"deb [signed-by=/usr/share/keyrings/octopus.asc] {packages.repository_url} stable main"
    fetch = f'python3 -c \'import urllib.request; urllib.request.urlretrieve("{packages.key_url}", "/usr/share/keyrings/octopus.asc")\''
    # What we cannot use ourselves, and what contradicts ours: apt refuses to work until one of the two is gone.
    stanza = (
        f"Types: deb-src\nURIs: {packages.repository_url}\nSuites: stable\nComponents: main\nSigned-By: /usr/share/keyrings/octopus.asc\n"
    )
    on_host(linux, "lin01", f"{fetch}; echo '{line}' > {SOURCES}/octopus.com.list")
    on_host(linux, "lin02", f"{fetch}; printf '{stanza}' > {SOURCES}/octopus-deploy.sources")
    before = [on_host(linux, name, LISTED) for name in linux.names]
    run = linux.play()
    assert (run.result("lin01"), run.result("lin02")) == ("created", "failed"), run.output
    assert "Conflicting values set for option Signed-By" in run.reason("lin02")
    assert [on_host(linux, name, LISTED) for name in linux.names] == before
    assert on_host(linux, "lin02", "apt-get check >/dev/null && echo well") == "well"
    assert linux.play("-l", "lin01").result("lin01") == "unchanged"


def test_credentials_of_a_mirror_are_in_no_file_that_others_read(linux: Field) -> None:
    url = linux.lab.linux.packages.private_url
    run = linux.play("-l", "lin01", variables={"tentacle_repository_url": url})
    assert run.result("lin01") == "created", run.output
    secret = LOGIN[1]
    assert on_host(linux, "lin01", f"grep -rlF '{secret}' /etc /var/lib/octoboot /tmp") == "/etc/apt/auth.conf.d/octoboot-octopus.conf"
    assert on_host(linux, "lin01", "stat -c '%U %a' /etc/apt/auth.conf.d/octoboot-octopus.conf") == "root 600"
    assert on_host(linux, "lin01", "apt-get update 2>&1 | grep -c Err || true") == "0"
    assert secret not in run.output


def test_an_installation_that_lost_its_power_is_completed(linux: Field) -> None:
    url = linux.lab.linux.packages.deb_url(NEW)
    fetch = f'python3 -c \'import urllib.request; urllib.request.urlretrieve("{url}", "/var/tmp/t.deb")\''
    # One host died between unpacking and configuring; on the other one, files of what dpkg knows never reached the disk.
    for name, lost in (("lin01", "true"), ("lin02", "rm /opt/octopus/tentacle/Tentacle")):
        on_host(linux, name, f"{fetch} && dpkg --unpack /var/tmp/t.deb && {lost}")
    half = "s/^Status: .*/Status: install reinstreq half-installed/"
    on_host(linux, "lin02", f"sed -i '/^Package: tentacle$/,/^$/ {half}' /var/lib/dpkg/status")
    # Nothing is removed before the new one is there.
    failed = linux.play("-l", "lin02", variables={"tentacle_repository_url": "http://127.0.0.1:9/"})
    assert failed.result("lin02") == "failed"
    assert (
        on_host(linux, "lin02", "dpkg-query -W -f '${db:Status-Abbrev}' tentacle; ls -d /opt/octopus/tentacle")
        == "iHR/opt/octopus/tentacle"
    )
    run = linux.play()
    assert run.rc == 0, run.output
    assert [version(linux, name) for name in linux.names] == [NEW, NEW]
    assert on_host(linux, "lin02", "grep -c ' remove tentacle' /var/log/dpkg.log || true") == "0"


ABSENT = """
- hosts: lin01
  gather_facts: false
  tasks:
    - octoboot.octopus.tentacle:
        state: absent
        instance: "{{ gone | default('Tentacle') }}"
      check_mode: "{{ foresee | default(false) }}"
"""


def test_what_is_to_be_absent_goes_and_nothing_else(linux: Field) -> None:
    assert linux.play("-l", "lin01").rc == 0
    assert linux.play("-l", "lin01", variables=second()).rc == 0
    playbook = linux.directory / "absent.yml"
    playbook.write_text(ABSENT)
    on_host(linux, "lin01", "touch /home/Octopus/Applications/deployed")

    def absent(**variables: Any) -> str:
        run = linux.play("-l", "lin01", playbook=str(playbook), variables=variables)
        assert run.rc == 0, run.output
        return run.output

    on_host(linux, "lin01", "ufw --force enable; ufw allow 22/tcp; ufw allow proto tcp to any port 10943")
    assert "changed=1" in absent(gone="second", foresee=True)
    assert on_host(linux, "lin01", "systemctl is-active second") == "active"
    assert "changed=1" in absent(gone="second")
    assert "10943" not in on_host(linux, "lin01", "ufw status")
    # The first instance needs the package.
    assert on_host(linux, "lin01", "systemctl is-active Tentacle; Tentacle list-instances --format=text") == (
        "active\nInstance 'Tentacle' uses configuration '/etc/octopus/default/tentacle-default.config'."
    )
    assert "changed=1" in absent()
    state = linux.hosts.host("lin01")
    assert (state["packages"], state["units"]) == ({}, [])
    assert on_host(linux, "lin01", "systemctl list-units --all --plain --no-legend second.service Tentacle.service") == ""
    left = {path for path, file in linux.hosts.files("lin01").items() if not file["folder"]}
    assert not [path for path in left if path.endswith((".config", ".pfx", ".sources", "octopus.gpg", ".service")) or "/octoboot/" in path]
    assert "/home/Octopus/Applications/deployed" in left
    assert "changed=0" in absent()
    assert linux.play("-l", "lin01").result("lin01") == "updated"
