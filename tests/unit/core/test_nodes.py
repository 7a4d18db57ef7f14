"""What two records of one server say of where it is polled."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.nodes import Nodes, of_one_server

BOTH = Nodes(("https://a:10943", "https://b:10943"), "first")


@pytest.mark.parametrize(
    ("first", "other", "told"),
    [(None, None, None), (BOTH, None, BOTH), (None, BOTH, BOTH), (BOTH, Nodes(BOTH.addresses[::-1], "other"), BOTH)],
)
def test_one_of_them_is_enough_and_order_does_not_matter(first: Nodes | None, other: Nodes | None, told: Nodes | None) -> None:
    assert of_one_server(first, other) == told


@pytest.mark.parametrize("addresses", [BOTH.addresses[:1], (*BOTH.addresses, "https://c:10943")])
def test_they_may_not_differ(addresses: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"^says other addresses than 'first' does, and both are about one server: .*\.$") as error:
        of_one_server(BOTH, Nodes(addresses, "other"))
    assert error.value.option == "other"
