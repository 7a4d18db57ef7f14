"""The one reader of what is wanted: of a task, of variables, of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.hosts import read_host
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.inputs import (
    HostVariables,
    Said,
    read,
    read_run,
    refuse_unknown,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.registrations import read_connection, read_registrations
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.inputs import RegistrationInputs
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.option import Option, Options
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.options import (
    CERTIFICATE,
    CONNECTION,
    RECORD,
    TARGET,
    TENTACLE,
    TENTACLE_RULES,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.secret import Secret, secrets_in
from hypothesis import given
from hypothesis import strategies as st

SERVER = {"octopus_url": "https://octopus.example.com", "octopus_api_key": "API-ABCDEF"}


def template(value: Any) -> Any:
    """Resolve what looks like a template, badly where it says so."""
    if isinstance(value, list):
        return [template(item) for item in value]
    if value == "{{ nowhere }}":
        raise KeyError("'nowhere' is undefined\nand so on\x1b[0m")
    return None if value == "{{ nothing }}" else value


def variables(**raw: Any) -> HostVariables:
    return HostVariables("web01", raw, template)


def one_registration(variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str]) -> RegistrationInputs:
    """Read the only registration of a host."""
    (only,) = read_registrations(variables, given, environment)
    return only


def said(options: Options, given: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None, **raw: Any) -> Said:
    return read(options, variables(**raw), given=given or {}, environment=environment or {}, rules=TENTACLE_RULES)


def refused(options: Options, given: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None, **raw: Any) -> str:
    with pytest.raises(InputError) as caught:
        said(options, given, environment, **raw)
    text = str(caught.value)
    assert text.isprintable()
    return text


def test_the_task_comes_before_variables_and_these_before_the_environment() -> None:
    environment = {"OCTOPUS_SPACE": "of the environment"}
    assert said(CONNECTION, environment=environment).values["space"] == "of the environment"
    assert said(CONNECTION, environment=environment, octopus_space="of a variable").values["space"] == "of a variable"
    assert said(CONNECTION, {"space": "of the task"}, environment, octopus_space="of a variable").values["space"] == "of the task"


@pytest.mark.parametrize("blank", ["", "  ", "\n", None, "{{ nothing }}"])
def test_what_is_blank_says_nothing_anywhere(blank: Any) -> None:
    given = {"space": blank} if blank != "{{ nothing }}" else {}
    assert said(CONNECTION, given, {"OCTOPUS_SPACE": "there"}, octopus_space=blank).values["space"] == "there"
    for options in (TENTACLE, RECORD, CONNECTION):
        raw = {name: blank for option in options for name in option.variables if not option.blank}
        assert said(options, **raw).values == said(options).values


def test_state_has_no_default_and_behaviour_has() -> None:
    values = said(TENTACLE).values
    assert {"port", "home_directory", "service_user", "trust", "communication_style", "listen_ip_address"}.isdisjoint(values)
    assert (values["install_timeout"], values["firewall"], values["run_as"]) == (1800, True, "SYSTEM")


def test_an_empty_run_as_is_the_user_of_the_connection() -> None:
    assert said(TENTACLE, tentacle_run_as="").values["run_as"] == ""


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("tentacle_firewall", "false", False),
        ("tentacle_firewall", "no", False),
        ("tentacle_firewall", "0", False),
        ("tentacle_firewall", "True", True),
        ("tentacle_port", "10950", 10950),
        ("tentacle_port", " 10950\n", 10950),
        ("tentacle_install_timeout", "60", 60),
        ("tentacle_version", " 9.2.4285 ", "9.2.4285"),
        ("tentacle_trust", "8cb3a1d0c4e2f5b69788a9b0c1d2e3f405162738", ["8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738"]),
        ("tentacle_listen_ip_address", "ANY", "any"),
    ],
)
def test_text_is_read_as_ansible_reads_it(variable: str, text: str, value: Any) -> None:
    raw: dict[str, Any] = {variable: text}
    assert read(TENTACLE, variables(**raw), given={}, environment={}).values[variable.removeprefix("tentacle_")] == value


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("tentacle_firewall", "maybe", "must be true or false, and is 'maybe'."),
        ("tentacle_firewall", [], "must be true or false, and is []."),
        ("tentacle_port", "many", "must be a whole number, and is 'many'."),
        ("tentacle_port", 0, "must be between 1 and 65535, and is 0."),
        ("tentacle_port", True, "must be between 1 and 65535, and is true."),
        ("tentacle_port", 10.5, "must be a whole number, and is 10.5."),
        ("tentacle_port", float("inf"), "must be a whole number, and is inf."),
        ("tentacle_port", "-Infinity", "must be a whole number, and is '-Infinity'."),
        ("tentacle_port", "1e999999999", "must be a whole number, and is '1e999999999'."),
        ("tentacle_version", True, "must be text, and is True."),
        ("tentacle_version", "9.2", "must be a version of Tentacle, such as 9.2.4285, and is '9.2'."),
        ("tentacle_identity_encryption", "rot13", "must be 'vault' or 'none', and is 'rot13'."),
        ("tentacle_instance", "a b", "must begin with a letter or digit"),
        ("tentacle_instance", "..", "must begin with a letter or digit"),
        ("tentacle_instance", "Foo\nBar", "must begin with a letter or digit"),
        ("tentacle_trust", ["zz"], "must be the thumbprint of a certificate, 40 hexadecimal digits, and is 'zz'."),
        ("tentacle_package_checksum", "ab", "must be a SHA-256 checksum, which has 64 hexadecimal digits."),
        ("tentacle_home_directory", "~/home", "must be"),
        ("tentacle_listen_ip_address", "web01", "must be an IP address of the host or 'any', and is 'web01'."),
        ("tentacle_install_timeout", 0, "must be a number of seconds greater than 0, and is 0."),
        ("tentacle_identity_name", "a/b", "must not be 'a/b': it is the name of a file too."),
        ("tentacle_service_password", ["x"], "must be text."),
        ("tentacle_port", "{{ nowhere }}", "cannot be resolved: "),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(variable: str, value: Any, words: str) -> None:
    text = refused(TENTACLE, **{variable: value})
    assert text.startswith(f"'{variable}' {words}")
    option = variable.removeprefix("tentacle_")
    if value != "{{ nowhere }}":
        assert refused(TENTACLE, {option: value}).startswith(f"'{option}' {words}")


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "Infinity", 10**400], ids=["inf", "nan", "text", "huge"])
def test_a_number_without_end_is_no_number_of_seconds(value: Any) -> None:
    assert refused(CONNECTION, octopus_timeout=value).startswith("'octopus_timeout' must be a number, and is ")


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = refused(TENTACLE, tentacle_port=0, tentacle_version="x", tentacle_package_url="a", tentacle_package_file="b")
    assert "'tentacle_port' must be" in text
    assert "'tentacle_version' must be" in text
    assert "'tentacle_package_url' and 'tentacle_package_file' cannot be set together" in text


def test_what_an_environment_variable_says_wrong_is_said_of_it() -> None:
    flag = Option("flag", "bool", environment=("OCTOPUS_FLAG",))
    assert refused((flag,), environment={"OCTOPUS_FLAG": "perhaps"}) == "'OCTOPUS_FLAG' must be true or false, and is 'perhaps'."


def test_secrets_come_sealed_and_as_they_are() -> None:
    found = said(TENTACLE, tentacle_service_password=" pass word ", tentacle_certificate="MIIK")
    assert found.values["service_password"] == Secret(" pass word ")
    assert sorted(secret.reveal() for secret in secrets_in(found.values.values())) == [" pass word ", "MIIK"]
    assert "pass word" not in repr(found)


def test_what_is_required_and_missing_is_said() -> None:
    assert refused(CERTIFICATE) == "'name' is missing. 'store' is missing."


def test_an_option_that_there_is_not_is_refused_with_the_nearest() -> None:
    refuse_unknown(TARGET, ["name", "roles"])
    with pytest.raises(InputError, match=r"There is no option 'nmae'\. Did you mean 'name'\?"):
        refuse_unknown(TARGET, ["nmae"])
    with pytest.raises(InputError, match=r"There is no option 'x'\.$"):
        refuse_unknown(TARGET, ["x"])


def test_groups_add_to_lists_and_the_sources_are_known() -> None:
    parts = {"octopus_target_tags__web": ["web"], "octopus_roles__old": "legacy, Web"}
    found = one_registration(variables(**SERVER, **parts), {}, {})
    assert found.registration.said["target_tags"] == ["legacy", "Web"]
    assert found.sources["target_tags"] == {"legacy": "octopus_roles__old", "Web": "octopus_roles__old"}
    given = one_registration(variables(**SERVER, **parts), {"roles": "api"}, {})
    assert given.registration.said["target_tags"] == ["api"]


def test_what_is_not_said_of_a_record_stays_unsaid() -> None:
    registration = one_registration(variables(**SERVER, octopus_target_name=" web \n"), {}, {}).registration
    assert (registration.name, registration.hostname, registration.port, dict(registration.said)) == ("web", "web01", None, {})
    assert registration.replace is False
    assert one_registration(variables(**SERVER), {"on_thumbprint_mismatch": "replace"}, {}).registration.replace


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ({}, "web01"),
        ({"ansible_host": "10.0.0.5"}, "10.0.0.5"),
        ({"ansible_winrm_host": "10.0.0.6"}, "10.0.0.6"),
        ({"ansible_host": "10.0.0.5", "ansible_winrm_host": "10.0.0.6", "ansible_connection": "winrm"}, "10.0.0.6"),
        ({"ansible_host": "10.0.0.5", "ansible_winrm_host": "10.0.0.6", "ansible_connection": "psrp"}, "10.0.0.5"),
        ({"ansible_host": "10.0.0.5", "ansible_ssh_host": "10.0.0.7"}, "10.0.0.7"),
        ({"ansible_host": "10.0.0.5", "octopus_public_hostname": "web.example.com"}, "web.example.com"),
        ({"ansible_host": " [2001:db8::17] "}, "2001:db8::17"),
    ],
)
def test_the_address_is_the_one_by_which_ansible_reaches_the_host(raw: dict[str, str], address: str) -> None:
    assert one_registration(variables(**SERVER, **raw), {}, {}).registration.hostname == address


@pytest.mark.parametrize("name", ["ansible_host", "ansible_winrm_host", "ansible_ssh_host", "ansible_psrp_host", "octopus_public_hostname"])
@pytest.mark.parametrize("address", ["https://web01", "web01.example.com:5986", "10.0.0.5/24", "web01, web02"])
def test_what_is_no_address_is_refused_by_the_variables_name(name: str, address: str) -> None:
    with pytest.raises(InputError, match=f"^'{name}' must be"):
        one_registration(variables(**SERVER, **{name: address}), {}, {})


def test_a_connection_that_cannot_be_used_names_the_variable() -> None:
    with pytest.raises(InputError, match=r"^'octopus_url' "):
        read_connection(variables(octopus_api_key="API-ABC"), {}, {})
    with pytest.raises(InputError, match=r"^'url' "):
        read_connection(variables(octopus_api_key="API-ABC"), {"url": "ftp://x"}, {})
    with pytest.raises(InputError, match=r"^'OCTOPUS_API_KEY' "):
        read_connection(variables(octopus_url="https://octopus.example.com"), {}, {"OCTOPUS_API_KEY": "no key"})


def test_a_hosts_inputs_are_all_there_is_to_say_of_it() -> None:
    inputs = read_host(variables(**SERVER, octopus_health_strict="yes", tentacle_instance="Two"), {}, {})
    (instance,) = inputs.instances
    assert (inputs.host, instance.name, instance.tentacle["health_strict"]) == ("web01", "Two", True)
    assert instance.registrations[0].connection.url == "https://octopus.example.com"


def test_a_variable_that_is_nearly_ours_is_refused_unless_it_is_listed() -> None:
    with pytest.raises(InputError, match="Did you mean 'octopus_environments'"):
        read_run(variables(octopus_enviroments=[]), {})
    read_run(variables(octopus_enviroments=[], octopus_allow_variables="octopus_enviroments"), {})


@pytest.mark.parametrize("serial", [1, "1", "50%", [1, "50%"], "100%"])
def test_sizes_of_batches_are_read(serial: Any) -> None:
    assert "serial" in read_run(variables(octopus_serial=serial), {}).values


@pytest.mark.parametrize("serial", ["two", "[1,2", [], [1, "x"], 0, True, "101%", -1])
def test_what_is_no_size_of_a_batch_is_refused_by_name(serial: Any) -> None:
    with pytest.raises(InputError, match=r"^'octopus_serial' must be a number of hosts, a percentage such as 25%, or a list of these"):
        read_run(variables(octopus_serial=serial), {})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.sampled_from([option for option in (*TENTACLE, *RECORD, *CONNECTION) if option.variables]), VALUES)
def test_any_value_of_any_option_is_read_or_refused_in_one_line(option: Option, value: Any) -> None:
    try:
        found = read((option,), HostVariables("web01", {option.variables[0]: value}, lambda raw: raw), given={}, environment={})
    except InputError as error:
        assert str(error).isprintable()
        assert str(error).startswith(f"'{option.variables[0]}' ")
        assert str(error).endswith(".")
    else:
        again = found.values.get(option.name)
        if again is not None and not option.secret:
            assert read(
                (option,), HostVariables("web01", {option.variables[0]: again}, lambda raw: raw), given={}, environment={}
            ).values == (found.values)
