"""`make generate`: what is made from the table of options, and that nothing of it is stale."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import options as table
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.option import Option
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import generate, markup, tables
from tests.tools.checkout import ROOT
from tests.tools.documentation import Documented, literal

VARIABLES = {"port": "tentacle_port", "trust_exclusive": "tentacle_trust_exclusive", "name": "octopus_target_name"}
PARTS = ("plugins/modules", "plugins/doc_fragments", "plugins/plugin_utils/_hosts/contract.json", "roles/tentacle", "README.md")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what is read and written, so that a test can change it."""
    for part in PARTS:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, _parent(tmp_path / part))
    return tmp_path


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that stands in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@cache
def role_options() -> dict[str, dict[str, Any]]:
    """Return the options of the role's argument specification."""
    options: dict[str, dict[str, Any]] = yaml.safe_load(tables.argument_specs())["argument_specs"]["main"]["options"]
    return options


def row(option: Option, description: str | list[str] = "Port.") -> tables.Described:
    """Return an option, described."""
    return tables.described((option,), Documented({option.name: {"description": description}}))[0]


def test_nothing_is_stale() -> None:
    assert sorted(generate.stale()) == []


@pytest.mark.parametrize(
    ("changed", "old", "new", "stale"),
    [
        ("roles/tentacle/defaults/main.yml", "tentacle_start_timeout: 60", "tentacle_start_timeout: 61", {tables.DEFAULTS}),
        ("roles/tentacle/meta/argument_specs.yml", "type: float", "type: int", {tables.ARGUMENT_SPECS}),
        ("README.md", "| `tentacle_port` | `10933` |", "| `tentacle_port` | `10934` |", {tables.README}),
        ("plugins/modules/tentacle.py", "Port on which Tentacle listens.", "Another.", {tables.ARGUMENT_SPECS, tables.README}),
        ("plugins/doc_fragments/run.py", "Whether a machine with warnings", "Another", {tables.ARGUMENT_SPECS, tables.README}),
    ],
)
def test_a_stale_file_is_named_and_then_mended(
    checkout: Path, capsys: pytest.CaptureFixture[str], changed: str, old: str, new: str, stale: set[str]
) -> None:
    change(checkout / changed, old, new)
    before = (checkout / changed).read_text(encoding="utf-8")
    assert generate.main(["--check"], checkout) == 1
    assert {line.split(" is stale")[0] for line in capsys.readouterr().out.splitlines()} == stale
    assert (checkout / changed).read_text(encoding="utf-8") == before
    assert generate.main([], checkout) == 0
    assert generate.main(["--check"], checkout) == 0


def test_a_missing_file_is_stale_and_what_stands_around_the_tables_is_left(checkout: Path) -> None:
    (checkout / tables.DEFAULTS).unlink()
    change(checkout / "README.md", "And for the run:", "Mine, | with a pipe:")
    assert generate.stale(checkout).keys() == {tables.DEFAULTS}
    assert generate.main([], checkout) == 0
    assert (checkout / tables.DEFAULTS).read_text(encoding="utf-8") == tables.defaults()
    assert "Mine, | with a pipe:" in (checkout / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("mark", "instead", "said"),
    [("begin octopus", "gone", "begin octopus"), ("end run", "gone", "end run"), ("end octopus", "end machine", "end machine")],
)
def test_a_table_that_has_no_place_is_said(checkout: Path, mark: str, instead: str, said: str) -> None:
    change(checkout / "README.md", mark, instead)
    with pytest.raises(LookupError, match=said):
        tables.readme((checkout / "README.md").read_text(encoding="utf-8"))


def test_the_roles_defaults_are_all_options_of_tentacle_that_variables_fill_and_no_state() -> None:
    defaults = yaml.safe_load(tables.defaults())
    filled = {option.variables[0]: option for option in table.TENTACLE if option.variables}
    assert defaults.keys() == filled.keys()
    assert {name for name, value in defaults.items() if value is not None} == {
        name for name, option in filled.items() if tables.role_default(option) is not None
    }
    assert defaults["tentacle_install_background"] is True, "a fork that waits holds up a fleet"
    assert "\ntentacle_port: null  # a new instance gets 10933\n" in tables.defaults()


def test_the_roles_specification_has_every_variable() -> None:
    assert role_options().keys() == table.known_variables()


def test_the_roles_own_defaults_pass_its_specification() -> None:
    defaults = yaml.safe_load(tables.defaults())
    specification = {name: {key: value for key, value in option.items() if key != "description"} for name, option in role_options().items()}
    assert ArgumentSpecValidator(specification).validate(defaults).error_messages == []


def test_the_roles_specification_says_what_the_table_says() -> None:
    for option in table.VARIABLES:
        for variable in option.variables:
            said = role_options()[variable]
            assert said["type"] == ("str" if option.type in ("path", "hostpath") else option.type)
            assert said.get("elements") == option.elements
            assert said.get("default") == tables.role_default(option)
            assert said.get("choices") in (None, list(option.choices or ()))


@pytest.mark.parametrize("variable", sorted(table.known_variables()))
def test_the_roles_specification_speaks_of_variables_and_not_of_options_or_results(variable: str) -> None:
    description = role_options()[variable]["description"]
    assert description
    assert not any(marked in text for text in markup.paragraphs(description) for marked in ("O(", "RV("))


def test_a_row_says_what_is_taken_when_an_option_is_unset() -> None:
    def cells(option: Option) -> list[str]:
        line = tables.readme_row(row(option, "Port. More."))
        return [cell.strip() for cell in line.strip("|").split(" | ")]

    assert cells(Option("port", variables=("tentacle_port",), new="10933")) == ["`tentacle_port`", "`10933`", "Port"]
    assert cells(Option("port", variables=("a", "b"), parts=True)) == ["`a`, `b`, `a__*`", "", "Port"]
    assert cells(Option("port", variables=("a",), default=30.0))[1] == "`30`"
    assert cells(Option("port", variables=("a",), default=False, role=True))[1] == "`true`"
    assert cells(Option("port", variables=("a",), new="C:\\A, the newest"))[1] == "`C:\\A`, the newest"
    assert cells(Option("port", variables=("a",), environment=("A_PORT",)))[1] == "the environment's `A_PORT`"


def test_an_option_without_a_text_is_an_error_and_one_without_a_variable_has_no_row() -> None:
    assert tables.described((Option("state"),), Documented()) == []
    with pytest.raises(LookupError, match="port"):
        tables.described((Option("port", variables=("tentacle_port",)),), Documented())
    with pytest.raises(LookupError, match="NOTHING"):
        literal(ROOT / "plugins/modules/tentacle.py", "NOTHING")


@pytest.mark.parametrize(
    ("text", "role", "readme"),
    [
        ("Connections to O(port) in.", "Connections to C(tentacle_port) in.", "Connections to `tentacle_port` in."),
        ("Unless O(trust_exclusive=true).", "Unless C(tentacle_trust_exclusive=true).", "Unless `tentacle_trust_exclusive=true`."),
        ("Or O(name=a\\)b).", "Or C(octopus_target_name=a)b).", "Or `octopus_target_name=a)b`."),
        ("Such as V(C:\\\\Octopus).", "Such as V(C:\\\\Octopus).", "Such as `C:\\Octopus`."),
        ("From E(OCTOPUS_URL).", "From E(OCTOPUS_URL).", "From `OCTOPUS_URL`."),
        ("A C(.deb) by M(octoboot.octopus.tentacle).", "A C(.deb) by M(octoboot.octopus.tentacle).", "A `.deb` by `tentacle`."),
        ("See U(https://a.b), B(now), I(here).", "See U(https://a.b), B(now), I(here).", "See <https://a.b>, **now**, *here*."),
        ("First. Starts with RV(pending=true). Last.", "First. Last.", "First. Starts with `pending=true`. Last."),
        ("First. See O(installation).", "First.", "First. See `installation`."),
        ("With O(a.b.c#module:name=x).", "With O(a.b.c#module:name=x).", "With `name=x`."),
        ("Nothing of tasks (RV(rc)).", "", "Nothing of tasks (`rc`)."),
        ("NOV(1) and CO(2).", "NOV(1) and CO(2).", "NOV(1) and CO(2)."),
    ],
)
def test_options_become_variables(text: str, role: str, readme: str) -> None:
    assert markup.for_role(text, VARIABLES) == role
    assert markup.for_readme(text, VARIABLES) == readme


def test_sentences_end_where_a_reader_ends_them() -> None:
    paragraph = "A version, such as V(9.2.4285). On Linux a C(.deb), C(.rpm) or U(https://a.b/c.repo). The .NET Framework 4.8."
    assert [len(sentence) for sentence in markup.sentences(paragraph)] == [31, 53, 23]


def test_an_option_that_has_no_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="is not the name of an option"):
        markup.for_role("See O(=x).", VARIABLES)


@given(st.text(alphabet=st.characters(exclude_characters="()")))
def test_text_without_markup_is_left(text: str) -> None:
    assert markup.for_readme(text, VARIABLES) == text
