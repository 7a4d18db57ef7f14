# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where things are on a Linux host, and what they are called."""

from __future__ import annotations

import posixpath

from ..._core.tentacle.answers import entry_file
from ..._core.tentacle.instance import DEFAULT_INSTANCE

INSTALL_FOLDER = "/opt/octopus"
LOCATION = f"{INSTALL_FOLDER}/tentacle"
EXECUTABLE = f"{LOCATION}/Tentacle"
COMMAND = "/usr/bin/Tentacle"
INDEX = "/etc/octopus/Tentacle/Instances"
UNITS = "/etc/systemd/system"
RUN_BY_A_UNIT = "Tentacle run --instance="
"""What every unit file of an instance holds (tentacle.md 6.2)."""

STATE = "/var/lib/octoboot"
"""Our own folder on the host: markers, packages, and keys for the moment of their import. Root's alone."""
IMPORT = f"{STATE}/import"
AWAITING = f"{STATE}/awaiting-restart.json"

APT_KEYRING = "/etc/apt/keyrings/octopus.gpg"
APT_SOURCE = "/etc/apt/sources.list.d/octopus.sources"
APT_OLD_SOURCE = "/etc/apt/sources.list.d/octopus.list"
"""What Octopus's own instructions write; apt refuses the same repository with two keyrings."""
DNF_SOURCE = "/etc/yum.repos.d/tentacle.repo"
DNF_REPOSITORY_ID = "tentacle"

ROOT = "root"


def unit_name(instance: str) -> str:
    """Return the name of an instance's unit: the instance's own (tentacle.md 6.2)."""
    return f"{instance}.service"


def default_home(instance: str) -> str:
    """Return the home directory of Octopus's own scripts for Linux (`/etc/octopus/default`) and wizard (`/etc/octopus/<instance>`)."""
    return "/etc/octopus/default" if instance == DEFAULT_INSTANCE else f"/etc/octopus/{instance}"


def default_application_directory(instance: str) -> str:
    """Return the folder that deployments go to by default; each further instance has its own."""
    return "/home/Octopus/Applications" if instance == DEFAULT_INSTANCE else f"/home/Octopus/Applications/{instance}"


def configuration_path(instance: str, home: str) -> str:
    """Return where a new instance's configuration goes: in its home, so that one rule of access covers both."""
    return f"{home.rstrip('/')}/tentacle-{'default' if instance == DEFAULT_INSTANCE else instance}.config"


def entry(instance: str) -> str:
    """Return an instance's file in the index."""
    return f"{INDEX}/{entry_file(instance)}"


def logs(home: str) -> str:
    """Return the folder of an instance's logs (tentacle.md 1.1)."""
    return f"{home.rstrip('/')}/Logs"


def cached_certificate(home: str, thumbprint: str) -> str:
    """Return where .NET keeps a certificate with its key, without a password, for the user whose home this is (tentacle.md 2.4)."""
    return f"{home}/.dotnet/corefx/cryptography/x509stores/my/{thumbprint}.pfx"


def marker(instance: str) -> str:
    """Return the restart-pending marker of an instance."""
    return f"{STATE}/{instance.lower()}.restart-pending"


def command_line(instance: str) -> str:
    """Return the command line of an instance's unit (tentacle.md 6.2)."""
    return f"{EXECUTABLE} run --instance={instance} --noninteractive"


def unit(instance: str, user: str) -> str:
    """Return the unit file that Tentacle itself would write for an instance (tentacle.md 6.2).

    `Tentacle service --install` is not asked to: it needs sudo even for root, and ends with exit code 0 when it has failed.
    """
    return (
        "[Unit]\nDescription=Octopus Deploy: Tentacle deployment agent\nAfter=network.target\n\n"
        f"[Service]\nType=simple\nUser={user}\nExecStart={command_line(instance)}\nRestart=always\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def holds_the_index(home: str) -> bool:
    """Tell whether a home directory is above the index of instances, which every instance has to reach."""
    return posixpath.commonpath([home, INDEX]) == posixpath.normpath(home)
