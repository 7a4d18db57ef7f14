"""The lab's Linux hosts are what they are said to be, and nothing of them is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.lab.linux import cgroup
from tests.lab.linux.network import Network
from tests.lab.linux.packages import VERSIONS

from .playing import BIN, ROOT, Field

TOY = """\
import os
import subprocess

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule({})
    for number in range(1, 5):
        with open(f"/var/tmp/step-{number}", "w") as file:
            file.write("done")
    subprocess.run(["touch", "/var/tmp/step-5"])
    os.makedirs("/var/tmp/step-6", exist_ok=True)
    module.exit_json(changed=True)


main()
"""
ALL_STEPS = [f"step-{number}" for number in range(1, 7)]


def ansible(lab: Field, module: str, *arguments: str, collections: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a module on all hosts of a lab."""
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", **({"ANSIBLE_COLLECTIONS_PATH": str(collections)} if collections else {})}
    command = [str(BIN / "ansible"), "-i", str(lab.lab.inventory), "tentacles", "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def said(lab: Field, name: str, script: str) -> str:
    """Return what a script says on a host."""
    return str(lab.hosts.run(name, script)["stdout"]).strip()


def steps_on(lab: Field, name: str) -> list[str]:
    """Return the traces of the toy's steps."""
    return said(lab, name, "ls /var/tmp").split()


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection whose `linux_batch` takes six steps: four files, a process and a folder."""
    collections = tmp_path_factory.mktemp("collections")
    modules = collections / "ansible_collections" / "octoboot" / "toy" / "plugins" / "modules"
    modules.mkdir(parents=True)
    (modules / "linux_batch.py").write_text(TOY)
    return collections


def test_ansible_logs_in_as_root_and_as_a_user_with_sudo(linux: Field) -> None:
    inventory = json.loads(linux.lab.inventory.read_text())["tentacles"]["children"]
    assert list(inventory) == ["lab_linux"]
    assert [host["ansible_user"] for host in inventory["lab_linux"]["hosts"].values()] == ["root", "ops"]
    ended = ansible(linux, "ansible.builtin.command", "-a", "id")
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count("uid=0(root)") == 2


def test_a_host_is_a_debian_with_systemd_and_no_package_source(linux: Field) -> None:
    for name in linux.names:
        assert said(linux, name, "systemctl is-system-running") == "running"
        assert said(linux, name, "ps -o comm= 1") == "systemd"
        assert said(linux, name, "cat /etc/apt/sources.list /etc/apt/sources.list.d/*; ls /var/lib/apt/lists") == ""
        assert said(linux, name, "python3 -c 'import apt'; echo $?") == "0"
        assert said(linux, name, "ufw status") == "Status: inactive"
        assert said(linux, name, "hostname") == name


def test_a_wiped_host_is_a_new_machine_at_the_old_address(linux: Field) -> None:
    def identity() -> tuple[str, str, str]:
        state = linux.hosts.host("lin01")
        return state["address"], state["machine_id"], said(linux, "lin01", "cat /etc/ssh/ssh_host_ed25519_key.pub")

    linux.hosts.run("lin01", "touch /var/tmp/mine /etc/mine /opt/mine")
    ansible(linux, "ansible.builtin.ping")  # leaves a connection open, which must not lead to the machine that is no more
    before = identity()
    linux.hosts.wipe("lin01")
    after = identity()
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert after[2] != before[2]
    assert said(linux, "lin01", "ls /var/tmp/mine /etc/mine /opt/mine 2>/dev/null") == ""
    assert ansible(linux, "ansible.builtin.ping").returncode == 0
    assert linux.lab.linux.hosts["lin02"].machine_id not in (before[1], after[1])


def test_a_host_boots_whatever_the_caller_keeps_from_others(linux: Field) -> None:
    umask = os.umask(0o077)
    try:
        linux.hosts.wipe("lin01")
    finally:
        os.umask(umask)
    assert said(linux, "lin01", "systemctl is-system-running; stat -c %a / /etc /etc/hosts") == "running\n755\n755\n644"


def test_a_host_that_is_cut_off_is_not_reached_until_it_is_mended(linux: Field) -> None:
    ansible(linux, "ansible.builtin.ping")
    linux.hosts.set_fault("lin01", "unreachable")
    started = time.monotonic()
    with pytest.raises(OSError, match="No route to host"):
        socket.create_connection((linux.hosts.host("lin01")["address"], 22), timeout=10)
    assert time.monotonic() - started < 5
    cut = ansible(linux, "ansible.builtin.ping")
    assert "lin01 | UNREACHABLE" in cut.stdout
    assert "lin02 | SUCCESS" in cut.stdout
    linux.hosts.clear_faults("lin01")
    assert ansible(linux, "ansible.builtin.ping").returncode == 0


def test_a_full_disk_takes_no_data_until_it_is_mended(linux: Field) -> None:
    write = "cp /usr/bin/bash /var/tmp/copy && echo written"
    linux.hosts.set_fault("lin01", "disk_full")
    refused = linux.hosts.run("lin01", write)
    assert (refused["rc"], refused["stdout"]) == (1, "")
    assert "No space left on device" in refused["stderr"]
    linux.hosts.clear_faults("lin01")
    assert said(linux, "lin01", write) == "written"


@pytest.mark.parametrize("after", [0, 3, len(ALL_STEPS)])
def test_a_machine_dies_after_a_step_and_stays_so_until_it_is_mended(linux: Field, toy: Path, after: int) -> None:
    for name in linux.names:
        linux.hosts.set_fault(name, "die_after_step", after)
    died = ansible(linux, "octoboot.toy.linux_batch", collections=toy)
    assert died.stdout.count("UNREACHABLE") == 2, died.stdout
    for name in linux.names:
        assert steps_on(linux, name) == ALL_STEPS[:after]
        assert linux.hosts.host(name)["steps"] == after
    assert ansible(linux, "octoboot.toy.linux_batch", collections=toy).stdout.count("UNREACHABLE") == 2
    for name in linux.names:
        assert steps_on(linux, name) == ALL_STEPS[:after]
        linux.hosts.clear_faults(name)
    assert ansible(linux, "octoboot.toy.linux_batch", collections=toy).returncode == 0
    assert steps_on(linux, "lin02") == ALL_STEPS


def test_a_machine_that_dies_takes_background_jobs_along(linux: Field, toy: Path) -> None:
    for name in linux.names:
        linux.hosts.set_fault(name, "die_after_step", 2)
    ansible(linux, "octoboot.toy.linux_batch", "-B", "60", "-P", "0", collections=toy)
    for name in linux.names:
        wait_for_steps(linux, name, 2)
        assert said(linux, name, "pgrep -c -f '[a]sync_wrapper'") == "0"
        assert steps_on(linux, name) == ALL_STEPS[:2]


def test_an_ssh_connection_is_lost_after_a_step_and_the_module_goes_on(linux: Field, toy: Path) -> None:
    for name in linux.names:
        linux.hosts.set_fault(name, "ssh_lost_after_step", 3)
    lost = ansible(linux, "octoboot.toy.linux_batch", collections=toy)
    assert lost.stdout.count("UNREACHABLE") == 2, lost.stdout
    for name in linux.names:
        wait_for_steps(linux, name, len(ALL_STEPS))
        assert steps_on(linux, name) == ALL_STEPS
        assert linux.hosts.host(name)["processes"] == ["touch /var/tmp/step-5"]
    assert ansible(linux, "octoboot.toy.linux_batch", collections=toy).returncode == 0, "it is lost once"


POLLS = """\
set -e
mkdir -p /opt/octopus
python3 -c 'import urllib.request; urllib.request.urlretrieve("{url}", "/var/tmp/t.tgz")'
tar -xzf /var/tmp/t.tgz -C /opt/octopus
export PATH=/opt/octopus/tentacle:$PATH
Tentacle create-instance --instance=Tentacle --config=/etc/octopus/default/tentacle.config
Tentacle new-certificate
Tentacle configure --noListen=True --trust={thumbprint}
Tentacle server-comms --style=TentacleActive --host={host} --port={port}
Tentacle service --install --start
Tentacle show-configuration
"""


def test_a_tentacle_on_a_host_polls_the_lab_s_server(linux: Field) -> None:
    (address,) = linux.lab.polling_addresses("lin01")
    where = urlsplit(address)
    url = linux.lab.linux.packages.archive_url(VERSIONS[-1])
    script = POLLS.format(url=url, thumbprint=linux.lab.server.thumbprint, host=where.hostname, port=where.port)
    ended = linux.hosts.run("lin01", script)
    assert ended["rc"] == 0, ended
    told = json.loads(ended["stdout"][ended["stdout"].index("{") :])["Tentacle"]
    (subscription,) = filter(None, (server["SubscriptionId"] for server in told["Communication"]["TrustedOctopusServers"]))
    target = linux.server.add_machine("lin01", told["CertificateThumbprint"], subscription)
    task = linux.call("POST", "/api/tasks", {"Name": "Health", "Description": "", "Arguments": {"MachineIds": [target["Id"]]}})
    while not (task := linux.call("GET", f"/api/tasks/{task['Id']}"))["IsCompleted"]:
        time.sleep(0.1)
    assert task["State"] == "Success", linux.hosts.run("lin01", "cat /etc/octopus/default/Logs/OctopusTentacle.txt; ss -tn")
    assert "10933" not in said(linux, "lin01", "ss -tln")


def test_a_fault_that_nobody_knows_is_refused(linux: Field) -> None:
    with pytest.raises(ValueError, match=r"'msi_rc'; there are .*die_after_step"):
        linux.hosts.set_fault("lin01", "msi_rc", 1603)


def test_the_files_are_those_that_the_image_has_not(linux: Field) -> None:
    linux.hosts.run(
        "lin01", "mkdir /opt/mine && umask 077 && echo secret >/opt/mine/a && echo secret >/run/b && logger told-to-the-journal"
    )
    files = linux.hosts.files("lin01")
    assert files["/opt/mine"]["folder"]
    assert {files[path]["content"] for path in ("/opt/mine/a", "/run/b")} == {"c2VjcmV0Cg=="}
    assert (files["/opt/mine/a"]["mode"], files["/opt/mine/a"]["owner"]) == ("0600", "root")
    assert "/etc/passwd" not in files
    assert any("told-to-the-journal" in line for line in linux.hosts.host("lin01")["event_log"])


def test_of_a_lab_that_is_killed_nothing_is_left(root: None, tmp_path: Path) -> None:
    lab = subprocess.Popen(
        [sys.executable, "-m", "tests.lab", "up", "--linux", "2", "--inventory", str(tmp_path / "hosts.json")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert lab.stdout is not None
    json.loads(lab.stdout.readline())
    network = network_of(json.loads((tmp_path / "hosts.json").read_text()))
    assert {"process", "bridge", "port", "group"} <= set(left(network))
    assert len(list(tmp_path.glob("octopus-lab-*"))) == 1
    os.kill(lab.pid, signal.SIGKILL)
    lab.communicate(timeout=10)
    wait_until(lambda: left(network) == [] and list(tmp_path.glob("octopus-lab-*")) == [])


def wait_for_steps(lab: Field, name: str, count: int) -> None:
    """Wait until a host has taken so many steps."""
    wait_until(lambda: lab.hosts.host(name)["steps"] == count)


def network_of(inventory: dict[str, Any]) -> Network:
    """Return the network that an inventory's hosts are in."""
    hosts = inventory["tentacles"]["children"]["lab_linux"]["hosts"]
    return Network(int(hosts["linux01"]["ansible_host"].split(".")[2]))


def left(network: Network) -> list[str]:
    """Return what there is of a lab's Linux hosts."""
    machines = network.machine("*")
    found = {
        "process": list(cgroup.processes(network.name)),
        "group": [folder for folder in cgroup.folders(network.name) if folder.exists()],
        "bridge": list(Path("/sys/class/net").glob(network.name)),
        "port": list(Path("/sys/class/net").glob(f"vb-{machines}")),
        "nspawn": list(Path("/run/systemd/nspawn").glob(f"*/{machines}")),
        "mount": [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if "octolab" in line],
    }
    return [name for name, what in found.items() if what]


def wait_until(happened: Callable[[], bool], seconds: float = 15) -> None:
    """Wait until something happened."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)
