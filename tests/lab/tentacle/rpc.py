"""What a trusted server may call on a Tentacle: its capabilities, and scripts (tentacle.md 8.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ..halibut import bson
from ..halibut.messages import CAPABILITIES_SERVICE, GET_CAPABILITIES, failure, response
from ..halibut.wire import Message, ProtocolError
from .context import Context
from .scripts import ScriptFailure, Scripts

SCRIPT_SERVICE = "IScriptServiceV2"
_CAPABILITIES = {
    "$type": "Octopus.Tentacle.Contracts.Capabilities.CapabilitiesResponseV2, Octopus.Tentacle.Contracts",
    "SupportedCapabilities": ["IScriptService", "IFileTransferService", SCRIPT_SERVICE],
}
Method = Callable[..., Any]


def _tell_capabilities() -> Message:
    return _CAPABILITIES


class Services:
    """What can be called: the capabilities, and further methods by service and name. Calls may come from several connections at once."""

    def __init__(self, methods: Mapping[tuple[str, str], Method] = MappingProxyType({})) -> None:
        self._methods = {(CAPABILITIES_SERVICE, GET_CAPABILITIES): _tell_capabilities, **methods}

    @classmethod
    def of(cls, context: Context) -> Services:
        """Return the services of an agent."""
        scripts = Scripts(context)
        methods = {"StartScript": scripts.start, "GetStatus": scripts.status, "CompleteScript": scripts.complete}
        return cls({(SCRIPT_SERVICE, name): method for name, method in methods.items()})

    def answer(self, call: Message) -> Message:
        """Carry out a call, and return what is answered; what goes wrong there is an answer, too. Raises ProtocolError for no call."""
        try:
            _, service, method, parameters = (call[member] for member in ("id", "service", "method", "params"))
        except KeyError as error:
            raise ProtocolError(f"A request lacks {error}.") from error
        found = self._methods.get((service, method))
        if found is None:
            return failure(call, f"The lab's Tentacle has no {service}.{method}.")
        try:
            return response(call, found(*parameters))
        except (ScriptFailure, OSError, KeyError, TypeError, bson.BsonError) as error:
            return failure(call, str(error))
