"""Whose the folders may be that an instance is to have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.folders import Folder, settle_folder
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import settle_folders

from tests.unit.core.instances import CONFIGURED, SETTLED, WANTED, seen

OURS = Folder(exists=True, owner="root")
ALICES = Folder(exists=True, owner="alice", holds=("thesis.txt",))


def settle(folder: Folder, *, path: str = "/srv/data", own: bool = False, adopt: bool = False) -> str | None:
    return settle_folder("home_directory", path, folder, own=own, owners=frozenset({"root", "svc"}), adopt=adopt)


@pytest.mark.parametrize(
    "folder",
    [Folder(), OURS, replace(OURS, owner="svc"), replace(OURS, holds=("Logs",), tentacles=True)],
    ids=["not there", "empty", "empty and the service user's", "an earlier instance's"],
)
def test_what_is_nobodys_or_tentacles_is_taken_without_a_word(folder: Folder) -> None:
    assert settle(folder) is None


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        (ALICES, "'/srv/data' belongs to alice and holds 'thesis.txt'"),
        (replace(ALICES, holds=()), "'/srv/data' belongs to alice and is empty"),
        (replace(ALICES, tentacles=True), "belongs to alice"),
        (replace(OURS, holds=("a", "b", "c", "d")), "belongs to root and holds 'a', 'b', 'c' and more"),
        (replace(ALICES, holds=("a\x1b[2J",)), "holds 'a"),
    ],
)
def test_somebody_elses_needs_a_word_of_consent_and_is_told_then(folder: Folder, words: str) -> None:
    with pytest.raises(InputError, match="Set 'tentacle_adopt_directories: true'") as refused:
        settle(folder)
    assert words in str(refused.value)
    assert str(refused.value).isprintable()
    assert refused.value.option == "home_directory"
    assert words in (settle(folder, adopt=True) or "")
    assert settle(folder, own=True) is None


@pytest.mark.parametrize(
    ("folder", "path", "words"),
    [
        (Folder(link="/srv/data"), "/srv/data", "without a link, which '/srv/data' is"),
        (Folder(exposed=("/home/alice", "alice")), "/home/alice/octopus", "'/home/alice' is alice's to exchange"),
        (Folder(exists=True, is_folder=False, owner="root"), "/srv/data", "must be a folder"),
        (OURS, "/srv", "not one of the operating system's"),
    ],
)
def test_what_others_could_exchange_is_refused_whoever_allows_it(folder: Folder, path: str, words: str) -> None:
    for allowed in ({}, {"own": True}, {"adopt": True}):
        with pytest.raises(InputError, match=words):
            settle(folder, path=path, **allowed)


def test_a_folder_that_somebody_seized_from_the_instance_needs_a_word_of_consent() -> None:
    seized = Folder(exists=True, owner="WIN01\\mallory", seized=True)
    with pytest.raises(InputError, match=r"'/srv/data' belongs to WIN01\\mallory, who can give himself any access to the private key"):
        settle(seized, own=True)
    assert settle(seized, own=True, adopt=True) is None


def test_a_link_above_of_which_nobody_can_tell_whose_it_is_needs_a_word_of_consent() -> None:
    mounted = Folder(exists=True, owner="root", detour="/srv")
    for own in (False, True):
        with pytest.raises(InputError, match=r"without a link, which '/srv' is.*set 'tentacle_adopt_directories: true'"):
            settle(mounted, own=own)
        assert settle(mounted, own=own, adopt=True) is None


def test_the_folders_of_an_instance_are_its_own_by_its_configuration() -> None:
    foreign = replace(SETTLED, home_folder=ALICES, application_folder=ALICES)
    assert settle_folders(WANTED, seen(foreign)) == []
    moved = replace(foreign, configuration=replace(CONFIGURED, application_directory="D:\\Elsewhere"))
    with pytest.raises(InputError) as refused:
        settle_folders(WANTED, seen(moved))
    assert refused.value.option == "application_directory"
    assert len(settle_folders(replace(WANTED, adopt_directories=True), seen(moved))) == 1
