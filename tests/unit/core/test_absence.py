"""What goes when an instance shall be absent."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.absence import AbsencePlan, plan_absence
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import ObservedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version

from .instances import SETTLED

VERSION = Version((9, 2, 4285))


def test_nothing_goes_where_nothing_is() -> None:
    assert plan_absence("Tentacle", ObservedInstance(), version=None, others=()) == AbsencePlan()


def test_the_instance_goes_and_with_the_last_one_the_package() -> None:
    plan = plan_absence("Tentacle", SETTLED, version=VERSION, others=())
    assert plan.package
    assert plan.changes == (
        Change("instance", "Tentacle", None),
        Change("service", "running", None),
        Change("firewall", "10933", None),
        Change("package.version", "9.2.4285", None),
    )


def test_the_package_stays_while_another_instance_needs_it() -> None:
    plan = plan_absence("Tentacle", SETTLED, version=VERSION, others=("second",))
    assert not plan.package
    assert "package.version" not in {change.path for change in plan.changes}


def test_a_package_without_an_instance_goes_too() -> None:
    assert plan_absence("Tentacle", ObservedInstance(), version=VERSION, others=()).package


def test_what_a_killed_run_left_goes_as_well() -> None:
    left = replace(ObservedInstance(), restart_pending=True, leftover_keys=True, broken="the index entry cannot be read")
    assert [change.path for change in plan_absence("x", left, version=None, others=()).changes] == [
        "instance",
        "restart_pending",
        "leftover_keys",
    ]
