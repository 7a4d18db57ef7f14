"""What users of the collection rely on by name, as one document: `python -m tests.tools.public` writes it to tests/unit/public.json.

It is read from what users read: documentation, the role's files, runtime.yml, and a report that is made here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.tools import documentation
from tests.tools.checkout import ROOT

FILE = "tests/unit/public.json"
NOT_FOR_USERS = frozenset({"linux_batch"})
"""What the actions themselves run on hosts."""

_SAID = ("type", "elements", "choices", "default", "aliases", "required")


def now(root: Path = ROOT) -> dict[str, Any]:
    """Return what the checkout says of itself."""
    callback = documentation.literal(root / "plugins/callback/report.py", "DOCUMENTATION")
    return {
        "modules": {name: _module(name, root) for name in _names(root / "plugins/modules", ".py") if name not in NOT_FOR_USERS},
        "action_groups": _yaml(root / "meta/runtime.yml")["action_groups"],
        "callback": {
            "name": callback["name"],
            "options": {
                name: {**_said(option), "environment": _each(option, "env", "name"), "ini": _ini(option)}
                for name, option in callback["options"].items()
            },
        },
        "role": _role(root),
        "environment": _environment(),
        "report": {"keys": sorted(_paths(_report())), "schema": _report()["schema"]},
        "playbooks": _names(root / "playbooks", ".yml"),
    }


def differences(frozen: Any, found: Any, path: str = "") -> Iterator[str]:
    """Yield what is new, gone or otherwise, each by its path."""
    if isinstance(frozen, Mapping) and isinstance(found, Mapping):
        for key in sorted(frozen.keys() | found.keys()):
            yield from differences(frozen.get(key, ...), found.get(key, ...), f"{path}.{key}".lstrip("."))
    elif frozen is ...:
        yield f"{path} is new"
    elif found is ...:
        yield f"{path} is gone"
    elif frozen != found or type(frozen) is not type(found):
        yield f"{path} was {json.dumps(frozen)} and is {json.dumps(found)}"


def as_text(said: Mapping[str, Any]) -> str:
    """Return the document as its file holds it."""
    return json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _module(name: str, root: Path) -> dict[str, Any]:
    returned = documentation.literal(root / f"plugins/modules/{name}.py", "RETURN")
    return {
        "options": {option: _said(said) for option, said in documentation.module(name, root).options.items()},
        "returns": dict(_returned(returned)),
    }


def _returned(said: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, each in said.items():
        yield f"{before}{key}", each["type"]
        yield from _returned(each.get("contains", {}), f"{before}{key}.")


def _role(root: Path) -> dict[str, Any]:
    _import_path()
    from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import options as table

    specification = _yaml(root / "roles/tentacle/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = _yaml(root / "roles/tentacle/defaults/main.yml")
    variables = {name: _said(said) for name, said in specification.items()}
    return {"variables": variables, "defaults": defaults, "merged": sorted(table.merged_variables())}


def _environment() -> list[str]:
    _import_path()
    from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import options as table

    return sorted({name for option in table.VARIABLES for name in option.environment})


def _report() -> dict[str, Any]:
    """Return a report of one host."""
    _import_path()
    from ansible_collections.octoboot.octopus.plugins.plugin_utils._report import collate, render

    report = collate.Report()
    change = {"path": "port", "before": None, "after": 1}
    server = {"url": "", "version": "", "space": "", "thumbprint": ""}
    report.ended("web01", f"{collate.COLLECTION}tentacle", "ok", {"changes": [change], "server": server}, 1.0)
    made: dict[str, Any] = json.loads(render.document(report, place="", started="", finished="", rc_ok=True))
    return made


def _paths(value: Any, before: str = "") -> Iterator[str]:
    """Yield the keys of a report by their paths; the names of hosts are `*`."""
    if isinstance(value, dict):
        for key, item in value.items():
            path = f"{before}.*" if before == "hosts" else f"{before}.{key}".lstrip(".")
            yield path
            yield from _paths(item, path)
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, f"{before}[]")


def _said(option: Mapping[str, Any]) -> dict[str, Any]:
    return {key: option[key] for key in _SAID if key in option}


def _each(option: Mapping[str, Any], kind: str, key: str) -> list[str]:
    return [each[key] for each in option.get(kind, [])]


def _ini(option: Mapping[str, Any]) -> list[str]:
    return [f"[{each['section']}] {each['key']}" for each in option.get("ini", [])]


def _names(folder: Path, suffix: str) -> list[str]:
    return sorted(path.stem for path in folder.glob(f"*{suffix}") if path.stem != "__init__")


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _import_path() -> None:
    if (collections := str(ROOT / "collections")) not in sys.path:
        sys.path.append(collections)  # where the collection has the name that Ansible gives it


if __name__ == "__main__":
    (ROOT / FILE).write_text(as_text(now()), encoding="utf-8")
