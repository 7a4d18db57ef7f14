"""What is printed into the logs of pipelines: folds and marks, of which a host's text can forge none."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.text import each_text, shown, without_commands
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.azure import Azure
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.collate import HostReport, Report
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.github import GitHub
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.gitlab import GitLab
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.pipeline import Pipeline, failures, pipeline_of
from hypothesis import given
from hypothesis import strategies as st

FORGERIES = [
    "::error::",
    "::add-mask::x",
    "::group::",
    "::endgroup::",
    "%0A::error::x",
    "##[",
    "##[error]",
    "##vso[",
    "##VSO[task.complete]",
]
FORGERIES += [
    "##VSO[task.complete]",
    "###vso[x]",
    "\r",
    "\n",
    "\x1b[0K",
    "section_end:1:x\r\x1b[0K",
    "\u2028",
    "\x85",
    "\x0b",
    "]",
    "%AZP25",
    "%25",
    ";",
    "#",
]
TEXT = st.lists(st.sampled_from(FORGERIES) | st.text(max_size=6), max_size=8).map("".join)


def github(line: str) -> list[str]:
    """Return the command of a line as the runner finds it (ActionCommand.cs): at its beginning, or of the older kind anywhere."""
    new = re.match(r"\s*::([\w-]+)(?: [^:]*)?::", line)
    return [new[1]] if new else re.findall(r"##\[(\w*)", line)


def azure(line: str) -> list[str]:
    """Return the commands of a line as the agent finds them, anywhere."""
    return [found[1] for found in re.finditer(r"##(?:vso)?\[([\w.]*)", line, re.IGNORECASE)]


def gitlab(line: str) -> list[str]:
    """Return the marks of sections in a line."""
    return re.findall(r"section_(start|end):\d+:[\w.-]+(?:\[[^\]]*\])?\r\x1b\[0K", line)


SYSTEMS: list[tuple[Pipeline, Callable[[str], list[str]], list[str]]] = [
    (GitHub("t0k3n"), github, ["group", "endgroup", "error"]),
    (Azure(), azure, ["group", "endgroup", "task.logissue"]),
    (GitLab(1.5), gitlab, ["start", "end"]),
]


@pytest.mark.parametrize(("system", "commands", "meant"), SYSTEMS, ids=["github", "azure", "gitlab"])
@given(host=TEXT, reason=TEXT, log=TEXT)
def test_a_failed_host_is_a_fold_and_a_mark_and_its_text_no_command(
    system: Pipeline, commands: Callable[[str], list[str]], meant: list[str], host: str, reason: str, log: str
) -> None:
    report = Report(hosts={host: HostReport(host, "failed", reason=reason), "sound": HostReport("sound", "created")})
    lines = list(failures(system, report, {host: log}))
    assert not any("\n" in line for line in lines)
    assert [found for line in lines for found in commands(line)] == meant
    body = lines[1 : next(at for at, line in enumerate(lines) if "endgroup" in commands(line) or "end" in commands(line))]
    assert all(line.isprintable() or not line for line in body)
    for line in (reason, log):
        for part in line.split("\n"):
            assert commands(system.inert(part)) == []


@given(title=TEXT, text=TEXT)
def test_a_mark_of_github_says_again_what_it_was_given(title: str, text: str) -> None:
    (line,) = GitHub("t").mark(title, text)
    found = re.fullmatch(r"::error title=([^:,\n\r]*)::([^\n\r]*)", line)
    assert found
    assert [unquote(part, errors="surrogatepass") for part in found.groups()] == [title, text]


def test_a_host_without_a_log_folds_its_reason_and_a_long_log_its_end() -> None:
    report = Report(hosts={name: HostReport(name, "unreachable", reason="no route") for name in ("web01", "web02")})
    lines = list(failures(Azure(), report, {"web02": "".join(f"    stdout: {number}\n" for number in range(1000))}))
    assert lines[:4] == [
        "##[group]web01: unreachable", "no route", "##[endgroup]", "##vso[task.logissue type=error]web01 unreachable: no route",
    ]  # fmt: skip
    assert lines[5:7] == ["(600 lines before)", "    stdout: 600"]
    assert lines[-3] == "    stdout: 999"


@pytest.mark.parametrize(
    ("environ", "said", "kind"),
    [
        ({"GITHUB_ACTIONS": "true"}, "auto", GitHub),
        ({"GITLAB_CI": "true"}, "auto", GitLab),
        ({"TF_BUILD": "True"}, "auto", Azure),
        ({"GITHUB_ACTIONS": "true"}, "none", type(None)),
        ({"GITHUB_ACTIONS": "", "JENKINS_URL": "x"}, "auto", type(None)),
        ({}, "azure", Azure),
    ],
)
def test_the_runner_s_own_variable_says_where_the_run_is_and_one_word_switches_it_off(
    environ: dict[str, str], said: str, kind: type
) -> None:
    assert type(pipeline_of(said, environ, token="t", now=0.0)) is kind


def test_github_obeys_nobody_between_opening_and_closing() -> None:
    system = GitHub("t0k3n")
    assert (system.opening(), system.closing()) == (["::stop-commands::t0k3n"], ["::t0k3n::"])


def test_azure_is_told_where_the_summary_lies() -> None:
    assert Azure().attach(Path("/logs/run/report.markdown")) == ["##vso[task.uploadsummary]/logs/run/report.markdown"]


@given(text=TEXT)
def test_text_without_commands_keeps_all_but_a_blank(text: str) -> None:
    assert azure(without_commands(text)) == []
    assert without_commands(text).replace(" ", "") == text.replace(" ", "")
    assert each_text({"a": [text, (text, 1)]}, shown) == {"a": [shown(text), [shown(text), 1]]}
