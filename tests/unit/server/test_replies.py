"""Errors in plain words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import errors
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.port import Method, Response
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.replies import read_reply

from tests.unit.server.fake_port import KEY, connection

NO_PERMISSION = (
    "You do not have permission to perform this action. Please contact your Octopus administrator. Missing permission: MachineEdit"
)


def error_of(status: int, body: Any, method: Method = "GET") -> errors.OctopusError:
    """Return what a reply raises."""
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(errors.OctopusError) as caught:
        read_reply(Response(status, {}, encoded), method, "/api/Spaces-1/machines", connection())
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "method", "kind", "told"),
    [
        (401, {"ErrorMessage": "The API key you provided was not valid."}, "GET", errors.NotAuthenticated, "was not valid"),
        (401, {"ErrorMessage": NO_PERMISSION}, "GET", errors.PermissionDenied, "MachineEdit"),
        (403, {"ErrorMessage": NO_PERMISSION, "HelpText": "Ask Ann."}, "GET", errors.PermissionDenied, "Ask Ann."),
        (404, {"ErrorMessage": "The resource you requested was not found."}, "GET", errors.NotFound, "not found"),
        (404, b"<html>nginx</html>", "GET", errors.NotOctopus, "HTTP 404"),
        (404, {"detail": "Not Found"}, "GET", errors.NotOctopus, "HTTP 404"),
        (200, b"<html>Sign in</html>", "GET", errors.NotOctopus, "not Octopus Server"),
        (400, {"ErrorMessage": "There was a problem with your request.", "Errors": ["No name.", "No role."]}, "POST", errors.Rejected,
         "refuses POST /api/Spaces-1/machines: No name. No role."),
        (409, {"ErrorMessage": "A machine named 'x' already exists."}, "POST", errors.Rejected, "already exists"),
        (429, b"", "POST", errors.RateLimited, "rate"),
        (503, b"starting", "POST", errors.Unavailable, "HTTP 503"),
        (504, b"<html>", "GET", errors.Unavailable, "HTTP 504"),
        (504, b"<html>", "POST", errors.ReplyLost, "may have been carried out"),
        (500, {"ErrorMessage": "Value cannot be null.\n  at X"}, "POST", errors.ServerError, "Value cannot be null. at X"),
    ],
)  # fmt: skip
def test_each_failure_has_its_error(status: int, body: Any, method: Method, kind: type[Exception], told: str) -> None:
    error = error_of(status, body, method)
    assert type(error) is kind
    assert told in str(error)
    assert "\n" not in str(error)


def test_the_missing_permission_and_the_problems_are_told() -> None:
    denied = error_of(403, {"ErrorMessage": NO_PERMISSION})
    assert isinstance(denied, errors.PermissionDenied)
    assert "MachineEdit" in str(denied)
    rejected = error_of(400, {"ErrorMessage": "There was a problem with your request.", "Errors": ["No name."]}, "POST")
    assert isinstance(rejected, errors.Rejected)
    assert "No name." in str(rejected)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_server_that_repeats_the_key_does_not_make_us_repeat_it(status: int) -> None:
    body = {"ErrorMessage": f"bad {KEY}", "Errors": [f"worse {KEY}"], "HelpText": f"see {KEY}"}
    assert KEY not in str(error_of(status, body))


def test_good_replies() -> None:
    assert read_reply(Response(201, {}, b'{"Id": "Machines-1"}'), "POST", "/api/x", connection()) == {"Id": "Machines-1"}
    assert read_reply(Response(200, {}, b""), "DELETE", "/api/x", connection()) is None
