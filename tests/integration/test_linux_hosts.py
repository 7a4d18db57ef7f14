"""Bad luck on Linux hosts: each fails with one clear line or is mended, the others finish, and the next run completes them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .playing import field
from .troubles import Story, Trouble, tell

BUSY = "systemd-run --quiet flock --no-fork {lock} sleep 4 && while flock --nonblock {lock} true; do sleep 0.05; done"
TROUBLES = {
    "unreachable": Trouble("unreachable", result="unreachable", reason=r"ssh: connect to host \S+ port 22"),
    "repo-gone": Trouble(
        reason=r"^Reading the repository http://\S+/nowhere/ failed: 'apt-get update' .*exit code 100: .*does not have a Release file",
        variables={"tentacle_repository_url": "{{ packages }}/nowhere/"},
    ),
    "repo-down": Trouble(
        reason=r"keyring of the repository's key http://127\.0\.0\.1:9/public\.key failed: .*[Cc]onnection refused",
        variables={"tentacle_repository_key": "http://127.0.0.1:9/public.key"},
    ),
    "repo-unsigned": Trouble(reason=r"is not signed", variables={"tentacle_repository_url": "{{ unsigned }}"}),
    "repo-forged": Trouble(reason=r"NO_PUBKEY|not signed", variables={"tentacle_repository_url": "{{ wrongly_signed }}"}),
    "key-is-none": Trouble(
        reason=r"it is not an OpenPGP public key", variables={"tentacle_repository_key": "{{ packages }}/apt/dists/stable/Release"}
    ),
    "no-version": Trouble(
        reason=r"^Installing tentacle=9\.9\.9999 failed: .*The repository has 9\.2\.4285, 9\.1\.3736\.$",
        variables={"tentacle_version": "9.9.9999"},
    ),
    "vanished": Trouble(reason=r"^Installing tentacle=9\.2\.4285 failed: .*404", variables={"tentacle_repository_url": "{{ vanished }}"}),
    "altered": Trouble(
        reason=r"^Fetching http\S+\.deb failed: The checksum for \S+ did not match 0{64}",
        variables={"tentacle_package_url": "{{ deb }}", "tentacle_package_checksum": "0" * 64},
    ),
    "no-package": Trouble(
        reason=r"^Fetching http\S+/nowhere\.deb failed: .*HTTP 404",
        variables={"tentacle_package_url": "{{ packages }}/nowhere.deb"},
    ),
    "wrong-kind": Trouble(
        reason=r"its name must end with \.deb, \.rpm or \.tar\.gz", variables={"tentacle_package_url": "{{ packages }}/tentacle.msi"}
    ),
    "full": Trouble("disk_full", reason=r"[Nn]o space left on device|enough free space|No usable temporary directory"),
    "exit-100": Trouble("tentacle_exit_100", "import-certificate", reason=r"import-certificate .* exit code 100: Object reference not set"),
    "port-used": Trouble(
        # A process that was there first.
        script="systemd-run --quiet --unit=squatter python3 -c"
        " 'import socket, time; squatter = socket.create_server((\"\", 10933)); time.sleep(600)'",
        mend="systemctl stop squatter",
        reason=r"port 10933 presents failed: the unit [^.]+\.service is .+, and the port is held by the process \d+ \(python3\)\. "
        r"Tentacle's log says: Address already in use",
    ),
    "dies": Trouble("agent_dies", reason=r"the unit Tentacle\.service is [^.]+\. Tentacle's log says: Unable to start the agent"),
    "port-closed": Trouble("agent_closed_port", reason=r"certificate that port 10933 presents failed: .*Connection refused"),
    "store-stolen": Trouble(
        # What somebody who ran Tentacle with sudo and another's HOME leaves behind: it would be active, and its port closed for ever.
        script="useradd -m deploy && mkdir -p /home/deploy/.dotnet/corefx/cryptography/x509stores && chown -R deploy: /home/deploy/.dotnet"
        " && chown root: /home/deploy/.dotnet/corefx/cryptography/x509stores",
        mend="chown deploy: /home/deploy/.dotnet/corefx/cryptography/x509stores",
        reason=r"The user 'deploy' cannot write to '/home/deploy/\.dotnet/\S+/x509stores', and Tentacle keeps its key there",
        variables={"tentacle_service_user": "deploy"},
    ),
    "read-only": Trouble(
        script="mkdir -p /etc/octopus/default && mount -t tmpfs -o ro tmpfs /etc/octopus/default",
        mend="umount /etc/octopus/default",
        reason=r"folder /etc/octopus/default and setting its access failed: .*Read-only file system",
    ),
    "no-systemd": Trouble(
        script="mkdir /var/tmp/empty && mount --bind /var/tmp/empty /run/systemd",
        mend="umount /run/systemd",
        reason=r"not run by systemd",
    ),
    "no-sudo": Trouble(
        script="mv /usr/bin/sudo /var/tmp/",
        mend="mv /var/tmp/sudo /usr/bin/",
        reason=r"sudo: .*not found",
        variables={"ansible_user": "ops", "ansible_become": True},
    ),
    "no-user": Trouble(
        script="true",
        mend="useradd octopus",
        reason=r"no user 'octopus' \('tentacle_service_user'\)",
        variables={"tentacle_service_user": "octopus"},
    ),
    "no-home": Trouble(
        script="useradd -M deploy",
        mend="install -d -m 0700 -o deploy /home/deploy",
        reason=r"The user 'deploy' has no home directory \('/home/deploy' is not there\), and Tentacle keeps its key there",
        variables={"tentacle_service_user": "deploy"},
    ),
    "foreign-home": Trouble(
        script="useradd -M -d /opt deploy",
        mend="install -d -m 0700 -o deploy /home/deploy; usermod -d /home/deploy deploy",
        reason=r"The home directory of the user 'deploy' \('/opt'\) is not the user's own",
        variables={"tentacle_service_user": "deploy"},
    ),
    "busy-apt": Trouble(script=BUSY.format(lock="/var/lib/apt/lists/lock"), result="created"),
    "busy-dpkg": Trouble(script=BUSY.format(lock="/var/lib/dpkg/lock-frontend"), result="created"),
    "root-without-sudo": Trouble(
        script="mv /usr/bin/sudo /var/tmp/",
        mend="mv /var/tmp/sudo /usr/bin/",
        result="created",
        variables={"ansible_user": "root", "ansible_become": False},
    ),
    "noise": Trouble("noise", result="created"),
    "sound": Trouble(result="created"),
}
FAILING = [name for name, trouble in TROUBLES.items() if trouble.reason]
MENDED = [name for name, trouble in TROUBLES.items() if not trouble.reason]
NOT_INSTALLED = [
    "repo-gone",
    "repo-down",
    "repo-unsigned",
    "repo-forged",
    "key-is-none",
    "no-version",
    "vanished",
    "altered",
    "no-package",
    "wrong-kind",
    "no-home",
    "foreign-home",
    "store-stolen",
    "full",
]


@pytest.fixture(scope="module")
def story(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """All troubles at once, each on a host of its own."""
    with field([], tmp_path_factory.mktemp("troubles"), linux=list(TROUBLES)) as lab:
        packages = lab.lab.linux.packages
        places = {
            "packages": packages.url,
            "unsigned": packages.unsigned_url,
            "wrongly_signed": packages.wrongly_signed_url,
            "vanished": packages.vanished_url,
            "deb": packages.deb_url("9.2.4285"),
        }
        yield tell(lab, TROUBLES, places)


@pytest.mark.parametrize("name", FAILING)
def test_trouble_fails_its_host_with_one_clear_line_and_is_made_up_for(story: Story, name: str) -> None:
    story.assert_told_and_made_up_for(name)


@pytest.mark.parametrize("name", MENDED)
def test_the_others_finish(story: Story, name: str) -> None:
    story.assert_finished(name)


def test_a_run_with_failed_hosts_ends_with_an_exit_code_and_without_a_traceback(story: Story) -> None:
    story.assert_ended_well()


@pytest.mark.parametrize("name", NOT_INSTALLED)
def test_what_must_not_be_installed_is_not(story: Story, name: str) -> None:
    assert story.hosts[name]["packages"] == {}


def test_a_key_whose_import_failed_does_not_stay(story: Story) -> None:
    assert not [path for path in story.paths["exit-100"] if "/import" in path or path.endswith(".pfx")]


def test_a_service_that_did_not_come_up_is_known_to_need_a_restart(story: Story) -> None:
    for name in ("port-used", "dies", "port-closed"):
        assert "/var/lib/octoboot/tentacle.restart-pending" in story.paths[name]
        assert not [path for path in story.lab.hosts.files(name) if path.endswith(".restart-pending")]
