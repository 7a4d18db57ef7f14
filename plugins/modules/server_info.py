#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: server_info
short_description: Read what an Octopus Server says of itself and of a space
description:
  - Reads version, thumbprint, environments, worker pools and machine policies, once in a run for each server, space and credential.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.connection
  - octoboot.octopus.attributes.info
  - octoboot.octopus.attributes.action_group
"""

EXAMPLES = r"""
- name: Read the thumbprint that Tentacles are to trust
  octoboot.octopus.server_info:
    url: https://octopus.example.com
    space: Default
  delegate_to: localhost
  run_once: true
  register: octopus
"""

RETURN = r"""
url:
  description: The URL, as it is used.
  returned: success
  type: str
  sample: https://octopus.example.com
version:
  description: Version of the server.
  returned: success
  type: str
  sample: 2026.3.15581
thumbprint:
  description: Thumbprint of the server's own certificate, which Tentacles trust.
  returned: success
  type: str
  sample: 2B1A4F0F3E7C0D9A5B6E8C1D2F3A4B5C6D7E8F90
space:
  description: The space.
  returned: success
  type: dict
  sample: {"id": "Spaces-1", "name": "Default"}
environments:
  description: Environments of the space that the credential may see.
  returned: success
  type: list
  elements: dict
  sample: [{"id": "Environments-2", "name": "Staging"}]
machine_policies:
  description: Machine policies of the space.
  returned: success
  type: list
  elements: dict
  sample: [{"id": "MachinePolicies-1", "name": "Default Machine Policy"}]
worker_pools:
  description: Worker pools of the space.
  returned: success
  type: list
  elements: dict
  sample: [{"id": "WorkerPools-1", "name": "Default Worker Pool"}]
missing_permissions:
  description: Permissions that it takes to register deployment targets, and the credential lacks.
  returned: success
  type: list
  elements: str
  sample: []
deployment_targets:
  description: How many deployment targets there are.
  returned: success
  type: int
  sample: 42
workers:
  description: How many workers there are.
  returned: success
  type: int
  sample: 3
"""

# The code is the action plugin of the same name: it runs on the controller.
