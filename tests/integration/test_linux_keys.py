"""Where a Linux host's private key is, at any time of its instance's life; and whose the port is that shows its certificate."""

from __future__ import annotations

from .playing import Field
from .troubles import on_host

FORMER, HOME = "/etc/octopus/default", "/srv/tentacle"
"""The configuration stays where it was made."""
DEPLOY = {"tentacle_service_user": "deploy"}
LOG = f"{HOME}/Logs/OctopusTentacle.txt"
AGENT = "systemd-run --quiet --unit=second --uid=deploy /opt/octopus/tentacle/Tentacle run --instance=Tentacle --noninteractive"

ABSENT = """
- hosts: tentacles
  gather_facts: false
  tasks:
    - octoboot.octopus.tentacle:
        state: absent
"""


def copies(lab: Field) -> set[tuple[str, str]]:
    """Return the copies that .NET made on the host: whose home each is in, and its thumbprint."""
    found = on_host(lab, "lin01", "find / -xdev -path '*/x509stores/*' -name '*.pfx' -printf '%h %f\\n'").splitlines()
    split = (line.split() for line in found)
    return {(folder.split("/.dotnet")[0], name.removesuffix(".pfx")) for folder, name in split}


def shown(lab: Field) -> str:
    thumbprint: str = lab.records()["lin01"]["Thumbprint"]
    return thumbprint


def test_copies_of_the_key_go_with_the_account_the_certificate_and_the_instance(linux: Field) -> None:
    on_host(linux, "lin01", "useradd -m deploy")
    assert linux.play("-l", "lin01").rc == 0
    first = shown(linux)
    linux.play("-l", "lin01")
    assert copies(linux) == {("/root", first)}

    # Another account, in another home: the second run has nothing to do, and Tentacle no error to log of it.
    wish = {**DEPLOY, "tentacle_home_directory": HOME}
    changed = linux.play("-l", "lin01", variables=wish)
    assert changed.rc == 0, changed.output
    before = int(on_host(linux, "lin01", f"grep -c 'Accepted TCP client' {LOG}"))
    assert linux.play("-l", "lin01", variables=wish).result("lin01") == "unchanged"
    assert on_host(linux, "lin01", f"grep -c 'Accepted TCP client' {LOG}") == str(before + 1)
    assert on_host(linux, "lin01", f"grep -cE ' ERROR |Ignoring empty' {LOG} || true") == "0"
    assert on_host(linux, "lin01", f"stat -c '%U %a' {HOME}/Logs") == "deploy 700"
    assert copies(linux) == {("/home/deploy", first)}

    # Another certificate.
    changed = linux.play("-l", "lin01", variables={**wish, "tentacle_identity_name": "lin01-new"})
    assert changed.rc == 0, changed.output
    second = shown(linux)
    assert second != first
    assert copies(linux) <= {("/home/deploy", second)}

    # And nothing. root looked at it meanwhile, and a configuration was set aside.
    on_host(linux, "lin01", f"Tentacle show-configuration --instance Tentacle; touch {FORMER}/tentacle-default.config.broken{{,.1}}")
    on_host(linux, "lin01", f"install -m 0644 /dev/null /etc/octopus/machinekey; touch {FORMER}/tentacle-default.config.mine")
    assert ("/root", second) in copies(linux)
    playbook = linux.directory / "absent.yml"
    playbook.write_text(ABSENT)
    gone = linux.play("-l", "lin01", playbook=str(playbook))
    assert gone.rc == 0, gone.output
    assert copies(linux) == set()
    left = on_host(linux, "lin01", f"ls -d /etc/octopus/machinekey {FORMER}/*.config* || true")
    assert left.splitlines() == [f"{FORMER}/tentacle-default.config.mine"]


def test_another_agent_on_the_units_port_is_not_taken_for_it(linux: Field) -> None:
    on_host(linux, "lin01", "useradd -m deploy")
    assert linux.play("-l", "lin01", variables=DEPLOY).rc == 0
    on_host(linux, "lin01", f"systemctl stop Tentacle; {AGENT}; sleep 3")
    for _ in range(2):
        run = linux.play("-l", "lin01", variables=DEPLOY)
        assert "the port is held by the process" in run.reason("lin01") or "it is held by the process" in run.reason("lin01")
        assert "Address already in use" in run.reason("lin01")
    on_host(linux, "lin01", "systemctl stop second")
    assert linux.play("-l", "lin01", variables=DEPLOY).result("lin01") == "updated"
    assert linux.play("-l", "lin01", variables=DEPLOY).result("lin01") == "unchanged"
