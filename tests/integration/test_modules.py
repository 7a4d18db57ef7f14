"""The modules by themselves, for those who compose plays of their own."""

from __future__ import annotations

from typing import Any

from tests.lab.fleet import DEFAULT_PACKAGE

from .playing import Field


def test_the_modules_work_without_the_role(lab: Field) -> None:
    run = lab.play(playbook="tests/integration/modules.yml")
    assert run.rc == 0, run.output
    record = lab.records()["win01"]
    assert (record["IsDisabled"], record["Roles"], record["MachinePolicyId"]) == (True, ["web-server"], "MachinePolicies-1")
    assert record["HealthStatus"] == "Unknown"
    assert lab.hosts.host("win01")["visits"] == 0


def test_tentacle_is_taken_off_a_windows_host_and_nothing_else(lab: Field) -> None:
    second = {
        "tentacle_instance": "Two",
        "tentacle_port": 10943,
        "tentacle_identity_name": "win01-two",
        "octopus_target_name": "win01-two",
    }
    assert lab.play("-l", "win01").rc == 0
    assert lab.play("-l", "win01", variables=second).rc == 0
    removal = lab.directory / "absent.yml"
    removal.write_text(
        "- hosts: win01\n  gather_facts: false\n  tasks:\n    - octoboot.octopus.tentacle:\n        state: absent\n"
        '        instance: "{{ gone | default(\'Tentacle\') }}"\n      check_mode: "{{ foresee | default(false) }}"\n'
    )

    def absent(changed: int, **variables: Any) -> None:
        run = lab.play("-l", "win01", playbook=str(removal), variables=variables)
        assert run.rc == 0, run.output
        assert f"changed={changed}" in run.output

    absent(1, gone="Two", foresee=True)
    assert len(lab.hosts.host("win01")["services"]) == 2
    absent(1, gone="Two")
    state = lab.hosts.host("win01")
    assert [service["name"] for service in state["services"]] == ["OctopusDeploy Tentacle"]
    assert [product["version"] for product in state["products"]] == [DEFAULT_PACKAGE.version]
    assert state["firewall"] == {"Octopus Deploy Tentacle": "10933"}
    absent(1)
    state = lab.hosts.host("win01")
    assert (state["services"], state["products"], state["firewall"], state["agents"]) == ([], [], {}, [])
    left = lab.hosts.files("win01")
    assert not [path for path in left if path.lower().endswith(".config")]
    assert "C:\\Octopus\\Applications" in left
    absent(0)
    assert lab.play("-l", "win01").result("win01") == "updated"


def test_a_removed_target_is_gone_and_stays_gone(lab: Field) -> None:
    lab.play("-l", "win01")
    removal = lab.directory / "remove.yml"
    removal.write_text(
        "- hosts: win01\n  gather_facts: false\n  tasks:\n    - octoboot.octopus.deployment_target:\n        state: absent\n"
        '      check_mode: "{{ foresee | default(false) }}"\n'
    )
    foreseen = lab.play("-l", "win01", playbook=str(removal), variables={"foresee": True})
    assert "changed=1" in foreseen.output
    assert "win01" in lab.records()
    for expected in ("changed=1", "changed=0"):
        run = lab.play("-l", "win01", playbook=str(removal))
        assert run.rc == 0, run.output
        assert expected in run.output
        assert "win01" not in lab.records()
