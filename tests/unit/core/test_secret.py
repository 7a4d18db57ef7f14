"""A secret does not show itself."""

from __future__ import annotations

import json

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.secret import Secret


def test_a_secret_is_masked_wherever_it_is_printed() -> None:
    secret = Secret("API-HIDDEN")
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>30}", "%s" % secret, repr([secret]), repr({"key": secret})):  # noqa: UP031
        assert "HIDDEN" not in shown
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert secret.reveal() == "API-HIDDEN"


def test_secrets_are_compared_by_value_and_false_when_empty() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a")
    assert not Secret("")
