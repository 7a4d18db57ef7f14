"""What a template makes of null, of numbers and of texts differs between cores. What is read from it does not.

`make matrix` runs this with each core: up to 2.18 null behind another template is an empty text, numbers come as text, and a text that
looks like a list becomes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible import template
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import cores
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.cores import changed_texts, template_with
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.inputs import HostVariables, Said, read
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import options
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.option import Option

TABLES = [table for table in vars(options).values() if isinstance(table, tuple) and all(isinstance(each, Option) for each in table)]
OPTIONS = {f"{option.name}-{number}": option for number, option in enumerate(dict.fromkeys(each for table in TABLES for each in table))}

AROUND: Mapping[str, Any] = {
    "nothing": None,
    "behind": "{{ nothing }}",
    "result": {"nothing": None, "text": "{{ nothing }}"},
}
NULLS = ("{{ nothing }}", "{{ behind }}", "{{ nothing | default(none) }}", "{{ result.nothing }}", "{{ undefined_here | default(none) }}")

SAMPLES: Mapping[str, Any] = {"bool": False, "int": 60, "float": 2.5, "dict": {"a": "b"}, "list": ["a", "b"]}
OF_SOME: Mapping[str, Any] = {"register_as": ["worker", "target"], "registrations": [{"space": "Second"}]}
PASSED_ON = ("{{ sample }}", "{{ sample | default(none) }}", "{{ passed }}")


def trusted(value: Any) -> Any:
    """Return a value as it is of an inventory: from 2.19 on, what is to be templated has to be said."""
    trust = getattr(template, "trust_as_template", None)
    if isinstance(value, str) and trust:
        return trust(value)
    return {key: trusted(item) for key, item in value.items()} if isinstance(value, dict) else value


def templar(**variables: Any) -> Templar:
    return Templar(loader=DataLoader(), variables=trusted({**AROUND, **variables}))


def variables_of(**variables: Any) -> HostVariables:
    return HostVariables("web01", trusted(variables), template_with(templar(**variables)))


def said(option: Option, variables: Mapping[str, Any] = {}, *, given: Mapping[str, Any] = {}) -> Said:
    return read((option,), variables_of(**variables), given=given, environment={})


def by_task(option: Option, value: Any, **variables: Any) -> Mapping[str, Any]:
    """Return what a task gives: Ansible itself templates that, before our action begins."""
    return {option.name: templar(**variables).template(trusted(value))}


@pytest.mark.parametrize("null", NULLS)
@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if not option.required])
def test_what_is_null_was_not_said(name: str, null: str) -> None:
    option = OPTIONS[name]
    unsaid = said(option).values
    for variable in option.variables:
        assert said(option, {variable: null}).values == unsaid
        if option.parts:
            assert said(option, {f"{variable}__part": null}).values == unsaid
    # An empty text says something of a few, and before 2.19 nobody can tell it from null once Ansible has templated it.
    if not (option.blank and cores._blanks_nulls()):
        assert said(option, given=by_task(option, null)).values == unsaid


@pytest.mark.parametrize("passed", PASSED_ON)
@pytest.mark.parametrize(
    "name",
    [name for name, option in OPTIONS.items() if option.type in SAMPLES and option.name not in ("trust", "former_thumbprints", "manage")],
)
def test_a_value_is_the_same_however_many_templates_pass_it_on(name: str, passed: str) -> None:
    option = OPTIONS[name]
    sample = OF_SOME.get(option.name, SAMPLES[option.type])
    around = {"sample": sample, "passed": "{{ sample }}"}
    wanted = said(option, given={option.name: sample}).values
    assert said(option, given=by_task(option, passed, **around)).values == wanted
    for variable in option.variables:
        assert said(option, {**around, variable: passed}).values == wanted


@pytest.mark.parametrize("text", ["[1]", '{"a": null}', "True"])
@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if option.secret and option.variables and not option.check])
def test_a_secret_is_itself_or_refused_with_the_core_that_is_needed(name: str, text: str) -> None:
    option = OPTIONS[name]
    kept = said(option, {option.variables[0]: text}).values[option.name]
    assert kept.reveal() == text
    around = {"kept": text, option.variables[0]: "{{ kept }}"}
    if not changed_texts():
        assert said(option, around).values[option.name].reveal() == text
        return
    with pytest.raises(
        InputError, match=r"^'\w+' must be text\. Text that looks like .*ansible-core 2\.19 or newer keeps it, and this is 2\.\d+"
    ):
        said(option, around)


def test_blank_and_null_are_told_apart() -> None:
    resolve = template_with(templar(blank="", passed="{{ blank }}"))
    assert [resolve(trusted(text)) for text in ("", "{{ blank }}", "{{ passed }}", "{{ behind }}", " ")] == ["", "", "", None, " "]
