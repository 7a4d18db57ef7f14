# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What kind of machine the host is."""

import os
import platform
import shutil
from collections.abc import Mapping
from typing import Any


def machine(step: "Mapping[str, Any]") -> "dict[str, Any]":
    """Return the processor's architecture, whether systemd runs the machine, and which of the programs `tools` it has."""
    return {
        "architecture": platform.machine(),
        "systemd": os.path.isdir("/run/systemd/system"),
        "tools": [tool for tool in step["tools"] if shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin")],
    }
