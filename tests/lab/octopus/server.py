"""The server as a whole: state, task queue, web API, and the control API beside it."""

from __future__ import annotations

from tests.lab.octopus.application import Api
from tests.lab.octopus.certificates import web_certificate
from tests.lab.octopus.control_api import ControlApi
from tests.lab.octopus.health import HealthChecks
from tests.lab.octopus.seed import seed
from tests.lab.octopus.settings import Settings
from tests.lab.octopus.state import State
from tests.lab.octopus.web import ADDRESS, WebServer


class OctopusServer:
    """An Octopus Server on this machine; its ports are taken when it is made, and answer between `start` and `stop`.

    With `tls` the web API is HTTPS, under an authority of its own (`authority_pem`) that nobody trusts unless told to.
    `first_health` is Healthy or HasWarnings. Each of the `nodes` has a port for polling Tentacles.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str | None = None,
        tls: bool = False,
        version: str = Settings.version,
        first_health: str = Settings.first_health,
        nodes: int = 1,
    ) -> None:
        self.state = State(Settings(version=version, first_health=first_health))
        seed(self.state)
        user = self.state.directory.add_user("lab")
        self.api_key = self.state.directory.add_credential(user, api_key).value
        self.authority_pem, certificate = web_certificate(ADDRESS) if tls else (b"", None)
        self.state.polling.add_nodes(nodes)
        self.listen_for_polling(ADDRESS)
        self._web = WebServer("octopus-web", Api(self.state).application(), port=port, certificate=certificate)
        self._control = WebServer("octopus-control", ControlApi(self.state).application())

    @property
    def url(self) -> str:
        """Return the address of the web API, without `/api`."""
        return self._web.url

    @property
    def control_url(self) -> str:
        """Return the address of the control API (`ServerControl`)."""
        return self._control.url

    @property
    def thumbprint(self) -> str:
        """Return what Tentacles must trust."""
        return self.state.certificate.thumbprint

    def listen_for_polling(self, address: str) -> None:
        """Open the nodes' polling ports at another address, too."""
        for node in self.state.polling.nodes:
            node.listen(address)

    def polling_addresses(self, address: str = ADDRESS) -> list[str]:
        """Return what a Tentacle polls that reaches this machine at `address`: a URL of each node."""
        return [node.url(address) for node in self.state.polling.nodes]

    def start(self) -> None:
        """Answer requests and run tasks."""
        settings = self.state.settings
        self.state.queue.start(HealthChecks(self.state).run, cap=lambda: settings.task_cap, delay=lambda: settings.queue_delay)
        for node in self.state.polling.nodes:
            node.start()
        self._control.start()
        self._web.start()

    def stop(self) -> None:
        """Close the ports, and run no further task."""
        for node in self.state.polling.nodes:
            node.close()
        self._control.ask_to_stop()
        self._web.stop()
        self._control.stop()
        self.state.queue.stop()

    def __enter__(self) -> OctopusServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
