"""What is read from every recorded answer of the commands that the collection calls, and from the files that they wrote (tests/real)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.answers import (
    find_instance,
    last_words,
    read_configuration,
    read_settings,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import PolledServer, Polling
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Instance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.trust import (
    NEW_SUBSCRIPTION,
    TrustPlan,
    plan_trust,
    subscription_of,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version

from tests.unit.core.instances import OURS
from tests.unit.real.recordings import RELEASE, Line, recorded

LINUX, WINDOWS = recorded("tentacle-linux"), recorded("tentacle-windows")
INDEX = "/etc/octopus/Tentacle/Instances/"
CALLED = {
    "version", "show-configuration", "create-instance", "import-certificate", "configure", "server-comms", "service", "delete-instance",
}  # fmt: skip
UNPARSABLE = "Unable to parse configuration key 'Octopus.Home' as a 'String'. Value was ''."
NO_PASSWORD = "The certificate data cannot be read with the provided password, the password may be incorrect"
NO_KEY = (
    "Unable to load X509 Certificate file. The X509 certificate file you provided does not include the private key. Please make sure the "
    "private key is included in your X509 certificate file and try again"
)
EXCEPTIONS = {
    18: "An exception was thrown while activating Octopus.Tentacle.Configuration.WritableTentacleConfiguration -> "
    "Octopus.Tentacle.Configuration.HomeConfiguration. | An exception was thrown while invoking the constructor 'Void "
    ".ctor(Octopus.Tentacle.Configuration.Instances.IApplicationInstanceSelector)' on type 'HomeConfiguration'. | "
    "Instance web of Tentacle has not been configured on this machine. Available instances:",
    53: NO_PASSWORD,
    54: NO_PASSWORD,
    56: NO_PASSWORD,
    57: NO_KEY,
    58: NO_KEY,
    60: "ASN1 corrupted data. | The encoded length exceeds the number of bytes remaining in the input buffer",
    61: NO_KEY,
    82: "A valid thumbprint must be supplied",
    89: "An invalid IP address was specified. | Invalid argument",
    91: "An invalid IP address was specified. | Invalid argument",
    97: "The input string 'abc' was not in a correct format",
    98: "Missing required value for option '--port'",
    99: "Missing required value for option '--app'",
    102: "String '1' was not recognized as a valid Boolean",
    181: "Unable to parse configuration key 'Tentacle.Certificate' as a 'String'. | Padding is invalid and cannot be removed",
    191: f"{UNPARSABLE} | There is an error in XML document (0, 0). | Root element is missing",
    192: f"{UNPARSABLE} | There is an error in XML document (3, 41). | Unexpected end of file has occurred. The following elements are not "
    "closed: set, octopus-settings. Line 3, position 41",
    193: f"{UNPARSABLE} | There is an error in XML document (3, 41). | Unexpected end of file has occurred. The following elements are not "
    "closed: set, octopus-settings. Line 3, position 41",
    198: "Unexpected end when reading JSON. Path '', line 1, position 1",
    201: "An exception was thrown while activating Octopus.Tentacle.Configuration.WritableHomeConfiguration -> "
    "λ:Octopus.Tentacle.Configuration.IWritableKeyValueStore. | Unexpected end when reading JSON. Path '', line 1, position 1",
    202: "Could not load instance at path /etc/octopus/Tentacle/Instances/broken.config",
    205: "The X509 certificate could not be added to the store. | Access to the path '/nonexistent' is denied. | Permission denied",
    206: f"{UNPARSABLE} | Access to the path '/etc/octopus/web/tentacle-web.config' is denied. | Permission denied",
    208: f"{UNPARSABLE} | Access to the path '/etc/octopus/web/tentacle-web.config' is denied. | Permission denied",
}
"""What is said of the recorded exit codes 100 of a Linux host."""


def called(lines: tuple[Line, ...], *, failed: bool) -> list[Line]:
    return [line for line in lines if line.argv[0] in CALLED and (line.answer.rc != 0) == failed]


def with_frames(stderr: str) -> str:
    """Put stack frames in again, which the recorder left out, after the type of each exception."""
    lines = [
        f"{line}\r\n   at Octopus.Tentacle.X() in /y.cs:line 1\r\n" if line.endswith("Exception") else line for line in stderr.split("\n")
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("line", [line for line in called(LINUX, failed=True) if line.answer.rc == 100], ids=str)
def test_an_exception_is_told_with_what_caused_it(line: Line) -> None:
    assert last_words(line.answer.stderr, line.answer.stdout) == EXCEPTIONS[line.number]
    assert last_words(with_frames(line.answer.stderr), "") == EXCEPTIONS[line.number]


def test_windows_tells_an_exception_alike() -> None:
    (line,) = (line for line in WINDOWS if line.answer.rc == 100)
    assert last_words(line.answer.stderr, line.answer.stdout) == "The input string 'abc' was not in a correct format"


@pytest.mark.parametrize("line", [line for line in called((*LINUX, *WINDOWS), failed=True) if line.answer.rc == 1], ids=str)
def test_an_expected_failure_is_told_in_its_own_words(line: Line) -> None:
    assert last_words(line.answer.stderr, line.answer.stdout) == line.answer.stderr.strip().rstrip(". ")


@pytest.mark.parametrize("line", [line for line in (*LINUX, *WINDOWS) if line.argv == ["version"] and line.answer.rc == 0], ids=str)
def test_the_version_is_read(line: Line) -> None:
    assert Version.parse(str(line.answer.stdout)) == Version.parse(RELEASE)


def files_before(number: int) -> dict[str, str]:
    """Return the texts of the host's files as the lines before one left them."""
    found: dict[str, str] = {}
    for line in LINUX[: number - 1]:
        for path, file in (line.answer.files or {}).items():
            if file == "REMOVED":
                found.pop(path, None)
            elif "text" in file:
                found[path] = file["text"]
    return found


def indexed(number: int) -> Iterator[dict[str, str]]:
    """Yield the files of the index before a line, as a visit tells them."""
    for path, text in files_before(number).items():
        if path.startswith(INDEX):
            yield {"name": path.removeprefix(INDEX), "content": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("line", [line for line in LINUX if line.argv == ["list-instances", "--format=json"]], ids=str)
def test_the_index_is_read_as_tentacle_lists_it(line: Line) -> None:
    listed = {entry["InstanceName"]: entry["ConfigurationFilePath"] for entry in json.loads(line.answer.stdout)}
    files = list(indexed(line.number))
    assert len(files) == len(listed)
    for name, path in listed.items():
        found = find_instance(name, files, INDEX)
        assert (found.configuration_path, {*found.others}) == (path, listed.keys() - {name})


SHOWN = [line for line in called(LINUX, failed=False) if line.argv[0] == "show-configuration" and "--instance" in line.argv]


@pytest.mark.parametrize("line", SHOWN, ids=str)
def test_the_configuration_file_is_read_as_tentacle_shows_it(line: Line) -> None:
    path = find_instance(line.argv[2], list(indexed(line.number)), INDEX).configuration_path
    assert path is not None
    settings = {entry.get("key", ""): entry.text or "" for entry in ElementTree.fromstring(files_before(line.number)[path]).iter("set")}
    read = read_settings(settings, path=path, home="/default", application_directory="/home/Octopus/Applications")
    assert read == read_configuration(line.answer.stdout)


def test_the_recordings_hold_what_these_tests_are_about() -> None:
    assert len(SHOWN) > 10
    assert {line.argv[0] for line in called((*LINUX, *WINDOWS), failed=True)} == CALLED


def test_what_a_polling_tentacle_tells_is_read_and_an_address_more_or_less_is_planned() -> None:
    line = next(each for each in LINUX if each.argv[0] == "show-configuration" and each.answer.stdout.count('"poll://') > 1)
    now = read_configuration(line.answer.stdout)
    (server,) = {entry.thumbprint for entry in now.trusted if entry.polled and entry.address == "https://octo2:10943"}
    (subscription,) = {entry.subscription_id for entry in now.trusted if entry.polled}

    def planned(*addresses: str, implied: bool = False) -> TrustPlan:
        polling = Polling((PolledServer(server, addresses, implied=implied),))
        return plan_trust(Instance("two", "/etc/octopus/two", "/home/apps2", OURS, polling, trust=(server,)), now.trusted)

    kept = planned("https://octo2:10943", implied=True)
    assert (kept.remove, kept.add, kept.poll) == ((), (), ())
    more = planned("https://octo2:10943", "https://octo5:10943", implied=True)
    assert (more.remove, more.poll, subscription_of(server, more.after)) == ((), ((server, "https://octo5:10943"),), subscription)
    less = planned("https://octo2:10943")
    assert (less.remove, less.add, less.poll) == ((server,), (server,), ((server, "https://octo2:10943"),))
    assert subscription_of(server, less.after) == NEW_SUBSCRIPTION
    assert now.connections is None
    assert {
        read_configuration(each.answer.stdout).connections for each in LINUX if each.argv[0] == "show-configuration" and each.answer.rc == 0
    } == {None, 2}
