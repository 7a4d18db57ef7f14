"""What batch.ps1 of the collection does, step by step, on a virtual host."""

from __future__ import annotations

import base64
import fnmatch
import json
import ntpath
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..halibut import HandshakeError, thumbprint_at
from ..machine import ServiceError, User
from .disk import FULL_CONTROL, READ_AND_EXECUTE, Rule
from .host import FirewallRule, WindowsHost

Step = Mapping[str, Any]

_WORD = re.compile(r"<([a-z_]+)>")
_VARIABLE = re.compile(r"%([^%]+)%")


class StepError(Exception):
    """The step failed, with what PowerShell would say."""


class Batch:
    """One run of the script on one host."""

    def __init__(self, host: WindowsHost, user: User, secrets: Mapping[str, str], *, check_mode: bool) -> None:
        self.host = host
        self.user = user
        self.check_mode = check_mode
        self.kept: dict[str, Any] = {"pfx": "", "pfx_password": "", "service_password": "", **secrets}

    def run(self, steps: list[Step]) -> str:
        """Carry out the steps; return the JSON text that the script leaves as its result."""
        failed = False
        results: list[dict[str, Any]] = []
        for step in steps:
            if failed and not step.get("always"):
                results.append({"skipped": True})
                continue
            try:
                value = self._step(step)
            except (StepError, ServiceError) as error:
                failed = failed or not step.get("optional")
                results.append({"error": str(error)})
                continue
            except OSError as error:
                failed = failed or not step.get("optional")
                results.append({"error": _dotnet(error)})
                continue
            if step.get("keep"):
                self.kept[step["keep"]] = step.get("default") if value is None else value
            if step["do"] == "run" and value["rc"] != 0:
                failed = True
            results.append({"value": value})
        return json.dumps(results, separators=(",", ":"))

    def _step(self, step: Step) -> Any:
        reader = _READERS.get(step["do"])
        if reader is not None:
            return reader(self, step)
        if self.check_mode:
            raise StepError(f"the step '{step['do']}' writes, and this is check mode")
        writer = _WRITERS.get(step["do"])
        if writer is None:
            raise StepError(f"there is no step '{step['do']}'")
        value = writer(self, step)
        self.host.count_step()
        return value

    def expand(self, text: str) -> str:
        def word(match: re.Match[str]) -> str:
            if match.group(1) not in self.kept:
                raise StepError(f"the step names <{match.group(1)}>, which no earlier step kept")
            return str(self.kept[match.group(1)])

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
        path = self.expand(step["path"])
        if not self.host.files.exists(path) or self.host.files.is_dir(path):
            return None
        return base64.b64encode(self.host.files.read(path)).decode()

    def _tail(self, step: Step) -> str | None:
        path = self.expand(step["path"])
        if not self.host.files.exists(path):
            return None
        return "\n".join(self.host.files.read(path).decode("utf-8-sig", "replace").splitlines()[-step["lines"] :])

    def _exists(self, step: Step) -> bool:
        return self.host.files.exists(self.expand(step["path"]))

    def _files(self, step: Step) -> list[dict[str, str]]:
        path = self.expand(step["path"])
        if not self.host.files.is_dir(path):
            return []
        names = [name for name in self.host.files.list_dir(path) if fnmatch.fnmatch(name.lower(), step["filter"].lower())]
        full = {name: ntpath.join(path, name) for name in names}
        return [
            {"name": name, "content": base64.b64encode(self.host.files.read(where)).decode()}
            for name, where in full.items()
            if not self.host.files.is_dir(where)
        ]

    def _access(self, step: Step) -> dict[str, Any] | None:
        path = self.expand(step["path"])
        if not self.host.files.is_dir(path):
            return None
        protected, rules = self.host.files.access(path)
        listed = [{"sid": rule.sid, "rights": rule.rights, "allow": rule.allow, "inherited": inherited} for rule, inherited in rules]
        return {"protected": protected, "rules": listed}

    def _sid(self, step: Step) -> str:
        return self._resolve(step["account"])

    def _services(self, step: Step) -> list[dict[str, str]]:
        pattern = step["name"].replace("%", "*").lower()
        found = [self.host.services.query(name) for name in self.host.services.names() if fnmatch.fnmatchcase(name.lower(), pattern)]
        return [
            {
                "name": service.name,
                "state": service.state,
                "start_mode": service.start_mode,
                "account": service.account,
                "command_line": service.command_line,
            }
            for service in found
        ]

    def _certificate(self, step: Step) -> str:
        address = self.host.address if step["address"] == "127.0.0.1" else step["address"]
        until = time.monotonic() + step["wait"]
        while True:
            try:
                thumbprint = thumbprint_at(address, step["port"])
                if not step.get("expect") or thumbprint == step["expect"]:
                    return thumbprint
                problem = f"the port presents the certificate {thumbprint}"
            except HandshakeError:
                problem = f"No connection could be made because the target machine actively refused it {address}:{step['port']}"
            if time.monotonic() >= until:
                raise StepError(problem)
            time.sleep(0.1)

    def _firewall(self, step: Step) -> dict[str, Any] | None:
        rule = self.host.firewall.get(step["name"].lower())
        if rule is None:
            return None
        return {
            "enabled": rule.enabled,
            "inbound": True,
            "allow": True,
            "protocol": 6,
            "ports": rule.ports,
            "profiles": 2147483647,
            "remote_addresses": "*",
        }

    def _process(self, step: Step) -> dict[str, Any]:
        environment = {name: self.expand(value) for name, value in (step.get("environment") or {}).items()}
        started = time.monotonic()
        try:
            result = self.host.execute(self.expand(step["file"]), self.expand(step["arguments"]), environment, self.user)
        except FileNotFoundError as error:
            raise StepError("The system cannot find the file specified") from error
        seconds = round(time.monotonic() - started, 3)
        return {"rc": result.rc, "stdout": result.stdout, "stderr": result.stderr, "seconds": seconds}

    # Writers

    def _directory(self, step: Step) -> None:
        path = self.expand(step["path"])
        self.host.files.make_dirs(path)
        if step.get("full"):
            full = [Rule(self._resolve(account), FULL_CONTROL) for account in step["full"]]
            readers = [Rule(self._resolve(account), READ_AND_EXECUTE) for account in step.get("readers") or ()]
            self.host.files.protect(path, (*full, *readers))

    def _write(self, step: Step) -> None:
        self.host.files.write(self.expand(step["path"]), base64.b64decode(self.expand(step["content"])))

    def _move(self, step: Step) -> None:
        source, target = self.expand(step["path"]), self.expand(step["target"])
        data = self.host.files.read(source)
        self.host.files.write(target, data)
        self.host.files.delete(source)

    def _remove(self, step: Step) -> None:
        path = self.expand(step["path"])
        if self.host.files.exists(path):
            self.host.files.delete(path)
        elif not self.host.files.is_dir(ntpath.dirname(path)):
            raise FileNotFoundError(path)

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
        try:
            found = self.host.services.wait(step["name"], state, step["timeout"]).state.replace(" ", "")
        except KeyError:  # it was marked for deletion, and has stopped
            found = state
        if found != state:
            raise StepError(f"the service '{step['name']}' is {found} after {step['timeout']} seconds, not {state}")

    def _known(self, name: str) -> None:
        if name.lower() not in (known.lower() for known in self.host.services.names()):
            raise StepError(f"Service {name} was not found on computer '.'.")

    def _set_firewall(self, step: Step) -> None:
        self.host.firewall[step["name"].lower()] = FirewallRule(step["name"], str(step["port"]))

    def _remove_firewall(self, step: Step) -> None:
        self.host.firewall.pop(step["name"].lower(), None)

    def _resolve(self, account: str) -> str:
        if account.startswith("S-1-"):
            return account
        try:
            return self.host.account_sid(account)
        except KeyError:
            raise StepError(f"this machine knows no account named '{account}'") from None


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
    "firewall": Batch._firewall,
    "query": Batch._process,
}
_WRITERS: dict[str, Callable[[Batch, Step], Any]] = {
    "run": Batch._process,
    "directory": Batch._directory,
    "write": Batch._write,
    "move": Batch._move,
    "remove": Batch._remove,
    "start": Batch._start,
    "stop": Batch._stop,
    "set_firewall": Batch._set_firewall,
    "remove_firewall": Batch._remove_firewall,
}
