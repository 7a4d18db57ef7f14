"""MSI packages of the lab, and msiexec (tentacle.md 7.4)."""

from __future__ import annotations

import hashlib
import json
import ntpath
import threading
import time
import uuid
from dataclasses import dataclass

from .host import DOTNET_48, DOTNET_KEY, WindowsHost

PRODUCT = "Octopus Deploy Tentacle"
LOCATION = "C:\\Program Files\\Octopus Deploy\\Tentacle\\"
SERVICE = "OctopusDeploy Tentacle"
_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
NEEDS_DOTNET = (
    "This application requires Microsoft .NET Framework 4.8 Runtime in order to run. "
    "Please install the .NET Framework and then run this installer again."
)

SUCCESS, INSTALL_FAILURE, NOT_INSTALLED, ANOTHER_INSTALLATION, BAD_PACKAGE, NO_LOG, REBOOT_REQUIRED = 0, 1603, 1605, 1618, 1620, 1622, 3010


@dataclass(frozen=True)
class Package:
    """What an MSI installs. `needs_dotnet`: a net48 build."""

    version: str
    needs_dotnet: bool = True

    @property
    def file_name(self) -> str:
        return f"Octopus.Tentacle.{self.version}{'-x64' if self.needs_dotnet else '-net8.0-windows-win-x64'}.msi"

    @property
    def product_id(self) -> str:
        """The ProductCode: another one for every build."""
        return "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, self.file_name)).upper() + "}"

    def to_bytes(self) -> bytes:
        return _MAGIC + json.dumps({"product": PRODUCT, "version": self.version, "needs_dotnet": self.needs_dotnet}).encode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, data: bytes) -> Package:
        """Read a package. Raises ValueError for what is none."""
        if not data.startswith(_MAGIC):
            raise ValueError("This installation package could not be opened.")
        content = json.loads(data[len(_MAGIC) :])
        return cls(content["version"], content["needs_dotnet"])


PACKAGES = (Package("9.1.3736"), Package("9.2.4285"), Package("9.2.4304"), Package("9.2.4285", needs_dotnet=False))


def is_installed(host: WindowsHost, data: bytes) -> bool:
    """Tell whether this very package is installed: by its product code."""
    return Package.from_bytes(data).product_id in host.products


def install(host: WindowsHost, data: bytes, *, command: str, seconds: float, log_path: str | None) -> int:
    """Run msiexec by its command line; return its exit code. `seconds` is how long a real installation would take."""
    host.processes.append(command)
    if log_path and not host.files.is_dir(ntpath.dirname(log_path)):
        return NO_LOG
    answers = host.faults.get("msi_rc") or []
    wanted = int(answers.pop(0)) if answers else SUCCESS
    if wanted not in (SUCCESS, REBOOT_REQUIRED):
        _log(host, log_path, f"Product: {PRODUCT} -- Installation failed. Exit code {wanted}.")
        return wanted
    if not host.msi_mutex.acquire(blocking=False):
        return ANOTHER_INSTALLATION
    try:
        return _install(host, Package.from_bytes(data), seconds, log_path) or wanted
    except ValueError:
        return BAD_PACKAGE
    finally:
        host.msi_mutex.release()


def uninstall(host: WindowsHost, product_id: str, *, command: str) -> int:
    """Run msiexec to remove a product; return its exit code. Services, configuration and C:\\Octopus stay (tentacle.md 7.4)."""
    host.processes.append(command)
    if product_id not in host.products:
        return NOT_INSTALLED
    if not host.msi_mutex.acquire(blocking=False):
        return ANOTHER_INSTALLATION
    try:
        executable = f"{LOCATION}Tentacle.exe"
        del host.products[product_id]
        del host.executables[executable.lower()]
        host.files.delete(executable)
        return SUCCESS
    finally:
        host.msi_mutex.release()


def hold_installer(host: WindowsHost, seconds: float) -> None:
    """Let another installer be at work on the host for a while."""

    def hold() -> None:
        with host.msi_mutex:
            time.sleep(seconds)

    threading.Thread(target=hold, daemon=True).start()


def _install(host: WindowsHost, package: Package, seconds: float, log_path: str | None) -> int:
    release = int(host.registry.get(DOTNET_KEY.lower(), {}).get("Release", 0))
    if package.needs_dotnet and release < DOTNET_48:
        _log(host, log_path, f"Product: {PRODUCT} -- {NEEDS_DOTNET}")
        return INSTALL_FAILURE
    if host.faults.get("disk_full"):
        return INSTALL_FAILURE
    sid = host.sid
    if SERVICE in host.services.names():
        host.services.stop(SERVICE)
        host.services.wait(SERVICE, "Stopped", 60)
    held = list(host.running)
    time.sleep(seconds)
    if host.sid != sid:  # destroyed meanwhile
        return INSTALL_FAILURE
    executable = f"{LOCATION}Tentacle.exe"
    host.files.make_dirs(LOCATION)
    host.files.write(executable, b"MZ" + package.version.encode())
    host.executables[executable.lower()] = package.version
    host.registry.setdefault("software\\octopus\\tentacle", {})["InstallLocation"] = LOCATION
    for product_id in [known for known, product in host.products.items() if product["name"] == PRODUCT]:
        del host.products[product_id]
    host.products[package.product_id] = {"name": PRODUCT, "version": package.version}
    _log(host, log_path, f"Product: {PRODUCT} -- Installation completed successfully.")
    return REBOOT_REQUIRED if held else SUCCESS


def _log(host: WindowsHost, path: str | None, line: str) -> None:
    if path:
        host.files.write(path, f"=== Logging started ===\r\nMSI (s): {line}\r\n".encode("utf-16"))
