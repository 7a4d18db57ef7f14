"""A task's host as the drivers see it: of which kind it is, and how modules come to it."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader, get_shell_plugin
from ansible_collections.octoboot.octopus.plugins.action.tentacle import ActionModule
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import remote as _remote
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import wiring
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.remote import Remote
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.options import TENTACLE
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.host import LinuxHost
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.host import WindowsHost

DEFAULTS = {option.name: option.default for option in TENTACLE}


@pytest.fixture(autouse=True)
def runas(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """What stands for Ansible's runas, which only a run of Ansible's can load by its name."""
    plugin = MagicMock()
    monkeypatch.setattr(_remote, "become_loader", MagicMock(get=lambda name: plugin))
    return plugin


def action_on(connection: str, shell: str | None = None) -> ActionModule:
    """Return the action of a task on a host with this connection; `shell` is its `ansible_shell_type`."""
    context = PlayContext()
    made = connection_loader.get(connection, context)
    made._shell = get_shell_plugin(shell_type=shell or getattr(made, "_shell_type", None) or "sh")
    made.set_become_plugin(None)
    action = ActionModule(MagicMock(), made, context, DataLoader(), MagicMock(), MagicMock())
    action._execute_module = MagicMock(return_value={"changed": False})
    return action


@pytest.mark.parametrize(
    ("connection", "shell", "driver"),
    [
        ("winrm", None, WindowsHost),
        ("psrp", None, WindowsHost),
        ("ssh", "powershell", WindowsHost),
        ("ssh", None, LinuxHost),
        ("ssh", "sh", LinuxHost),
        ("local", None, LinuxHost),
    ],
)
def test_the_shell_of_the_connection_decides_about_the_driver(connection: str, shell: str | None, driver: type) -> None:
    action = action_on(connection, shell)
    assert isinstance(wiring.host_of(action, DEFAULTS, Remote(action, {})), driver)


def test_only_a_windows_host_is_made_to_run_as_system(runas: MagicMock) -> None:
    for shell, become in (("powershell", runas), ("sh", None)):
        action = action_on("ssh", shell)
        wiring.host_of(action, DEFAULTS, Remote(action, {}))
        assert action._connection.become is become
    assert runas.set_options.call_args.kwargs["task_keys"]["become_user"] == "SYSTEM"


def test_only_a_windows_host_asks_what_ansible_windows_can_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(options: Any) -> None:
        raise InputError("Windows hosts need another.")

    monkeypatch.setattr(wiring, "require_modules", refuse)
    linux, windows = action_on("ssh"), action_on("winrm")
    assert isinstance(wiring.host_of(linux, DEFAULTS, Remote(linux, {})), LinuxHost)
    with pytest.raises(InputError, match="need another"):
        wiring.host_of(windows, DEFAULTS, Remote(windows, {}))


CREDENTIALS = "https://deploy:S3cr3tWord@mirror.example.com/tentacle.msi"


@pytest.mark.parametrize(
    ("arguments", "quiet"),
    [
        ({"path": CREDENTIALS}, True),
        ({"steps": [{"do": "keyring", "url": "https://mirror.example.com/key?sig=S3cr3tWord"}]}, True),
        ({"path": "https://mirror.example.com/tentacle.msi", "script": "a; $key=1"}, False),
    ],
)
def test_a_module_that_is_given_a_urls_credentials_does_not_write_them_to_the_hosts_log(arguments: dict[str, Any], quiet: bool) -> None:
    action = action_on("winrm")
    action._execute_module.return_value = {"ansible_job_id": "j1"}
    remote = Remote(action, {"own": 1})
    remote.run_module("ansible.windows.win_package", arguments)
    remote.start("ansible.windows.win_package", arguments, seconds=1)
    for call in action._execute_module.call_args_list:
        assert call.kwargs["task_vars"] == {"own": 1, **({"ansible_no_target_syslog": True} if quiet else {})}


def seen_while_running(action: ActionModule, arguments: dict[str, Any]) -> bool:
    """Run a module, and return whether its arguments went by pipelining."""
    seen: list[bool] = []

    def run(**_given: Any) -> dict[str, Any]:
        seen.append(action._connection.get_option("pipelining"))
        return {}

    action._execute_module = run
    Remote(action, {}).run_module("octoboot.octopus.linux_batch", arguments)
    return seen[0]


def test_secrets_do_not_touch_a_hosts_disk_and_the_users_setting_is_kept() -> None:
    action = action_on("ssh")
    action._connection.set_options(direct={"pipelining": False})
    assert not seen_while_running(action, {"steps": []})
    assert seen_while_running(action, {"steps": [], "secrets": {"pfx": "x"}})
    assert action._connection.get_option("pipelining") is False


def test_the_python_that_ansible_found_is_handed_on() -> None:
    action = action_on("ssh")
    found = {"ansible_facts": {"discovered_interpreter_python": "/usr/bin/python3", "other": 1}, "changed": False}
    action._execute_module = MagicMock(return_value=found)
    remote = Remote(action, {})
    assert remote.run_module("octoboot.octopus.linux_batch", {"steps": []}) == {"changed": False}
    assert remote.discovered == {"discovered_interpreter_python": "/usr/bin/python3"}


def test_a_background_job_is_asked_for_in_the_folder_of_the_users_home() -> None:
    action = action_on("ssh")
    action._remote_expand_user = MagicMock(return_value="/home/ops/.ansible_async")
    action._execute_module = MagicMock(return_value={"finished": 1, "rc": 0})
    assert Remote(action, {}).result("j1") == {"finished": 1, "rc": 0}
    calls = [(call.kwargs["module_name"], call.kwargs["module_args"]["mode"]) for call in action._execute_module.call_args_list]
    assert calls == [("ansible.builtin.async_status", "status"), ("ansible.builtin.async_status", "cleanup")]
    assert action._execute_module.call_args.kwargs["module_args"]["_async_dir"] == "/home/ops/.ansible_async"
