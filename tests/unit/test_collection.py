"""The collection as a whole: what its files say of one another, and what is shipped."""

from __future__ import annotations

import ast
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.version import VERSION

from tests.tools.build import build
from tests.tools.checkout import ROOT, files, galaxy

CONNECTION = "octoboot.octopus.connection"
HEADER = (
    "# Copyright (c) 2026, the octoboot.octopus authors\n"
    "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
    "# SPDX-License-Identifier: GPL-3.0-or-later\n"
)
PRIVATE = "# PRIVATE to the collection: no stable interface.\n"
OWN_PATH = re.compile(rf"(?<![\w.~-])(?:/work|/root|{re.escape(str(Path.home()))})/")


def load(path: str) -> Any:
    """Read a YAML file of the checkout."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def plugins(kind: str) -> dict[str, Path]:
    """Return the plugins of a kind by name."""
    return {path.stem: path for path in sorted((ROOT / "plugins" / kind).glob("*.py"))}


def documentation(module: Path) -> dict[str, Any]:
    """Return a module's DOCUMENTATION without importing it."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "DOCUMENTATION":
            documented: dict[str, Any] = yaml.safe_load(ast.literal_eval(node.value))
            return documented
    raise AssertionError(f"{module.name} has no DOCUMENTATION")


def fragments(module: Path) -> list[str]:
    """Return the documentation fragments that a module extends."""
    named = documentation(module).get("extends_documentation_fragment", [])
    return [named] if isinstance(named, str) else list(named)


def test_the_action_group_lists_exactly_the_modules_that_take_the_connection() -> None:
    connected = {name for name, module in plugins("modules").items() if CONNECTION in fragments(module)}
    assert set(load("meta/runtime.yml")["action_groups"]["octopus"]) == connected


def test_every_module_has_its_action_and_every_action_its_module() -> None:
    on_hosts = {"linux_batch"}
    assert plugins("modules").keys() - on_hosts == plugins("action").keys()


def test_every_module_is_documented_under_its_own_name() -> None:
    assert [name for name, module in plugins("modules").items() if documentation(module)["module"] != name] == []


def test_the_version_is_said_once_in_two_places() -> None:
    assert galaxy().version == VERSION


def test_dependencies_are_the_same_wherever_they_are_asked_for() -> None:
    asked = {entry["name"]: entry["version"] for entry in load("collections/requirements.yml")["collections"]}
    assert asked == galaxy().dependencies


@pytest.mark.parametrize("line", [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"])
def test_users_are_held_to_lower_bounds_only(line: str) -> None:
    assert re.fullmatch(r"[a-z-]+>=[\d.]+", line)


def test_every_plugin_begins_with_the_licence_and_a_private_helper_says_so() -> None:
    sources = {path: (ROOT / path).read_text(encoding="utf-8") for path in files() if path.startswith("plugins/") and path.endswith(".py")}
    assert [path for path, text in sources.items() if text and HEADER not in text] == []
    helpers = {path: text for path, text in sources.items() if path.startswith("plugins/plugin_utils/")}
    assert [path for path, text in helpers.items() if text and PRIVATE not in text] == []


def test_no_file_knows_the_machine_that_it_was_written_on() -> None:
    found = []
    recorded_elsewhere = "tests/real/"
    for path in files():
        if (ROOT / path).is_file() and not (ROOT / path).is_symlink() and not path.startswith(recorded_elsewhere):
            text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
            found += [f"{path}: {match[0]}" for match in OWN_PATH.finditer(text)]
    assert found == []


def test_the_tarball_holds_what_runs_and_nothing_else(tmp_path: Path) -> None:
    tarball = build(tmp_path, scratch=tmp_path)
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    top = {name.split("/")[0] for name in names}
    assert {"MANIFEST.json", "README.md", "LICENSE", "CHANGELOG.md", "docs", "meta", "plugins", "requirements.txt"} <= top
    assert top.isdisjoint({"collections", "build", "tests", "logs", "identities", "bootstrap.yml", "ansible.cfg", "Makefile"})
    assert "CONTRIBUTING.md" not in top
    assert "docs/reference/tentacle.md" in names
    assert {name.split("/")[1] for name in names if name.startswith("extensions/")} == {"awx"}
    assert [name for name in names if name.startswith((".", "playbooks/collections", "inventories/lab")) or "__pycache__" in name] == []


@pytest.mark.parametrize("kind", ["pem", "key"])
def test_the_examples_identity_store_is_neither_inventory_nor_ignored_by_git(kind: str) -> None:
    store = load("inventories/example/group_vars/tentacles/octopus.yml")["tentacle_identity_store"]
    inventory = ROOT / "inventories/mine"
    identity = Path(store.replace("{{ inventory_dir }}", str(inventory))) / f"web01.{kind}"
    assert inventory not in identity.parents
    asked = subprocess.run(["git", "check-ignore", "-q", str(identity)], cwd=ROOT, check=False)
    assert asked.returncode == 1
