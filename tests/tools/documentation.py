"""What the modules and fragments of this checkout document, read from their source without importing it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.tools.checkout import ROOT, galaxy

FRAGMENTS = "extends_documentation_fragment"


@dataclass
class Documented:
    """The options and notes of a module or a fragment, those of the fragments that it extends included."""

    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def extend(self, other: Documented) -> None:
        """Take over what a fragment says, as Ansible does: what is said already wins."""
        self.options = other.options | self.options
        self.notes += other.notes


def module(name: str, root: Path = ROOT) -> Documented:
    """Return what a module documents."""
    return _read(root / f"plugins/modules/{name}.py", "DOCUMENTATION", root)


def fragment(name: str, root: Path = ROOT) -> Documented:
    """Return what a fragment documents: `connection`, or `attributes.info` for another of its texts."""
    file, _, text = name.partition(".")
    return _read(root / f"plugins/doc_fragments/{file}.py", (text or "documentation").upper(), root)


def literal(path: Path, name: str) -> dict[str, Any]:
    """Return the YAML text that a file or a class in it assigns to `name`. Raises LookupError."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            text: dict[str, Any] = yaml.safe_load(ast.literal_eval(node.value))
            return text
    raise LookupError(f"{path} has no {name}")


def _read(path: Path, name: str, root: Path) -> Documented:
    said = literal(path, name)
    found = Documented(dict(said.get("options", {})), list(said.get("notes", [])))
    about = galaxy()
    for extended in said.get(FRAGMENTS, []):
        found.extend(fragment(extended.removeprefix(f"{about.namespace}.{about.name}."), root))
    return found
