"""What runs on a Linux host, on the oldest Pythons that hosts have; those that this machine has not are left out."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tools.checkout import ROOT
from tests.tools.pythons import OLDEST, ON_HOSTS, interpreter
from tests.unit.hosts.contract_cases import LINUX_CASES, Case
from tests.unit.hosts.contract_cases_processes import ORPHAN_CASES, PROCESS_CASES
from tests.unit.hosts.contract_check import check
from tests.unit.hosts.places import Job, Linux

SHIPPED = [*sorted((ROOT / "plugins/module_utils").rglob("*.py")), *sorted((ROOT / "plugins/modules").glob("*.py"))]
MODULE = "ansible_collections.octoboot.octopus.plugins.modules.linux_batch"
HERE = Path(__file__).with_name("old_python")


def run(python: str, *arguments: str, given: Any) -> subprocess.CompletedProcess[str]:
    """Run a Python with the checkout's code and the stand-in for Ansible."""
    own = {"PYTHONPATH": f"{ROOT / 'collections'}:{HERE}", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    command, told = [python, *arguments], json.dumps(given)
    return subprocess.run(command, input=told, env={**os.environ, **own}, capture_output=True, encoding="utf-8", timeout=300, check=False)


@dataclass
class OldLinux(Linux):
    """The Linux runner under another Python."""

    python: str = ""

    def carry_out(self, jobs: Sequence[Job]) -> list[list[dict[str, Any]]]:
        ended = run(self.python, str(HERE / "carry_out.py"), given=[asdict(job) for job in jobs])
        assert ended.returncode == 0, ended.stderr
        answers: list[list[dict[str, Any]]] = json.loads(ended.stdout)
        return answers


@pytest.fixture(params=ON_HOSTS)
def version(request: pytest.FixtureRequest) -> str:
    """A version of Python that this machine has."""
    if interpreter(request.param) is None:
        pytest.skip(f"there is no Python {request.param} on this machine")
    return str(request.param)


def test_the_runner_keeps_the_contract(version: str, shared: list[Case], tmp_path: Path) -> None:
    in_time = (*PROCESS_CASES, *ORPHAN_CASES) if version == OLDEST else ()
    check(OldLinux(tmp_path, str(interpreter(version))), [*shared, *in_time, *LINUX_CASES])


def test_the_module_runs(version: str) -> None:
    given = {"check_mode": False, "params": {"steps": [{"do": "exists", "path": "/etc"}], "alone": False}}
    ended = run(str(interpreter(version)), "-m", MODULE, given=given)
    told = json.loads(ended.stdout)
    if os.geteuid() == 0:
        assert told == {"changed": False, "outcomes": [{"value": True}]}, ended.stderr
    else:
        assert told["msg"].startswith("Tentacle's files belong to root"), ended.stderr


def test_all_that_is_shipped_to_hosts_compiles(version: str) -> None:
    script = "import json, sys\nfor path in json.load(sys.stdin):\n    compile(open(path, encoding='utf-8').read(), path, 'exec')"
    ended = run(str(interpreter(version)), "-c", script, given=[str(path) for path in SHIPPED])
    assert (ended.returncode, ended.stderr) == (0, "")


def evaluated(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the annotations that Python evaluates when it reads a module: all but those of variables in a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.arg) and child.annotation:
            yield child.annotation
        elif isinstance(child, ast.FunctionDef):
            yield from evaluated(child.args)
            yield from [child.returns] if child.returns else []
            continue
        elif isinstance(child, ast.AnnAssign):
            yield child.annotation
        yield from evaluated(child)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_nothing_in_it_needs_a_newer_python_also_where_no_old_one_tells(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))
    futures = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert futures == []
    assert [ast.unparse(annotation) for annotation in evaluated(tree) if isinstance(annotation, (ast.Subscript, ast.BinOp))] == []
