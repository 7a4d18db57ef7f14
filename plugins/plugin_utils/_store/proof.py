# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whether what is encrypted now can be read by those who read the store: a mistyped password would make keys that nobody can."""

from __future__ import annotations

from pathlib import Path

from .._core.errors import CipherError, NoSecret
from .._core.identity import percent_encode
from . import disk
from .cipher import PLAIN, UNLABELLED, Cipher, label_of

_TRIED = 20
"""How many keys are tried until one opens. A password costs ten milliseconds a try, and in a sound store the first one opens."""

_CANARY = b"The password of this store opens this file. Run `ansible-vault rekey` on it when you run it on the keys.\n"


def prove(directory: Path, cipher: Cipher, *, write: bool) -> None:
    """Raise CipherError unless those who can read the keys that are there can read one that is encrypted now.

    The secret that encrypts has to open a key with its label (its vault id), or, where none has that label, the canary of it. Without
    either the label is new, and then some secret of the run has to open a key. A new label is kept in a canary, if `write`, so that it
    is known as long as it has no key. Raises OSError as well.
    """
    label = cipher.label()
    kept = [path.read_bytes() for path in sorted(directory.glob("*.key")) if not path.name.startswith(".")]
    labels = [label_of(data) for data in kept]
    _require_one_kind(label, labels)
    own = [data for data, found in zip(kept, labels, strict=True) if found == label]
    canary = directory / (".canary" if label == UNLABELLED else f".canary-{percent_encode(label)}")
    if own or label == PLAIN:
        opened = not own or any(cipher.opens_as_own(data) for data in own[:_TRIED])
    elif canary.exists():
        if not cipher.opens_as_own(canary.read_bytes()):
            raise CipherError(
                f"the vault secret of this run does not open {canary.name} there, which was encrypted with the store's: give that one, or "
                f"delete {canary.name} if the store has another secret now"
            )
        return
    else:
        opened = not kept or any(_opens(cipher, data) for data in kept[:_TRIED])
    if not opened:
        which = "" if label == UNLABELLED else f" with the id {label!r}"
        raise CipherError(
            f"the vault secret of this run{which} opens none of the keys that are there, so nobody could read a new one later: "
            "give the secret that they are encrypted with"
        )
    if write and not own and label != PLAIN:
        _keep(canary, cipher)


def _require_one_kind(label: str, labels: list[str]) -> None:
    """Raise CipherError where no key is of the kind, encrypted or not, that a new one would be."""
    if not labels or any((found == PLAIN) == (label == PLAIN) for found in labels):
        return
    if label == PLAIN:
        raise CipherError("the keys that are there are encrypted with ansible-vault, but the store is set to work without encryption")
    raise CipherError(
        "the keys that are there are not encrypted: encrypt them with 'ansible-vault encrypt', or set 'tentacle_identity_encryption: none'"
    )


def _opens(cipher: Cipher, data: bytes) -> bool:
    try:
        cipher.decrypt(data)
    except NoSecret:
        raise
    except CipherError:
        return False
    return True


def _keep(canary: Path, cipher: Cipher) -> None:
    encrypted = cipher.encrypt(_CANARY)
    disk.make_private_directory(canary.parent)
    try:
        disk.create(canary, encrypted)
    except FileExistsError:  # another run was first, with its own secret
        prove(canary.parent, cipher, write=False)
