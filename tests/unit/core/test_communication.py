"""What the options say of who connects to whom."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import ANY_ADDRESS, Listening, communication


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ((None, None, None), None),
        (("listening", None, None), Listening()),
        ((None, 10943, None), Listening(10943, implied=True)),
        (("listening", 1, " 10.0.0.7 "), Listening(1, "10.0.0.7")),
        ((None, None, "ANY"), Listening(address=ANY_ADDRESS, implied=True)),
        ((None, 65535, "2001:DB8:0:0::7"), Listening(65535, "2001:db8::7", implied=True)),
    ],
)
def test_what_is_said_is_read_and_nothing_said_is_nothing(said: tuple[str | None, int | None, str | None], read: Listening | None) -> None:
    assert communication(*said) == read


@pytest.mark.parametrize(
    ("said", "option", "words"),
    [
        (("polling", None, None), "communication_style", "must be 'listening', and is 'polling'."),
        ((None, 0, None), "port", "must be between 1 and 65535, and is 0."),
        ((None, 65536, None), "port", "must be between 1 and 65535, and is 65536."),
        ((None, None, "web01"), "listen_ip_address", "must be an IP address of the host, or 'any' for all of them, and is 'web01'."),
        ((None, None, ""), "listen_ip_address", "must be an IP address of the host, or 'any' for all of them, and is ''."),
    ],
)
def test_what_cannot_be_is_refused_by_its_option(said: tuple[str | None, int | None, str | None], option: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        communication(*said)
    assert (error.value.option, str(error.value)) == (option, words)
