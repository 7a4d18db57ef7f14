"""What is documented is what is validated: the documentation of the modules and README against the table of options."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import options as table
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import prerequisites, search
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.option import Option, Options, specs

from tests.tools import documentation, markup
from tests.tools.checkout import ROOT

LINUX_BATCH: Options = (
    Option("steps", "list", elements="dict", required=True),
    Option("secrets", "dict", default={}),
    Option("alone", "bool", default=True),
    Option("lock_timeout", "int", default=300),
)
"""What the actions hand to the module that runs on Linux hosts. It is no user's, so it stands in no table."""

MODULES: dict[str, Options] = {
    "preflight": (*table.CONNECTION, *table.PREFLIGHT),
    "prune": (*table.CONNECTION, *table.PRUNE),
    "tentacle": table.TENTACLE,
    "deployment_target": (*table.CONNECTION, *table.TARGET),
    "worker": (*table.CONNECTION, *table.WORKER),
    "registrations": table.MACHINE,
    "health_check": (*table.CONNECTION, *table.HEALTH),
    "tentacle_certificate": table.CERTIFICATE,
    "server_info": table.CONNECTION,
    **{module: (*table.CONNECTION, *rows) for module, (_kind, rows) in prerequisites.MODULES.items()},
    **{module: (*table.CONNECTION, *rows) for module, (_kind, rows) in search.MODULES.items()},
    "linux_batch": LINUX_BATCH,
}
FRAGMENTS: dict[str, Options] = {
    "connection": table.CONNECTION,
    "machine": table.MACHINE,
    "record": table.RECORD,
    "registrations": table.REGISTRATIONS,
    "run": table.RUN,
    "prerequisite": prerequisites.PREREQUISITE,
    "search": search.SEARCH,
}

EVERY_OPTION = pytest.mark.parametrize(
    ("module", "option"), [pytest.param(module, option, id=f"{module}-{option.name}") for module in MODULES for option in MODULES[module]]
)
COMPARED = {"type": None, "elements": None, "choices": None, "default": None, "required": False, "aliases": None}
NAMED = re.compile(r"\b((?:tentacle|octopus)_[a-z_]+\w*)")


def compared(spec: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what documentation and specification both say of each option."""
    return {name: {key: option.get(key, unsaid) for key, unsaid in COMPARED.items()} for name, option in spec.items()}


def text_of(said: documentation.Documented, option: str) -> str:
    """Return all that is said of an option, without markup."""
    return " ".join(markup.for_readme(paragraph, {}) for paragraph in markup.paragraphs(said.options[option]["description"]))


@cache
def documented(module: str) -> documentation.Documented:
    """Return what a module documents."""
    return documentation.module(module)


@pytest.fixture(scope="module")
def ansible_doc() -> dict[str, dict[str, Any]]:
    """What Ansible itself reads in every module, fragments merged."""
    program = str(Path(sys.executable).with_name("ansible-doc"))
    names = [f"octoboot.octopus.{module}" for module in MODULES]
    answer = subprocess.run([program, "--json", *names], cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return {name.rsplit(".", 1)[-1]: said["doc"] for name, said in json.loads(answer.stdout).items()}


def test_every_module_and_fragment_is_compared() -> None:
    assert {path.stem for path in (ROOT / "plugins/modules").glob("*.py")} == MODULES.keys()
    assert {path.stem for path in (ROOT / "plugins/doc_fragments").glob("*.py")} == FRAGMENTS.keys() | {"attributes"}


@pytest.mark.parametrize("module", MODULES)
def test_a_modules_documented_options_are_those_that_it_validates(module: str) -> None:
    assert compared(documented(module).options) == compared(specs(MODULES[module]))


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_fragments_options_are_those_of_its_rows(fragment: str) -> None:
    assert compared(documentation.fragment(fragment).options) == compared(specs(FRAGMENTS[fragment]))


@pytest.mark.parametrize("module", MODULES)
def test_fragments_are_merged_as_ansible_merges_them(module: str, ansible_doc: dict[str, dict[str, Any]]) -> None:
    said, expected = documented(module), ansible_doc[module]
    assert compared(said.options) == compared(expected["options"])
    texts = [
        {name: markup.paragraphs(option["description"]) for name, option in options.items()}
        for options in (said.options, expected["options"])
    ]
    assert texts[0] == texts[1]
    assert sorted(said.notes) == sorted(expected.get("notes", []))


@EVERY_OPTION
def test_what_is_taken_for_an_option_that_is_not_said_is_documented(module: str, option: Option) -> None:
    said = documented(module)
    text = text_of(said, option.name)
    assert option.new is None or "Unset" in text
    # A few words ("the host's name") may be said otherwise; a value is said as it is.
    assert [word for word in (option.new or "").split(", ") if " " not in word and word not in text] == []
    assert [name for name in option.environment if name not in text] == []


@EVERY_OPTION
def test_every_variable_that_fills_an_option_is_named(module: str, option: Option) -> None:
    said = documented(module)
    named = " ".join([text_of(said, option.name), *said.notes])
    patterns = {pattern.replace("<option>", option.name) for pattern in re.findall(r"C\((\w+_<option>)\)", named)}
    assert [variable for variable in option.variables if variable not in patterns and variable not in named] == []


@pytest.mark.parametrize("path", ["README.md", "roles/tentacle/README.md"])
def test_every_variable_that_a_readme_names_is_known(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    named = {name.rstrip("_") for name in NAMED.findall(text)}
    parts = {name for name in named if "__" in name}
    assert named - parts - table.known_variables() == set()
    assert {name.split("__")[0] for name in parts} <= table.merged_variables()
