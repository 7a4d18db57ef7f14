#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: worker_pool
short_description: Manage a worker pool in Octopus
description:
  - Makes a worker pool, brings it to the wanted state, or removes it.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.prerequisite
  - octoboot.octopus.connection
  - octoboot.octopus.attributes
  - octoboot.octopus.attributes.action_group
options:
  description:
    description: Its description. An empty text is none.
    type: str
  sort_order:
    description: Its place in lists; those with smaller numbers come first.
    type: int
  default:
    description:
      - Whether it is the default of the space.
      - V(true) makes it so in place of the former one. The server refuses V(false) for the default.
    type: bool
  type:
    description:
      - Whether its workers are registered, or made by Octopus. It cannot be changed once the pool is made.
      - Unset is V(StaticWorkerPool) for a new one.
    type: str
    choices: [StaticWorkerPool, DynamicWorkerPool]
  worker_type:
    description:
      - Which image the workers of a dynamic pool are made from, such as V(UbuntuDefault).
      - The server refuses a dynamic pool without one.
    type: str
"""

EXAMPLES = r"""
- name: Have a pool for workers of our own
  octoboot.octopus.worker_pool:
    url: https://octopus.example.com
    name: Builders

- name: Have a pool of workers that Octopus Cloud makes
  octoboot.octopus.worker_pool:
    url: https://example.octopus.app
    name: Cloud
    type: DynamicWorkerPool
    worker_type: UbuntuDefault
"""

RETURN = r"""
result:
  description: What was done, or would be - V(created), V(updated), V(unchanged), V(deleted) or V(absent).
  returned: success
  type: str
  sample: created
id:
  description: Its id in Octopus; null when it does not exist.
  returned: success
  type: str
  sample: WorkerPools-3
name:
  description: Its name, as the server spells it.
  returned: success
  type: str
  sample: Builders
changes:
  description: What changed, or would change.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The option.
      type: str
      returned: always
      sample: description
    before:
      description: What it was; null when it did not exist.
      type: raw
      returned: always
      sample: null
    after:
      description: What it is now; null when it is gone.
      type: raw
      returned: always
      sample: Builders
"""

# The code is the action plugin of the same name: it runs on the controller.
