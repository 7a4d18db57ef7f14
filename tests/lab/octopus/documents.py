"""From what a client sends to the document that the server keeps (octopus-api.md 4.2, 4.3, 5.4)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.lab.octopus import errors, texts
from tests.lab.octopus.kinds import BY_COLLECTION, MACHINE_LIKE, Kind
from tests.lab.octopus.state import State
from tests.lab.octopus.store import Document, now, slug, timestamp

TENTACLES = ("TentaclePassive", "TentacleActive")
_STATUSES = {"Healthy": "Online", "HasWarnings": "Online", "Unhealthy": "Offline", "Unavailable": "Offline"}
STYLES = (
    "None", *TENTACLES, "Ssh", "OfflineDrop", "AzureWebApp", "Ftp", "AzureCloudService", "AzureServiceFabricCluster", "Kubernetes",
    "StepPackage", "KubernetesTentacle", "AwsEcsCluster",
)  # fmt: skip
_LISTS_OF_OBJECTS = ("Tags", "ExtensionSettings", "CustomFields")
_OBJECTS = ("Endpoint", "Password")
_TAG: Document = {"Name": "", "Description": "", "Color": "#333333", "SortOrder": 0}
_ENDPOINT = {"CommunicationStyle": None, "Uri": None, "Thumbprint": None, "ProxyId": None}


def read_members(body: Mapping[str, Any], defaults: Mapping[str, Any]) -> Document:
    """Return the members that `defaults` names, whatever the case of their names; a list of null is an empty one.

    Raises ApiError for values of another kind, all at once.
    """
    given = {name.lower(): value for name, value in body.items()}
    members = {}
    for name, default in defaults.items():
        value = given.get(name.lower(), default)
        members[name] = copy.deepcopy(default if value is None and isinstance(default, list) else value)
    wrong = [name for name, value in members.items() if not _fits(name, value, defaults[name])]
    if wrong:
        raise errors.invalid(*(texts.BAD_MEMBER.format(name=name) for name in wrong))
    return members


def _fits(name: str, value: Any, default: Any) -> bool:
    """Say whether a value is of the kind that a member has: that of its default, text where that is null."""
    if isinstance(default, list):
        of = dict if name in _LISTS_OF_OBJECTS else str
        return isinstance(value, list) and all(isinstance(item, of) for item in value)
    if isinstance(default, bool | int):
        return type(value) is type(default)
    kind = dict if isinstance(default, Mapping) or name in _OBJECTS else str
    return value is None or isinstance(value, kind)


def new_document(state: State, kind: Kind, space_id: str, body: Mapping[str, Any], author: str = "system") -> Document:
    """Make a document as the server keeps it, with an id. It is not stored, nor checked."""
    identifier = state.store.next_id(kind.prefix)
    path = f"/api/{space_id}/{kind.collection}/{identifier}"
    links = {"Self": path, **{name: path + suffix for name, suffix in kind.links.items()}}
    document = {"Id": identifier, "SpaceId": space_id, **copy.deepcopy(dict(kind.owned)), "Links": links}
    return write(state, kind, document, body, author)


def write(state: State, kind: Kind, existing: Document, body: Mapping[str, Any], author: str) -> Document:
    """Return `existing` with all writable members replaced by those of `body` or their defaults. Raises ApiError for a body of no sense."""
    if state.settings.null_tenants_crash and any(body.get(name, ()) is None for name in ("TenantIds", "TenantTags")):
        raise errors.ApiError(500, texts.NULL_TENANTS)
    document = {**existing, **read_members(body, kind.writable), "LastModifiedOn": timestamp(now()), "LastModifiedBy": author}
    document["Name"] = str(document["Name"] or "").strip()
    if "Slug" in kind.writable and not document["Slug"]:
        document["Slug"] = slug(document["Name"])
    if kind.collection in ("machines", "workers"):
        _complete_machine(document, existing)
    if kind.collection == "machines":
        document["Roles"] = _spelled_as_first(state, document)
    if kind.collection == "workerpools":
        document["CanAddWorkers"] = document["WorkerPoolType"] != "DynamicWorkerPool"
    if kind.collection == "machinepolicies":
        document = _with_defaults(document, kind.writable)
    if kind.collection == "tagsets":
        document["Tags"] = _complete_tags(state, document, existing)
    if kind.collection == "machines" and document["MachinePolicyId"] is None and state.settings.null_policy_becomes_default:
        document["MachinePolicyId"] = default_of(state, "machinepolicies", document["SpaceId"])["Id"]
    return document


def _spelled_as_first(state: State, machine: Document) -> list[str]:
    """Return the roles of a machine, each once, as the space spelled them first (octopus-api.md 9.6)."""
    spellings: dict[str, str] = {}
    for other in state.store.all("machines", machine["SpaceId"]):
        if other["Id"] != machine["Id"]:
            spellings |= {role.casefold(): role for role in other["Roles"] if role.casefold() not in spellings}
    return list(dict.fromkeys(spellings.setdefault(role.casefold(), role) for role in machine["Roles"]))


def default_of(state: State, collection: str, space_id: str) -> Document:
    """Return the machine policy or worker pool that is the default of a space."""
    return next(document for document in state.store.all(collection, space_id) if document["IsDefault"])


def _with_defaults(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Document:
    """Return an object with the members that a client left out of it, or of an object in it."""
    filled = {**defaults, **given}
    for name, default in defaults.items():
        if isinstance(default, Mapping):
            filled[name] = _with_defaults(filled[name], default) if isinstance(filled[name], Mapping) else copy.deepcopy(dict(default))
    return filled


def store(state: State, document: Document) -> Document:
    """Keep a document in its collection; a new default takes the place of the former one."""
    if document["Id"].startswith("Proxies-"):
        document["Password"] = _kept_password(state, document)
    kind = next(kind for kind in BY_COLLECTION.values() if document["Id"].startswith(kind.prefix + "-"))
    if document.get("IsDefault"):
        for other in state.store.all(kind.collection, document["SpaceId"]):
            other["IsDefault"] = False
    return state.store.put(kind.collection, document)


def _kept_password(state: State, proxy: Document) -> Document:
    """Keep a password that is new apart, forget one that is gone, and return what a reply tells of it (octopus-api.md 9.4)."""
    sent = proxy["Password"] or {}
    if sent.get("NewValue"):
        state.passwords[proxy["Id"]] = sent["NewValue"]
    elif not sent.get("HasValue"):
        state.passwords.pop(proxy["Id"], None)
    return {"HasValue": proxy["Id"] in state.passwords, "NewValue": None, "Hint": None}


def _complete_tags(state: State, tag_set: Document, existing: Document) -> list[Document]:
    """Return the tags of a set as the server keeps them: one that it knows, by its id or name, keeps its id (octopus-api.md 9.6)."""
    known = existing.get("Tags", [])
    ids = {tag["Name"].casefold(): tag["Id"] for tag in known}
    tags = []
    for sent in tag_set["Tags"]:
        tag = read_members(sent, _TAG)
        tag["Name"] = (tag["Name"] or "").strip()
        kept = sent.get("Id") if sent.get("Id") in ids.values() else ids.get(tag["Name"].casefold())
        identifier = kept or f"{tag_set['Id']}/{state.store.next_id('Tags')}"
        tags.append({"Id": identifier, **tag, "CanonicalTagName": f"{tag_set['Name']}/{tag['Name']}"})
    return tags


def as_shown(state: State, kind: Kind, document: Document) -> Document:
    """Return a document as this version of the server shows it (octopus-api.md 4.1)."""
    settings = state.settings
    hidden = () if settings.knows_slugs else ("Slug", "OperatingSystemVersion", "Architecture")
    shown = {name: value for name, value in document.items() if name not in hidden}
    if settings.shows_status and kind in MACHINE_LIKE:
        shown["Status"] = "Disabled" if document["IsDisabled"] else _STATUSES.get(document["HealthStatus"], "Unknown")
    return shown


def _complete_machine(document: Document, existing: Document) -> None:
    endpoint = document["Endpoint"]
    if isinstance(endpoint, dict):
        document["Endpoint"] = endpoint = _endpoint(endpoint, existing.get("Endpoint") or {})
        tentacle = endpoint["CommunicationStyle"] in TENTACLES
        document["Thumbprint"] = endpoint["Thumbprint"] if tentacle else None
        document["Uri"] = endpoint["Uri"] if tentacle else None
    if document["IsDisabled"]:
        document["StatusSummary"] = texts.DISABLED
    elif document["StatusSummary"] in ("", texts.DISABLED):
        document["StatusSummary"] = texts.NEVER_CHECKED


def _endpoint(sent: Mapping[str, Any], existing: Mapping[str, Any]) -> Document:
    """Return an endpoint with what the server knows about the Tentacle, unless the client leaves that out (octopus-api.md 11.1)."""
    members = read_members(sent, _ENDPOINT)
    if members["CommunicationStyle"] not in TENTACLES:
        return {**sent, **members}
    for name in ("Uri", "Thumbprint"):
        members[name] = str(members[name] or "").strip()
    if members["CommunicationStyle"] == "TentacleActive":
        del members["ProxyId"]
    else:
        members["ProxyId"] = members["ProxyId"] or None
    posted, known = sent.get("TentacleVersionDetails"), existing.get("TentacleVersionDetails")
    details = {**known, "UpgradeLocked": bool(posted.get("UpgradeLocked"))} if isinstance(posted, dict) and known else None
    return {
        **members,
        "TentacleVersionDetails": details,
        "CertificateSignatureAlgorithm": existing.get("CertificateSignatureAlgorithm") if details else None,
        "Id": None,
        "LastModifiedOn": None,
        "LastModifiedBy": None,
        "Links": {},
    }
