"""Requests and responses, as the real ones write them (tests/real/halibut-*.jsonl)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from .wire import Message, ProtocolError

CAPABILITIES_SERVICE = "ICapabilitiesServiceV2"
GET_CAPABILITIES = "GetCapabilities"
_REQUEST = "Halibut.Transport.Protocol.RequestMessage, Halibut"
_RESPONSE = "Halibut.Transport.Protocol.ResponseMessage, Halibut"


def request(uri: str, thumbprint: str, service: str, method: str, parameters: Sequence[Any] = ()) -> Message:
    """Make a call, the first on its connection, of a Tentacle's service."""
    call = uuid4()
    return {
        "$type": _REQUEST,
        "id": f"{service}::{method}Async[1] / {call}",
        "activityId": call,
        "endpoint": _endpoint(uri, thumbprint),
        "service": service,
        "method": method,
        "params": list(parameters),
    }


def _endpoint(uri: str, thumbprint: str) -> Message:
    return {
        "PollingRequestQueueTimeout": "00:02:00",
        "RetryListeningSleepInterval": "00:00:01",
        "RetryCountLimit": 5,
        "ConnectionErrorRetryTimeout": "00:05:00",
        "TcpClientConnectTimeout": "00:01:00",
        "BaseUri": uri,
        "RemoteThumbprint": thumbprint,
        "Proxy": None,
        "ForceResolveHost": None,
        "IsWebSocketEndpoint": False,
    }


def response(to: Message, result: Any) -> Message:
    """Answer a call."""
    return {"$type": _RESPONSE, "id": to["id"], "error": None, "result": result}


def failure(to: Message, text: str) -> Message:
    """Answer a call that went wrong."""
    return {"$type": _RESPONSE, "id": to["id"], "error": {"message": text, "details": text}, "result": None}


def capabilities_in(answer: Message | None, asked: Message) -> tuple[str, ...]:
    """Return what a Tentacle says it can do, asked for its capabilities. Raises ProtocolError when it says something else."""
    if answer is None or answer.get("id") != asked["id"]:
        raise ProtocolError("The response is to another request.")
    if answer.get("error") is not None:
        raise ProtocolError(str(answer["error"].get("message")))
    try:
        return tuple(answer["result"]["SupportedCapabilities"])
    except (KeyError, TypeError) as error:
        raise ProtocolError("The response does not name the capabilities.") from error
