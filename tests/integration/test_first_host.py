"""No host is special: a bad value of the first host of a play harms that host alone, and all others end registered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .playing import Field, Run, field

UNDEFINED = "{{ nowhere }}"
UNDECRYPTABLE = "!vault"
VAULTED = (
    "$ANSIBLE_VAULT;1.1;AES256\n"
    "33363965326261303234626463623963633531343539616138316433353830356566396130353436\n"
    "3562643163366231316662386565383735653432386435300a613337643832643239343334373839\n"
    "65373334656332656338353162383563643830373537656465663833613231653330323735666261\n"
    "3438636231666630340a396337633738643833653537616261326537643361353239633961636461\n"
    "3336\n"
)

BAD: dict[str, dict[str, Any]] = {
    "port_undefined": {"ansible_port": UNDEFINED},
    "port_text": {"ansible_port": "abc"},
    "password_undefined": {"ansible_password": UNDEFINED},
    "password_vault": {"ansible_password": UNDECRYPTABLE},
    "connection_undefined": {"ansible_connection": UNDEFINED},
    "connection_unknown": {"ansible_connection": "nonsense"},
    "become_undefined": {"ansible_become": UNDEFINED},
    "become_password_undefined": {"ansible_become": True, "ansible_become_method": "runas", "ansible_become_password": UNDEFINED},
    "host_undefined": {"ansible_host": UNDEFINED},
    "host_list": {"ansible_host": "win01, win02"},
    "shell_undefined": {"ansible_shell_type": UNDEFINED},
    "shell_unknown": {"ansible_shell_type": "nonsense"},
    "key_vault": {"octopus_api_key": UNDECRYPTABLE},
    "health_check_text": {"octopus_health_check": "maybe"},
    "strict_text": {"octopus_preflight_strict": "maybe"},
    "tags_undefined": {"octopus_target_tags": [UNDEFINED]},
    "tags_vault": {"octopus_target_tags": ["web", UNDECRYPTABLE]},
    "part_vault": {"octopus_target_tags": None, "octopus_target_tags__a": ["web", UNDECRYPTABLE]},
    "name_of_vault": {"octopus_target_name": "{{ its_name }}", "its_name": UNDECRYPTABLE},
    "environment_of_the_play": {"proxy_of_the_play": UNDEFINED},
    "become_of_the_play": {"become_of_the_play": UNDEFINED},
    "condition_false": {"takes_part": False},
}
"""What is wrong with the first host of each play, by the name of the pair."""

PLAY_KEYWORDS: dict[str, dict[str, Any]] = {
    "environment_of_the_play": {"environment": {"HTTPS_PROXY": "{{ proxy_of_the_play }}"}},
    "become_of_the_play": {"become": "{{ become_of_the_play }}"},
}
STAYS_OUT = ("condition_false",)


def named(number: int, case: str) -> tuple[str, str]:
    """Return the names of a pair: the first host of its play, and the one that must not suffer."""
    return f"a{number:02}-{case.replace('_', '-')}", f"b{number:02}-sound"


PAIRS = {case: named(number, case) for number, case in enumerate(BAD)}


@pytest.fixture(scope="module")
def shared_pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """A pair of hosts for each case."""
    with field([name for pair in PAIRS.values() for name in pair], tmp_path_factory.mktemp("pairs")) as found:
        yield found


@pytest.fixture
def pairs(shared_pairs: Field, tmp_path: Path) -> Field:
    """The module's lab, with no host registered. What an earlier test installed stays: no strategy and no condition makes that another."""
    shared_pairs.directory = tmp_path
    shared_pairs.unregister()
    return shared_pairs


class _Vaulted(str):
    """A text that YAML writes as a value of Ansible Vault."""


yaml.SafeDumper.add_representer(_Vaulted, lambda dumper, value: dumper.represent_scalar("!vault", str(value), style="|"))


def vaulted(value: Any) -> Any:
    """Put a value that nobody can decrypt where it is said, however deep."""
    if isinstance(value, dict):
        return {name: vaulted(item) for name, item in value.items()}
    if isinstance(value, list):
        return [vaulted(item) for item in value]
    return _Vaulted(VAULTED) if value == UNDECRYPTABLE else value


def inventory(lab: Field) -> Path:
    """Write what is wrong with the first hosts."""
    hosts = {PAIRS[case][0]: vaulted(variables) for case, variables in BAD.items()}
    path = lab.directory / "bad.yml"
    sound = {"proxy_of_the_play": "", "become_of_the_play": False}
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": sound}}))
    return path


def playbook(lab: Field, strategy: str, cases: list[str], include: str = "import_role") -> Path:
    """Write a play for each pair."""
    condition = {"when": "takes_part | default(true)"}
    plays = [
        {
            "name": case,
            "hosts": ",".join(PAIRS[case]),
            "gather_facts": False,
            "strategy": strategy,
            **PLAY_KEYWORDS.get(case, {}),
            "tasks": [{f"ansible.builtin.{include}": {"name": "octoboot.octopus.tentacle", "rolespec_validate": False}, **condition}],
        }
        for case in cases
    ]
    path = lab.directory / f"{strategy}-{include}.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False))
    return path


def assert_only_the_first_suffers(lab: Field, run: Run, cases: list[str]) -> None:
    """The first host of each pair failed or stayed out, with a word about why, and the other is registered."""
    assert "Traceback" not in run.output
    results = {case: (run.result(PAIRS[case][0]), run.result(PAIRS[case][1])) for case in cases}
    expected = {case: ("not run" if case in STAYS_OUT else "failed", "created") for case in cases}
    # A host whose connection cannot even be made is unreachable to Ansible.
    told = {case: ("failed" if first == "unreachable" else first, second) for case, (first, second) in results.items()}
    assert told == expected, run.output
    records = lab.records()
    assert [PAIRS[case][1] for case in cases if PAIRS[case][1] not in records] == []
    assert [PAIRS[case][0] for case in cases if PAIRS[case][0] in records] == []


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_a_bad_first_host_harms_itself_alone(pairs: Field, strategy: str) -> None:
    cases = list(BAD)
    run = pairs.play("-i", str(inventory(pairs)), playbook=str(playbook(pairs, strategy, cases)))
    assert_only_the_first_suffers(pairs, run, cases)


def test_a_host_that_a_condition_excludes_gets_no_identity_and_no_finding(pairs: Field) -> None:
    for include in ("import_role", "include_role"):
        run = pairs.play("-i", str(inventory(pairs)), playbook=str(playbook(pairs, "linear", ["condition_false"], include)))
        assert run.rc == 0, run.output
        first, second = PAIRS["condition_false"]
        assert (run.result(first), run.result(second)) == ("not run", "created" if include == "import_role" else "unchanged")
        assert [path.name for path in (pairs.lab.directory / "identities").glob(f"{first}*")] == []


def test_one_at_a_time_the_line_to_go_on_names_the_hosts_that_were_not_run(pairs: Field) -> None:
    limit = ",".join(PAIRS["port_undefined"])
    bad = str(inventory(pairs))
    stopped = pairs.play("-i", bad, "-l", limit, variables={"octopus_serial": 1})
    first, second = PAIRS["port_undefined"]
    assert stopped.result(first) in ("failed", "unreachable"), stopped.output
    assert stopped.result(second) == "not run"
    line = re.search(r"Run the failed hosts again: .* -l (\S+)", stopped.output)
    assert line, stopped.output
    assert line[1].split(",") == [first, second]
    gone_on = pairs.play("-i", bad, "-l", second, variables={"octopus_serial": 1})
    assert gone_on.result(second) == "created", gone_on.output
