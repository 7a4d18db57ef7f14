"""A loader that carries vault secrets, and certificates made once for all tests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.vault import VaultCipher
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import Material
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.pfx import make_material


def cipher(*secrets: tuple[str, bytes]) -> VaultCipher:
    """Return the cipher of a run that was given these vault ids and passwords."""
    return VaultCipher(SimpleNamespace(_vault=SimpleNamespace(secrets=[(vault_id, VaultSecret(secret)) for vault_id, secret in secrets])))


@pytest.fixture(scope="session")
def materials() -> list[Material]:
    return [make_material() for _ in range(4)]
