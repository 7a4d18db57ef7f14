"""The one PowerShell script: it parses, it knows every step that Python sends, and nobody changes it unaware."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_powershell
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows import batch as batch
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.batch import SECRET_PARAMETERS, script
from tree_sitter import Language, Node, Parser

from tests.tools.checkout import ROOT

SCRIPT = ROOT / "plugins/plugin_utils/_hosts/windows/batch.ps1"
PINNED = Path(__file__).with_name("batch_ps1.json")
PWSH = shutil.which("pwsh")


def nodes(node: Node) -> Iterator[Node]:
    """Yield a node of the syntax tree and all below it."""
    yield node
    for child in node.children:
        yield from nodes(child)


def test_it_parses_without_an_error() -> None:
    tree = Parser(Language(tree_sitter_powershell.language())).parse(SCRIPT.read_bytes())
    assert [node.start_point for node in nodes(tree.root_node) if node.is_error or node.is_missing] == []


def test_the_parser_would_see_an_error() -> None:
    broken = SCRIPT.read_bytes().replace(b"finally {", b"finally (", 1)
    assert Parser(Language(tree_sitter_powershell.language())).parse(broken).root_node.has_error


def test_check_mode_runs_it() -> None:
    assert "[CmdletBinding(SupportsShouldProcess)]\nparam (" in script()


def test_what_is_sent_lacks_comments_and_indentation_alone() -> None:
    lines = (line.strip() for line in SCRIPT.read_text(encoding="utf-8").splitlines())
    assert script().splitlines() == [line for line in lines if line and not line.startswith("#")]


def test_no_text_of_it_goes_over_several_lines() -> None:
    tree = Parser(Language(tree_sitter_powershell.language())).parse(SCRIPT.read_bytes())
    strings = [node for node in nodes(tree.root_node) if "string_literal" in node.type or node.type == "comment"]
    assert strings
    assert [node.start_point for node in strings if node.start_point.row != node.end_point.row] == []


def test_windows_powershell_5_reads_it_in_any_code_page() -> None:
    assert SCRIPT.read_bytes().isascii()


def test_it_takes_each_secret_as_a_secure_string() -> None:
    assert set(re.findall(r"^\[securestring\] \$(\w+)", script(), re.MULTILINE)) == set(SECRET_PARAMETERS.values())


def test_a_change_of_the_script_is_made_knowingly() -> None:
    now = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()
    assert json.loads(PINNED.read_text(encoding="utf-8"))["sha256"] == now, (
        f"batch.ps1 has changed. Run it under a real PowerShell if you can, then write sha256 {now} into {PINNED.name}, with "
        "the date of that run in last_run_under_real_powershell, or null when it has not run since."
    )


@pytest.mark.skipif(PWSH is None, reason="there is no pwsh on this machine")
def test_where_a_policy_does_not_trust_it_it_says_so_and_does_nothing_else() -> None:
    command = (
        "$runspace = [RunspaceFactory]::CreateRunspace([InitialSessionState]::CreateDefault2()); $runspace.Open(); "
        "$runspace.SessionStateProxy.LanguageMode = 'ConstrainedLanguage'; "
        "$shell = [PowerShell]::Create(); $shell.Runspace = $runspace; "
        f"[void]$shell.AddScript([IO.File]::ReadAllText('{SCRIPT}')).AddParameter('Steps', '[]'); "
        "try { $shell.Invoke() } catch { $_.Exception.GetBaseException().Message }"
    )
    said = subprocess.run([str(PWSH), "-NoProfile", "-Command", command], capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout.strip() == "this script runs in ConstrainedLanguage mode"


@pytest.mark.skipif(PWSH is None, reason="there is no pwsh on this machine")
def test_powershell_itself_parses_it() -> None:
    command = (
        "$errors = $null; "
        f"[void][Management.Automation.Language.Parser]::ParseFile('{SCRIPT}', [ref]$null, [ref]$errors); "
        "$errors | ForEach-Object { $_.ToString() }"
    )
    parsed = subprocess.run([str(PWSH), "-NoProfile", "-Command", command], capture_output=True, text=True, timeout=60, check=True)
    assert parsed.stdout.strip() == ""
