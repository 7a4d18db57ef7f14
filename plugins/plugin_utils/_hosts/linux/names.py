# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where things are on a Linux host, and what they are called."""

from __future__ import annotations

import json
import posixpath

from ..._core.tentacle.answers import entry_file
from ..._core.tentacle.instance import DEFAULT_INSTANCE, Defaults

INSTALL_FOLDER = "/opt/octopus"
LOCATION = f"{INSTALL_FOLDER}/tentacle"
EXECUTABLE = f"{LOCATION}/Tentacle"
COMMAND = "/usr/bin/Tentacle"
ETC = "/etc/octopus"
INDEX = f"{ETC}/Tentacle/Instances"
MACHINE_KEY = f"{ETC}/machinekey"
"""What Tentacle encrypts private keys with where it cannot use the machine's id (tentacle.md 2.4); every instance may."""
HOME = "/home/Octopus"
UNITS = "/etc/systemd/system"
RUN_BY_A_UNIT = "Tentacle run --instance="
"""What every unit file of an instance holds (tentacle.md 6.2)."""

STATE = "/var/lib/octoboot"
"""Our own folder on the host: markers, packages, and keys for the moment of their import. Root's, and nobody else may look into it."""
IMPORT = f"{STATE}/import"
AWAITING = f"{STATE}/awaiting-restart.json"

APT_MAIN_SOURCES, APT_SOURCES = "/etc/apt/sources.list", "/etc/apt/sources.list.d"
APT_SOURCE = f"{APT_SOURCES}/octopus.sources"
APT_KEYRING = "/etc/apt/keyrings/octoboot-octopus.gpg"
"""Not what Octopus's own instructions write: that may be the keyring of another source."""
APT_OLD_KEYRING = "/etc/apt/keyrings/octopus.gpg"
"""Ours until 0.1.0."""
APT_LOGINS = "/etc/apt/auth.conf.d"
APT_LOGIN = f"{APT_LOGINS}/octoboot-octopus.conf"
APT_FORMER = f"{STATE}/apt"
"""What was ours in the folders of apt before an installation that is under way."""
DNF_SOURCE = "/etc/yum.repos.d/tentacle.repo"
DNF_REPOSITORY_ID = "tentacle"

ROOT = "root"

MADE_IN_A_HOME = (
    *("Logs", "Work", "Files", "Tools", "Packages", "Calamari", "DeploymentJournal.xml", "PackageRetentionJournal.json"),
    "livez.heartbeat",
)
"""What Tentacle and its deployments make in a home directory, beside the configuration (tentacle.md 2.2)."""

LOG = "OctopusTentacle"
"""How the names of its logs begin."""

LOG_FOLDER = "DefaultLogDirectory"
MACHINE_FOLDER = "TentacleMachineConfigurationHomeDirectory"
"""Variables that name the folder of logs while no instance is known, and the folder that holds the index (tentacle.md 1.1, 2.1)."""


def unit_name(instance: str) -> str:
    """Return the name of an instance's unit: the instance's own (tentacle.md 6.2)."""
    return f"{instance}.service"


def shared_folders() -> tuple[str, ...]:
    """Return the folders that all instances have to pass, outermost first."""
    return (ETC, f"{ETC}/Tentacle", INDEX, HOME, f"{HOME}/Applications")


def is_conventional(path: str) -> bool:
    """Tell whether a folder is below those that Octopus's own scripts and wizard make."""
    return any(posixpath.commonpath([path, folder]) == folder != path for folder in (ETC, HOME))


def default_home(instance: str) -> str:
    """Return the home directory of Octopus's own scripts for Linux (`/etc/octopus/default`) and wizard (`/etc/octopus/<instance>`)."""
    return f"{ETC}/default" if instance == DEFAULT_INSTANCE else f"{ETC}/{instance}"


def default_application_directory(instance: str) -> str:
    """Return the folder that deployments go to by default; each further instance has its own."""
    return f"{HOME}/Applications" if instance == DEFAULT_INSTANCE else f"{HOME}/Applications/{instance}"


def defaults(instance: str) -> Defaults:
    """Return what a new instance gets where nothing is said of it."""
    return Defaults(default_home(instance), default_application_directory(instance))


def configuration_path(instance: str, home: str) -> str:
    """Return where a new instance's configuration goes: in its home, so that one rule of access covers both."""
    return f"{home.rstrip('/')}/tentacle-{'default' if instance == DEFAULT_INSTANCE else instance}.config"


def entry_text(instance: str, configuration: str) -> str:
    """Return what Tentacle itself writes into an instance's file in the index (tentacle.md 2.1)."""
    return json.dumps({"Name": instance, "ConfigurationFilePath": configuration}, indent=2, ensure_ascii=False)


def entry(instance: str) -> str:
    """Return an instance's file in the index."""
    return f"{INDEX}/{entry_file(instance)}"


def entry_aside(instance: str) -> str:
    """Return where an entry of the index that is damaged is kept."""
    return f"{ETC}/Tentacle/{entry_file(instance)}.broken"


def logs(home: str) -> str:
    """Return the folder of an instance's logs (tentacle.md 1.1)."""
    return f"{home.rstrip('/')}/Logs"


def marker(instance: str) -> str:
    """Return the restart-pending marker of an instance."""
    return f"{STATE}/{instance.lower()}.restart-pending"


def command_line(instance: str) -> str:
    """Return the command line of an instance's unit (tentacle.md 6.2)."""
    return f"{EXECUTABLE} run --instance={instance} --noninteractive"


def runs(instance: str, command: str) -> bool:
    """Tell whether a unit's command runs this instance."""
    return RUN_BY_A_UNIT in command and f"{RUN_BY_A_UNIT}{instance} ".lower() in f"{command} ".lower()


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
