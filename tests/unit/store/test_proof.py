"""No key is encrypted with a secret that opens nothing of the store: nobody could read it later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible import constants as C
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import StoreError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import Material
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store import disk
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.cipher import Cipher, PlainCipher
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.identities import IdentityStore

from .conftest import cipher

DEV, PROD, MISTYPED = ("dev", b"d"), ("prod", b"p"), ("prod", b"q")
OURS, WRONG = ("default", b"correct horse"), ("default", b"correct hoarse")


class Keeper:
    """A store's directory, and certificates to put in it."""

    def __init__(self, directory: Path, materials: list[Material]) -> None:
        self.directory = directory
        self._materials = iter(materials)

    def make(self, name: str, encryption: Cipher) -> None:
        """Make an identity."""
        IdentityStore(self.directory, encryption).obtain(name, lambda: next(self._materials))

    def files(self) -> list[str]:
        """Return what is there, the lock left out."""
        return sorted(path.name for path in self.directory.iterdir() if path.name != ".lock")


@pytest.fixture
def keeper(tmp_path: Path, materials: list[Material]) -> Keeper:
    return Keeper(tmp_path / "identities", materials)


def test_a_mistyped_password_makes_no_key(keeper: Keeper) -> None:
    keeper.make("web01", cipher(OURS))
    before = keeper.files()
    with pytest.raises(StoreError, match="opens none of the keys that are there, so nobody could read a new one later") as refused:
        keeper.make("web02", cipher(WRONG))
    assert str(keeper.directory) in str(refused.value)
    assert keeper.files() == before
    keeper.make("web02", cipher(OURS))


def test_it_puts_no_supplied_certificate_into_the_store_either(keeper: Keeper, materials: list[Material]) -> None:
    keeper.make("web01", cipher(OURS))
    with pytest.raises(StoreError, match="opens none of the keys"):
        IdentityStore(keeper.directory, cipher(WRONG)).replace("web01", materials[1])
    assert IdentityStore(keeper.directory, cipher()).replace("web01", materials[0]).thumbprint == materials[0].thumbprint
    assert IdentityStore(keeper.directory, cipher(OURS)).private_key("web01") == materials[0].private_key_pem


def test_a_store_that_has_lost_its_keys_knows_its_password_by_a_canary(keeper: Keeper) -> None:
    keeper.make("web01", cipher(OURS))
    for path in keeper.directory.glob("web01.*"):
        path.unlink()
    assert keeper.files() == [".canary"]
    with pytest.raises(StoreError, match=r"does not open \.canary there, .* or delete \.canary if the store has another secret now"):
        keeper.make("web02", cipher(WRONG))
    keeper.make("web02", cipher(OURS))


def test_keys_that_were_given_another_password_count_more_than_the_canary(keeper: Keeper, materials: list[Material]) -> None:
    keeper.make("web01", cipher(OURS))
    key = keeper.directory / "web01.key"
    key.write_bytes(cipher(WRONG).encrypt(cipher(OURS).decrypt(key.read_bytes())))
    with pytest.raises(StoreError, match="opens none of the keys"):
        keeper.make("web02", cipher(OURS))
    keeper.make("web02", cipher(WRONG))


def test_of_several_vault_ids_the_one_that_encrypts_is_proven(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper.make("web01", cipher(DEV))
    monkeypatch.setattr(C, "DEFAULT_VAULT_ENCRYPT_IDENTITY", "prod")
    keeper.make("web02", cipher(DEV, PROD))
    # The key of `dev` opens, and that of `prod` does not: it is `prod` that would encrypt.
    with pytest.raises(StoreError, match="of this run with the id 'prod' opens none of the keys"):
        keeper.make("web03", cipher(DEV, MISTYPED))
    keeper.make("web03", cipher(DEV, PROD))
    assert [name for name in keeper.files() if name.startswith(".")] == [".canary-dev", ".canary-prod"]


def test_a_new_vault_id_needs_a_secret_that_opens_something(keeper: Keeper) -> None:
    keeper.make("web01", cipher(DEV))
    with pytest.raises(StoreError, match="with the id 'prod' opens none"):
        keeper.make("web02", cipher(PROD))
    assert ".canary-prod" not in keeper.files()
    keeper.make("web02", cipher(PROD, DEV))
    keeper.make("web03", cipher(PROD))


def test_a_store_is_encrypted_or_it_is_not(keeper: Keeper, tmp_path: Path, materials: list[Material]) -> None:
    keeper.make("web01", cipher(OURS))
    with pytest.raises(StoreError, match="encrypted with ansible-vault, but the store is set to work without encryption"):
        keeper.make("web02", PlainCipher())
    plain = Keeper(tmp_path / "plain", materials)
    plain.make("web01", PlainCipher())
    plain.make("web02", PlainCipher())
    with pytest.raises(StoreError, match="not encrypted: encrypt them with 'ansible-vault encrypt'"):
        plain.make("web03", cipher(OURS))
    assert plain.files() == ["web01.key", "web01.pem", "web02.key", "web02.pem"]


def test_one_damaged_key_does_not_hide_the_others(keeper: Keeper) -> None:
    keeper.make("web01", cipher(OURS))
    keeper.make("web02", cipher(OURS))
    (keeper.directory / "web01.key").write_bytes((keeper.directory / "web01.key").read_bytes()[:200])
    keeper.make("web03", cipher(OURS))


def test_a_look_proves_it_as_well_and_writes_nothing(keeper: Keeper) -> None:
    IdentityStore(keeper.directory, cipher(OURS)).require_secret()
    with pytest.raises(StoreError, match="no vault secret was given"):
        IdentityStore(keeper.directory, cipher()).require_secret()
    assert not keeper.directory.exists()


def test_it_is_proven_once_in_a_run_with_many_hosts(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper.make("web01", cipher(OURS))
    opened: list[bytes] = []
    done: set[str] = set()
    encryption = cipher(OURS)

    def opens(data: bytes) -> bool:
        opened.append(data)
        return True

    def once(topic: str, do: Callable[[], None]) -> None:
        if topic not in done:
            done.add(topic)
            do()

    monkeypatch.setattr(encryption, "opens_as_own", opens)

    for name in ("web02", "web03"):
        IdentityStore(keeper.directory, encryption, once=once).obtain(name)
    assert len(opened) == 1


def test_of_two_runs_that_begin_a_store_with_two_passwords_one_is_refused(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    create = disk.create

    def second(path: Path, data: bytes) -> None:
        monkeypatch.setattr(disk, "create", create)
        create(path, cipher(OURS).encrypt(b"the other run was first"))
        create(path, data)

    monkeypatch.setattr(disk, "create", second)
    with pytest.raises(StoreError, match=r"does not open \.canary"):
        keeper.make("web01", cipher(WRONG))
    assert keeper.files() == [".canary"]
