"""The house's plan, read from its imports: who may know whom, what comes from outside, and how long things may be (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pytest

from tests.tools.checkout import ROOT, files

COLLECTION = ("ansible_collections", "octoboot", "octopus")

MAY_KNOW: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "_core": frozenset({"_core"}),
        "_work": frozenset({"_work", "_core"}),
        "_server": frozenset({"_server", "_core"}),
        "_hosts": frozenset({"_hosts", "_core"}),
        "_store": frozenset({"_store", "_core"}),
        "_report": frozenset({"_report", "_core"}),
        "_ansible": frozenset({"_ansible", "_work", "_server", "_hosts", "_store", "_report", "_core"}),
        "action": frozenset({"_ansible", "_work", "_core"}),
        "callback": frozenset({"_report", "_ansible", "_core"}),
        "inventory": frozenset({"_ansible", "_work", "_core"}),
        "modules": frozenset({"_linux"}),
        "_linux": frozenset({"_linux"}),
        "doc_fragments": frozenset(),
    }
)
"""The rooms, and what each may import of ours. A room that does not name itself holds plugins, which do not import one another."""

FROM_OUTSIDE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "_core": frozenset(),
        "_work": frozenset(),
        "_server": frozenset({"requests", "urllib3"}),
        "_hosts": frozenset(),
        "_store": frozenset({"cryptography"}),
        "_report": frozenset(),
        "_ansible": frozenset({"ansible"}),
        "action": frozenset({"ansible"}),
        "callback": frozenset({"ansible"}),
        "inventory": frozenset({"ansible"}),
        "modules": frozenset({"ansible.module_utils"}),
        "_linux": frozenset({"ansible.module_utils"}),
        "doc_fragments": frozenset({"ansible"}),
    }
)
"""What each room may import beside Python's own library."""

LATE = frozenset({"requests", "urllib3"})
"""Slow to import, and not needed for an unchanged host: imported inside functions, or in the two modules that are imported so."""

LATE_THEMSELVES = frozenset({"plugins/plugin_utils/_server/transport.py", "plugins/plugin_utils/_server/failures.py"})

IMPURE = frozenset(
    {"asyncio", "fcntl", "glob", "http.client", "logging", "multiprocessing", "os", "random", "secrets", "select", "shutil", "signal"}
    | {"socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib.request"}
)
"""What of Python's library reaches the world: nothing of it in `_core`, whose functions give the same answer to the same question."""

BREACHES: Mapping[str, str] = MappingProxyType({})
"""What breaks a rule today, and what is to become of it: nothing does. An entry that is no longer true fails."""

LINES_OF_A_FILE = 250
LINES_OF_A_FUNCTION = 40

LONG: Mapping[str, str] = MappingProxyType(
    {
        "plugins/plugin_utils/_core/tentacle/plan.py: plan_instance": "to be cut in parts",
        "plugins/plugin_utils/_hosts/linux/observe.py: read_observation": "to be cut in parts",
        "plugins/plugin_utils/_core/tentacle/answers.py": "all that Tentacle prints and writes, read in one place",
        "plugins/plugin_utils/_hosts/contract.py": "the whole contract on one page, a few lines a step",
        "plugins/plugin_utils/_hosts/windows/batch.ps1": "one script that is sent to the host as it is, and cannot import another",
    }
)
"""What is longer today, and why. To be shortened: an entry that is no longer needed fails."""

DOCUMENTATION = frozenset({"DOCUMENTATION", "EXAMPLES", "RETURN"})


@dataclass(frozen=True)
class Import:
    """One imported module, by its full dotted name. `late`: not when the importing module is."""

    path: str
    line: int
    module: str
    late: bool

    @property
    def ours(self) -> str | None:
        """The room that the module is in, or None for what is not of the collection."""
        return room(self.module.split(".")[3:]) if self.module.split(".")[:3] == list(COLLECTION) else None


def room(parts: list[str]) -> str:
    """Return the room of a module by the parts of its path, from `plugins` on."""
    place = parts[1:]
    if place[:1] in (["plugin_utils"], ["module_utils"]):
        place = place[1:]
    return place[0].removesuffix(".py") if place else ""


def resolve(node: ast.ImportFrom, path: str) -> str:
    """Return the full name of the module that a `from … import` names in the file `path`."""
    if not node.level:
        return node.module or ""
    package = [*COLLECTION, *path.removesuffix(".py").split("/")[: -node.level]]
    return ".".join((*package, *([node.module] if node.module else [])))


def imports(text: str, path: str) -> Iterator[Import]:
    """Yield all imports of a file, of names too: `from .. import change` is an import of `change`."""
    tree = ast.parse(text)
    late = {
        inner
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
        if inner is not outer
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, node.lineno, alias.name, node in late)
        elif isinstance(node, ast.ImportFrom):
            module = resolve(node, path)
            for name in names_of_modules(module, [alias.name for alias in node.names]):
                yield Import(path, node.lineno, name, node in late)


def names_of_modules(module: str, names: list[str]) -> list[str]:
    """Return what `from module import names` imports: the module, or, of a package of ours, the modules in it."""
    if module.split(".")[:3] != list(COLLECTION):
        return [module]
    folder = ROOT.joinpath(*module.split(".")[3:])
    return [f"{module}.{name}" for name in names] if folder.is_dir() else [module]


def plugin_files(*suffixes: str) -> list[str]:
    """Return the collection's own files with one of the suffixes."""
    return [path for path in files() if path.startswith("plugins/") and path.endswith(suffixes)]


def all_imports() -> list[Import]:
    """Return every import in plugins/."""
    return [found for path in plugin_files(".py") for found in imports((ROOT / path).read_text(encoding="utf-8"), path)]


def within(module: str, packages: frozenset[str]) -> bool:
    """Say whether a module is one of the packages, or in one."""
    return any(module == package or module.startswith(package + ".") for package in packages)


def wrong(found: Import) -> str | None:
    """Return why an import is not allowed, or None."""
    home = room(found.path.split("/"))
    if found.ours is not None:
        return None if found.ours in MAY_KNOW[home] else f"{home} may not know {found.ours}"
    if found.module.split(".")[0] in sys.stdlib_module_names:
        return "_core is pure" if home == "_core" and within(found.module, IMPURE) else None
    if not within(found.module, FROM_OUTSIDE[home]):
        return f"{home} may not import {found.module.split('.')[0]}"
    if within(found.module, LATE) and not found.late and found.path not in LATE_THEMSELVES:
        return "imported inside functions only"
    return None


def lengths(text: str, path: str) -> Iterator[tuple[str, int, int]]:
    """Yield a file and its functions: name, lines, and how many it may have. What users read in a plugin's documentation does not count."""
    lines = len(text.splitlines())
    if path.endswith(".py"):
        tree = ast.parse(text)
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in DOCUMENTATION:
                lines -= (node.end_lineno or node.lineno) - node.lineno
        for found in ast.walk(tree):
            if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}: {found.name}", (found.end_lineno or found.lineno) - found.lineno + 1, LINES_OF_A_FUNCTION
    yield path, lines, LINES_OF_A_FILE


def test_every_file_is_in_a_room() -> None:
    assert {room(path.split("/")) for path in plugin_files(".py")} <= MAY_KNOW.keys()
    assert MAY_KNOW.keys() == FROM_OUTSIDE.keys()


def stated(known: Mapping[str, str], found: Mapping[str, str]) -> str:
    """Return what was found and is not known, and what is known and was not found, a line each."""
    new = [f"{name} ({detail})" for name, detail in found.items() if name not in known]
    return "\n".join([*new, *(f"{name}: no longer so, take it out of the table" for name in known if name not in found)])


def test_nobody_knows_whom_it_may_not_know() -> None:
    found = {f"{breach.path}: {why}": f"line {breach.line}, {breach.module}" for breach in all_imports() if (why := wrong(breach))}
    assert found.keys() == BREACHES.keys(), stated(BREACHES, found)


def test_nothing_is_too_long() -> None:
    measured = [entry for path in plugin_files(".py", ".ps1") for entry in lengths((ROOT / path).read_text(encoding="utf-8"), path)]
    found = {name: f"{lines} lines, and may have {most}" for name, lines, most in measured if lines > most}
    assert found.keys() == LONG.keys(), stated(LONG, found)


def test_what_is_new_and_what_is_mended_are_both_told() -> None:
    assert stated({"a": "known", "b": "mended"}, {"a": "line 1", "c": "line 2"}) == "c (line 2)\nb: no longer so, take it out of the table"


CORE, HOSTS, SERVER = "plugins/plugin_utils/_core/a.py", "plugins/plugin_utils/_hosts/linux/a.py", "plugins/plugin_utils/_server/a.py"


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        (CORE, "from .errors import HostError", None),
        (CORE, "import time", "_core is pure"),
        (CORE, "def f():\n    from os.path import exists", "_core is pure"),
        (CORE, "from pathlib import PureWindowsPath", None),
        (CORE, "def f():\n    from requests import get", "_core may not import requests"),
        (CORE, "from .._work.ports import Host", "_core may not know _work"),
        (HOSTS, "from ..._core.tentacle import plan", None),
        (HOSTS, "from ..driver import Driver", None),
        (HOSTS, "from ..._server.client import Client", "_hosts may not know _server"),
        (HOSTS, "import ansible.constants", "_hosts may not import ansible"),
        (
            HOSTS,
            "def f():\n    from ansible_collections.octoboot.octopus.plugins.plugin_utils._store import pfx",
            "_hosts may not know _store",
        ),
        (SERVER, "def f():\n    import requests", None),
        (SERVER, "import requests", "imported inside functions only"),
        (SERVER, "if TYPE_CHECKING:\n    from .._store.pfx import read", "_server may not know _store"),
        ("plugins/plugin_utils/_server/transport.py", "import requests", None),
        ("plugins/plugin_utils/_ansible/a.py", "from .._server import client", None),
        ("plugins/plugin_utils/_ansible/a.py", "from ...action.tentacle import ActionModule", "_ansible may not know action"),
        ("plugins/action/a.py", "from .tentacle import ActionModule", "action may not know action"),
        ("plugins/action/a.py", "from . import tentacle", "action may not know action"),
        ("plugins/action/a.py", "from ..plugin_utils._store.pfx import read", "action may not know _store"),
        ("plugins/callback/a.py", "from ..plugin_utils._report.files import write", None),
        ("plugins/callback/a.py", "from ..plugin_utils._work.host import Host", "callback may not know _work"),
        ("plugins/modules/a.py", "from ansible.module_utils.basic import AnsibleModule", None),
        ("plugins/modules/a.py", "from ansible.errors import AnsibleError", "modules may not import ansible"),
        ("plugins/modules/a.py", "from ansible_collections.octoboot.octopus.plugins.module_utils._linux.batch import run", None),
        ("plugins/module_utils/_linux/a.py", "from ...plugin_utils._core.change import Change", "_linux may not know _core"),
        ("plugins/plugin_utils/_store/a.py", "from tests.lab import machine", "_store may not import tests"),
    ],
)
def test_what_an_import_breaks(path: str, text: str, why: str | None) -> None:
    [found] = imports(text, path)
    assert wrong(found) == why


def test_documentation_does_not_make_a_plugin_long() -> None:
    text = "DOCUMENTATION = '''\n" + "a line\n" * 300 + "'''\n\n\ndef f():\n" + "    g()\n" * 40
    assert list(lengths(text, "plugins/modules/a.py")) == [("plugins/modules/a.py: f", 41, 40), ("plugins/modules/a.py", 44, 250)]
