"""What is documented is what is validated: modules, fragment, role and README against `_core/arguments.py`."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import arguments as specs

from tests.tools.checkout import ROOT

MODULES: dict[str, specs.Spec] = {
    "preflight": specs.PREFLIGHT,
    "tentacle": specs.TENTACLE,
    "deployment_target": specs.TARGET,
    "health_check": specs.HEALTH,
    "tentacle_certificate": specs.CERTIFICATE,
    "server_info": {},
    "linux_batch": {
        "steps": {"type": "list", "elements": "dict", "required": True},
        "secrets": {"type": "dict", "default": {}},
        "alone": {"type": "bool", "default": True},
        "lock_timeout": {"type": "int", "default": 300},
    },
}
"""The options that each module documents by itself; those of the connection stand in the fragment."""

COMPARED = {"type": None, "default": None, "required": False, "choices": None, "elements": None, "aliases": None}
ROLE_OPTIONS = {option for option in specs.TENTACLE if option not in specs.TASK_ONLY}
CHOSEN_BY_THE_ROLE = {"tentacle_install_background": True}
"""Role defaults that differ from the module's on purpose: a fork that waits holds up a fleet, a task of the user's does not expect it."""


def documented_options(path: Path) -> specs.Spec:
    """Return the options in a file's DOCUMENTATION without importing it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "DOCUMENTATION":
            options: specs.Spec = yaml.safe_load(ast.literal_eval(node.value)).get("options", {})
            return options
    raise AssertionError(f"{path.name} has no DOCUMENTATION")


def load(path: str) -> Any:
    """Read a YAML file of the checkout."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def compared(spec: specs.Spec) -> specs.Spec:
    """Return what documentation and specification both say of each option."""
    return {name: {key: option.get(key, unsaid) for key, unsaid in COMPARED.items()} for name, option in spec.items()}


def tentacle_tasks(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every set of options that the role gives to `tentacle`, those of module_defaults included."""
    found: list[dict[str, Any]] = []
    for task in tasks:
        found += [task["octoboot.octopus.tentacle"] or {}] if "octoboot.octopus.tentacle" in task else []
        found += [task.get("module_defaults", {}).get("octoboot.octopus.tentacle", {})]
        found += tentacle_tasks(task.get("block", []))
    return found


def test_every_module_is_compared() -> None:
    assert {path.stem for path in (ROOT / "plugins/modules").glob("*.py")} == MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_a_modules_documented_options_are_those_that_it_validates(module: str) -> None:
    assert compared(documented_options(ROOT / f"plugins/modules/{module}.py")) == compared(MODULES[module])


def test_the_fragments_options_are_those_of_the_connection() -> None:
    assert compared(documented_options(ROOT / "plugins/doc_fragments/connection.py")) == compared(specs.CONNECTION)


def test_the_roles_defaults_are_the_options_of_tentacle_with_their_defaults() -> None:
    expected = {specs.tentacle_variable(option): specs.TENTACLE[option].get("default") for option in ROLE_OPTIONS}
    assert load("roles/tentacle/defaults/main.yml") == expected | CHOSEN_BY_THE_ROLE


def test_the_roles_specification_names_the_options_of_tentacle_and_only_known_variables() -> None:
    options = load("roles/tentacle/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert {name for name in options if name.startswith("tentacle_")} == specs.TENTACLE_VARIABLES
    assert options.keys() <= specs.known_variables()
    assert specs.known_variables() - options.keys() <= {"octopus_hosts", "octopus_debug", "octopus_serial"}  # of the playbooks


@pytest.mark.parametrize("option", sorted(ROLE_OPTIONS))
def test_the_roles_specification_says_of_an_option_what_the_module_says(option: str) -> None:
    variable = specs.tentacle_variable(option)
    documented = load("roles/tentacle/meta/argument_specs.yml")["argument_specs"]["main"]["options"][variable]
    expected = compared({option: specs.TENTACLE[option]})[option]
    expected["default"] = CHOSEN_BY_THE_ROLE.get(variable, expected["default"])
    # A path of the role's is left as it is written; the action resolves it.
    expected["type"] = "str" if expected["type"] == "path" else expected["type"]
    assert compared({option: documented})[option] == expected


def test_the_role_hands_every_option_to_tentacle_from_its_own_variable() -> None:
    given: dict[str, Any] = {}
    for options in tentacle_tasks(load("roles/tentacle/tasks/main.yml")):
        given |= options
    assert given.keys() == specs.TENTACLE.keys() - {"state"}
    assert {option: re.findall(r"tentacle_\w+", given[option]) for option in ROLE_OPTIONS} == {
        option: [specs.tentacle_variable(option)] for option in ROLE_OPTIONS
    }


def test_every_variable_in_the_readmes_tables_is_known() -> None:
    rows = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`((?:tentacle|octopus)_\w+)`", row.split("|")[1])}
    assert named - specs.known_variables() - set(MODULES) == set()
    assert named >= specs.TENTACLE_VARIABLES, "an option of the role is missing in README.md"
