# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What apt needs besides Ansible's own modules: the keyring of a repository."""

import base64
import binascii
import os
from collections.abc import Mapping
from typing import Any

from . import accounts, files, folders

_BEGIN, _END = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"


def keyring(step: "Mapping[str, Any]") -> None:
    """Make the keyring `target` of the OpenPGP key at `url`, or of `key` itself, armoured or binary.

    A binary keyring is what every apt reads. Raises OSError when the URL cannot be fetched.
    """
    key = step["key"].encode() if step.get("key") else _fetched(step["url"], step["timeout"])
    folders.directory({"path": os.path.dirname(step["target"]), "owner": accounts.name_of(os.geteuid()), "new_mode": "0755"})
    content = base64.b64encode(dearmoured(key)).decode("ascii")
    files.write({"path": step["target"], "content": content, "mode": "644"})


def _fetched(url: str, seconds: float) -> bytes:
    # Every visit brings this file, and hardly any fetches a key: Ansible's own `open_url` would come with all that it needs each time.
    from http.client import HTTPException
    from urllib.request import build_opener

    try:
        with build_opener().open(url, timeout=seconds) as answer:
            content: bytes = answer.read()
    except HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from None
    return content


def dearmoured(key: bytes) -> bytes:
    """Return a public key in binary (RFC 9580, 6.2: headers, an empty line, base64, a checksum). Raises ValueError for no such key."""
    text = key.decode("ascii", "replace").replace("\r\n", "\n")
    if _BEGIN not in text:
        if not key or not key[0] & 0x80:  # every OpenPGP packet begins with this bit
            raise ValueError("it is not an OpenPGP public key")
        return key
    armour = text.partition(_BEGIN)[2].partition(_END)[0]
    body = armour.partition("\n\n")[2].splitlines()
    try:
        return base64.b64decode("".join(line.strip() for line in body if not line.startswith("=")), validate=True)
    except binascii.Error as error:
        raise ValueError(f"it is not an OpenPGP public key: {error}") from None
