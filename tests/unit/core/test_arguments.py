"""The variables that the collection reads."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import arguments


@pytest.mark.parametrize("name", ["octopus_url", "octopus_target_tags", "octopus_roles", "octopus_debug", "tentacle_version"])
def test_a_variable_of_each_kind_is_known(name: str) -> None:
    assert name in arguments.known_variables()


def test_what_one_task_hands_to_the_next_is_no_variable() -> None:
    assert arguments.known_variables().isdisjoint(arguments.tentacle_variable(option) for option in arguments.TASK_ONLY)
    assert set(arguments.TENTACLE) > arguments.TASK_ONLY


def test_every_connection_option_has_a_source_and_every_merged_option_is_a_list() -> None:
    assert arguments.CONNECTION_SOURCES.keys() == arguments.CONNECTION.keys()
    assert arguments.TARGET_VARIABLES.keys() <= arguments.TARGET.keys()
    assert all(arguments.TARGET[option]["type"] == "list" for option in arguments.MERGED)


@pytest.mark.parametrize("spec", ["CONNECTION", "STORE", "TENTACLE", "TARGET", "CERTIFICATE"])
def test_every_secret_is_kept_out_of_logs(spec: str) -> None:
    secret = {"api_key", "access_token", "certificate", "certificate_password", "service_password"}
    marked = {name for name, option in getattr(arguments, spec).items() if option.get("no_log")}
    assert marked == secret & getattr(arguments, spec).keys()
