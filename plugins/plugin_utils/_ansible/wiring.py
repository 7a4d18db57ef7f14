# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Octopus Servers as the actions reach them: a client, and the one snapshot of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible import constants as C

from .._core.octopus.connection import Connection
from .._core.octopus.snapshot import Snapshot
from .._store.cipher import PlainCipher
from .._store.identities import IdentityStore
from .._store.pfx import read_pfx, require_cryptography
from .._store.snapshot import SnapshotFile
from .._store.source import IdentitySource
from .vault import VaultCipher

if TYPE_CHECKING:
    from .._server.tasks import OctopusServer


def connection_of(arguments: Mapping[str, Any]) -> Connection:
    """Return the connection that an action's options describe. Raises InvalidConnection."""
    return Connection.normalise(
        arguments.get("url") or "",
        arguments.get("api_key"),
        arguments.get("access_token"),
        space=arguments.get("space"),
        validate_certs=arguments.get("validate_certs", True),
        ca_path=arguments.get("ca_path"),
        allow_http=arguments.get("allow_http", False),
        timeout=arguments.get("timeout", 30.0),
    )


def client_for(connection: Connection, *, space_id: str | None = None) -> OctopusServer:
    """Return a client of the server; `space_id`, when it is known, saves looking the space up.

    `requests` is imported here and not before: an unchanged host makes no request.
    """
    from .._server.tasks import OctopusServer
    from .._server.transport import RequestsTransport

    return OctopusServer(RequestsTransport(connection), connection, space_id=space_id)


def snapshot_of(connection: Connection) -> SnapshotFile:
    """Return what the server held when the run began, reading it if nobody in this run has.

    The file lies in the run's own temporary directory, which is the same for all its processes and is removed at its end.
    """
    snapshot = SnapshotFile(C.DEFAULT_LOCAL_TMP, connection.cache_key())
    snapshot.ensure(lambda: _read(connection))
    return snapshot


def _read(connection: Connection) -> Snapshot:
    from .._server.reader import read_snapshot

    return read_snapshot(client_for(connection))


def source_of(arguments: Mapping[str, Any], *, host: str, loader: Any) -> IdentitySource:
    """Build a host's source from the options `identity_*` and `certificate*`. Raises CertificateError for a bad certificate."""
    directory = arguments.get("identity_store")
    store = store_in(directory, arguments.get("identity_encryption"), loader) if directory else None
    supplied = None
    if arguments.get("certificate"):
        require_cryptography()
        supplied = read_pfx(arguments["certificate"].encode(), arguments.get("certificate_password"))
    return IdentitySource(name=arguments.get("identity_name") or host, store=store, supplied=supplied)


def store_in(directory: str, encryption: str | None, loader: Any) -> IdentityStore:
    """Return the identity store in a folder. Raises CertificateError without the package that reads certificates."""
    require_cryptography()
    return IdentityStore(directory, PlainCipher() if encryption == "none" else VaultCipher(loader))
