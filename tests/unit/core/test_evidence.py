"""What there is of an instance: broken needs evidence, and a bad answer is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.results import CommandLog
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.answers import HOME, PORT, SERVERS, Indexed
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.evidence import (
    Judgement,
    Stored,
    configuration_of,
    file_to_read,
    judge,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Defaults, ObservedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import plan_instance
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.answers import READ, REAL, SHOWN
from tests.unit.core.instances import OURS, WANTED, seen
from tests.unit.core.test_answers import ANY_JSON, is_sound, mutations

PATH = "/etc/octopus/web/x.config"
THERE = Indexed(PATH)
LOST = Indexed(broken="the index entry web.config cannot be read")
DEFAULTS = Defaults("/home", "/apps")
POLLED = '[{"Thumbprint": "AA", "CommunicationStyle": 2, "Address": "https://o:10943", "SubscriptionId": "poll://x/"}]'
STORED = Stored(PATH, True, None, {HOME: "/etc/octopus/web", PORT: "10955", SERVERS: POLLED})
ABSENT, DAMAGED, UNSEEN = Stored(PATH), Stored(PATH, True, "it is not XML: cut off"), Stored(PATH, error="Permission denied")


def answer(rc: int | None = 0, stdout: str = SHOWN, stderr: str = "") -> CommandLog:
    """Return an answer of `show-configuration`."""
    return CommandLog("Tentacle show-configuration --instance web", rc, stdout, stderr, 0.4)


def judged(told: CommandLog, stored: Stored | None, indexed: Indexed = THERE, *, installed: bool = True) -> Judgement:
    """Return what is made of it."""
    return judge(told, indexed, stored, DEFAULTS, installed=installed)


def test_a_good_answer_says_it_all_and_no_file_is_looked_at() -> None:
    assert file_to_read(answer(), THERE, "/default") is None
    assert judged(answer(), None) == Judgement(READ)
    assert file_to_read(answer(None), Indexed(), "/default") is None
    assert judged(answer(), None, Indexed()) == Judgement()


def test_a_file_that_holds_a_configuration_is_one_and_any_other_is_none() -> None:
    found = configuration_of(STORED, DEFAULTS)
    assert found is not None
    assert (found.home, found.application_directory, found.port) == ("/etc/octopus/web", "/apps", 10955)
    for other in (ABSENT, DAMAGED, UNSEEN, replace(STORED, values={PORT: "many"})):
        assert configuration_of(other, DEFAULTS) is None


ODD_ANSWERS = [
    answer(100, "", "===\nCould not write to temp folder\n   at X\n"),
    answer(1, "", "The temp folder '/tmp' does not exist."),
    answer(100, SHOWN),  # a failed command tells nothing, whatever it printed before
    answer(0, SHOWN[: len(SHOWN) // 2]),
    answer(0, "{ 2026-11-26 WARN }\n" + SHOWN),
    answer(0, SHOWN.replace("TrustedOctopusServers", "TrustedServers")),
    answer(0, SHOWN.replace("10933", '"many"')),
    answer(0, ""),
    answer(0, "[]"),
    answer(None, "", "the process did not end within 120 seconds and was killed"),
]


@pytest.mark.parametrize("told", ODD_ANSWERS)
def test_an_answer_that_is_of_no_use_is_never_evidence(told: CommandLog) -> None:
    assert file_to_read(told, THERE, "/default") == PATH
    found = judged(told, STORED)
    assert (found.broken, found.damaged) == (None, False)
    if told.rc is None:
        assert found.unreadable is not None
        return
    assert found.configuration is not None
    assert (found.configuration.port, found.configuration.trusted[0].subscription_id) == (10955, "poll://x/")
    assert found.unconfirmed
    (warning,) = found.warnings
    assert warning.startswith("'Tentacle show-configuration --instance web' ")
    assert warning.endswith(f"; its settings were read from {PATH}.")
    for stored in (UNSEEN, Stored(PATH, True, None, {PORT: "many"})):
        unknown = judged(told, stored)
        assert (unknown.configuration, unknown.broken, unknown.damaged) == (None, None, False)
        assert unknown.unreadable is not None
        assert unknown.unreadable.endswith(" Nothing was changed.")


@pytest.mark.parametrize("told", ODD_ANSWERS)
def test_no_file_and_a_file_that_is_no_configuration_are_evidence(told: CommandLog) -> None:
    gone = judged(told, ABSENT)
    assert (gone.broken, gone.damaged, gone.unreadable) == (f"the configuration {PATH} is not there", False, None)
    damaged = judged(told, DAMAGED)
    assert (damaged.broken, damaged.damaged) == (f"the configuration {PATH} is damaged (it is not XML: cut off)", True)
    assert damaged.warnings == (
        f"The configuration {PATH} is damaged (it is not XML: cut off): it is kept as '.broken', and made anew. "
        "Servers that the instance trusted besides are not in the new one.",
    )


def test_a_lost_entry_of_the_index_does_not_lose_the_configuration() -> None:
    assert file_to_read(answer(100, ""), LOST, "/default") == "/default"
    assert file_to_read(answer(100, ""), replace(LOST, lost_path=PATH), "/default") == PATH
    found = judged(answer(100, ""), STORED, LOST)
    assert found.configuration is not None
    assert (found.broken, found.damaged) == (LOST.broken, False)
    assert found.warnings[0].endswith(f"made anew, with the settings in {PATH}.")
    for stored, damaged in ((ABSENT, False), (DAMAGED, True)):
        lost = judged(answer(100, ""), stored, LOST)
        assert (lost.configuration, lost.broken, lost.damaged) == (None, LOST.broken, damaged)


def test_the_configuration_of_a_package_that_is_gone_is_the_files_and_needs_no_warning() -> None:
    found = judged(answer(None, "", "no such file"), STORED, installed=False)
    assert found.configuration is not None
    assert (found.unreadable, found.warnings) == (None, ())


@pytest.mark.parametrize("stored", [STORED, DAMAGED, ABSENT, UNSEEN])
@pytest.mark.parametrize("told", REAL, ids=lambda told: f"{told['system']} {told['rc']} {told['stderr'][80:110]}")
def test_what_the_real_tentacle_answered_and_refused(told: dict[str, Any], stored: Stored) -> None:
    log = answer(told["rc"], told["stdout"], told["stderr"])
    looked_at = file_to_read(log, THERE, "/default")
    assert (looked_at is None) == (told["rc"] == 0)
    found = judged(log, stored if looked_at else None)
    assert [found.configuration, found.broken, found.unreadable].count(None) == 2
    assert found.configuration is None or is_sound(found.configuration)
    assert found.key_unreadable == (stored is STORED and "'Tentacle.Certificate'" in told["stderr"])


def test_a_wrong_key_whose_padding_looks_right_is_a_wrong_key() -> None:
    """.NET's whole sentence; see `test_a_wrong_key_that_finds_a_padding` of the lab."""
    words = (
        "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, "
        "or an illegal character among the padding characters."
    )
    found = judged(answer(100, "", f"{'=' * 79}\n{words}\nSystem.FormatException\n"), STORED)
    assert (found.key_unreadable, found.unconfirmed, found.warnings) == (True, False, ())
    assert found.configuration is not None


def test_a_configuration_that_tentacle_did_not_tell_proves_no_identity() -> None:
    assert ObservedInstance(configuration=READ).shown_thumbprints == (READ.thumbprint,)
    assert ObservedInstance(configuration=READ, unconfirmed=True).shown_thumbprints == ()
    assert ObservedInstance(configuration=READ, unconfirmed=True, live_thumbprint=OURS).shown_thumbprints == (OURS,)


@given(
    st.sampled_from([0, 1, 100, None]),
    st.text() | ANY_JSON.map(str) | mutations(),
    st.sampled_from(["", "x", "'Tentacle.Certificate'", "The input is not a valid Base-64 string."]),
    st.sampled_from([STORED, UNSEEN, Stored(PATH, True, None, {PORT: "many"})]),
    st.booleans(),
)
def test_for_any_answer_a_plan_never_begins_anew_without_evidence(
    rc: int | None, out: str, err: str, stored: Stored, installed: bool
) -> None:
    told = answer(rc, out, err)
    found = judged(told, stored if file_to_read(told, THERE, "/default") else None, installed=installed)
    observed = ObservedInstance(
        exists=True,
        configuration=found.configuration,
        broken=found.broken,
        unreadable=found.unreadable,
        key_unreadable=found.key_unreadable,
        unconfirmed=found.unconfirmed,
    )
    try:
        plan = plan_instance(WANTED, seen(observed))
    except HostError as error:
        assert str(error).isprintable()
    else:
        assert not plan.create
        assert not plan.set_aside
        assert "--remove-trust" not in plan.configure
