"""docs/settings.md speaks of every option that `Tentacle configure` has, and of variables that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.options import known_variables

from tests.tools.checkout import ROOT

PAGE = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
CONFIGURE = Path(ROOT / "tests/lab/tentacle/commands/configure.py").read_text(encoding="utf-8")
"""The lab's twin, which is held to recordings of the real one."""


def configure_options() -> set[str]:
    """Return the first name of each option."""
    begin = CONFIGURE.index("class ConfigureCommand")
    declared = CONFIGURE[begin : CONFIGURE.index("def _queue")]
    return set(re.findall(r'(?:_queue|options\.add)\("([\w-]+)', declared))


def test_every_option_of_configure_is_spoken_of() -> None:
    options = configure_options()
    assert {"home", "port", "trust", "reset-trust", "pollingConnectionCount"} <= options
    assert {name for name in options if f"--{name}" not in PAGE} == set()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tentacle_\w+)`", PAGE))))
def test_a_variable_that_is_named_exists(name: str) -> None:
    assert name in known_variables()
