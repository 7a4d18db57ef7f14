#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: tag_set
short_description: Manage a tag set and its tags in Octopus
description:
  - Makes a tag set, brings it and its tags to the wanted state, or removes it with its tags.
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
  type:
    description: How many of its tags something may have.
    type: str
    choices: [MultiSelect, SingleSelect, FreeText]
  scopes:
    description: What may have its tags, such as V(Tenant) and V(Target). Servers before 2026 know tenants alone.
    type: list
    elements: str
  tags:
    description:
      - Tags that the set has, as names, or as dictionaries with C(name), and C(color) (C(#RRGGBB)) and C(description) if there is something
        to say of these.
      - A tag that exists keeps its id and whatever is not said. Others stay, unless O(tags_exclusive=true).
    type: list
    elements: raw
  tags_exclusive:
    description: Whether tags that O(tags) does not name are removed. The server refuses to remove one that is in use.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Have a tag set with two tags
  octoboot.octopus.tag_set:
    url: https://octopus.example.com
    name: Region
    type: SingleSelect
    tags:
      - North
      - name: South
        color: "#0D80D8"
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
  sample: TagSets-4
name:
  description: Its name, as the server spells it.
  returned: success
  type: str
  sample: Region
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
      sample: Region
"""

# The code is the action plugin of the same name: it runs on the controller.
