# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How the work on a host is done."""

from __future__ import annotations

from dataclasses import dataclass

from .._core.identity import Encryption
from .._core.secret import Secret


@dataclass(frozen=True)
class Manner:
    """How the work is done.

    `install_timeout` is in seconds; `background`: return as soon as an installer has been started. `health_check`, `health_strict`: what
    of the record's health counts. `keeps_files`: whatever is sent to a host stays there.
    """

    check_mode: bool = False
    background: bool = False
    install_timeout: float = 1800
    pfx_encryption: Encryption = "compatible"
    service_password: Secret | None = None
    health_check: bool = True
    health_strict: bool = False
    keeps_files: bool = False
