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
    # .NET's store would rescue the certificate where the new machine's key, as one in 128, finds a padding that looks right.
    on_host(linux, "lin01", "rm -r ~root/.dotnet; systemd-id128 new > /etc/machine-id; systemctl restart Tentacle || true")
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
    # What Tentacle's own command set up is taken as it is.
    service = "Tentacle service --instance Tentacle"
    on_host(linux, "lin01", f"{service} --stop --uninstall && systemctl daemon-reload && {service} --install --start")
    assert {linux.play().result(name) for name in linux.names} == {"unchanged"}


def test_no_key_is_sent_where_ansible_keeps_what_it_sends_and_an_inventory_that_says_nothing_moves_nothing(linux: Field) -> None:
    elsewhere = {"tentacle_home_directory": "/srv/tentacle", "tentacle_application_directory": "/srv/apps", "tentacle_port": 10944}
    keeping = {"ANSIBLE_KEEP_REMOTE_FILES": "1"}
    for arguments in (("--check",), ()):
        refused = linux.play("-l", "lin01", *arguments, environment=keeping)
        assert "(ANSIBLE_KEEP_REMOTE_FILES, or 'keep_remote_files' in ansible.cfg)" in refused.reason("lin01")
        assert "this machine's private key would be among them. Nothing was changed" in refused.reason("lin01")
    assert on_host(linux, "lin01", "ls -d /var/lib/octoboot /opt/octopus /etc/octopus 2>/dev/null || true") == ""
    assert linux.play("-l", "lin01", variables=elsewhere).rc == 0
    record = linux.records()["lin01"]
    for arguments in (("--check",), ()):
        run = linux.play("-l", "lin01", *arguments, environment=keeping)
        assert (run.result("lin01"), run.hosts["lin01"]["changes"]) == ("unchanged", []), run.output
    assert linux.records()["lin01"]["Uri"] == record["Uri"]
    assert record["Uri"].endswith(":10944/")
    assert on_host(linux, "lin01", "ls -d /etc/octopus/default /home/Octopus 2>/dev/null || true") == ""


def test_what_is_damaged_is_kept_and_made_again_and_what_is_not_stays(linux: Field) -> None:
    linux.play(variables={"tentacle_port": 10944})
    record = linux.records()["lin01"]
    packages = [on_host(linux, name, "dpkg-query -W tentacle; stat -c %i /opt/octopus/tentacle/Tentacle") for name in linux.names]
    entry = "/etc/octopus/Tentacle/Instances/tentacle.config"
    for number, kept in enumerate((".broken", ".broken.1")):
        # Tentacle's `version` loads the damaged one, and fails with it: that is no reason to install it anew.
        on_host(linux, "lin01", f"truncate -s {100 + number} {PATHS[1]}")
        on_host(linux, "lin02", f"Tentacle configure --instance Tentacle --trust {OTHER_SERVER}; truncate -s {number} {entry}")
        run = linux.play()
        assert run.rc == 0, run.output
        assert {run.result(name) for name in linux.names} == {"updated"}
        assert f"The configuration {PATHS[1]} is damaged (it is not XML: " in " ".join(run.output.split())
        assert linux.records()["lin01"]["Uri"].endswith(":10933/")  # as the new one has it
        assert on_host(linux, "lin01", f"stat -c %s {PATHS[1]}{kept}") == str(100 + number)
        assert on_host(linux, "lin02", f"stat -c %s /etc/octopus/Tentacle/tentacle.config{kept}") == str(number)
    assert linux.records()["lin01"]["Thumbprint"] == record["Thumbprint"]
    # Where the entry of the index alone was lost, the configuration is as it was: its port, and whom it trusts.
    assert linux.records()["lin02"]["Uri"].endswith(":10944/")
    assert OTHER_SERVER in on_host(linux, "lin02", "Tentacle show-configuration --instance Tentacle")
    assert [on_host(linux, name, "dpkg-query -W tentacle; stat -c %i /opt/octopus/tentacle/Tentacle") for name in linux.names] == packages


def test_a_bad_answer_of_tentacles_is_no_reason_to_begin_anew(linux: Field) -> None:
    linux.play()
    for name in linux.names:
        on_host(linux, name, f"Tentacle configure --instance Tentacle --trust {OTHER_SERVER}; cp {PATHS[1]} /var/tmp/before")
    linux.hosts.set_fault("lin01", "tentacle_exit_100", "version")
    linux.hosts.set_fault("lin02", "tentacle_exit_100", "show-configuration")
    run = linux.play()
    assert {run.result(name) for name in linux.names} == {"unchanged"}, run.output
    assert "'Tentacle show-configuration --instance Tentacle' ended with exit code 100" in " ".join(run.output.split())
    for name in linux.names:
        on_host(linux, name, f"cmp {PATHS[1]} /var/tmp/before")
        assert (
            on_host(linux, name, f"ls {PATHS[1]}.broken 2>/dev/null || true; grep -c ' remove tentacle' /var/log/dpkg.log || true") == "0"
        )
    # A file that is XML, and says what nobody understands: an error, and nothing is touched.
    on_host(linux, "lin02", f"sed -i 's/>10933</>many</' {PATHS[1]}; cp {PATHS[1]} /var/tmp/before")
    failed = linux.play("-l", "lin02")
    assert (
        f"The settings in {PATHS[1]} cannot be read: its 'Tentacle.Services.PortNumber' is 'many'. Nothing was changed."
        in failed.reason("lin02")
    )
    on_host(linux, "lin02", f"cmp {PATHS[1]} /var/tmp/before && test ! -e {PATHS[1]}.broken")


def test_an_instance_with_the_name_of_another_service_is_refused(linux: Field) -> None:
    for name, words in (("ssh", ""), ("sshd", " ('sshd.service' is another name of it)")):
        run = linux.play("-l", "lin01", variables={"tentacle_instance": name})
        assert f"has a unit 'ssh.service'{words} that is not Tentacle's" in run.reason("lin01")
    assert on_host(linux, "lin01", "systemctl is-active ssh") == "active"


def test_the_password_of_a_proxy_that_was_set_by_hand_stays_when_the_proxy_changes(linux: Field) -> None:
    on_host(linux, "lin01", "useradd -m deploy")
    said = {"tentacle_service_user": "deploy", "tentacle_proxy_host": "proxy.example.com"}
    first = linux.play("-l", "lin01", variables=said)
    assert first.rc == 0, first.output
    on_host(linux, "lin01", "Tentacle proxy --instance Tentacle --proxyEnable=True --proxyHost=other --proxyPassword=S3cr3t")
    kept = f"grep 'Octopus.Proxy.ProxyPassword' {PATHS[1]}"
    password = on_host(linux, "lin01", kept)
    run = linux.play("-l", "lin01", variables={**said, "tentacle_proxy_user": "bob"})
    assert run.rc == 0, run.output
    changes = [(change["path"], change["before"], change["after"]) for change in run.hosts["lin01"]["changes"]]
    assert changes == [("proxy", "other:80", "proxy.example.com:80 as bob")]
    assert on_host(linux, "lin01", kept) == password
    assert owners(linux, "lin01", PATHS[1]) == ["deploy 600"]
