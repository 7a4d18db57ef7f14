"""What the image of the Linux hosts consists of. Its hash names the folder that it is kept in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

HOOK = Path(__file__).with_name("inside") / "octolab_hook.py"
"""Runs inside every python3 of a host: see there."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides about the image.

    `offered` are the packages that a repository has to have for it, of which `usual` are installed all the same; `files` are
    written, `masked` units do not start, `absent` paths are removed.
    """

    suite: str
    packages: tuple[str, ...]
    offered: tuple[str, ...]
    usual: tuple[str, ...]
    files: dict[str, str]
    masked: tuple[str, ...]
    absent: tuple[str, ...]
    commands: tuple[str, ...]

    @property
    def name(self) -> str:
        """The hash."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


_SSHD = """\
AuthorizedKeysFile /etc/ssh/octolab_keys
HostKey /etc/ssh/ssh_host_ed25519_key
KbdInteractiveAuthentication no
MaxStartups 200
PasswordAuthentication no
PermitRootLogin prohibit-password
"""
# One kind of host key: RSA takes longer to make than everything else of a boot.
_HOST_KEYS = """\
[Service]
ExecStartPre=
ExecStartPre=/bin/sh -c 'test -e /etc/ssh/ssh_host_ed25519_key || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
ExecStartPre=/usr/sbin/sshd -t
"""


def debian() -> Recipe:
    """Return the recipe of the hosts: a small Debian with what any server has, and no package source."""
    return Recipe(
        suite="bookworm",
        packages=(
            "systemd",
            "systemd-sysv",
            "dbus",
            "openssh-server",
            "sudo",
            "python3",
            "iproute2",
            "ca-certificates",
            "gpgv",
            "procps",
            "ufw",
        ),
        # What ansible.builtin.apt installs by itself where it is missing. Most servers have it, so the image has it too: installing it
        # costs more than all the rest of a bootstrap.
        offered=("python3-apt",),
        usual=("python3-apt",),
        files={
            "etc/apt/sources.list": "",
            "etc/default/locale": "",
            "etc/machine-id": "",
            "etc/resolv.conf": "",
            "etc/ssh/sshd_config.d/octolab.conf": _SSHD,
            "etc/sudoers.d/ops": "ops ALL=(ALL) NOPASSWD: ALL\n",
            "etc/systemd/system/ssh.service.d/host-keys.conf": _HOST_KEYS,
            "etc/tmpfiles.d/octolab.conf": "d /run/octolab 0700 root root\n",
            "usr/lib/python3/dist-packages/octolab.pth": "import octolab_hook; octolab_hook.watch()\n",
            "usr/lib/python3/dist-packages/octolab_hook.py": HOOK.read_text(),
        },
        masked=(
            "apt-daily-upgrade.timer",
            "apt-daily.timer",
            "console-getty.service",
            "dpkg-db-backup.timer",
            "e2scrub_all.timer",
            "e2scrub_reap.service",
            "fstrim.timer",
            "getty.target",
            "systemd-logind.service",
            "systemd-networkd.service",
            "systemd-timesyncd.service",
        ),
        absent=(
            "etc/hostname",
            "etc/ssh/ssh_host_*",
            "var/cache/apt/*.bin",
            "var/cache/apt/archives/*.deb",
            "var/lib/apt/lists/*",
            "var/lib/dbus/machine-id",  # an empty /etc/machine-id would be made of it
            "var/log/*.log",
        ),
        commands=(
            "useradd --create-home --shell /bin/bash ops",
            "chmod 0440 /etc/sudoers.d/ops",
            "systemctl set-default multi-user.target",
            "python3 -m compileall -q /usr/lib/python3/dist-packages",
        ),
    )
