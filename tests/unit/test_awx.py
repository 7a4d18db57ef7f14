"""What AWX's kit says: every key of it is an option of AWX's own module, and is what the playbook beside it passes on."""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import options

from tests.tools.checkout import ROOT, galaxy

KIT = ROOT / "extensions" / "awx"
AWX = Path(sysconfig.get_path("purelib")) / "ansible_collections" / "awx" / "awx" / "plugins" / "modules"
BUILDER = Path(sys.executable).with_name("ansible-builder")
MODULES = {
    "controller_execution_environments": "execution_environment",
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_inventory_sources": "inventory_source",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
}


class _Loader(yaml.SafeLoader):
    """Reads what is marked `!unsafe` as the text that it is."""


_Loader.add_constructor("!unsafe", lambda _loader, node: node.value)


def read(path: Path) -> Any:
    """Return a file of the kit."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)


def configuration() -> dict[str, Any]:
    """Return all variables of the configuration."""
    return {name: value for path in sorted((KIT / "configuration").glob("*.yml")) for name, value in read(path).items()}


def items() -> list[Any]:
    """Return each thing of the configuration, and the variable that it is in."""
    found = [(name, item) for name, listed in configuration().items() if name in MODULES for item in listed]
    return [pytest.param(name, item, id=item["name"]) for name, item in found]


def argument_spec(documented: dict[str, Any]) -> dict[str, Any]:
    """Return the argument specification that a module's documentation describes."""
    kept = ("type", "elements", "choices", "required", "aliases")
    return {
        name: {key: option[key] for key in kept if key in option}
        | ({"options": argument_spec(option["suboptions"])} if "suboptions" in option else {})
        for name, option in documented.items()
    }


def documented(module: str) -> dict[str, Any]:
    """Return the options that the documentation of one of AWX's modules has."""
    tree = ast.parse((AWX / f"{module}.py").read_text(encoding="utf-8"))
    (text,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "DOCUMENTATION"
    )
    found: dict[str, Any] = yaml.safe_load(text)["options"]
    return found


@pytest.mark.skipif(not AWX.is_dir(), reason="the package ansible has no awx.awx with this core")
@pytest.mark.parametrize(("variable", "item"), items())
def test_a_thing_is_what_awx_s_module_takes(variable: str, item: dict[str, Any]) -> None:
    given = {**item, "survey_spec": {}} if "survey_spec" in item else item  # a template of ours stands there
    assert ArgumentSpecValidator(argument_spec(documented(MODULES[variable]))).validate(given).error_messages == []


@pytest.mark.parametrize(("variable", "item"), items())
def test_the_playbook_passes_on_all_that_is_said(variable: str, item: dict[str, Any]) -> None:
    (play,) = read(KIT / "configure.yml")
    (task,) = (task for task in play["tasks"] if task["loop"] == f"{{{{ {variable} }}}}")
    passed = task[f"awx.awx.{MODULES[variable]}"]
    assert set(item) <= set(passed)
    assert {name: value for name, value in passed.items() if not value.startswith(f"{{{{ item.{name} ")} == {}


def test_the_playbook_reads_every_file() -> None:
    (play,) = read(KIT / "configure.yml")
    assert sorted(play["vars_files"]) == sorted(f"configuration/{path.name}" for path in (KIT / "configuration").glob("*.yml"))


def test_a_survey_asks_for_options_of_ours() -> None:
    known = {variable for option in options.VARIABLES for variable in option.variables}
    assert {question["variable"] for question in configuration()["awx_survey"]["spec"]} <= known


def test_the_credential_s_environment_is_what_the_connection_reads() -> None:
    (kind,) = configuration()["controller_credential_types"]
    assert set(kind["injectors"]["env"]) == {name for option in options.CONNECTION for name in option.environment}
    assert {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")} == {"api_key", "access_token"}


def test_each_template_runs_the_project_s_playbook_with_what_there_is() -> None:
    made = {name: {item["name"] for item in listed} for name, listed in configuration().items() if name in MODULES}
    for template in configuration()["controller_templates"]:
        assert (KIT / "project" / template["playbook"]).is_file()
        assert set(template["credentials"]) <= made["controller_credentials"]
        assert {template["inventory"]} <= made["controller_inventories"]
        assert {template["project"]} <= made["controller_projects"]
        assert {template["execution_environment"]} <= made["controller_execution_environments"]


def test_every_variable_of_the_kit_is_explained() -> None:
    said = (KIT / "README.md").read_text(encoding="utf-8")
    text = "".join(path.read_text(encoding="utf-8") for path in (KIT / "configuration").glob("*.yml"))
    wanted = {word.strip("{}() ") for word in text.replace("|", " ").split() if word.startswith("awx_")} - {"awx_survey", "awx_survey:"}
    assert wanted
    assert {name for name in wanted if f"`{name}`" not in said} == set()


def test_the_project_asks_for_the_collections_that_this_one_depends_on() -> None:
    asked = {each["name"]: each["version"] for each in read(KIT / "project" / "collections" / "requirements.yml")["collections"]}
    about = galaxy()
    assert asked == {f"{about.namespace}.{about.name}": f">={about.version}", **about.dependencies}


@pytest.mark.skipif(not BUILDER.exists(), reason="ansible-builder is not installed")
def test_the_execution_environment_can_be_built(tmp_path: Path) -> None:
    command = [str(BUILDER), "create", "--file", "execution-environment.yml", "--context", str(tmp_path)]
    subprocess.run(command, cwd=KIT, check=True, capture_output=True, timeout=60)
    assert "octoboot.octopus" in (tmp_path / "_build" / "requirements.yml").read_text(encoding="utf-8")
    assert "krb5" in (tmp_path / "_build" / "bindep.txt").read_text(encoding="utf-8")
