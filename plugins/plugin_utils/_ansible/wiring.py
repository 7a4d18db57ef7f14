# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Builds the adapters and joins them to the use cases: one function for each thing that an action asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible import constants as C

from .._core.errors import OctopusError
from .._core.identity import Material
from .._core.inputs import RegistrationInputs
from .._core.octopus.connection import Connection
from .._core.octopus.resources import MACHINES, ResourceType
from .._core.octopus.snapshot import Named, Snapshot
from .._core.secret import Secret
from .._hosts.linux.host import LinuxHost
from .._hosts.windows.host import WindowsHost
from .._store.cipher import PlainCipher
from .._store.identities import IdentityStore
from .._store.pfx import read_pfx, require_cryptography
from .._store.place import Ground
from .._store.run import Notebook
from .._store.snapshot import SnapshotFile
from .._store.source import IdentitySource
from .._work.ports import Host
from .._work.register import Register
from .ground import inventory_of, once, warn_of_ignored
from .output import tell
from .remote import Remote
from .vault import VaultCipher
from .windows_modules import require_modules

if TYPE_CHECKING:
    from .._server.tasks import OctopusServer
    from .action import OctopusAction

_NEW = "new"
_FAILURE_SECONDS = 60.0
"""How long the failure of reading a server stands for those who come after. A later batch, or a later play, tries for itself."""


def notebook() -> Notebook:
    """Return the notebook of the run, in the run's own temporary directory: the same for all its processes, removed at its end."""
    return Notebook(C.DEFAULT_LOCAL_TMP)


def keeps_files() -> bool:
    """Tell whether Ansible leaves on hosts what it brings there. Then it pipes nothing: every module is a file, with its arguments."""
    return bool(C.DEFAULT_KEEP_REMOTE_FILES)


def client_for(connection: Connection, *, space_id: str | None = None) -> OctopusServer:
    """Return a client of the server; `space_id`, when it is known, saves looking the space up.

    `requests` is imported here and not before: an unchanged host makes no request.
    """
    from .._server.tasks import OctopusServer
    from .._server.transport import RequestsTransport

    return OctopusServer(RequestsTransport(connection), connection, space_id=space_id)


def snapshot_of(connection: Connection) -> SnapshotFile:
    """Return what the server held when the run began, reading it if nobody in this run has. Raises OctopusError.

    When it cannot be read, those who waited for it are told so, and do not each try again.
    """
    snapshot = SnapshotFile(C.DEFAULT_LOCAL_TMP, connection.cache_key())
    if snapshot.exists:
        return snapshot

    def read() -> None:
        snapshot.ensure(lambda: _read(connection))

    _read_once(f"server {connection.cache_key()}", read)
    return snapshot


def with_lists(connection: Connection, snapshot: SnapshotFile, kinds: Iterable[ResourceType]) -> SnapshotFile:
    """Add to a snapshot all things of types that it was read without. Raises OctopusError."""
    for kind in kinds:

        def read(kind: ResourceType = kind) -> list[dict[str, Any]]:
            from .._server.reader import read_list

            held = snapshot.meta()
            return [each.as_json() for each in read_list(client_for(connection, space_id=held.space_id), kind, held)]

        listed = _read_once(f"{kind.path} {connection.cache_key()}", read)
        snapshot.add(kind, map(Named.from_json, listed), new_on(connection).get(kind.path, ()))
    return snapshot


def note_new(connection: Connection, new: Mapping[str, Iterable[Named]]) -> None:
    """Let all that look at a server in this run know what is new there, by the path of its type, whatever was read before.

    In check mode it is not there, and a name stands for its id.
    """
    book, topic = notebook(), f"{_NEW} {connection.cache_key()}"
    with book.locked(topic):
        told = book.rows(topic)
        book.write(topic, {path: [*told.get(path, ()), *(each.as_json() for each in things)] for path, things in new.items()})
    snapshot = SnapshotFile(C.DEFAULT_LOCAL_TMP, connection.cache_key())
    if snapshot.exists:
        snapshot.amend(new)


def new_on(connection: Connection) -> dict[str, list[Named]]:
    """Return what this run has made on a server, or would make, by the path of its type."""
    rows = notebook().rows(f"{_NEW} {connection.cache_key()}")
    return {path: [Named.from_json(each) for each in things] for path, things in rows.items()}


def _read_once(topic: str, read: Callable[[], Any]) -> Any:
    """Return what `read` returns, as JSON keeps it, called by whoever comes first. When it fails, those who wait are told so."""
    book = notebook()

    def made() -> dict[str, Any]:
        try:
            return {"read": read(), "failure": None}
        except OctopusError as error:
            return {"read": None, "failure": [str(error), error.option]}

    told = book.rows(topic)
    if not told or told["failure"]:
        book.once(topic, made, lasts=_FAILURE_SECONDS)
        told = book.rows(topic)
    if told["failure"]:
        raise OctopusError(*told["failure"])
    return told["read"]


def register_for(
    inputs: RegistrationInputs, snapshot: SnapshotFile, others: Callable[[], Collection[str]] | None, said: Mapping[str, Any]
) -> Register:
    """Return the use case of one registration. Its client is made when a request is needed. `others`: see `Register`.

    `said`: the options of `tentacle`, whose port the record follows unless another is said of the record.
    """
    snapshot = with_lists(inputs.connection, snapshot, inputs.registration.type.asked_for(inputs.registration.said))
    space_id, style = snapshot.meta().space_id, said.get("communication_style")
    port = inputs.registration.port or said.get("port")
    registration = replace(inputs.registration, port=port, polling=None if style is None else style == "polling")
    return Register(registration, snapshot, lambda: client_for(inputs.connection, space_id=space_id), others)


def server_told(snapshot: SnapshotFile) -> dict[str, str]:
    """Return what a result says of the server that was read."""
    held = snapshot.meta()
    return {"url": held.url, "version": held.server_version, "space": held.space_name, "thumbprint": held.thumbprint}


def source_of(action: OctopusAction, options: Mapping[str, Any], *, host: str) -> IdentitySource:
    """Build the source of an instance's identity from the options `identity_*` and `certificate*`. Raises CertificateError."""
    directory = options.get("identity_store")
    store = store_in(directory, options["identity_encryption"], action._loader) if directory else None
    supplied = None
    if options.get("certificate"):
        supplied = material_of(options["certificate"], options.get("certificate_password"))
    name = options.get("identity_name") or host
    return made_in(action, name, store, allow_ephemeral=options["identity_allow_ephemeral"], supplied=supplied)


def made_in(
    action: OctopusAction, name: str, store: IdentityStore | None, *, allow_ephemeral: bool, supplied: Material | None = None
) -> IdentitySource:
    """Return an identity of this name, which is made in the store where that may be."""
    sources = sources_of(action)
    ground = Ground(os.environ, allow_ephemeral, lambda directory: inventory_of(sources, directory))
    return IdentitySource(name, store, supplied, ground, lambda directory: warn_of_ignored(notebook(), directory))


def sources_of(action: OctopusAction) -> list[object]:
    """Return the sources of the run's inventory."""
    return list(action.task_vars["hostvars"]._inventory._sources)


def material_of(certificate: Secret, password: Secret | None) -> Material:
    """Read a certificate that the user supplies. Raises CertificateError."""
    require_cryptography()
    return read_pfx(certificate.reveal().encode(), password.reveal() if password else None)


def store_in(directory: str, encryption: str, loader: Any) -> IdentityStore:
    """Return the identity store in a folder. Raises CertificateError without the package that reads certificates."""
    require_cryptography()
    cipher = PlainCipher() if encryption == "none" else VaultCipher(loader)
    return IdentityStore(directory, cipher, once=once(notebook(), f"{directory} {encryption}"))


def host_of(action: OctopusAction, options: Mapping[str, Any], remote: Remote) -> Host:
    """Return the driver for the task's host: whatever the connection, its shell is one of Windows or it is not. Raises InputError."""
    shared: dict[str, Any] = {
        "run_module": remote.run_module,
        "jobs": remote,
        "copy_file": remote.copy_file,
        "start_timeout": options["start_timeout"],
        "tell": action.say,
    }
    if not remote.is_windows:
        return LinuxHost(**shared, install_timeout=options["install_timeout"])
    require_modules(options)
    if options["run_as"]:
        remote.become_on_windows(options["run_as"])
    return WindowsHost(**shared)


def _read(connection: Connection) -> Snapshot:
    from .._server.reader import read_snapshot

    held = read_snapshot(client_for(connection)).with_more(new_on(connection))
    counts = [(len(held.records.get(kind.path, ())), kind.words) for kind in MACHINES]
    machines = ", ".join(f"{count} {words}s" for count, words in counts if count) or "no machines"
    tell(f"Octopus Server {held.server_version} at {held.url}, space '{held.space_name}': {machines}")
    return held
