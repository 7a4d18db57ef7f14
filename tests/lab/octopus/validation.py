"""The rules that a document must keep (octopus-api.md 5.3, 5.4, 13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.lab.octopus import errors, prerequisites, texts
from tests.lab.octopus.documents import STYLES, TENTACLES
from tests.lab.octopus.kinds import BY_COLLECTION, MACHINE_LIKE, Kind
from tests.lab.octopus.state import State
from tests.lab.octopus.store import Document

_WORKER_STYLES = (*TENTACLES, "Ssh", "KubernetesTentacle")
_PARTICIPATIONS = ("Untenanted", "TenantedOrUntenanted", "Tenanted")
_THUMBPRINT = re.compile("[0-9A-Fa-f]{40}")
_SUBSCRIPTION = re.compile("poll://[0-9A-Za-z._-]+/?")
_NOT_IN_A_ROLE = re.compile(r"[\s,/]")
_USES = {
    "environments": (("machines", "EnvironmentIds"), ("tenants", "ProjectEnvironments")),
    "tenants": (("machines", "TenantIds"),),
    "workerpools": (("workers", "WorkerPoolIds"),),
    "machinepolicies": (("machines", "MachinePolicyId"), ("workers", "MachinePolicyId")),
    "proxies": (("machines", "Endpoint.ProxyId"), ("workers", "Endpoint.ProxyId")),
}
"""Which members of which documents name one of a collection."""


def check(state: State, kind: Kind, document: Document) -> None:
    """Refuse a document that breaks a rule. Raises ApiError: all faults of the members at once, then a name that is taken."""
    problems = list(_problems(state, kind, document))
    if problems:
        raise errors.invalid(*problems)
    if kind in MACHINE_LIKE and state.store.find(kind.collection, document["Id"]) is None:
        _check_licence(state)
    namesake = state.store.by_name(kind.collection, document["Name"], document["SpaceId"])
    if namesake is not None and namesake["Id"] != document["Id"]:
        text = texts.DUPLICATE_MACHINE if kind.collection == "machines" else texts.DUPLICATE
        raise errors.invalid(text.format(noun=kind.noun, name=document["Name"]), status=state.settings.duplicate_status)


def _check_licence(state: State) -> None:
    """Refuse a machine more than the licence allows. Raises ApiError."""
    limit, machines = state.settings.machine_limit, sum(len(state.store.all(kind.collection)) for kind in MACHINE_LIKE)
    if limit and machines >= limit:
        raise errors.invalid(texts.LICENCE_LIMIT.format(limit=limit))


def check_deletion(state: State, kind: Kind, document: Document) -> None:
    """Refuse to delete what is a default or in use. Raises ApiError 400."""
    if document.get("IsDefault"):
        raise errors.invalid(texts.DEFAULT_POLICY_STAYS if kind.collection == "machinepolicies" else texts.DEFAULT_POOL_STAYS)
    if kind.collection == "tagsets":
        prerequisites.check_tag_set_deletion(state, document)
    users = [
        user["Name"]
        for collection, member in _USES.get(kind.collection, ())
        for user in state.store.all(collection, document["SpaceId"])
        if document["Id"] in _named(user, member)
    ]
    if users:
        raise errors.invalid(texts.IN_USE.format(noun=kind.noun, name=document["Name"], users=", ".join(users)))


def _named(document: Document, member: str) -> list[str]:
    value: object = document
    for part in member.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict):
        return [str(item) for items in value.values() if isinstance(items, list) for item in items]
    return value if isinstance(value, list) else [str(value)]


def _problems(state: State, kind: Kind, document: Document) -> Iterator[str]:
    if not document["Name"]:
        yield texts.NO_NAME.format(noun=kind.noun)
    if kind.name_limit is not None and len(document["Name"]) > kind.name_limit:
        yield texts.NAME_TOO_LONG.format(noun=kind.noun, limit=kind.name_limit)
    former = state.store.find(kind.collection, document["Id"])
    if former is not None and former.get("IsDefault") and not document["IsDefault"]:
        yield texts.DEFAULT_STAYS_DEFAULT.format(noun=kind.noun, name=former["Name"])
    yield from prerequisites.problems(state, kind.collection, document, former)
    if kind.collection == "machines":
        yield from _target_problems(state, document)
    if kind.collection == "workers":
        yield from _worker_problems(state, document)
    if kind.collection in ("machines", "workers"):
        yield from _endpoint_problems(state, document)
        policy = document["MachinePolicyId"]
        yield from _unknown(state, "machinepolicies", [policy] if policy is not None else [], document)


def _target_problems(state: State, document: Document) -> Iterator[str]:
    if not document["EnvironmentIds"]:
        yield texts.NO_ENVIRONMENT
    yield from _unknown(state, "environments", document["EnvironmentIds"], document)
    if not document["Roles"] and not state.settings.empty_roles_allowed:
        yield texts.NO_ROLE
    yield from _unknown(state, "tenants", document["TenantIds"], document)
    if state.settings.strict:
        yield from (texts.BAD_ROLE.format(role=role) for role in document["Roles"] if _NOT_IN_A_ROLE.search(role) or not role)
    yield from prerequisites.tenant_tag_problems(state, document)
    participation, tenanted = document["TenantedDeploymentParticipation"], document["TenantIds"] or document["TenantTags"]
    if participation not in _PARTICIPATIONS:
        yield texts.BAD_PARTICIPATION.format(value=participation)
    elif participation == "Untenanted" and tenanted:
        yield texts.TENANTS_WHILE_UNTENANTED
    elif participation == "Tenanted" and not tenanted:
        yield texts.NO_TENANTS_WHILE_TENANTED


def _worker_problems(state: State, document: Document) -> Iterator[str]:
    if not document["WorkerPoolIds"]:
        yield texts.NO_WORKER_POOL
    yield from _unknown(state, "workerpools", document["WorkerPoolIds"], document)
    for identifier in document["WorkerPoolIds"]:
        pool = state.store.find("workerpools", identifier, document["SpaceId"])
        if pool is not None and not pool["CanAddWorkers"]:
            yield texts.POOL_REFUSES_WORKERS.format(name=pool["Name"])
    style = (document["Endpoint"] or {}).get("CommunicationStyle")
    if style in STYLES and style not in _WORKER_STYLES:
        yield texts.STYLE_NOT_FOR_WORKERS.format(style=style)


def _endpoint_problems(state: State, document: Document) -> Iterator[str]:
    endpoint = document["Endpoint"] or {}
    style = endpoint.get("CommunicationStyle")
    if style not in STYLES:
        yield texts.UNKNOWN_STYLE.format(style=style)
    if style in TENTACLES:
        thumbprint, uri = endpoint["Thumbprint"], endpoint["Uri"]
        if not thumbprint:
            yield texts.NO_THUMBPRINT
        elif state.settings.strict and not _THUMBPRINT.fullmatch(thumbprint):
            yield texts.BAD_THUMBPRINT.format(thumbprint=thumbprint)
        if not uri:
            yield texts.NO_URI
        elif state.settings.strict and not _is_address(uri, style):
            yield texts.BAD_URI.format(uri=uri, style=style)
    proxy = endpoint.get("ProxyId")
    yield from _unknown(state, "proxies", [proxy] if proxy else [], document)


def _is_address(uri: str, style: str) -> bool:
    """Say whether a URI can lead to a Tentacle: to a port of a host, or to a subscription, which is a name and nothing else."""
    if style == "TentacleActive":
        return _SUBSCRIPTION.fullmatch(uri) is not None
    try:
        parts = urlsplit(uri)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _unknown(state: State, collection: str, identifiers: list[str], document: Document) -> Iterator[str]:
    for identifier in identifiers:
        if state.store.find(collection, identifier, document["SpaceId"]) is None:
            yield texts.UNKNOWN_REFERENCE.format(noun=BY_COLLECTION[collection].noun, identifier=identifier)
