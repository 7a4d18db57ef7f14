"""One place knows what differs between releases of ansible-core (`_ansible/cores.py`; the role ends early): nothing else asks."""

from __future__ import annotations

import ast
import re
import runpy
import sys
from collections.abc import Iterator

import pytest
from ansible.errors import AnsibleError

from tests.tools.checkout import ROOT, files

CORES = "plugins/plugin_utils/_ansible/cores.py"
DOOR = "plugins/plugin_utils/_ansible/__init__.py"
MAY_ASK = (CORES, DOOR, "roles/tentacle/tasks/main.yml", "roles/tentacle/tasks/leave.yml")

ASKED = re.compile(
    r"VaultSecretsContext|__ENCRYPTED__|_vault\.secrets|\bansible_version\b|ansible_release|ansible\.release|ansible\.__version__"
    r"|LooseVersion|StrictVersion|\bremove_values\b|_internal\b|_datatag\b|is version\b|\bend_role\b"
)
"""What only some cores have, or have in another form, and the ways to ask for a release."""


def asks(text: str, path: str) -> Iterator[str]:
    """Yield what a file asks of the core that runs it."""
    yield from (found[0] for found in ASKED.finditer(text))
    for node in ast.walk(ast.parse(text)) if path.endswith(".py") else ():
        if isinstance(node, ast.Try):
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom) and (inner.module or "").split(".")[0] == "ansible":
                    yield f"tries to import {inner.module}"


def shipped() -> list[str]:
    return [
        path
        for path in files()
        if path.startswith(("plugins/", "roles/", "playbooks/")) and path.endswith((".py", ".yml")) and path not in MAY_ASK
    ]


@pytest.mark.parametrize("path", shipped())
def test_nothing_else_asks_which_core_it_is(path: str) -> None:
    assert list(asks((ROOT / path).read_text(encoding="utf-8"), path)) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("from ansible.parsing.vault import VaultSecretsContext", "a.py"),
        ("from ansible.release import __version__", "a.py"),
        ("try:\n    from ansible.module_utils.secrets import register_secret\nexcept ImportError:\n    pass", "a.py"),
        ("from ansible.module_utils.common.parameters import remove_values", "a.py"),
        ("- when: ansible_version.full is version('2.18', '>=')", "a.yml"),
        ("- ansible.builtin.meta: end_role", "a.yml"),
    ],
)
def test_asking_is_seen(text: str, path: str) -> None:
    assert list(asks(text, path))


@pytest.mark.parametrize("path", MAY_ASK)
def test_what_may_ask_does(path: str) -> None:
    assert list(asks((ROOT / path).read_text(encoding="utf-8"), path))


def test_an_older_python_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends with it as the first action is loaded: none of them could be read there."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(
        AnsibleError, match=r"^octoboot\.octopus needs ansible-core 2\.16 .*, and this is ansible-core 2\.\d+\.\S+ on Python 3\.9\.$"
    ):
        runpy.run_path(str(ROOT / DOOR))
