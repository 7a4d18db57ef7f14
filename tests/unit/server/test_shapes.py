"""Whatever a server sends, it ends in what we know, or in one line that names the server and the request."""

from __future__ import annotations

import copy
import json as json_module
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import NotOctopus, OperatorError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import needed
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Known, Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET, WORKER
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.port import Method, Response
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.reader import read_snapshot
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.tasks import OctopusServer
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.snapshot import SnapshotFile
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.health import check_health
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.register import Register
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.server.fake_port import connection, page

MACHINE = {
    "Id": "Machines-1",
    "Name": "web01",
    "Thumbprint": "AB" * 20,
    "Uri": "https://web01:10933/",
    "IsDisabled": False,
    "HealthStatus": "Healthy",
    "StatusSummary": "Fine.",
    "EnvironmentIds": ["Environments-1"],
    "Roles": ["web"],
    "MachinePolicyId": None,
    "Endpoint": {"CommunicationStyle": "TentaclePassive", "Thumbprint": "AB" * 20, "Uri": "https://web01:10933/", "ProxyId": None},
}
GRANT = [{"SpaceId": "Spaces-1", "RestrictedToEnvironmentIds": ["Environments-1"]}]
STEP = {"Name": "Check web01", "LogElements": [{"Category": "Error", "MessageText": "Refused."}], "Children": []}
GOOD: dict[str, Any] = {
    "GET /api": {"Application": "Octopus Deploy", "Version": "2026.3.1", "Links": {"Spaces": "/api/spaces{/id}"}},
    "GET /api/spaces/all": [{"Id": "Spaces-1", "Name": "Default", "Slug": "default", "IsDefault": True}],
    "GET /api/users/me": {"Id": "Users-9"},
    "GET /api/users/Users-9/permissions": {"SpacePermissions": dict.fromkeys((*needed(TARGET), *needed(WORKER)), GRANT)},
    "GET /api/configuration/certificates/certificate-global": {"Thumbprint": "CD" * 20},
    "GET /api/Spaces-1/machinepolicies": page({"Id": "MachinePolicies-1", "Name": "Default", "IsDefault": True}),
    "GET /api/Spaces-1/environments": page({"Id": "Environments-1", "Name": "Staging", "Slug": "staging"}),
    "GET /api/Spaces-1/workerpools": page({"Id": "WorkerPools-1", "Name": "Builders", "Slug": "builders", "CanAddWorkers": True}),
    "GET /api/Spaces-1/workers": page({**MACHINE, "Id": "Workers-1", "WorkerPoolIds": ["WorkerPools-1"]}),
    "GET /api/Spaces-1/machines": page(MACHINE),
    "GET /api/Spaces-1/machines/Machines-1": MACHINE,
    "PUT /api/Spaces-1/machines/Machines-1": MACHINE,
    "POST /api/tasks": {"Id": "ServerTasks-1", "Name": "Health"},
    "GET /api/tasks/ServerTasks-1": {"Id": "ServerTasks-1", "Name": "Health", "State": "Success", "IsCompleted": True},
    "GET /api/tasks/ServerTasks-1/details": {"Task": {}, "ActivityLogs": [{"Name": "Health", "Children": [STEP]}]},
}


class OddPort:
    """Answers well but for one request, to which it gives another body."""

    def __init__(self, odd: str, body: Any, *, status: int = 200) -> None:
        self._odd = (odd, body if isinstance(body, bytes) else json_module.dumps(body).encode(), status)
        self.asked: list[str] = []

    def request(self, method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Response:
        """Answer."""
        asked = f"{method} {path}"
        self.asked.append(asked)
        assert len(self.asked) < 100, "there is no end to it"
        if asked == self._odd[0]:
            return Response(self._odd[2], {}, self._odd[1])
        if asked not in GOOD:
            return Response(404, {}, b'{"ErrorMessage": "There is no such thing."}')
        return Response(200, {}, json_module.dumps(GOOD[asked]).encode())


def nothing(_: object) -> None:
    """Do nothing."""


def run(port: OddPort, file: SnapshotFile) -> None:
    """Do all that we ever do to a server."""
    server = OctopusServer(port, connection())
    file.ensure(lambda: read_snapshot(server))
    with file:
        registration = Registration(TARGET, "web01", {"environments": ["staging"], "target_tags": ["more"]}, "web01")
        register = Register(registration, file, lambda: server)
        register.check(Known("AB" * 20))
        register.bring(Known("AB" * 20), None, check_mode=False)
    clock = iter(range(0, 1_000_000, 10)).__next__
    check_health(
        server, TARGET, ["Machines-1"], queued_timeout=60, running_timeout=60, machine_timeout=60, sleep=nothing, clock=clock, tell=nothing
    )


@pytest.fixture
def attempt(tmp_path: Path) -> Callable[[str, Any], str | None]:
    """Give one odd reply; return what is said of it, None when it did no harm."""

    keys = count()

    def tried(odd: str, body: Any, status: int = 200) -> str | None:
        try:
            run(OddPort(odd, body, status=status), SnapshotFile(tmp_path, str(next(keys))))
        except OperatorError as error:
            said = str(error)
            assert said.isprintable()
            assert said.endswith((".", "…"))
            assert len(said) < 3000
            return said
        return None

    return tried


def test_the_good_replies_are_good(attempt: Callable[[str, Any], str | None]) -> None:
    assert attempt("GET /nothing", None) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(
        {"Id", "Name", "Items", "TotalResults", "Links", "Version", "Application", "SpacePermissions", "Endpoint", "ActivityLogs"}
    )) | st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize("request_", sorted(GOOD))
def test_other_json_ends_in_one_line_that_names_server_and_request(attempt: Callable[[str, Any], str | None], request_: str) -> None:
    odds: list[Any] = [None, True, 0, 1e300, "text", [], {}, [None], [[]], [{}], [1], {"Id": None}, {"Items": None}, {"Items": [None]}]
    for odd in odds:
        said = attempt(request_, odd)
        if said is not None:
            assert "https://octopus.example.com" in said
            assert request_.split("/Machines-1")[0].split(" ")[1] in said or "default space" in said or "certificate" in said


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd=JSON, request_=st.sampled_from(sorted(GOOD)))
def test_any_json_ends_in_one_line(attempt: Callable[[str, Any], str | None], request_: str, odd: Any) -> None:
    attempt(request_, odd)


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where something stands in JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(place for key, item in inner for place in places(item, (*here, key)))]


def replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    """Return JSON with something else at a place."""
    if not place:
        return by
    changed = copy.deepcopy(value)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = by
    return changed


EVERYWHERE = [(request, place) for request, reply in GOOD.items() for place in places(reply)]


@pytest.mark.parametrize("by", [None, [], "", "x\x1b[31m", 7, [None], {"a": 1}], ids=repr)
def test_a_good_reply_with_anything_else_anywhere(attempt: Callable[[str, Any], str | None], by: Any) -> None:
    for request_, place in EVERYWHERE:
        attempt(request_, replaced(GOOD[request_], place, by))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(EVERYWHERE), odd=JSON)
def test_a_good_reply_with_any_json_anywhere(attempt: Callable[[str, Any], str | None], where: Any, odd: Any) -> None:
    attempt(where[0], replaced(GOOD[where[0]], where[1], odd))


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"\xff\xfe", b"{}" * 9, b"NaN", b"1" * 5000, b"<html>", b'"' + b"x" * 2_000_000 + b'"'], ids=len
)
@pytest.mark.parametrize("request_", ["GET /api", "GET /api/Spaces-1/machines", "GET /api/tasks/ServerTasks-1/details"])
def test_what_is_hardly_json(attempt: Callable[[str, Any], str | None], request_: str, body: bytes) -> None:
    assert "https://octopus.example.com" in str(attempt(request_, body))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 500, 503])
@pytest.mark.parametrize(
    "words", ["x" * 1_000_000, "\x1b]0;title\x07", ["deep", [["deeper"]] * 9], {"a": None}, None, 5], ids=lambda words: str(words)[:9]
)
def test_an_error_is_one_short_line(attempt: Callable[..., str | None], status: int, words: Any) -> None:
    body = {"ErrorMessage": words, "Errors": [words] * 2, "Details": words, "HelpText": words}
    assert "https://octopus.example.com" in str(attempt("GET /api/Spaces-1/environments", body, status))


@pytest.mark.parametrize("total", [10**30, 5000])
def test_pages_that_bring_nothing_new_end(total: int, attempt: Callable[[str, Any], str | None]) -> None:
    assert attempt("GET /api/Spaces-1/machines", page(MACHINE, total=total)) is None


def test_pages_without_end_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.octoboot.octopus.plugins.plugin_utils._server.client._PAGES", 5)

    class Endless:
        """Has one more, always."""

        count = 0

        def request(self, method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Response:
            """Answer."""
            self.count += 1
            return Response(200, {}, json_module.dumps(page({**MACHINE, "Id": f"Machines-{self.count}"}, total=10**30)).encode())

    with pytest.raises(NotOctopus, match=r"never comes to the last page of GET /api/Spaces-1/machines"):
        OctopusServer(Endless(), connection("Spaces-1"), space_id="Spaces-1").list_all(TARGET)
