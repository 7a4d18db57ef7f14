#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: tentacle_certificate
short_description: Keep the certificate that a Tentacle has for life
description:
  - Finds an identity in the identity store, makes it when it is not there, or puts a supplied certificate there.
  - The private key never leaves the store. The role makes identities by itself; this module is for plays of your own.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.attributes
options:
  name:
    description: Name of the identity; the role uses the name of the host.
    type: str
    required: true
  store:
    description: Folder of the identity store. It has to outlive the run.
    type: path
    required: true
  encryption:
    description: Whether private keys are encrypted by Ansible Vault, or kept in plain text.
    type: str
    choices: [vault, none]
    default: vault
  allow_ephemeral:
    description:
      - Whether an identity is made also where it looks as if it were lost after the run, as in the workspace of a pipeline.
      - An unset one is read from the variable C(tentacle_identity_allow_ephemeral).
    type: bool
    default: false
  certificate:
    description: A PFX (PKCS#12) with certificate and private key, as base64, that goes into the store.
    type: str
  certificate_password:
    description: Password of the PFX.
    type: str
"""

EXAMPLES = r"""
- name: Make identities before the machines exist
  octoboot.octopus.tentacle_certificate:
    name: "{{ inventory_hostname }}"
    store: "{{ inventory_dir }}-identities"
"""

RETURN = r"""
name:
  description: Name of the identity.
  returned: success
  type: str
  sample: web01
thumbprint:
  description: Thumbprint of the certificate; null in check mode when it would be made.
  returned: success
  type: str
  sample: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
certificate:
  description: The certificate, as PEM, without the private key.
  returned: success
  type: str
  sample: "-----BEGIN CERTIFICATE-----..."
former_thumbprints:
  description: Thumbprints that the host had before.
  returned: success
  type: list
  elements: str
  sample: []
changes:
  description: What changed, or would change.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The setting.
      type: str
      returned: always
      sample: port
    before:
      description: What it was; null when it did not exist.
      type: raw
      returned: always
      sample: null
    after:
      description: What it is now; null when it is gone.
      type: raw
      returned: always
      sample: 10933
"""

# The code is the action plugin of the same name: it runs on the controller.
