"""Users, their keys, and what they may do (octopus-api.md 1.3, 1.4, 5.5)."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.lab.octopus import errors, texts
from tests.lab.octopus.query import SECRET_PARAMETER, Query

SPACE_PERMISSIONS = (
    "EnvironmentView", "EnvironmentCreate", "EnvironmentEdit", "EnvironmentDelete",
    "EventView",
    "MachineView", "MachineCreate", "MachineEdit", "MachineDelete",
    "MachinePolicyView", "MachinePolicyCreate", "MachinePolicyEdit", "MachinePolicyDelete",
    "ProxyView", "ProxyCreate", "ProxyEdit", "ProxyDelete",
    "TagSetCreate", "TagSetEdit", "TagSetDelete",
    "TaskView", "TaskCreate", "TaskCancel", "TaskEdit",
    "TenantView", "TenantCreate", "TenantEdit", "TenantDelete",
    "WorkerView", "WorkerEdit",
)  # fmt: skip
SYSTEM_PERMISSIONS = (
    "AdministerSystem", "ConfigureServer", "SpaceView", "SpaceCreate", "SpaceEdit", "SpaceDelete", "TeamView", "UserView",
)  # fmt: skip


@dataclass(frozen=True)
class Grant:
    """Permissions within limits; a limit of None is no limit."""

    permissions: frozenset[str] = frozenset((*SPACE_PERMISSIONS, *SYSTEM_PERMISSIONS))
    spaces: frozenset[str] | None = None
    environments: frozenset[str] | None = None

    def in_space(self, space_id: str | None) -> bool:
        """Say whether the grant reaches a space."""
        return self.spaces is None or space_id in self.spaces

    def covers(self, environment_ids: Iterable[str] | None) -> bool:
        """Say whether the grant reaches one of the environments; None: the matter is in no environment."""
        return self.environments is None or environment_ids is None or not self.environments.isdisjoint(environment_ids)


@dataclass
class User:
    """A user with what the teams grant them."""

    id: str
    username: str
    display_name: str
    grants: tuple[Grant, ...] = (Grant(),)
    is_service: bool = True

    def allows(self, permission: str, space_id: str | None, environment_ids: Iterable[str] | None = None) -> bool:
        """Say whether the user has `permission` there: in one of the environments, if the matter is in any."""
        places = None if environment_ids is None else tuple(environment_ids)
        return any(permission in grant.permissions and grant.in_space(space_id) and grant.covers(places) for grant in self.grants)

    def enters(self, space_id: str) -> bool:
        """Say whether the user can work in a space."""
        return any(grant.in_space(space_id) and not grant.permissions.isdisjoint(SPACE_PERMISSIONS) for grant in self.grants)

    def permission_set(self, space_ids: Iterable[str]) -> dict[str, Any]:
        """Return the body of `/api/users/{id}/permissions`, with one restriction per space and grant."""
        in_spaces: dict[str, list[dict[str, Any]]] = {}
        for grant in self.grants:
            for space_id in filter(grant.in_space, space_ids):
                restriction = {
                    "SpaceId": space_id,
                    "RestrictedToEnvironmentIds": sorted(grant.environments or ()),
                    "RestrictedToTenantIds": [],
                    "RestrictedToProjectIds": [],
                    "RestrictedToProjectGroupIds": [],
                }
                for permission in grant.permissions.intersection(SPACE_PERMISSIONS):
                    in_spaces.setdefault(permission, []).append(restriction)
        return {
            "Id": self.id,
            "SpacePermissions": dict(sorted(in_spaces.items())),
            "SystemPermissions": sorted({p for grant in self.grants for p in grant.permissions.intersection(SYSTEM_PERMISSIONS)}),
            "Teams": [],
            "IsPermissionsComplete": True,
            "IsTeamsComplete": True,
            "Links": {"Self": f"/api/users/{self.id}/permissions"},
        }


@dataclass
class Credential:
    """An API key or an access token of a user."""

    value: str = field(repr=False)
    user: User
    expired: bool = False


def new_api_key() -> str:
    """Return a key of the shape that Octopus's clients insist on: `API-` and upper-case letters and digits."""
    alphabet = string.ascii_uppercase + string.digits
    return "API-" + "".join(secrets.choice(alphabet) for _ in range(32))


class Directory:
    """All users and credentials."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self._credentials: dict[str, Credential] = {}

    def add_user(self, username: str, *grants: Grant) -> User:
        """Make a service account."""
        user = User(f"Users-{len(self.users) + 1}", username, username, grants or (Grant(),))
        self.users[user.id] = user
        return user

    def add_credential(self, user: User, value: str | None = None, *, expired: bool = False) -> Credential:
        """Give a user a key; the value of an access token is any other text."""
        credential = Credential(value or new_api_key(), user, expired)
        self._credentials[credential.value] = credential
        return credential

    def expire(self, value: str) -> None:
        """Let a key expire, if there is such a key."""
        if value in self._credentials:
            self._credentials[value].expired = True

    def find(self, identifier: str) -> User | None:
        """Return a user by id, whatever its case: clients ask for `users-1` (octopus-api.md 1.5)."""
        return next((user for user in self.users.values() if user.id.lower() == identifier.lower()), None)

    def authenticate(self, headers: Mapping[str, str], query: Query) -> User | None:
        """Return who calls, None for nobody. Raises ApiError 401 for a credential that is wrong or has expired."""
        value = presented_credential(headers, query)
        if not value:
            return None
        credential = self._credentials.get(value)
        if credential is None:
            raise errors.unauthenticated(texts.BAD_API_KEY)
        if credential.expired:
            raise errors.unauthenticated(texts.NOT_LOGGED_IN)
        return credential.user


def presented_credential(headers: Mapping[str, str], query: Query) -> str | None:
    """Return the first credential of a request that is not empty (octopus-api.md 1.3). `headers` finds names whatever their case."""
    authorization = headers.get("authorization", "")
    bearer = authorization[7:].strip() if authorization[:7].lower() == "bearer " else ""
    candidates = (headers.get("x-octopus-apikey"), headers.get("x-nuget-apikey"), bearer, query.text(SECRET_PARAMETER))
    return next((value for value in candidates if value), None)
