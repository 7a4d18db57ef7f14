"""Whether git leaves identities out, asked of a real git."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.ignored import ignored_by

from tests.tools.checkout import ROOT

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A work tree of git's, without any rule of the user's."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "core.excludesFile", os.devnull], check=True)
    return tmp_path


@pytest.mark.parametrize("rule", ["identities/", "*.key", "*.pem", "/mine-*", "*"])
def test_a_rule_that_leaves_them_out_is_named(rule: str, tree: Path) -> None:
    (tree / ".gitignore").write_text(f"logs/\n{rule}\n")
    directory = tree / ("mine-identities" if rule == "/mine-*" else "identities")
    assert ignored_by(directory) == f".gitignore:2:{rule}"
    directory.mkdir()
    assert ignored_by(directory) == f".gitignore:2:{rule}"


@pytest.mark.parametrize("rules", ["", "logs/", "*\n!/identities/\n!/identities/**"])
def test_what_git_keeps_is_no_news(rules: str, tree: Path) -> None:
    (tree / ".gitignore").write_text(rules)
    assert ignored_by(tree / "identities") is None


def test_a_link_leads_to_where_the_files_are(tree: Path) -> None:
    (tree / ".gitignore").write_text("identities\n")
    (tree / "kept").mkdir()
    (tree / "identities").symlink_to("kept")
    assert ignored_by(tree / "identities") is None


def test_outside_of_a_work_tree_git_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("git is asked")

    monkeypatch.setattr(subprocess, "run", never)
    assert ignored_by(tmp_path / "identities") is None


def test_a_hook_of_git_s_does_not_mislead_it(tree: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / ".gitignore").write_text("identities/\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path_factory.mktemp("other")))
    assert ignored_by(tree / "identities") == ".gitignore:1:identities/"


@pytest.mark.parametrize("trouble", [FileNotFoundError(2, "No such file"), subprocess.TimeoutExpired("git", 5)])
def test_no_git_or_one_that_hangs_is_no_answer(trouble: Exception, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise trouble

    (tree / ".gitignore").write_text("identities/\n")
    monkeypatch.setattr(subprocess, "run", failing)
    assert ignored_by(tree / "identities") is None


def test_our_own_rules_leave_no_identities_out(tree: Path) -> None:
    shutil.copy(ROOT / ".gitignore", tree)
    for directory in ("identities", "inventories/mine-identities", "inventories/identities"):
        assert ignored_by(tree / directory) is None
