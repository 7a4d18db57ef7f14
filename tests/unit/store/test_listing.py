"""All identities of a store are read in clear; what is no identity is passed over, and what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import StoreError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import Material
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.identities import IdentityStore
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.listing import identities_in

from .conftest import cipher


def test_every_identity_is_read_without_the_secret(tmp_path: Path, materials: list[Material]) -> None:
    store = IdentityStore(tmp_path, cipher(("default", b"correct horse")))
    for name, material in zip(("web01", "wéb 02", ".hidden%"), materials, strict=False):
        store.obtain(name, lambda material=material: material)  # type: ignore[misc]
    store.remember("web01", "AB" * 20)
    (tmp_path / "ca.pem").write_text("another's")
    (tmp_path / ".web01.pem").write_text("half written")
    (tmp_path / "lost.key").write_text("its .pem is lost")
    found = {each.name: each for each in identities_in(tmp_path)}
    assert found == {name: store.find(name) for name in ("web01", "wéb 02", ".hidden%")}
    assert found["web01"].former_thumbprints == ("AB" * 20,)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"The identity store .*/none cannot be read: no such file or directory\."):
        identities_in(tmp_path / "none")
    (tmp_path / "web01.key").touch()
    (tmp_path / "web01.pem").write_text("cut off")
    with pytest.raises(StoreError, match=r"The certificate .*/web01\.pem cannot be read: it does not hold a whole certificate\."):
        identities_in(tmp_path)
    (tmp_path / "web01.pem").unlink()
    (tmp_path / "web01.pem").mkdir()
    with pytest.raises(StoreError, match=r"web01\.pem cannot be read: is a directory\."):
        identities_in(tmp_path)
