"""What differs between releases of ansible-core."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing import vault
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.display import Display
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import cores
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.inputs import HostVariables, read
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.options import CONNECTION


@pytest.mark.parametrize("name", ["display", "verbose", "warning"])
def test_a_secret_is_masked_in_all_that_the_process_prints(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    printed: list[str] = []
    monkeypatch.setattr(cores, "_register", None)  # as with a core that does not mask
    monkeypatch.setattr(cores, "_hidden", set())
    for way in cores._WAYS:
        monkeypatch.setattr(Display, way, lambda self, msg, **_more: printed.append(msg), raising=False)
    for secret in ("S3cr3tWord", "S3cr3tWordAndMore"):
        cores.register_secret(secret)
    getattr(Display(), name)("WINRM RESULT 'S3cr3tWordAndMore' of https://a:pw@b.example.com S3cr3tWord", caplevel=5)
    assert printed == ["WINRM RESULT '********' of https://********@b.example.com ********"]


def test_a_core_that_masks_is_told_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    before = Display.display
    monkeypatch.setattr(cores, "_register", told.append)
    cores.register_secret("S3cr3tWord")
    assert (told, Display.display) == (["S3cr3tWord"], before)


def test_a_vaulted_value_is_its_text_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = vault.VaultSecret(b"of the run")
    loader = DataLoader()
    loader.set_vault_secrets([("default", secret)])
    if hasattr(vault, "VaultSecretsContext"):
        monkeypatch.setattr(vault.VaultSecretsContext, "_current", vault.VaultSecretsContext([("default", secret)]))
    encrypted = vault.VaultLib([("default", secret)]).encrypt("API-VAULTED", secret=secret).decode()
    block = "!vault |\n" + "".join(f"    {line}\n" for line in encrypted.splitlines())
    variables = loader.load(f"octopus_api_key: {block}deep:\n  - a: {block.replace('    ', '        ')}")
    resolve = cores.template_with(Templar(loader=loader, variables=variables))
    key = HostVariables("web01", variables, resolve).get("octopus_api_key")
    assert (type(key), key) == (str, "API-VAULTED")
    assert read(CONNECTION, HostVariables("web01", variables, resolve), given={}, environment={}).values["api_key"].reveal() == key
    assert HostVariables("web01", variables, resolve).get("deep") == [{"a": "API-VAULTED"}]


def test_a_tasks_result_is_read_as_each_core_hands_it_over() -> None:
    old = SimpleNamespace(_host="web01", _task="a task", _result={"changed": True})
    new = SimpleNamespace(host="web01", task="a task", result={"changed": True}, _host="other")
    assert cores.parts_of(old) == cores.parts_of(new) == ("web01", "a task", {"changed": True})


def test_a_manager_with_other_variables_of_the_command_line_still_knows_its_loader() -> None:
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=["web01,"])
    manager = VariableManager(loader=loader, inventory=inventory)
    manager._extra_vars = {"said": "on the command line"}
    HostVars(inventory=inventory, variable_manager=manager, loader=loader)
    made = cores.with_extra_variables(manager, {"other": 1})
    assert (made._loader, made._hostvars, made.extra_vars) == (loader, manager._hostvars, {"other": 1})
    assert manager.extra_vars == {"said": "on the command line"}
    assert made.get_vars(host=inventory.get_host("web01"))["other"] == 1
