"""What is made of the table of options: the role's defaults, its argument specification, and README's tables of variables.

Every option's text has one home, the documentation of the modules and fragments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import options as table
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.option import Option, Options

from tests.tools import documentation, markup
from tests.tools.checkout import ROOT

SOURCE = "plugins/plugin_utils/_core/options.py"
DEFAULTS = "roles/tentacle/defaults/main.yml"
ARGUMENT_SPECS = "roles/tentacle/meta/argument_specs.yml"
README = "README.md"

DEFAULTS_HEAD = f"""\
---
# Made by `make generate` from {SOURCE}.
# The control panel: what is on the host. What Octopus Server knows of it (octopus_*) is not here: those variables are the
# inventory's, and meta/argument_specs.yml lists them with these. What is null stays as the host has it; beside it is what a new one gets.
"""

SPECS_HEAD = f"""\
---
# Made by `make generate` from {SOURCE} and the modules' documentation.
"""


@dataclass(frozen=True)
class Group:
    """Options that stand together in the role's defaults: a comment above them, and one behind each null with a `new` in its place."""

    options: Options
    comment: str
    new: str


GROUPS = (
    Group(
        table.PACKAGE,
        "The package. A package or repository that is null is Octopus's own; repositories are those of Linux hosts.",
        "where none is installed, {}",
    ),
    Group(
        table.INSTANCE, "The instance, and who may reach it. A service_user with a password is one of Windows.", "a new instance gets {}"
    ),
    Group(table.IDENTITY, "The identity: from the store, or a certificate of yours.", "{}"),
)


@dataclass(frozen=True)
class Described:
    """An option that variables fill, what is said of it, and the variables for the options that its text names."""

    option: Option
    description: list[str]
    variables: markup.Variables

    def for_role(self) -> list[str]:
        """Return what a role says of it, a text for each paragraph."""
        return [text for paragraph in self.description if (text := markup.for_role(paragraph, self.variables))]

    def for_readme(self) -> str:
        """Return its first sentence in Markdown, without the full stop."""
        return markup.for_readme(markup.sentences(self.description[0])[0], self.variables).removesuffix(".")


def defaults() -> str:
    """Return the role's defaults."""
    return DEFAULTS_HEAD + "".join(_group(group) for group in GROUPS)


def argument_specs(root: Path = ROOT) -> str:
    """Return the role's argument specification."""
    main = {
        "short_description": "From a bare machine to a registered, healthy Tentacle",
        "description": [
            "Installs Tentacle, gives it its own lasting certificate, registers it and checks its health.",
            "The playbooks of this collection do not validate by this specification, which would cost more than the visit to the host; "
            "the actions validate more strictly.",
        ],
        "options": dict(_specifications(everything(root))),
    }
    return SPECS_HEAD + _dump({"argument_specs": {"main": main}})


def readme(text: str, root: Path = ROOT) -> str:
    """Return README with its tables made anew. Raises LookupError when a table has no place in it."""
    for name, rows in _tables(root).items():
        begin, end = (f"<!-- generated from {SOURCE} by make generate: {place} {name} -->" for place in ("begin", "end"))
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
            raise LookupError(f"{README} needs the line '{begin}', and the line '{end}' after it, once")
        body = "\n".join(["| variable | when unset | |", "|---|---|---|", *(readme_row(row) for row in rows)])
        text = f"{text[: text.index(begin)]}{begin}\n{body}\n{text[text.index(end) :]}"
    return text


def everything(root: Path = ROOT) -> list[Described]:
    """Return every option that variables fill, described, in the order in which a reader meets them."""
    return [row for rows in _tables(root).values() for row in rows]


def described(options: Options, said: documentation.Documented) -> list[Described]:
    """Return those of the options that variables fill, each with its text. Raises LookupError for one that is not documented."""
    variables = {option.name: option.variables[0] for option in options if option.variables}
    missing = variables.keys() - said.options.keys()
    if missing:
        raise LookupError(f"not documented: {', '.join(sorted(missing))}")
    return [
        Described(option, markup.paragraphs(said.options[option.name]["description"]), variables) for option in options if option.variables
    ]


def _tables(root: Path) -> dict[str, list[Described]]:
    return {
        "machine": described(table.TENTACLE, documentation.module("tentacle", root)),
        "octopus": [
            *described(table.TARGET_RECORD, documentation.module("deployment_target", root)),
            *described(table.WORKER_RECORD, documentation.module("worker", root)),
            *described(table.RECORD, documentation.fragment("record", root)),
            *described(table.REGISTRATIONS, documentation.fragment("registrations", root)),
            *described(table.CONNECTION, documentation.fragment("connection", root)),
        ],
        "run": described(table.RUN, documentation.fragment("run", root)),
    }


def _group(group: Group) -> str:
    return f"\n# {group.comment}\n" + "".join(f"{_default(option, group.new)}\n" for option in group.options)


def _default(option: Option, new: str) -> str:
    value = role_default(option)
    line = _dump({option.variables[0]: value}).rstrip("\n")
    return f"{line}  # {new.format(option.new)}" if value is None and option.new else line


def role_default(option: Option) -> Any:
    """Return what the role's defaults say of an option."""
    return option.default if option.role is None else option.role


def _specifications(rows: Iterable[Described]) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in rows:
        variable, *others = row.option.variables
        yield variable, _specification(row.option, row.for_role())
        for other in others:
            yield other, _specification(row.option, [f"Another name of C({variable})."])


def _specification(option: Option, description: list[str]) -> dict[str, Any]:
    # Paths of the controller are left as they are written: the action resolves them.
    text = description[0] if len(description) == 1 else description
    said: dict[str, Any] = {"description": text, "type": "str" if option.type in ("path", "hostpath") else option.type}
    if option.elements:
        said["elements"] = option.elements
    # Where a role is validated by it, Ansible takes null for a wrong choice, and our own default is null for what is not said.
    if option.choices and role_default(option) is not None:
        said["choices"] = list(option.choices)
    if role_default(option) is not None:
        said["default"] = role_default(option)
    return said


def readme_row(row: Described) -> str:
    """Return an option as a row of README's tables."""
    option = row.option
    names = [*option.variables, f"{option.variables[0]}__*"] if option.parts else option.variables
    cells = [", ".join(f"`{name}`" for name in names), _unset(option), row.for_readme()]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _unset(option: Option) -> str:
    value = role_default(option)
    if value is not None:
        return f"`{value:g}`" if isinstance(value, float) else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    if option.environment:
        return "the environment's " + ", ".join(f"`{name}`" for name in option.environment)
    return markup.code(option.new) if option.new else ""


class _Dumper(yaml.SafeDumper):
    """Indents lists, as yamllint asks for."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _dump(data: Any) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    return text
