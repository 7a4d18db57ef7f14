# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where things are on a Windows host, and what they are called."""

from __future__ import annotations

from ..._core.tentacle.answers import entry_file
from ..._core.tentacle.instance import DEFAULT_INSTANCE, Defaults

PRODUCT = "Octopus Deploy Tentacle"
INSTALL_LOCATION = "C:\\Program Files\\Octopus Deploy\\Tentacle\\"
EXECUTABLE = "<location>Tentacle.exe"
_TENTACLE = "<programdata>\\Octopus\\Tentacle"
INDEX = f"{_TENTACLE}\\Instances"
STATE = "<programdata>\\octoboot"
"""Our own folder on the host: markers, and keys for the moment of their import. Readable by SYSTEM and administrators alone."""
IMPORT = f"{STATE}\\import"
STOPPED = f"{STATE}\\stopped-services.json"
PACKAGE = f"{STATE}\\tentacle.msi"
"""The package, from when it was copied or downloaded to when it is installed."""

SYSTEM = "S-1-5-18"
ADMINISTRATORS = "S-1-5-32-544"
USERS = "S-1-5-32-545"
TRUSTED_INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
TRUSTED = (SYSTEM, ADMINISTRATORS, TRUSTED_INSTALLER)
"""Who may own what SYSTEM works with: whoever owns a folder can give himself any access to it, whatever its rules say."""
LOCAL_SYSTEM = "LocalSystem"


def service_name(instance: str) -> str:
    """Return the name of an instance's service (tentacle.md 6.3)."""
    return "OctopusDeploy Tentacle" if instance == DEFAULT_INSTANCE else f"OctopusDeploy Tentacle: {instance}"


def firewall_rule(instance: str) -> str:
    """Return the name of an instance's firewall rule: what Octopus's own wizard calls it (tentacle.md 9.28)."""
    return PRODUCT if instance == DEFAULT_INSTANCE else f"{PRODUCT}: {instance}"


def default_home(instance: str) -> str:
    """Return the home directory that Octopus's own wizard proposes (tentacle.md 2.2)."""
    return "C:\\Octopus" if instance == DEFAULT_INSTANCE else f"C:\\Octopus\\{instance}"


def default_application_directory(instance: str) -> str:
    """Return the folder that deployments go to by default; each further instance has its own."""
    return "C:\\Octopus\\Applications" if instance == DEFAULT_INSTANCE else f"C:\\Octopus\\Applications\\{instance}"


def defaults(instance: str) -> Defaults:
    """Return what a new instance gets where nothing is said of it."""
    return Defaults(default_home(instance), default_application_directory(instance))


def configuration_path(instance: str, home: str) -> str:
    """Return where a new instance's configuration goes: in its home, so that one rule of access covers both."""
    name = "Tentacle.config" if instance == DEFAULT_INSTANCE else f"Tentacle-{instance}.config"
    return f"{home.rstrip(chr(92))}\\{name}"


def entry(instance: str) -> str:
    """Return an instance's file in the index."""
    return f"{INDEX}\\{entry_file(instance)}"


def entry_aside(instance: str) -> str:
    """Return where an entry of the index that is damaged is kept."""
    return f"{_TENTACLE}\\{entry_file(instance)}.broken"


def marker(instance: str) -> str:
    """Return the restart-pending marker of an instance."""
    return f"{STATE}\\{instance.lower()}.restart-pending"


def command_line(instance: str, location: str) -> str:
    """Return the command line that Tentacle registers for an instance's service (tentacle.md 6.3)."""
    return f'"{location}Tentacle.exe" run --instance="{instance}"'
