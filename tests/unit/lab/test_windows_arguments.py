"""Modules of the virtual Windows hosts take the arguments that the real modules take, by the specification in their code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.windows.argument_check import BadArguments, check_arguments, without_secrets
from tests.lab.windows.powershell_literal import NotLiteral, read_literal
from tests.lab.windows.specs import specification


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("@{ a = 'x'; b = 3 }", {"a": "x", "b": 3}),
        ("@{\n  a = @{ c = $true }\n  # said in passing\n  b = $null\n}", {"a": {"c": True}, "b": None}),
        ("@{ a = 'x', 'y' }", {"a": ["x", "y"]}),
        ("@{ a = @('x', 'y') }", {"a": ["x", "y"]}),
        ("@{ a = @(, @('x', 'y')) }", {"a": [["x", "y"]]}),
        ("@{ a = @(\n  , @('x', 'y')\n  , @('z')\n) }", {"a": [["x", "y"], ["z"]]}),
        ("@{ a = @( @('x', 'y') ) }", {"a": ["x", "y"]}),
        ("@{ a = @(@('x', $true), @('y')) }", {"a": [["x", True], ["y"]]}),
        ("@{ a = $them.Keys + 'x'; b = 'y' }", {"a": None, "b": "y"}),
    ],
)
def test_literals_read_as_powershell_reads_them(text: str, value: Any) -> None:
    assert read_literal(text) == value


@pytest.mark.parametrize("text", ["@{ a = ", "@{ a }", "@{ a = 'x'", "@(1, )"])
def test_what_is_no_literal_is_refused(text: str) -> None:
    with pytest.raises(NotLiteral):
        read_literal(text)


@pytest.mark.parametrize(
    ("module", "arguments", "words"),
    [
        ("win_package", {"path": "x.msi", "checksun": "0"}, "Unsupported parameters for (ansible.windows.win_package) module: checksun."),
        ("win_package", {"state": "present"}, "state is present but all of the following are missing: path"),
        ("win_package", {"state": "absent"}, "state is absent but any of the following are missing: path, product_id"),
        ("win_package", {"path": "x", "creates_version": "1"}, "missing parameter(s) required by 'creates_version': creates_path"),
        ("win_package", {"path": "x", "expected_return_code": ["none"]}, "argument for list entry expected_return_code is of type"),
        ("win_package", {"path": "x", "wait_for_children": "perhaps"}, "argument for wait_for_children is of type"),
        ("win_package", {"path": "x", "state": "perhaps"}, "value of state must be one of: "),
        ("win_powershell", {"script": "x", "parameters": ["y"]}, "argument for parameters is of type"),
        (
            "win_powershell",
            {"script": "x", "sensitive_parameters": [{"value": "y"}]},
            "missing required arguments: name found in sensitive_",
        ),
        ("win_stat", {}, "missing required arguments: path"),
    ],
)
def test_arguments_are_refused_in_the_words_of_the_real_module(module: str, arguments: dict[str, Any], words: str) -> None:
    name = f"ansible.windows.{module}"
    with pytest.raises(BadArguments) as refused:
        check_arguments(name, specification(name), arguments)
    assert words in str(refused.value)


def test_one_of_two_arguments_and_not_both() -> None:
    """As win_powershell has it from ansible.windows 3.1.0 on."""
    spec = {"options": {"path": {}, "script": {}}, "mutually_exclusive": [["path", "script"]], "required_one_of": [["path", "script"]]}
    with pytest.raises(BadArguments, match="parameters are mutually exclusive: path, script"):
        check_arguments("win_powershell", spec, {"script": "x", "path": "y"})
    with pytest.raises(BadArguments, match="one of the following is required: path, script"):
        check_arguments("win_powershell", spec, {})


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("win_package", {"path": "x", "url_timeout": 30}),
        ("win_stat", {"dest": "x", "get_checksum": "no"}),
        ("win_package", {"path": "x", "state": "PRESENT", "expected_return_code": "0"}),
        ("win_copy", {"src": "x", "dest": "y", "_copy_mode": "single", "_original_basename": "x"}),
    ],
)
def test_what_the_real_module_takes_is_taken(module: str, arguments: dict[str, Any]) -> None:
    name = f"ansible.windows.{module}"
    check_arguments(name, specification(name), arguments)


def test_secret_values_are_masked_wherever_they_stand() -> None:
    spec = specification("ansible.windows.win_powershell")
    given = {"script": "echo hunter2", "parameters": {"a": ["hunter2"]}, "sensitive_parameters": [{"name": "p", "value": "hunter2"}]}
    assert "hunter2" not in str(without_secrets(spec, given))
    assert without_secrets(spec, given)["script"] == "echo ********"
