"""What users rely on by name stays as it is, unless it is changed on purpose: modules, variables, results, the report."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.tools import public
from tests.tools.checkout import ROOT

FROZEN: dict[str, Any] = json.loads((ROOT / public.FILE).read_text(encoding="utf-8"))
REMEDY = (
    "Users rely on these names. If the change is meant, change tests/unit/public.json on purpose (python -m tests.tools.public writes it), "
    "and say it in a changelog fragment (changelogs/fragments): under breaking_changes what is gone or means something else, under "
    "minor_changes what is new."
)


def assert_the_same(frozen: dict[str, Any], found: dict[str, Any]) -> None:
    """Fail with every difference, and with what is to be done."""
    changed = list(public.differences(frozen, found))
    assert not changed, f"Public names have changed: {'; '.join(changed)}. {REMEDY}"


def test_the_public_names_are_those_that_were_frozen() -> None:
    assert_the_same(FROZEN, json.loads(public.as_text(public.now())))


def test_every_kind_of_name_is_frozen() -> None:
    assert FROZEN["modules"].keys() >= {"tentacle", "deployment_target", "health_check", "preflight", "server_info", "tentacle_certificate"}
    assert FROZEN["modules"]["tentacle"]["options"]["port"] == {"type": "int"}
    assert FROZEN["modules"]["tentacle"]["returns"]["changes.path"] == "str"
    assert FROZEN["modules"]["deployment_target"]["options"]["target_tags"]["aliases"] == ["roles"]
    assert FROZEN["role"]["defaults"]["tentacle_install_background"] is True
    assert {"octopus_environments", "octopus_roles", "octopus_target_tags", "octopus_tenants", "octopus_worker_pools"} <= set(
        FROZEN["role"]["merged"]
    )
    assert FROZEN["environment"] == ["OCTOPUS_ACCESS_TOKEN", "OCTOPUS_API_KEY", "OCTOPUS_SPACE", "OCTOPUS_URL"]
    assert {"schema", "hosts.*.result", "hosts.*.changes[].path", "servers[].url"} <= set(FROZEN["report"]["keys"])
    assert FROZEN["callback"]["options"]["log_directory"]["environment"] == ["OCTOBOOT_LOG_DIR"]
    assert "bootstrap" in FROZEN["playbooks"]


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return the frozen names with one change."""
    found = copy.deepcopy(FROZEN)
    change(found)
    return found


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (changed(lambda it: it["modules"]["tentacle"]["options"].pop("port")), "modules.tentacle.options.port is gone"),
        (changed(lambda it: it["modules"]["tentacle"]["returns"].update(new="str")), "modules.tentacle.returns.new is new"),
        (
            changed(lambda it: it["modules"]["tentacle"]["options"]["firewall"].update(default=1)),
            "modules.tentacle.options.firewall.default was true and is 1",
        ),
        (changed(lambda it: it["action_groups"]["octopus"].pop()), "action_groups.octopus was"),
        (changed(lambda it: it["role"]["defaults"].update(tentacle_port=10933)), "role.defaults.tentacle_port was null and is 10933"),
        (changed(lambda it: it["report"]["keys"].remove("schema")), "report.keys was"),
        (changed(lambda it: it["environment"].append("OCTOPUS_HOST")), "environment was"),
    ],
)
def test_a_change_fails_with_a_sentence_that_says_what_to_do(found: dict[str, Any], words: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_the_same(FROZEN, found)
    assert words in str(caught.value)
    assert "changelog fragment" in str(caught.value)
    assert public.FILE in str(caught.value)
