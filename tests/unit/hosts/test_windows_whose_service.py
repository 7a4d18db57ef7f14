"""Whose a Windows service is, by the program that it runs."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import read_observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.services import instance_of
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hosts.test_windows_observe import observed, service
from tests.unit.hosts.windows_host import WANTED, outcomes

HERE = "C:\\Program Files\\Octopus Deploy\\Tentacle\\Tentacle.exe"


@pytest.mark.parametrize(
    ("command_line", "instance"),
    [
        (f'"{HERE}" run --instance="Tentacle"', "Tentacle"),
        (f'"{HERE}" run --instance="Two Words"', "Two Words"),
        (f"{HERE} run --instance=Two", "Two"),
        (f'"{HERE.upper()}" RUN --INSTANCE "Two"', "Two"),
        (f'"{HERE}" run "--instance=Two"', "Two"),
        (f'"{HERE}" run /instance:Two --noninteractive', "Two"),
        (f'"{HERE}" run', "Tentacle"),
        (HERE, "Tentacle"),
        ("Tentacle.exe run", "Tentacle"),
        ('"C:\\Tools\\watch.exe" --instance="Tentacle"', None),
        ('"C:\\Tools\\watch.exe" "C:\\x\\Tentacle.exe" run --instance="Tentacle"', None),
        ("C:\\Tools\\MyTentacle.exe run", None),
        ("C:\\Tentacle.exe\\svc.exe run", None),
        ("", None),
        ('"', None),
    ],
)
def test_the_program_and_its_instance_say_whose_a_service_is(command_line: str, instance: str | None) -> None:
    assert instance_of(command_line) == instance


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]*", fullmatch=True), st.sampled_from([names.INSTALL_LOCATION, "D:\\", "\\\\srv\\share\\"]))
def test_what_tentacle_registers_is_tentacles(instance: str, location: str) -> None:
    assert instance_of(names.command_line(instance, location)) == instance


@given(st.text())
def test_any_command_line_is_read(command_line: str) -> None:
    instance_of(command_line)


@pytest.mark.parametrize("command_line", ['"C:\\Tools\\watch.exe" run', f'"{HERE}" run --instance="Other"', ""])
def test_a_service_of_the_instances_name_that_is_not_tentacles_is_refused(command_line: str) -> None:
    with pytest.raises(HostError, match=r"^The service 'OctopusDeploy Tentacle' is not that of Tentacle's instance 'Tentacle': it runs"):
        read_observation(WANTED, outcomes(services=[service(command_line=command_line)]))


def test_a_service_of_tentacles_elsewhere_is_the_instances_and_is_mended() -> None:
    assert observed(services=[service(command_line='"D:\\Old\\Tentacle.exe" run --instance="tentacle"')]).instance.service is not None


def test_services_of_others_are_not_stopped_for_an_installation() -> None:
    programs = {"watch": "C:\\watch.exe", "Two": HERE}
    others = [service(name=f"OctopusDeploy Tentacle: {name}", command_line=program) for name, program in programs.items()]
    assert observed(services=[service(), *others]).running == ("OctopusDeploy Tentacle", "OctopusDeploy Tentacle: Two")
