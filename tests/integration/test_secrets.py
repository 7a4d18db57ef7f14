"""No secret is found after any scenario, wherever one might look."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from tests.lab.fleet import DEFAULT_PACKAGE
from tests.lab.windows.msi import Package

from .host_variables import play_with
from .playing import Field, Run

STEPS_TO_THE_IMPORT = 10
"""Of a fresh bootstrap: the last is the import of the key, so that its PFX stays on the disk."""
_PASSWORD = re.compile(r'--pfx-password[ =]"?([^"\s]+)')
TENTACLES_OWN = "/.dotnet/corefx/cryptography/x509stores/"
"""Where .NET itself keeps what Tentacle decrypts, for the user who runs it (tentacle.md 2.4)."""
FAULTS = (("tentacle_exit_100", "import-certificate"), ("die_after_step", STEPS_TO_THE_IMPORT), ("service_does_not_start", True))


def spellings(secret: bytes) -> set[bytes]:
    """Return a secret as it is, and as UTF-16, JSON and base64 of each would write it."""
    plain = {secret}
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        pass
    else:
        plain |= {text.encode("utf-16-le"), text.encode("utf-16-be"), json.dumps(text)[1:-1].encode()}
    return plain | {each for form in plain for each in in_base64(form)}


def in_base64(data: bytes) -> Iterator[bytes]:
    """Return what of `data` is seen in base64, wherever it begins in a longer text; in UTF-16 too."""
    for shift in range(3):
        lead = -shift % 3
        inner = data[lead : lead + (len(data) - lead) // 3 * 3]
        encoded = base64.b64encode(inner)
        yield encoded
        yield encoded.decode().encode("utf-16-le")


def key_secrets(path: Path) -> Iterator[bytes]:
    """Return what of a private key must not be seen: its DER in the formats of the day, their PEM bodies by the line, its primes."""
    key = load_pem_private_key(path.read_bytes(), None)
    for kind in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        der = key.private_bytes(Encoding.DER, kind, NoEncryption())
        yield der[len(der) // 2 :][:24]
        lines = key.private_bytes(Encoding.PEM, kind, NoEncryption()).splitlines()
        yield lines[len(lines) // 2]
    prime = key.private_numbers().p  # type: ignore[union-attr]
    yield prime.to_bytes((prime.bit_length() + 7) // 8, "big")


def places(lab: Field, run: Run) -> dict[str, bytes]:
    """Return everything that somebody may look at, by where it is: not the inventory and not the store, which hold the secrets."""
    assert run.report
    found = {f"log {path}": path.read_bytes() for path in run.logs.rglob("*") if path.is_file()}
    found["output"] = run.output.encode()
    for name in lab.names:
        state = lab.hosts.host(name)
        found[f"event log of {name}"] = "\n".join(state["event_log"]).encode()
        found |= {
            f"{name}: {path}": path.encode() + b"\n" + base64.b64decode(file["content"] or "")
            for path, file in lab.hosts.files(name).items()
            if TENTACLES_OWN not in path
        }
    found["requests to the server"] = json.dumps(lab.server.requests()).encode()
    return found


def command_lines(lab: Field) -> dict[str, bytes]:
    """Return the command lines of all processes that ran on the hosts."""
    return {f"processes of {name}": "\n".join(lab.hosts.host(name)["processes"]).encode() for name in lab.names}


def sightings(secrets: Mapping[str, bytes], where: Mapping[str, bytes]) -> list[str]:
    """Return which secret is seen where."""
    return [
        f"{what} in {place}"
        for what, secret in secrets.items()
        for form in spellings(secret)
        for place, content in where.items()
        if form in content
    ]


@dataclass
class Scan:
    """A search that goes on from run to run: a wiped host has forgotten its processes, but their passwords are still secret."""

    lab: Field
    one_time: set[str] = member(default_factory=set)

    def play(self, *arguments: str) -> Run:
        """Run the playbook, in a pipeline's log too, then look for every secret everywhere.

        The one-time password of a PFX is on the command line of its import, and nowhere else.
        """
        run = self.lab.play(*arguments, environment={"OCTOBOOT_PIPELINE": "azure"})
        processes = command_lines(self.lab)
        self.one_time |= {password for content in processes.values() for password in _PASSWORD.findall(content.decode())}
        assert self.one_time
        where = places(self.lab, run)
        assert sightings(self.lasting(), where | processes) == []
        assert sightings({f"the one-time password {each[:4]}…": each.encode() for each in self.one_time}, where) == []
        return run

    def lasting(self) -> dict[str, bytes]:
        """Return the secrets that no run makes anew, by what they are."""
        keys = sorted((self.lab.lab.directory / "identities").glob("*.key"))
        assert len(keys) == len(self.lab.names)
        inventory = json.loads(self.lab.lab.inventory.read_text())["tentacles"]
        return {
            "the API key": inventory["vars"]["octopus_api_key"].encode(),
            **{f"the password of {name}": password.encode() for name, password in passwords(inventory)},
            **{f"the key {path.stem} ({number})": each for path in keys for number, each in enumerate(key_secrets(path))},
        }


def passwords(inventory: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the hosts that the lab's inventory has a password for, and these."""
    for group in inventory["children"].values():
        yield from ((name, host["ansible_password"]) for name, host in group["hosts"].items() if "ansible_password" in host)


def test_the_scan_sees_a_secret_however_it_is_written() -> None:
    for secret in (b"API-ABCDEFGHIJKLMNOPQRSTUVWXYZ", bytes(range(256))):
        for before in ("", "a", "ab", "abc"):
            longer = before.encode() + secret + b" and more"
            for written in (longer, base64.b64encode(longer), base64.b64encode(longer).decode().encode("utf-16-le")):
                assert sightings({"it": secret}, {"there": written}), (secret, before, written)
    assert sightings({"it": b"API-SECRET"}, {"there": base64.b64encode("xAPI-SECRETx".encode("utf-16-le"))})
    assert not sightings({"it": b"API-SECRET"}, {"there": b"API-SECRE"})


@pytest.mark.parametrize("options", [("-vvvvv",), ("-vvvvv", "-e", "octopus_debug=true")], ids=["verbose", "debug"])
def test_no_secret_is_found_after_good_runs_and_bad_ones(lab: Field, options: tuple[str, ...]) -> None:
    scan = Scan(lab)
    assert scan.play(*options).rc == 0
    for fault, value in FAULTS:
        lab.hosts.wipe("win01")
        lab.hosts.set_fault("win01", fault, value)
        assert scan.play("-l", "win01", *options).rc != 0
        lab.hosts.clear_faults("win01")
    assert scan.play(*options).rc == 0
    lab.hosts.wipe("win02")
    assert scan.play("--diff", *options).rc == 0


OLD = Package("9.1.3736")
IN_URLS = {
    "the password": b"S3cr3tWord",
    "the token": b"S1gn%2Bature",
    "the token as it is": b"S1gn+ature",
    "both as a header has them": base64.b64encode(b"deploy:S3cr3tWord"),
}


def with_credentials(url: str) -> str:
    """Return a URL with a password and a token in it."""
    return f"{url.replace('://', '://deploy:S3cr3tWord@', 1)}?sv=1&sig=S1gn%2Bature"


def test_the_credentials_of_urls_are_found_nowhere(lab: Field) -> None:
    """Of what win_package downloads on a new host, and win_get_url for an upgrade; and of what is no URL at all."""
    mirror = f"{lab.lab.downloads.url}/private/octopus"
    older, newer, nowhere = (with_credentials(f"{mirror}/{name}") for name in (OLD.file_name, DEFAULT_PACKAGE.file_name, "nowhere.msi"))
    old = {"tentacle_version": OLD.version, "tentacle_package_url": older, "tentacle_package_checksum": OLD.sha256}
    wrong = {"win01": {"tentacle_package_url": nowhere}, "win02": {"tentacle_port": nowhere}, "win03": {"octopus_machine_policy": nowhere}}
    upgraded = {"win01": {"tentacle_package_url": newer}}
    talkative = ("-vvvvv", "--diff")
    runs = [
        play_with(lab, own, *talkative, *limit) for own, *limit in (({"win01": old}, "-l", "win01"), (wrong,), (upgraded, "-l", "win01"))
    ]
    first, failed, well = runs
    assert (first.result("win01"), well.result("win01")) == ("created", "updated"), well.output
    for name in wrong:
        assert "://********@127.0.0.1:" in failed.reason(name)
    assert [sightings(IN_URLS, places(lab, run)) for run in runs] == [[], [], []]


def test_no_secret_is_found_on_linux_hosts_either(linux: Field) -> None:
    scan, options = Scan(linux), ("-vvvvv", "--diff")
    assert scan.play(*options).rc == 0
    for fault, value in (("tentacle_exit_100", "import-certificate"), ("die_before", "import-certificate"), ("agent_dies", True)):
        linux.hosts.wipe("lin02")
        linux.hosts.set_fault("lin02", fault, value)
        assert scan.play("-l", "lin02", *options).rc != 0
        # The one case in which a key stays on a disk: its machine was lost in the middle of the import.
        left = [path for path in linux.hosts.files("lin02") if path.endswith("identity.pfx")]
        assert len(left) == (fault == "die_before")
        linux.hosts.clear_faults("lin02")
    assert scan.play(*options).rc == 0
    assert not [path for path in linux.hosts.files("lin02") if path.endswith("identity.pfx")]
