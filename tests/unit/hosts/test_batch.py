"""One visit: what is sent, and what is read from its answer."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.outcomes import (
    Outcome,
    command_logs,
    noted_services,
    raise_first_failure,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import Step
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.batch import module_arguments, read_result

SECRETS = {"pfx": "cGZ4LWJ5dGVz", "pfx_password": "pfx password", "service_password": "hunter2hunter2"}
STEPS: list[Step] = [{"do": "path", "path": "%ProgramData%"}, {"do": "exists", "path": "C:\\x"}]
RUN: Step = {"do": "run", "file": "<location>Tentacle.exe", "arguments": ["configure", "--port", "1"], "environment": {}, "timeout": 1}


def ran(rc: int, *, stdout: str = "", stderr: str = "") -> dict[str, Any]:
    """Return the value of a process step."""
    return {"rc": rc, "stdout": stdout, "stderr": stderr, "seconds": 0.25}


def test_secrets_are_sensitive_parameters_and_nothing_else() -> None:
    arguments = module_arguments(STEPS, SECRETS)
    sensitive = arguments.pop("sensitive_parameters")
    assert {parameter["name"]: parameter["value"] for parameter in sensitive} == {
        "Pfx": SECRETS["pfx"],
        "PfxPassword": SECRETS["pfx_password"],
        "ServicePassword": SECRETS["service_password"],
    }
    assert not any(secret in json.dumps(arguments) for secret in SECRETS.values())


def test_a_visit_without_secrets_has_no_sensitive_parameters() -> None:
    arguments = module_arguments(STEPS, {})
    assert arguments.keys() == {"script", "parameters"}
    assert json.loads(arguments["parameters"]["Steps"]) == STEPS


def test_each_step_gets_its_own_answer() -> None:
    answers = json.dumps([{"value": "C:\\ProgramData"}, {"error": "no"}, {"skipped": True}])
    assert read_result([*STEPS, RUN], {"result": answers}) == [
        Outcome(STEPS[0], value="C:\\ProgramData"),
        Outcome(STEPS[1], error="no"),
        Outcome(RUN, skipped=True),
    ]


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"result": None},
        {"result": ""},
        {"result": "null"},
        {"result": "[]"},
        {"result": '[{"value": 1}'},
        {"result": '[{"value": 1}]'},
        {"result": '{"value": 1, "error": 2}'},
        {"result": '[1, "x"]'},
        {"result": {"value": 1}},
        {"result": '[{"value": 1}, {"value": 2}]', "failed": True},
    ],
)
def test_an_answer_that_is_none_is_one_clear_error(result: dict[str, Any]) -> None:
    with pytest.raises(HostError, match=r"^The batch of commands did not run on the host: it gave no answer\.$"):
        read_result(STEPS, result)


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ({"failed": True, "msg": "the connection\nwas lost"}, "the connection was lost"),
        ({"error": [{"output": "ParserError:\r\n  line 1"}]}, "ParserError: line 1"),
    ],
)
def test_why_a_batch_did_not_run_is_said_in_one_line(result: dict[str, Any], why: str) -> None:
    with pytest.raises(HostError, match=f": {why}\\.$"):
        read_result(STEPS, result)


@pytest.mark.parametrize(
    "why",
    ["this script runs in ConstrainedLanguage mode", "Method invocation is supported only on core types in this language mode."],
)
def test_a_machine_that_trusts_no_script_is_told_in_one_sentence(why: str) -> None:
    with pytest.raises(HostError, match=r"^This machine lets PowerShell run only what a policy trusts \(WDAC .*\.$"):
        read_result(STEPS, {"failed": True, "error": [{"output": f"Exception: {why}"}]})


def test_a_step_that_went_well_or_may_fail_raises_nothing() -> None:
    query = RUN | {"do": "query"}
    raise_first_failure(
        [
            Outcome(RUN, value=ran(0)),
            Outcome(query, value=ran(1)),
            Outcome(STEPS[0] | {"optional": True}, error="no"),
            Outcome(STEPS[1], skipped=True),
        ]
    )


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"do": "certificate", "port": 10933}, "Reading the certificate that port 10933 presents failed: why not"),
        ({"do": "directory", "path": "C:\\x"}, r"Making the folder C:\x and setting its access failed: why not"),
        ({"do": "write", "path": "C:\\x"}, r"Writing C:\x failed: why not"),
        ({"do": "move", "path": "C:\\x", "target": "C:\\y"}, r"Moving C:\x failed: why not"),
        ({"do": "remove", "path": "C:\\x"}, r"Removing C:\x failed: why not"),
        ({"do": "start", "name": "Tentacle"}, "Starting the service 'Tentacle' failed: why not"),
        ({"do": "stop", "name": "Tentacle"}, "Stopping the service 'Tentacle' failed: why not"),
        ({"do": "set_firewall", "name": "rule"}, "Opening the firewall ('rule') failed: why not"),
        (RUN, "Tentacle configure --port 1 failed: why not"),
        ({"do": "sid", "account": "EXAMPLE\\deploy"}, r"Reading sid EXAMPLE\deploy failed: why not"),
        ({"do": "files"}, "Reading files failed: why not"),
    ],
)
def test_the_first_failure_says_what_was_being_done(step: Step, words: str) -> None:
    outcomes = [Outcome(STEPS[0], value=""), Outcome(step, error="why\r\n  not"), Outcome(STEPS[1], error="later")]
    with pytest.raises(HostError) as raised:
        raise_first_failure(outcomes)
    assert str(raised.value) == f"{words}."


def test_a_command_that_fails_is_named_with_its_exit_code_and_words() -> None:
    with pytest.raises(HostError, match=r"^'Tentacle configure --port 1' ended with exit code 1: It is broken\.$"):
        raise_first_failure([Outcome(RUN, value=ran(1, stderr="It is broken.\r\n"))])


def test_the_log_holds_every_process_that_was_started_and_no_other_step() -> None:
    killed = RUN | {"arguments": ["service", "--start"]}
    logs = command_logs([Outcome(STEPS[0], value="x"), Outcome(RUN, value=ran(0, stdout="done")), Outcome(killed, error="was killed")])
    assert [(log.command, log.rc, log.stdout, log.stderr) for log in logs] == [
        ("Tentacle configure --port 1", 0, "done", ""),
        ("Tentacle service --start", None, "", "was killed"),
    ]
    assert command_logs([Outcome(RUN, skipped=True)]) == []


@pytest.mark.parametrize("note", [None, "", "@@", "5", "{}", '"Tentacle"', "[[]]", "[null, {}]"])
def test_a_note_that_cannot_be_read_names_no_service(note: str | None) -> None:
    content = base64.b64encode(note.encode()).decode() if note and note != "@@" else note
    assert noted_services(content, {"Tentacle"}) == ()


def test_a_note_names_the_services_that_are_still_there() -> None:
    assert noted_services(base64.b64encode(b'["gone", "Tentacle"]').decode(), {"Tentacle": {}}) == ("Tentacle",)
