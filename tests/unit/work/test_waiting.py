"""Machines that wait for one health check."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import Unavailable
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.health import Health
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.waiting import Waiting, WaitingRoom


class Book:
    """A notebook in memory."""

    def __init__(self) -> None:
        self.topics: dict[str, dict[str, Any]] = {}
        self.held: list[str] = []

    def rows(self, topic: str) -> dict[str, Any]:
        return dict(self.topics.get(topic, {}))

    def write(self, topic: str, rows: Mapping[str, Any]) -> None:
        self.topics.setdefault(topic, {}).update(rows)

    @contextlib.contextmanager
    def locked(self, topic: str) -> Iterator[None]:
        self.held.append(topic)
        yield
        self.held.pop()


class Server:
    """Answers checks, and notes them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.asked: list[list[str]] = []
        self.fails = False
        self.gone: set[str] = set()

    def check(self, machine_ids: list[str]) -> tuple[str, dict[str, Health | None]]:
        assert self.book.held
        self.asked.append(machine_ids)
        if self.fails:
            raise Unavailable("The server is not available.")
        return "ServerTasks-1", {each: None if each in self.gone else Health(each, "Healthy", False, "", ("fine",)) for each in machine_ids}


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def server(book: Book) -> Server:
    return Server(book)


@pytest.fixture
def room(book: Book) -> WaitingRoom:
    room = WaitingRoom(book)
    for number in (1, 2, 3):
        room.enter(Waiting(f"web{number}", "a", f"Machines-{number}"))
    return room


def test_whoever_comes_first_has_all_of_them_checked_in_one_task(room: WaitingRoom, server: Server) -> None:
    for number in (1, 2, 3):
        (found,) = room.called(f"web{number}", "a", server.check)
        assert found.health == Health(f"Machines-{number}", "Healthy", False, "", ("fine",))
        assert (found.task_id, found.failure) == ("ServerTasks-1", None)
    assert server.asked == [["Machines-1", "Machines-2", "Machines-3"]]


def test_who_comes_later_is_checked_with_those_that_wait_by_then(room: WaitingRoom, server: Server) -> None:
    room.called("web1", "a", server.check)
    room.enter(Waiting("web4", "a", "Machines-4"))
    room.enter(Waiting("web5", "a", "Machines-5"))
    room.called("web4", "a", server.check)
    room.called("web5", "a", server.check)
    assert server.asked[1:] == [["Machines-4", "Machines-5"]]


def test_machines_of_another_server_are_not_checked_with_them(room: WaitingRoom, server: Server) -> None:
    room.enter(Waiting("web9", "b", "Machines-9"))
    room.called("web1", "a", server.check)
    assert server.asked == [["Machines-1", "Machines-2", "Machines-3"]]


def test_a_host_with_records_on_two_servers_asks_each_for_its_own(room: WaitingRoom, server: Server) -> None:
    room.enter(Waiting("web1", "b", "Machines-9"))
    assert [each.machine_id for each in room.called("web1", "a", server.check)] == ["Machines-1"]
    assert [each.machine_id for each in room.called("web1", "b", server.check)] == ["Machines-9"]
    assert server.asked == [["Machines-1", "Machines-2", "Machines-3"], ["Machines-9"]]


def test_a_machine_that_is_gone_has_no_health(room: WaitingRoom, server: Server) -> None:
    server.gone = {"Machines-2"}
    assert room.called("web2", "a", server.check)[0].health is None


def test_a_check_that_ends_badly_ends_so_for_all_that_waited(room: WaitingRoom, server: Server) -> None:
    server.fails = True
    for number in (1, 2, 3):
        (found,) = room.called(f"web{number}", "a", server.check)
        assert found.failure == "The server is not available."
    assert len(server.asked) == 1


def test_a_host_that_asks_once_more_is_checked_once_more(room: WaitingRoom, server: Server) -> None:
    room.called("web1", "a", server.check)
    room.called("web1", "a", server.check)
    assert server.asked[1] == ["Machines-1"]


def test_who_was_told_of_one_instance_is_told_of_the_next_alone(room: WaitingRoom, server: Server) -> None:
    room.called("web2", "a", server.check)
    room.enter(Waiting("web2", "a", "Machines-1b"))
    assert [each.machine_id for each in room.called("web2", "a", server.check)] == ["Machines-1b"]
    assert server.asked[1:] == [["Machines-1b"]]


def test_a_host_that_is_registered_again_waits_again(room: WaitingRoom, server: Server) -> None:
    room.called("web1", "a", server.check)
    room.enter(Waiting("web1", "a", "Machines-1"))
    room.enter(Waiting("web1", "a", "Machines-7"))
    found = room.called("web1", "a", server.check)
    assert sorted(each.machine_id for each in found) == ["Machines-1", "Machines-7"]
    assert server.asked[1] == ["Machines-1", "Machines-7"]
