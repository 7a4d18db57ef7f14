"""The client before an exact port."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import errors
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import ENVIRONMENT, TARGET, TASK
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.client import Client, Space

from tests.unit.server.fake_port import Exchange, FakePort, client_of, connection, page

SPACES = [
    {"Id": "Spaces-1", "Name": "Default", "Slug": "default", "IsDefault": True},
    {"Id": "Spaces-7", "Name": "Site  One", "Slug": "site-one", "IsDefault": False},
    {"Id": "Spaces-9", "Name": "Spaces-42", "Slug": "like-an-id", "IsDefault": False},
]
SITE = Space("Spaces-7", "Site  One", "site-one")
LISTED = Exchange("GET /api/spaces/all", SPACES)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, Space("Spaces-1", "Default", "default")),
        ("site  one", SITE),
        ("Site-One", SITE),
        ("spaces-7", SITE),
        ("Spaces-42", Space("Spaces-9", "Spaces-42", "like-an-id")),
    ],
)
def test_a_space_is_found_by_one_request_and_only_once(wanted: str | None, found: Space) -> None:
    with FakePort(LISTED) as port:
        client = client_of(port, space=wanted)
        assert client.space == found
        assert client.space_id == found.id


def test_an_id_that_is_the_name_of_another_is_no_guess() -> None:
    listed = Exchange(LISTED.request, [*SPACES, {"Id": "Spaces-42", "Name": "Other", "Slug": "other"}])
    words = "'spaces-42' is the id of the space 'Other' and the name of Spaces-9 on https://octopus.example.com: give Spaces-9's slug"
    with FakePort(listed) as port, pytest.raises(errors.Ambiguous, match=words):
        client_of(port, space="spaces-42").space  # noqa: B018


def test_an_id_that_is_known_costs_no_request() -> None:
    with FakePort() as port:
        assert Client(port, connection("Site One"), space_id="Spaces-7").space_id == "Spaces-7"


def test_an_unknown_space_is_told_with_near_misses() -> None:
    with FakePort(LISTED) as port, pytest.raises(errors.UnknownName, match="Did you mean 'Default'"):
        client_of(port, space="Defualt").space  # noqa: B018


def test_no_default_space_is_told() -> None:
    with (
        FakePort(Exchange("GET /api/spaces/all", SPACES[1:])) as port,
        pytest.raises(errors.UnknownName, match=r"octopus_space.*'Site One'"),
    ):
        client_of(port, space=None).space  # noqa: B018


def test_all_pages_are_read_and_what_moved_is_not_doubled() -> None:
    with FakePort(
        Exchange(
            "GET /api/Spaces-1/machines?roles=web,api&skip=0&take=1000",
            page({"Id": "Machines-1", "Name": "m1"}, {"Id": "Machines-2", "Name": "m2"}, total=4),
        ),
        Exchange(
            "GET /api/Spaces-1/machines?roles=web,api&skip=2&take=1000",
            page({"Id": "Machines-2", "Name": "m2"}, {"Id": "Machines-3", "Name": "m3"}, total=4),
        ),
    ) as port:
        records = client_of(port).list_all(TARGET, roles=["web", "api"])
    assert [record["Id"] for record in records] == ["Machines-1", "Machines-2", "Machines-3"]


def test_a_page_without_items_ends_the_list_whatever_the_total_says() -> None:
    with FakePort(Exchange("GET /api/Spaces-1/environments?skip=0&take=1000", page(total=5))) as port:
        assert client_of(port).list_all(ENVIRONMENT) == []


def test_an_empty_filter_is_never_sent() -> None:
    with FakePort() as port:
        assert client_of(port).list_all(TARGET, ids=[]) == []


def test_a_name_is_compared_whole_and_without_case() -> None:
    fragments = page({"Id": "Environments-1", "Name": "Staging 2"}, {"Id": "Environments-2", "Name": "STAGING"})
    with FakePort(Exchange("GET /api/Spaces-1/environments?partialName=staging&skip=0&take=1000", fragments)) as port:
        assert client_of(port).find_by_name(ENVIRONMENT, " staging ") == {"Id": "Environments-2", "Name": "STAGING"}
    with FakePort(Exchange("GET /api/Spaces-1/machines?name=web&skip=0&take=1000", page())) as port:
        assert client_of(port).find_by_name(TARGET, "web") is None


def test_two_of_one_name_are_not_guessed_between() -> None:
    two = page({"Id": "Machines-1", "Name": "web"}, {"Id": "Machines-2", "Name": "Web"})
    listed = Exchange("GET /api/Spaces-1/machines?name=web&skip=0&take=1000", two)
    with FakePort(listed) as port, pytest.raises(errors.Ambiguous, match="Machines-1, Machines-2"):
        client_of(port).find_by_name(TARGET, "web")


def test_writes_use_real_verbs() -> None:
    with FakePort(
        Exchange("POST /api/Spaces-1/machines", {"Id": "Machines-1", "Name": "m1"}, 201, sent={"Name": "web"}),
        Exchange("PUT /api/Spaces-1/machines/Machines-1", {"Id": "Machines-1", "Name": "m1"}, sent={"Name": "web2"}),
        Exchange("DELETE /api/Spaces-1/machines/Machines-1", b""),
        Exchange("GET /api/tasks/ServerTasks-5", {"Id": "ServerTasks-5", "Name": "Health"}),
        Exchange("GET /api/Spaces-1/machines/a%2Fb", {"ErrorMessage": "The resource you requested was not found."}, 404),
    ) as port:
        client = client_of(port)
        assert client.create(TARGET, {"Name": "web"})["Id"] == "Machines-1"
        assert client.update(TARGET, "Machines-1", {"Name": "web2"})["Id"] == "Machines-1"
        client.delete(TARGET, "Machines-1")
        assert client.get_one(TASK, "ServerTasks-5")["Id"] == "ServerTasks-5"
        with pytest.raises(errors.NotFound):
            client.get_one(TARGET, "a/b")


@pytest.mark.parametrize(
    ("root", "error"),
    [
        ({"hello": "world"}, errors.NotOctopus),
        (["hello"], errors.NotOctopus),
        ({"Application": "Octopus Deploy", "Links": {"Spaces": ""}}, errors.NotOctopus),
        ({"Application": "Octopus Deploy", "Version": "2018.9.1", "Links": {"Machines": "/api/machines"}}, errors.TooOld),
    ],
)
def test_a_root_that_will_not_do(root: object, error: type[Exception]) -> None:
    with FakePort(Exchange("GET /api", root)) as port, pytest.raises(error):
        client_of(port).version()


def test_a_list_that_is_none_is_not_octopus() -> None:
    with FakePort(Exchange("GET /api/Spaces-1/machines?skip=0&take=1000", {"data": []})) as port, pytest.raises(errors.NotOctopus):
        client_of(port).list_all(TARGET)
