"""The size of the batches: the one value that Ansible reads before any task of ours can look at it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.helpers import pct_to_int

from tests.tools.checkout import ROOT


def serial_of(variables: dict[str, Any]) -> Any:
    """Return what Ansible makes of the playbook's `serial`."""
    loader = DataLoader()
    # Cores before 2.19 trust every template.
    trusted = {"trusted_as_template": True} if "trusted_as_template" in inspect.signature(loader.load_from_file).parameters else {}
    (play,) = loader.load_from_file(str(ROOT / "playbooks" / "bootstrap.yml"), **trusted)
    return Templar(loader=loader, variables=variables).template(play["serial"])


@pytest.mark.parametrize("given", [1, "1", "25%", "100%", [1, "50%"], ["2", 5]])
def test_a_size_is_taken(given: Any) -> None:
    assert str(serial_of({"octopus_serial": given})) == str(given)  # a number may come as text before 2.19: Ansible takes both


@pytest.mark.parametrize("given", [None, "", [], [None], [1, None], [[1]], 0, "0", -1, {}, True, [True], 1.5, [1.0], "two", "[1]", "101%"])
def test_what_is_none_stops_no_run_before_its_first_task(given: Any) -> None:
    assert pct_to_int(serial_of({"octopus_serial": given}), 7) == 7


@pytest.mark.parametrize("debug", [True, "true", "yes", "1"])
def test_debug_is_one_at_a_time(debug: Any) -> None:
    assert serial_of({"octopus_debug": debug, "octopus_serial": 5}) in (1, "1")
