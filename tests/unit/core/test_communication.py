"""What the options say of who connects to whom."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import ANY_ADDRESS, Listening, communication


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ((None, None, None), None),
        (("listening", None, None), Listening()),
        ((None, 10943, None), Listening(10943, implied=True)),
        (("listening", 1, "10.0.0.7"), Listening(1, "10.0.0.7")),
        ((None, None, ANY_ADDRESS), Listening(address=ANY_ADDRESS, implied=True)),
    ],
)
def test_what_is_said_is_read_and_nothing_said_is_nothing(said: tuple[str | None, int | None, str | None], read: Listening | None) -> None:
    assert communication(*said) == read
