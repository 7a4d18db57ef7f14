"""Variables that are nearly ours."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.options import known_variables, merged_variables
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.strangers import refuse_strangers


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("octopus_enviroments", "octopus_environments"),
        ("octopus_enviroments__web", "octopus_environments__web"),
        ("tentacle_home", "tentacle_home_directory"),
        ("octopus_space_name", "octopus_space"),
        ("octopus_hostname", "octopus_public_hostname"),
        ("octopus_tags", "octopus_target_tags"),
        ("octopus_tags__web", "octopus_target_tags__web"),
        ("tentacle_polling", "tentacle_communication_style"),
        ("octopus_host", "octopus_hosts"),
        ("octopus_server_url", "octopus_url"),
        ("octopus_role", "octopus_roles"),
        ("octopus_tenant__web", "octopus_tenants__web"),
        ("octopus_tenanted_deployment_participation", "octopus_tenanted_participation"),
        ("octopus_machine_proxy", "octopus_proxy"),
        ("tentacle_proxy_server", "tentacle_proxy_host"),
        ("tentacle_polling_proxy_username", "tentacle_polling_proxy_user"),
    ],
)
def test_what_is_nearly_ours_is_refused_with_the_right_name(name: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"no variable '{name}'. Did you mean '{meant}'"):
        refuse_strangers([name])


@pytest.mark.parametrize("name", ["octopus_machine_policy__web", "tentacle_port__web", "octopus_url__a"])
def test_parts_of_what_is_not_merged_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"'{name}' adds to '{name.split('__')[0]}', which cannot be given in parts"):
        refuse_strangers([name])


def test_what_is_allowed_is_let_through() -> None:
    refuse_strangers(["octopus_host", "octopus_machine_policy__web"], allowed=["octopus_host", "octopus_machine_policy__web"])


def test_what_is_ours_and_what_is_far_from_it_is_let_through() -> None:
    refuse_strangers([*known_variables(), *(f"{name}__web" for name in merged_variables())])
    refuse_strangers(["octopus_team_calendar", "tentacle_squid", "web_octopus_host", "ansible_port"])


def test_all_of_them_are_told_at_once() -> None:
    with pytest.raises(InputError, match=r"'octopus_tags'.*'tentacle_home'"):
        refuse_strangers(["tentacle_home", "octopus_tags"])
