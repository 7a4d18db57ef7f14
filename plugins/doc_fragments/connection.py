# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the connection to Octopus Server, shared by all modules that talk to it."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the connection."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - URL of the Octopus Server, such as V(https://octopus.example.com).
      - Falls back to E(OCTOPUS_URL) in the environment.
    type: str
  api_key:
    description:
      - API key, which stays on the controller and is never sent to a machine.
      - Falls back to E(OCTOPUS_API_KEY) in the environment.
    type: str
  access_token:
    description:
      - Access token of OpenID Connect, instead of an API key.
      - It lives for one hour. Falls back to E(OCTOPUS_ACCESS_TOKEN) in the environment.
    type: str
  space:
    description:
      - Name, slug or id of the space.
      - Falls back to E(OCTOPUS_SPACE) in the environment, then to the default space.
    type: str
  validate_certs:
    description: Whether the server's TLS certificate must be valid.
    type: bool
    default: true
  ca_path:
    description: File with the certificate authorities to trust, instead of the controller's own.
    type: path
  allow_http:
    description:
      - Consent to a URL with plain C(http), over which the API key can be read by others.
      - Not needed for this very machine (C(localhost), C(127.0.0.1)), to which requests go past every proxy of the environment.
    type: bool
    default: false
  timeout:
    description: Seconds that one request may take.
    type: float
    default: 30.0
notes:
  - An option of the connection that the task does not say is read from the variable C(octopus_<option>), such as C(octopus_url), then from
    the environment where it has a variable there. An empty value is an unset one.
"""
