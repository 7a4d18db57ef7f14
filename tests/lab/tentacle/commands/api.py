"""The options of commands that call an Octopus Server, and what is wrong with them before one is called (tentacle.md 1.8).

Checked against Commands/OptionSets/ApiEndpointOptions.cs of OctopusTentacle at a321dc6c.
"""

from __future__ import annotations

from ..errors import ControlledFailure
from ..options import OptionSet

_NO_SERVER = "Please specify an Octopus Server, e.g., --server=http://your-octopus-server"
_NO_CREDENTIALS = (
    "Please specify an Octopus API key, a Bearer Token or a username and password. You can get an API key from the Octopus web portal. "
    "E.g., --apiKey=ABC1234"
)


class ApiOptions:
    """Which server a command calls, and as whom."""

    def __init__(self, options: OptionSet) -> None:
        self.given: dict[str, str] = {}
        self._add(options, "server=", "The Octopus Server - e.g., 'http://octopus'")
        self._add(options, "apiKey=", "Your API key; you can get this from the Octopus web portal", sensitive=True)
        self._add(options, "bearerToken=", "A Bearer Token which has access to your Octopus instance", sensitive=True)
        self._add(options, "u|username=|user=", "If not using API keys, your username")
        self._add(options, "p|password=", "If not using API keys, your password", sensitive=True)

    def _add(self, options: OptionSet, prototype: str, description: str, *, sensitive: bool = False) -> None:
        options.add(prototype, description, lambda value: self.given.update({prototype: value}), sensitive=sensitive)

    def validate(self) -> None:
        """Raise ControlledFailure for too little or too much."""
        server, key, token, user, password = (bool(self.given.get(prototype)) for prototype in _PROTOTYPES)
        if [token, key, user or password].count(True) > 1:
            raise ControlledFailure("Please specify a Bearer Token, API Key or username and password - not multiple.")
        if user and not password:
            raise ControlledFailure("Please specify a password for the specified user account")
        if password and not user:
            raise ControlledFailure("Please specify a username for the specified password")
        if not server:
            raise ControlledFailure(_NO_SERVER)
        if not (token or user or key):
            raise ControlledFailure(_NO_CREDENTIALS)


_PROTOTYPES = ("server=", "apiKey=", "bearerToken=", "u|username=|user=", "p|password=")
