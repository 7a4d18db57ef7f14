"""Which steps batch.ps1, the Linux runner and the lab's twin know, and which arguments each reads: what the contract says, and no more."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import tree_sitter_powershell
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import batch as linux_batch
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.observe import observe_steps as linux_observe
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import LINUX, WINDOWS
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.batch import script
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import observe_steps as windows_observe
from tree_sitter import Language, Node, Parser

from tests.lab.windows import batch as twin
from tests.tools.contract import as_data
from tests.unit.hosts import linux_host, windows_host

STEPS = as_data()["steps"]
Known = dict[str, set[str]]


def agreed(system: str, *, reads: bool) -> Known:
    """Return what the contract says: the readers or the writers of a system, and the arguments of each."""
    return {name: set(step["arguments"]) for name, step in STEPS[system].items() if step["reads"] is reads}


def nodes(node: Node, kind: str) -> Iterator[Node]:
    """Yield the nodes of a kind, outermost first."""
    if node.type == kind:
        yield node
    for child in node.children:
        yield from nodes(child, kind)


def text(node: Node) -> str:
    """Return the source of a node."""
    return (node.text or b"").decode()


def powershell() -> dict[str, Known]:
    """Return the two tables of batch.ps1: the steps, and the members of `$Step` that each reads, by itself or in a function."""
    root = Parser(Language(tree_sitter_powershell.language())).parse(script().encode()).root_node
    functions = {text(next(nodes(function, "function_name"))): members(function) for function in nodes(root, "function_statement")}
    tables: dict[str, Known] = {}
    for assignment in nodes(root, "assignment_expression"):
        name = text(assignment).partition(" ")[0].lstrip("$")
        if name in ("readers", "writers"):
            literal = next(nodes(assignment, "hash_literal_expression"))
            body = next(child for child in literal.children if child.type == "hash_literal_body")
            entries = [child for child in body.children if child.type == "hash_entry"]
            tables[name] = {text(entry.children[0]): read_by(entry, functions) for entry in entries}
    return tables


def members(node: Node) -> set[str]:
    """Return the members of `$Step` that a piece of the script reads."""
    accesses = [text(access).split(".") for access in nodes(node, "member_access")]
    return {parts[1].rstrip(")") for parts in accesses if parts[0] == "$Step"}


def read_by(entry: Node, functions: Mapping[str, set[str]]) -> set[str]:
    """Return the members that a step reads, also in the function that is given the step as it is."""
    called = [name for command in nodes(entry, "command") for name in functions if text(command).startswith(f"{name} -Step $Step")]
    return members(entry).union(*(functions[name] for name in called))


def python(action: Callable[..., Any]) -> set[str]:
    """Return the arguments that a function reads of its parameter `step`, also in functions that are given the step as it is."""
    owner = getattr(twin, "Batch", None) if action.__module__ == twin.__name__ else inspect.getmodule(action)
    found: set[str] = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(action)))):
        if isinstance(node, ast.Subscript) and is_step(node.value) and isinstance(node.slice, ast.Constant):
            found.add(str(node.slice.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_step(node.func.value):
            found.add(str(ast.literal_eval(node.args[0])))
        elif isinstance(node, ast.Call) and any(is_step(argument) for argument in node.args):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found |= python(getattr(owner, name))
    return found


def is_step(node: ast.AST) -> bool:
    """Tell whether an expression is the step itself."""
    return isinstance(node, ast.Name) and node.id == "step"


def read_and_agreed(known: Mapping[str, Callable[..., Any]], system: str) -> list[tuple[set[str], set[str]]]:
    """Return for each function what it reads, and what the contract gives the steps that it serves."""
    every = {**agreed(system, reads=True), **agreed(system, reads=False)}
    serves = {action: set[str]().union(*(every[name] for name in known if known[name] is action)) for action in known.values()}
    return [(python(action), arguments) for action, arguments in serves.items()]


@pytest.mark.parametrize(("table", "reads"), [("readers", True), ("writers", False)])
def test_batch_ps1_knows_these_steps_and_reads_these_arguments(table: str, reads: bool) -> None:
    assert powershell()[table] == agreed(WINDOWS, reads=reads)


@pytest.mark.parametrize(
    ("readers", "writers", "system"),
    [(linux_batch.READERS, linux_batch.WRITERS, LINUX), (twin._READERS, twin._WRITERS, WINDOWS)],
    ids=["linux", "twin"],
)
def test_runner_and_twin_know_these_steps(readers: Any, writers: Any, system: str) -> None:
    assert readers.keys() == agreed(system, reads=True).keys()
    assert writers.keys() == agreed(system, reads=False).keys()


def test_the_linux_runner_reads_these_arguments() -> None:
    for read, arguments in read_and_agreed(linux_batch.READERS | linux_batch.WRITERS, LINUX):
        assert read == arguments


def test_the_twin_reads_these_arguments() -> None:
    for read, arguments in read_and_agreed(twin._READERS | twin._WRITERS, WINDOWS):
        assert read == arguments - {"description"}, "in the lab nobody reads a rule's description"


def test_observing_only_reads() -> None:
    visits = {WINDOWS: windows_observe(windows_host.WANTED), LINUX: linux_observe(linux_host.WANTED)}
    assert [step["do"] for system, visit in visits.items() for step in visit.values() if not STEPS[system][step["do"]]["reads"]] == []
