# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The one room of helpers that knows Ansible. It is entered before any other, and so what all of them need is asked at its door."""

from __future__ import annotations

import sys

from ansible.errors import AnsibleError
from ansible.release import __version__

if sys.version_info < (3, 10):  # noqa: UP036 - ansible-core 2.15 and older run on older ones, and only warn of a collection's floor
    raise AnsibleError(
        "octoboot.octopus needs ansible-core 2.16 or newer, on Python 3.10 or newer, and this is ansible-core "
        f"{__version__} on Python {sys.version_info[0]}.{sys.version_info[1]}."
    )
