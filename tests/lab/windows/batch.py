"""What batch.ps1 of the collection does, step by step, on a virtual host. It is held to the same contract by the same test."""

from __future__ import annotations

import base64
import fnmatch
import itertools
import json
import ntpath
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from ..machine import ServiceError, User
from .disk import ADMINISTRATORS, FULL_CONTROL, READ_AND_EXECUTE, Rule
from .host import FirewallRule, WindowsHost
from .schannel import NoCertificate, thumbprint_by_schannel

Step = Mapping[str, Any]

_NO_FIREWALL = "There are no more endpoints available."

_LIMIT = 200_000
_SAID = 1000
"""How much of a text (characters) or of a file (bytes) comes back; of a text's file four bytes for each."""

_WORD = re.compile(r"<([a-z_]+)>")
_SID = re.compile(r"S-1(-\d+)+")
_AUTHORITY = re.compile(r"^nt authority\\|^\.\\(?=localsystem$)")
_WELL_KNOWN = {"localsystem": "S-1-5-18", "system": "S-1-5-18", "localservice": "S-1-5-19", "networkservice": "S-1-5-20"}
_NEWLINE = re.compile(r"\r\n|\r|\n")
_VARIABLE = re.compile(r"%([^%]+)%")


class StepError(Exception):
    """The step failed, with what PowerShell would say."""


class Batch:
    """One run of the script on one host."""

    def __init__(self, host: WindowsHost, user: User, secrets: Mapping[str, str], *, check_mode: bool) -> None:
        self.host = host
        self.user = user
        self.check_mode = check_mode
        self.kept: dict[str, str] = {"lt": "<", "empty": "", **secrets}

    def run(self, steps: list[Step]) -> str:
        """Carry out the steps; return the JSON text that the script leaves as its result."""
        failed = False
        results: list[dict[str, Any]] = []
        for step in steps:
            if failed and not step.get("always"):
                results.append({"skipped": True})
                continue
            well = False
            try:
                value = self._step(step)
                self._keep(step, value)
                well = step["do"] != "run" or value["rc"] == 0
                results.append({"value": value})
            except (StepError, ServiceError, ValueError) as error:
                results.append({"error": str(error)})
            except OSError as error:
                results.append({"error": _dotnet(error)})
            failed = failed or not (well or step.get("optional"))
        return json.dumps(results, separators=(",", ":"))

    def _step(self, step: Step) -> Any:
        name = step.get("do", "")
        if name in _READERS:
            return _READERS[name](self, self._expand(step))
        if name not in _WRITERS:
            raise StepError(f"there is no step '{name}'")
        if self.check_mode:
            raise StepError(f"the step '{name}' writes, and this is check mode")
        value = _WRITERS[name](self, self._expand(step))
        self.host.count_step()
        return value

    def _keep(self, step: Step, value: Any) -> None:
        for word, member in (step.get("keep") or {}).items():
            meant = value if member is None else (value or {}).get(member)
            self.kept[word] = step.get("default", "") if meant is None else str(meant)

    def _expand(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._expanded(value)
        if isinstance(value, list):
            return [self._expand(item) for item in value]
        return {key: self._expand(item) for key, item in value.items()} if isinstance(value, dict) else value

    def _expanded(self, text: str) -> str:
        def word(match: re.Match[str]) -> str:
            if match.group(1) not in self.kept:
                raise StepError(f"the step names <{match.group(1)}>, which no earlier step kept")
            return self.kept[match.group(1)]

        return _WORD.sub(word, text)

    # Readers

    def _registry(self, step: Step) -> str | None:
        return self.host.registry.get(step["key"].lower(), {}).get(step["name"])

    def _products(self, step: Step) -> list[dict[str, str]]:
        return [
            {"product_id": product_id, "version": product["version"]}
            for product_id, product in self.host.products.items()
            if product["name"] == step["name"]
        ]

    def _path(self, step: Step) -> str:
        environment = {name.lower(): value for name, value in self.host.environment().items()}
        return _VARIABLE.sub(lambda match: environment.get(match.group(1).lower(), match.group(0)), step["path"])

    def _file(self, step: Step) -> str | None:
        path = step["path"]
        if not self.host.files.exists(path) or self.host.files.is_dir(path):
            return None
        return self._content(path)

    def _content(self, path: str) -> str:
        return base64.b64encode(self.host.files.read(path)[-_LIMIT:]).decode()

    def _tail(self, step: Step) -> str | None:
        path = step["path"]
        if not self.host.files.exists(path) or self.host.files.is_dir(path):
            return None
        encoding = "utf-16-le" if step.get("encoding") == "utf-16" else "utf-8"
        text = self.host.files.read(path)[-4 * _LIMIT :].decode(encoding, "replace").lstrip("\ufeff")
        lines = _NEWLINE.split(text)
        if not lines[-1]:
            lines.pop()
        return "\n".join(lines[max(len(lines) - step["lines"], 0) :])[-_LIMIT:]

    def _exists(self, step: Step) -> bool:
        return self.host.files.exists(step["path"])

    def _files(self, step: Step) -> list[dict[str, Any]]:
        path = step["path"]
        if not self.host.files.is_dir(path):
            return []
        names = [name for name in self.host.files.list_dir(path) if fnmatch.fnmatch(name.lower(), step["pattern"].lower())]
        full = {name: ntpath.join(path, name) for name in names}
        return [
            {"name": name, "content": self._content(where), **self._whose(where)}
            for name, where in full.items()
            if not self.host.files.is_dir(where)
        ]

    def _settings(self, step: Step) -> dict[str, Any]:
        nothing: dict[str, Any] = {"there": False, "damage": None, "values": {}}
        if not self.host.files.exists(step["path"]):
            return nothing
        try:
            root = ElementTree.fromstring(self.host.files.read(step["path"]))
        except ElementTree.ParseError as error:
            return {**nothing, "there": True, "damage": f"it is not XML: {error}"}
        if root.tag != "octopus-settings":
            return {**nothing, "there": True, "damage": f"it holds <{root.tag}> in place of <octopus-settings>"}
        stored = {entry.get("key", "").lower(): entry.text or "" for entry in root.iter("set")}
        values = {key: stored[key.lower()] for key in step["keys"] if stored.get(key.lower(), "").strip()}
        return {**nothing, "there": True, "values": values}

    def _access(self, step: Step) -> dict[str, Any]:
        files, path = self.host.files, step["path"]
        owned = self._owned(path)
        protected, rules = files.access(path) if owned and owned["owner"] else (False, [])
        listed = [{"sid": rule.sid, "rights": rule.rights, "allow": rule.allow, "inherited": inherited} for rule, inherited in rules]
        folder = bool(owned) and files.is_dir(path)
        holds = files.list_dir(path)[:4] if folder and not files.is_link(path) else []
        nothing: dict[str, Any] = {"link": False, "owner": None, "owner_name": None}
        about = {"exists": bool(owned), "folder": folder, "protected": protected, "rules": listed, "holds": holds}
        above = [{"path": folder, **found} for folder in _above(path) if (found := self._owned(folder))]
        return {**(owned or nothing), **about, "above": above}

    def _owned(self, path: str) -> dict[str, Any] | None:
        """Return whether what is there is a link, and whose it is."""
        if not self.host.files.exists(path):
            return None
        return {"link": self.host.files.is_link(path), **self._whose(path)}

    def _whose(self, path: str) -> dict[str, Any]:
        node = self.host.files.node(path)
        owner = None if node.unreadable or node.link is not None else node.owner
        return {"owner": owner, "owner_name": owner and self.host.account_name(owner)}

    def _sid(self, step: Step) -> str:
        return self._resolve(step["account"])

    def _services(self, step: Step) -> list[dict[str, str | None]]:
        pattern = step["name"].replace("%", "*").lower()
        found = [self.host.services.query(name) for name in self.host.services.names() if fnmatch.fnmatchcase(name.lower(), pattern)]
        return [
            {
                "name": service.name,
                "state": service.state,
                "start_mode": service.start_mode,
                "account": service.account,
                "sid": self._sid_of(service.account),
                "command_line": service.command_line,
            }
            for service in found
        ]

    def _sid_of(self, account: str) -> str | None:
        try:
            return self._resolve(account)
        except StepError:
            return None

    def _certificate(self, step: Step) -> str:
        address = self.host.address if step["address"] == "127.0.0.1" else step["address"]
        until = time.monotonic() + step["wait"]
        while True:
            try:
                thumbprint = thumbprint_by_schannel(address, step["port"])
                if not step.get("expect") or thumbprint == step["expect"]:
                    return thumbprint
                problem = f"the port presents the certificate {thumbprint}"
            except NoCertificate as error:
                problem = str(error)
            if time.monotonic() >= until:
                raise StepError(problem)
            time.sleep(0.1)

    def _steady(self, step: Step) -> None:
        self._known(step["name"])
        until = time.monotonic() + step["seconds"]
        while True:
            state = self.host.services.query(step["name"]).state.replace(" ", "")
            if state != "Running":
                raise StepError(f"the service '{step['name']}' is {state}, and does not run")
            if time.monotonic() >= until:
                return
            time.sleep(0.1)

    def _firewall(self, step: Step) -> dict[str, Any]:
        if self._firewall_is_off(step["name"]):
            return {"problem": f"{_NO_FIREWALL} (0x800706D9)", "rules": []}
        more = {"inbound": True, "allow": True, "protocol": 6, "profiles": 2147483647, "remote_addresses": "*"}
        return {"problem": None, "rules": [{"enabled": rule.enabled, "ports": rule.ports, **more} for rule in self._rules(step["name"])]}

    def _firewall_is_off(self, name: str) -> bool:
        """Tell whether the firewall cannot be asked: at all, or (the fault is a name) for this rule."""
        return self.host.faults.get("firewall_off") in (True, name)

    def _rules(self, name: str) -> list[FirewallRule]:
        return [rule for rule in self.host.firewall if rule.name.lower() == name.lower()]

    def _process(self, step: Step) -> dict[str, Any]:
        environment = step.get("environment") or {}
        started = time.monotonic()
        try:
            arguments = subprocess.list2cmdline(step["arguments"])
            result = self.host.execute(step["file"], arguments, environment, self.user, step["timeout"])
        except FileNotFoundError as error:
            raise StepError("The system cannot find the file specified") from error
        except TimeoutError as error:
            words = str(error).strip()[-_SAID:]
            had_said = f"; it had said: {words}" if words else ""
            raise StepError(f"the process did not end within {step['timeout']} seconds and was killed{had_said}") from error
        seconds = round(time.monotonic() - started, 3)
        return {"rc": result.rc, "stdout": result.stdout[-_LIMIT:], "stderr": result.stderr[-_LIMIT:], "seconds": seconds}

    # Writers

    def _directory(self, step: Step) -> None:
        files, path = self.host.files, step["path"]
        full = [Rule(self._resolve(account), FULL_CONTROL) for account in step["full"]]
        readers = [Rule(self._resolve(account), READ_AND_EXECUTE) for account in step["readers"]]
        rules = (*full, *readers)
        objection = self._objection(path, step["owners"])
        there = files.exists(path)
        if there and step.get("aside") and (objection or files.access(path) != (True, [(rule, False) for rule in rules])):
            number = next(number for number in itertools.count(1) if not files.exists(f"{path}.{number}"))
            files.rename(path, f"{path}.{number}")
            there, objection = False, None
        if objection:
            raise StepError(objection)
        if there:
            files.protect(path, rules, ADMINISTRATORS)
        else:
            files.make_dirs(path, rules=rules)

    def _objection(self, path: str, owners: list[str]) -> str | None:
        """Return why a folder that is there is not taken."""
        owned = self._owned(path)
        if owned is None:
            return None
        if owned["link"]:
            return "it is a link to another place"
        if not self.host.files.is_dir(path):
            return "it is a file"
        if owned["owner"] is None:
            return "nobody may read who owns it"
        return None if owned["owner"] in owners else f"it belongs to {owned['owner_name']}"

    def _write(self, step: Step) -> None:
        self.host.files.write(step["path"], base64.b64decode("".join(step["content"].split()), validate=True))

    def _move(self, step: Step) -> None:
        source, target = step["path"], step["target"]
        data = self.host.files.read(source)
        self.host.files.write(target, data)
        self.host.files.delete(source)

    def _set_aside(self, step: Step) -> str | None:
        files, free, number = self.host.files, step["target"], 0
        if not files.exists(step["path"]):
            return None
        while files.exists(free):
            number += 1
            free = f"{step['target']}.{number}"
        files.write(free, files.read(step["path"]))
        files.delete(step["path"])
        return str(free)

    def _remove(self, step: Step) -> None:
        if self.host.files.exists(step["path"]):
            self.host.files.delete(step["path"])

    def _start(self, step: Step) -> None:
        self._known(step["name"])
        if self.host.services.query(step["name"]).state == "Stop Pending":
            self._wait(step, "Stopped")
        self.host.services.start(step["name"])
        self._wait(step, "Running")

    def _stop(self, step: Step) -> None:
        self._known(step["name"])
        self.host.services.stop(step["name"])
        self._wait(step, "Stopped")

    def _wait(self, step: Step, state: str) -> None:
        started = time.monotonic()
        try:
            found = self.host.services.wait(step["name"], state, step["timeout"]).state.replace(" ", "")
        except KeyError:  # it was marked for deletion, and has stopped
            found = state
        if found != state:
            seconds = round(time.monotonic() - started)
            raise StepError(f"the service '{step['name']}' is {found} after {seconds} seconds, not {state}")

    def _known(self, name: str) -> None:
        if name.lower() not in (known.lower() for known in self.host.services.names()):
            raise StepError("The specified service does not exist as an installed service")

    def _set_firewall(self, step: Step) -> None:
        self._remove_firewall(step)
        self.host.firewall.append(FirewallRule(step["name"], str(step["port"])))

    def _remove_firewall(self, step: Step) -> None:
        if self._firewall_is_off(step["name"]):
            raise StepError(_NO_FIREWALL)
        for rule in self._rules(step["name"]):
            self.host.firewall.remove(rule)

    def _resolve(self, account: str) -> str:
        if _SID.fullmatch(account):
            return account
        plain = _AUTHORITY.sub("", account.lower()).replace(" ", "")
        if plain in _WELL_KNOWN:
            return _WELL_KNOWN[plain]
        try:
            return self.host.account_sid(re.sub(r"^\.(?=\\)", lambda _: self.host.hostname, account))
        except KeyError:
            raise StepError(f"this machine knows no account named '{account}'") from None


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, from the inmost outwards."""
    while (parent := ntpath.dirname(path)) not in (path, ""):
        yield parent
        path = parent


def _dotnet(error: OSError) -> str:
    path = f" '{error.filename}'" if error.filename else ""
    return f"{error.strerror or error}" if error.errno == 28 else f"{error.strerror or error}{path}."


_READERS: dict[str, Callable[[Batch, Step], Any]] = {
    "registry": Batch._registry,
    "products": Batch._products,
    "path": Batch._path,
    "file": Batch._file,
    "tail": Batch._tail,
    "exists": Batch._exists,
    "files": Batch._files,
    "access": Batch._access,
    "sid": Batch._sid,
    "services": Batch._services,
    "certificate": Batch._certificate,
    "steady": Batch._steady,
    "firewall": Batch._firewall,
    "query": Batch._process,
    "settings": Batch._settings,
}
_WRITERS: dict[str, Callable[[Batch, Step], Any]] = {
    "run": Batch._process,
    "directory": Batch._directory,
    "write": Batch._write,
    "move": Batch._move,
    "set_aside": Batch._set_aside,
    "remove": Batch._remove,
    "start": Batch._start,
    "stop": Batch._stop,
    "set_firewall": Batch._set_firewall,
    "remove_firewall": Batch._remove_firewall,
}
