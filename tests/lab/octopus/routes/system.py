"""The server's own certificate, status and events (octopus-api.md 7, 9.8, 10.2)."""

from __future__ import annotations

from tests.lab.octopus import errors
from tests.lab.octopus.dispatch import Call, Handler, Reply, Route, Scope
from tests.lab.octopus.paging import page
from tests.lab.octopus.store import Document

GLOBAL = "certificate-global"


def _global(call: Call) -> Document:
    path = f"/api/configuration/certificates/{GLOBAL}"
    certificate = call.state.certificate
    links = {"Self": path, "PublicCer": f"{path}/public-cer"}
    return {"Id": GLOBAL, "Name": "Octopus Server", "Thumbprint": certificate.thumbprint, "SignatureAlgorithm": "sha256RSA", "Links": links}


def _certificate(call: Call) -> Reply:
    if call.parameters["id"].casefold() != GLOBAL:
        raise errors.not_found()
    return Reply(_global(call))


def _certificates(call: Call) -> Reply:
    documents = [_global(call)]
    template = "/api/configuration/certificates{/id}{?skip,take,ids,partialName}"
    return Reply(page("CertificateConfiguration", documents, call.query, default_take=15, path=call.path, template=template))


def _public(call: Call) -> Reply:
    return Reply(call.state.certificate.der, media_type="application/octet-stream")


def _status(call: Call) -> Reply:
    return Reply({"IsInMaintenanceMode": False, "IsMajorMinorUpgrade": False, "Links": {"Self": "/api/serverstatus"}})


def _health(call: Call) -> Reply:
    return Reply({"Description": "", "IsOperatingNormally": True, "IsEntireClusterReadOnly": False, "IsEntireClusterDrainingTasks": False})


def _events(call: Call) -> Reply:
    regarding = call.query.values("regarding")
    events = [event for event in reversed(call.state.store.all("events")) if call.space_id in (None, event["SpaceId"])]
    chosen = [event for event in events if not regarding or set(regarding) & set(event["RelatedDocumentIds"])]
    return Reply(page("Event", chosen, call.query, default_take=30, path=call.path, template="/api/events{/id}{?skip,regarding}"))


def _event(call: Call) -> Reply:
    event = call.state.store.find("events", call.parameters["id"], call.space_id)
    if event is None:
        raise errors.not_found()
    return Reply(event)


def _none_of(item_type: str) -> Handler:
    """Return what lists a kind of thing that this server never has."""

    def list_none(call: Call) -> Reply:
        return Reply(page(item_type, [], call.query, default_take=30, path=call.path, template=f"{call.path}{{/id}}{{?skip,take}}"))

    return list_none


ROUTES = (
    Route("GET", "/configuration/certificates", _certificates, Scope.SYSTEM),
    Route("GET", "/configuration/certificates/{id}", _certificate, Scope.SYSTEM),
    Route("GET", "/configuration/certificates/{id}/public-cer", _public, Scope.SYSTEM),
    Route("GET", "/certificates/{id}", _certificate, Scope.MIXED),
    Route("GET", "/serverstatus", _status, Scope.SYSTEM),
    Route("GET", "/serverstatus/health", _health, Scope.SYSTEM, anonymous=True),
    Route("GET", "/events", _events, Scope.MIXED),
    Route("GET", "/events/{id}", _event, Scope.MIXED),
    Route("GET", "/certificates", _none_of("Certificate"), Scope.MIXED),
    Route("GET", "/artifacts", _none_of("Artifact"), Scope.MIXED),
    Route("GET", "/interruptions", _none_of("Interruption"), Scope.MIXED),
    Route("GET", "/search", lambda _call: Reply([])),
)
