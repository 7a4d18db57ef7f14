#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: worker_info
short_description: Find workers in Octopus
description:
  - Returns the workers of a space for which all that is said holds; of a list, one item is enough. Unset options admit all.
  - An environment, tenant, pool or policy that there is not is an error; a machine that there is not is no result.
  - Asks the server when it runs, not what the run has read at its beginning.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.search
  - octoboot.octopus.connection
  - octoboot.octopus.attributes.info
  - octoboot.octopus.attributes.action_group
options:
  worker_pools:
    description: Names, slugs or ids of worker pools, of which it is in at least one.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Find the workers of a pool
  octoboot.octopus.worker_info:
    url: https://octopus.example.com
    worker_pools: [Builders]
    disabled: false
  delegate_to: localhost
  run_once: true
  register: builders
"""

RETURN = r"""
workers:
  description: The workers that were found, by their names.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Its id.
      type: str
      returned: always
      sample: Workers-3
    name:
      description: Its name.
      type: str
      returned: always
      sample: web01
    thumbprint:
      description: Thumbprint of its certificate; null for one that is no Tentacle's.
      type: str
      returned: always
      sample: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
    uri:
      description: Where Octopus reaches it; null where it has no such place.
      type: str
      returned: always
      sample: https://web01.example.com:10933/
    communication_style:
      description: How Octopus and the machine find each other, in words of the server.
      type: str
      returned: always
      sample: TentaclePassive
    health:
      description: Its health, as the last check found it.
      type: str
      returned: always
      sample: Healthy
    health_summary:
      description: What the server says of its health.
      type: str
      returned: always
      sample: ""
    tentacle_version:
      description: Version of its Tentacle; null when no check has found one yet.
      type: str
      returned: always
      sample: 9.2.4285
    worker_pools:
      description: Names of its worker pools.
      type: list
      elements: str
      returned: always
      sample: [Builders]
    machine_policy:
      description: Name of its machine policy; null for the default of its space.
      type: str
      returned: always
      sample: Default Machine Policy
    disabled:
      description: Whether it is disabled.
      type: bool
      returned: always
      sample: false
"""

# The code is the action plugin of the same name: it runs on the controller.
