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
      - Falls back to the variable C(octopus_url), then to the environment variable E(OCTOPUS_URL).
    type: str
  api_key:
    description:
      - API key. It stays on the controller and is never sent to a machine.
      - Falls back to the variable C(octopus_api_key), then to E(OCTOPUS_API_KEY). An empty value is an unset one.
    type: str
  access_token:
    description:
      - Access token of OpenID Connect, instead of an API key. It lives for one hour.
      - Falls back to the variable C(octopus_access_token), then to E(OCTOPUS_ACCESS_TOKEN).
    type: str
  space:
    description:
      - Name or id of the space. The default space when unset.
      - Falls back to the variable C(octopus_space), then to E(OCTOPUS_SPACE).
    type: str
  validate_certs:
    description:
      - Whether the server's TLS certificate must be valid. Falls back to the variable C(octopus_validate_certs).
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificate authorities to trust, instead of the controller's own. Falls back to C(octopus_ca_path).
    type: path
  allow_http:
    description:
      - Consent to a URL with plain C(http), over which the API key can be read by others. Not needed for this very machine.
      - Falls back to the variable C(octopus_allow_http).
    type: bool
    default: false
  timeout:
    description:
      - Seconds that one request may take. Falls back to the variable C(octopus_timeout).
    type: float
    default: 30.0
"""
