"""The instance on Linux hosts: who owns it, what it is encrypted with, what lets connections in."""

from __future__ import annotations

import json

from tests.lab.halibut import thumbprint_at

from .playing import Field
from .troubles import host_variables, on_host

OTHER_SERVER = "AB" * 20


def owners(lab: Field, name: str, *paths: str) -> list[str]:
    """Return owner and mode of paths."""
    return on_host(lab, name, f"stat -c '%U %a' {' '.join(paths)}").splitlines()


HOME = "/etc/octopus/default"
PATHS = (HOME, f"{HOME}/tentacle-default.config", f"{HOME}/Logs", "/home/Octopus/Applications")


def test_a_service_user_owns_what_it_needs_and_nobody_else_reads_it(linux: Field) -> None:
    on_host(linux, "lin01", "useradd -m deploy")
    user = {"tentacle_service_user": "deploy"}
    assert linux.play("-l", "lin01").rc == 0
    assert owners(linux, "lin01", *PATHS) == ["root 700", "root 600", "root 700", "root 755"]
    changed = linux.play("-l", "lin01", variables=user)
    assert changed.rc == 0, changed.output
    assert owners(linux, "lin01", *PATHS) == ["deploy 700", "deploy 600", "deploy 700", "deploy 755"]
    assert on_host(linux, "lin01", "ps -o user= -p $(systemctl show -P MainPID Tentacle)") == "deploy"
    assert linux.play("-l", "lin01", variables=user).result("lin01") == "unchanged"
    # Looking at an instance logs: into files that its user can write to ever after.
    assert on_host(linux, "lin01", f"find {HOME} ! -user deploy") == ""
    on_host(linux, "lin01", f"chmod 644 {PATHS[1]}; chown root {PATHS[2]}")
    mended = linux.play("-l", "lin01", variables=user)
    assert {change["path"] for change in mended.hosts["lin01"]["changes"]} == {"home_directory.access"}
    assert owners(linux, "lin01", *PATHS) == ["deploy 700", "deploy 600", "deploy 700", "deploy 755"]
    assert linux.play("-l", "lin01").result("lin01") == "unchanged"  # what is not said stays
    back = linux.play("-l", "lin01", variables={"tentacle_service_user": "root"})
    assert back.rc == 0, back.output
    assert owners(linux, "lin01", *PATHS) == ["root 700", "root 600", "root 700", "root 755"]


def test_a_cloned_machine_gets_its_own_identity_and_keeps_what_else_it_trusts(linux: Field) -> None:
    linux.play()
    on_host(linux, "lin01", f"Tentacle configure --instance Tentacle --trust {OTHER_SERVER}")
    record = linux.records()["lin01"]
    on_host(linux, "lin01", "systemd-id128 new > /etc/machine-id; systemctl restart Tentacle || true")
    run = linux.play()
    assert run.rc == 0, run.output
    assert (run.result("lin01"), run.result("lin02")) == ("updated", "unchanged")
    assert "private_key" in {change["path"] for change in run.hosts["lin01"]["changes"]}
    assert thumbprint_at(linux.hosts.host("lin01")["address"], 10933) == record["Thumbprint"]
    shown = json.loads(on_host(linux, "lin01", "Tentacle show-configuration --instance Tentacle"))
    trusted = [entry["Thumbprint"] for entry in shown["Tentacle"]["Communication"]["TrustedOctopusServers"]]
    assert sorted(trusted) == sorted([OTHER_SERVER, linux.lab.server.thumbprint])


def test_an_image_of_another_host_is_not_taken_for_it(linux: Field) -> None:
    """A disk was copied with its configuration: the clone may not adopt the record of the machine that it was copied from."""
    linux.play("-l", "lin01")
    original = linux.records()["lin01"]
    folder = on_host(linux, "lin01", "tar -C / -cz etc/octopus etc/systemd/system/Tentacle.service | base64 -w0")
    on_host(linux, "lin02", f"echo {folder} | base64 -d | tar -C / -xz")
    run = linux.play()
    assert run.rc == 0, run.output
    assert (run.result("lin01"), run.result("lin02")) == ("unchanged", "created")
    records = linux.records()
    assert (records["lin01"]["Id"], records["lin01"]["Thumbprint"]) == (original["Id"], original["Thumbprint"])
    assert records["lin02"]["Thumbprint"] != original["Thumbprint"]
    assert thumbprint_at(linux.hosts.host("lin02")["address"], 10933) == records["lin02"]["Thumbprint"]


def test_several_instances_live_on_one_host_and_a_new_port_reaches_the_record(linux: Field) -> None:
    linux.play()
    own = host_variables(
        linux,
        {
            "lin01": {
                "tentacle_instance": "Two",
                "tentacle_port": 10943,
                "tentacle_identity_name": "lin01-two",
                "octopus_target_name": "lin01-two",
            },
            "lin02": {"tentacle_port": 10943},
        },
    )
    run = linux.play(*own)
    assert run.rc == 0, run.output
    assert (run.result("lin01"), run.result("lin02")) == ("created", "updated")
    records, state = linux.records(), linux.hosts.host("lin01")
    assert sorted(unit["Id"] for unit in state["units"]) == ["Tentacle.service", "Two.service"]
    for name, port in (("lin01", 10933), ("lin01-two", 10943)):
        assert records[name]["Uri"] == f"https://{state['address']}:{port}/"
        assert thumbprint_at(state["address"], port) == records[name]["Thumbprint"]
    assert records["lin02"]["Uri"].endswith(":10943/")
    assert {linux.play(*own).result(name) for name in linux.names} == {"unchanged"}


def test_a_rule_is_made_in_a_firewall_that_is_at_work_and_in_no_other(linux: Field) -> None:
    on_host(linux, "lin01", "ufw allow 22/tcp && ufw --force enable")
    assert linux.play().rc == 0
    assert on_host(linux, "lin01", "ufw status | grep -c '^10933/tcp  .*ALLOW .*Octopus Tentacle'") == "1"
    assert "10933" not in on_host(linux, "lin02", "ufw show added")
    assert {linux.play().result(name) for name in linux.names} == {"unchanged"}
    on_host(linux, "lin01", "ufw delete allow proto tcp to any port 10933")
    left = linux.play("-l", "lin01", variables={"tentacle_firewall": False})
    assert left.result("lin01") == "unchanged"
    mended = linux.play("-l", "lin01")
    assert {change["path"] for change in mended.hosts["lin01"]["changes"]} == {"firewall"}


def test_a_service_that_was_stopped_or_edited_by_hand_runs_again_as_it_should(linux: Field) -> None:
    linux.play()
    on_host(linux, "lin01", "systemctl disable --now Tentacle")
    on_host(
        linux,
        "lin02",
        "sed -i s,/opt/octopus/tentacle/Tentacle,/usr/bin/Tentacle, /etc/systemd/system/Tentacle.service; systemctl daemon-reload",
    )
    run = linux.play()
    assert run.rc == 0, run.output
    paths = {name: {change["path"] for change in run.hosts[name]["changes"]} for name in linux.names}
    assert paths == {"lin01": {"service.start_mode", "service.state"}, "lin02": {"service.command_line"}}
    assert {linux.play().result(name) for name in linux.names} == {"unchanged"}


def test_what_tentacles_own_service_command_set_up_is_adopted_as_it_is(linux: Field) -> None:
    linux.play("-l", "lin01")
    service = "Tentacle service --instance Tentacle"
    on_host(linux, "lin01", f"{service} --stop --uninstall && systemctl daemon-reload && {service} --install --start")
    assert linux.play("-l", "lin01").result("lin01") == "unchanged"


def test_a_configuration_that_was_cut_off_is_set_aside_and_made_again(linux: Field) -> None:
    linux.play()
    record = linux.records()["lin01"]
    on_host(linux, "lin01", f"truncate -s 100 {PATHS[1]}")
    on_host(linux, "lin02", "echo '{' > /etc/octopus/Tentacle/Instances/tentacle.config")
    run = linux.play()
    assert run.rc == 0, run.output
    assert {run.result(name) for name in linux.names} == {"updated"}
    assert linux.records()["lin01"]["Thumbprint"] == record["Thumbprint"]
    assert on_host(linux, "lin01", f"stat -c %s {PATHS[1]}.broken") == "100"


def test_an_instance_with_the_name_of_another_service_is_refused(linux: Field) -> None:
    for name, words in (("ssh", ""), ("sshd", " ('sshd.service' is another name of it)")):
        run = linux.play("-l", "lin01", variables={"tentacle_instance": name})
        assert f"has a unit 'ssh.service'{words} that is not Tentacle's" in run.reason("lin01")
    assert on_host(linux, "lin01", "systemctl is-active ssh") == "active"
