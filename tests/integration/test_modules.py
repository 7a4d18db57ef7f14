"""The modules by themselves, for those who compose plays of their own."""

from __future__ import annotations

from .playing import Field


def test_the_modules_work_without_the_role(lab: Field) -> None:
    run = lab.play(playbook="tests/integration/modules.yml")
    assert run.rc == 0, run.output
    record = lab.records()["win01"]
    assert (record["IsDisabled"], record["Roles"], record["MachinePolicyId"]) == (True, ["web-server"], "MachinePolicies-1")
    assert record["HealthStatus"] == "Unknown"
    assert lab.hosts.host("win01")["visits"] == 0


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
