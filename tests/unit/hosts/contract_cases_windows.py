"""The batches of steps that Windows alone has."""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import keep, optional

from tests.lab.windows.host import MALLORY
from tests.unit.hosts.contract_cases import DONE, ERROR, Case, Ending, Starting, error, process, unknown, value

ADMINISTRATORS = "S-1-5-32-544"
OWNERS = ["S-1-5-18", "S-1-5-32-544"]
CLOSED = [
    {"sid": "S-1-5-18", "rights": 2032127, "allow": True, "inherited": False},
    {"sid": "S-1-5-32-544", "rights": 2032127, "allow": True, "inherited": False},
    {"sid": "S-1-5-32-545", "rights": 1179817, "allow": True, "inherited": False},
]
A_FILE = {"name": "a.config", "content": "", "owner": ADMINISTRATORS, "owner_name": ANY}
NOTHING: dict[str, Any] = {"exists": False, "folder": False, "owner": None}
HERS = Ending("\\mallory")


def access(**members: Any) -> dict[str, Any]:
    """Return the outcome of a look at a folder: the administrators' own and empty, but for what is given."""
    plain = {"exists": True, "folder": True, "link": False, "owner": "S-1-5-32-544", "protected": False, "rules": [], "holds": []}
    return value({**plain, "owner_name": ANY, "above": ANY, **members})


ARGUMENTS = ("<service_password>", "", "a b", "\\<service_password>\\", "ä")
DATES = ("2024-01-02T03:04:05", "2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05+02:00", "/Date(1700000000000)/", "2024-01-02")


def rules(*ports: str) -> dict[str, Any]:
    """Return the outcome of a look at the firewall: rules that let everybody in, one for each of the ports."""
    more = {"enabled": True, "inbound": True, "allow": True, "protocol": 6, "profiles": 2147483647, "remote_addresses": "*"}
    return value({"problem": None, "rules": [{"ports": port, **more} for port in ports]})


NO_SERVICE = error("The specified service does not exist as an installed service")

WINDOWS_CASES = (
    Case(
        "registry",
        lambda place: [
            keep(do.registry("SOFTWARE\\Octopus\\Tentacle", "InstallLocation"), {"location": None}, default="C:\\"),
            do.registry("SOFTWARE\\Octopus\\Tentacle", "Nothing"),
            do.registry("SOFTWARE\\Nothing", "InstallLocation"),
        ],
        [value("D:\\Tentacle\\"), DONE, DONE],
    ),
    Case(
        "products",
        lambda place: [do.products("Octopus Deploy Tentacle"), do.products("Another")],
        [value([{"product_id": "{id}", "version": "9.2.4285"}]), value([])],
    ),
    Case("a path", lambda place: [do.path("%NO_SUCH_VARIABLE%\\x")], [value("%NO_SUCH_VARIABLE%\\x")]),
    Case(
        "the environment of a process",
        lambda place: [
            do.windows_run("/bin/sh", ["-c", "printenv PASSWORD"], 9, {"PASSWORD": "<service_password>"}),
            do.windows_query("/bin/sh", ["-c", "echo [$PASSWORD]"], 9),
            do.windows_query("/bin/sh", ["-c", "exit 0"], 9, {"A": "<nobody>"}),
        ],
        [process(stdout="two  words\n"), process(stdout="[]\n"), error("the step names <nobody>, which no earlier step kept")],
        secrets={"service_password": "two  words"},
    ),
    Case(
        "what a word stands for stays one argument, whatever is in it",
        lambda place: [
            do.windows_run("/bin/sh", ["-c", 'printf "[%s]" "$@"', "sh", *ARGUMENTS], 9),
        ],
        [process(stdout='[x" y\\" \\][][a b][\\x" y\\" \\\\][ä]')],
        secrets={"service_password": 'x" y\\" \\'},
    ),
    Case(
        "a program that is not there",
        lambda place: [optional(do.windows_query("/no/such/program", [], 9)), do.windows_run("/no/such/program", [], 9)],
        [ERROR, ERROR],
    ),
    Case(
        "files of a folder: none, one, two",
        lambda place: [
            do.files(place.path("none"), "*"),
            do.windows_directory(place.path("some"), ["SYSTEM"], [], OWNERS),
            do.files(place.path("some"), "*"),
            do.write(place.path("some", "a.config"), ""),
            do.files(place.path("some"), "*"),
            do.files(place.path("some"), "*.txt"),
        ],
        [
            value([]),
            DONE,
            value([]),
            DONE,
            value([A_FILE]),
            value([]),
        ],
    ),
    Case(
        "access: what was set is what is there",
        lambda place: [
            do.windows_access(place.path("closed")),
            do.windows_directory(place.path("closed"), ["LocalSystem", "S-1-5-32-544"], ["S-1-5-32-545"], OWNERS),
            do.windows_access(place.path("closed")),
            optional(do.windows_directory(place.path("refused"), ["GONE\\user"], [], OWNERS)),
            do.exists(place.path("refused")),
        ],
        [access(**NOTHING), DONE, access(protected=True, rules=CLOSED), unknown("GONE\\user"), value(False)],
    ),
    Case(
        "a folder that is there is taken, when one owns it who may",
        lambda place: [
            optional(do.windows_directory(place.path("squatted home"), ["SYSTEM"], [], OWNERS)),
            do.windows_access(place.path("squatted home")),
            do.windows_directory(place.path("squatted home"), ["SYSTEM", "S-1-5-32-544"], ["S-1-5-32-545"], [*OWNERS, MALLORY]),
            do.windows_access(place.path("squatted home")),
        ],
        [
            {"error": HERS},
            access(owner=MALLORY, rules=ANY, holds=["hers.txt"]),
            DONE,
            access(protected=True, rules=CLOSED, holds=["hers.txt"]),
        ],
    ),
    Case(
        "what has another owner or another access makes room when it is asked to, and what is as it should be stays",
        lambda place: [
            optional(do.windows_directory(place.path("squatted state"), ["SYSTEM"], [], OWNERS)),
            do.windows_directory(place.path("squatted state"), ["SYSTEM"], [], OWNERS, aside=True),
            do.exists(place.path("squatted state.1", "hers.txt")),
            do.write(place.path("squatted state", "ours.txt"), ""),
            do.windows_directory(place.path("squatted state"), ["SYSTEM"], [], OWNERS, aside=True),
            do.exists(place.path("squatted state", "ours.txt")),
            do.windows_directory(place.path("squatted state"), ["SYSTEM", "S-1-5-32-544"], ["S-1-5-32-545"], OWNERS, aside=True),
            do.exists(place.path("squatted state.2", "ours.txt")),
            do.windows_access(place.path("squatted state")),
        ],
        [{"error": HERS}, DONE, value(True), DONE, DONE, value(True), DONE, value(True), access(protected=True, rules=CLOSED)],
    ),
    Case(
        "a link, a file and a folder that nobody may look at are not taken",
        lambda place: [
            do.windows_access(place.path("link")),
            optional(do.windows_directory(place.path("link"), ["SYSTEM"], [], OWNERS)),
            optional(do.windows_directory(place.path("closed to all"), ["SYSTEM"], [], OWNERS)),
            do.windows_access(place.path("closed to all")),
            do.write(place.path("a file"), ""),
            optional(do.windows_directory(place.path("a file"), ["SYSTEM"], [], OWNERS)),
            do.windows_directory(place.path("a file"), ["SYSTEM"], [], OWNERS, aside=True),
            do.windows_access(place.path("a file")),
        ],
        [
            access(link=True, owner=None),
            error("it is a link to another place"),
            error("nobody may read who owns it"),
            access(owner=None),
            DONE,
            error("it is a file"),
            DONE,
            access(protected=True, rules=CLOSED[:1]),
        ],
    ),
    Case(
        "whose the folders above are, and which of them is a link",
        lambda place: [do.windows_access(place.path("squatted state.1", "inner")), do.windows_access(place.path("link", "no", "inner"))],
        [
            access(
                exists=False, folder=False, owner=None, above=Starting({"path": ANY, "link": False, "owner": MALLORY, "owner_name": HERS})
            ),
            access(**NOTHING, above=Starting({"path": ANY, "link": True, "owner": None, "owner_name": None})),
        ],
    ),
    Case(
        "accounts that have a SID, however they are written",
        lambda place: [
            *(do.sid(name) for name in ("LocalSystem", "localsystem", ".\\LocalSystem", "SYSTEM", "NT AUTHORITY\\SYSTEM", "S-1-5-18")),
            *(do.sid(name) for name in ("NT AUTHORITY\\LocalService", "nt authority\\local service", "LocalService")),
            *(do.sid(name) for name in ("NT AUTHORITY\\NetworkService", "NT AUTHORITY\\NETWORK SERVICE", "Network Service")),
            *(do.sid(name) for name in ("BUILTIN\\Administrators", "Administrators", "builtin\\users", "S-1-5-21-1-2-3-500")),
        ],
        [
            *[value("S-1-5-18")] * 6,
            *[value("S-1-5-19")] * 3,
            *[value("S-1-5-20")] * 3,
            *(value(sid) for sid in ("S-1-5-32-544", "S-1-5-32-544", "S-1-5-32-545", "S-1-5-21-1-2-3-500")),
        ],
    ),
    Case(
        "a local user is found with and without the machine, another one not at all",
        lambda place: [
            keep(do.sid("vagrant"), {"bare": None}),
            keep(do.sid(".\\vagrant"), {"dotted": None}),
            place.run("test -n '<bare>' && test '<bare>' = '<dotted>'"),
            optional(do.sid(".\\nobody")),
            optional(do.sid("GONE\\user")),
            do.sid("S-1-x"),
        ],
        [
            value(ANY),
            value(ANY),
            process(),
            *[error(f"this machine knows no account named '{name}'") for name in (".\\nobody", "GONE\\user", "S-1-x")],
        ],
    ),
    Case(
        "services, and whose they are",
        lambda place: [do.services("OctopusDeploy Tentacle%"), do.services("Nothing%")],
        [
            value(
                [
                    {
                        "name": f"OctopusDeploy Tentacle{name}",
                        "state": "Stopped",
                        "start_mode": "Auto",
                        "account": account,
                        "sid": sid,
                        "command_line": '"C:\\x.exe" run',
                    }
                    for name, account, sid in (("", ".\\vagrant", ANY), (": two", "LocalSystem", "S-1-5-18"), (": x", "GONE\\user", None))
                ]
            ),
            value([]),
        ],
    ),
    Case(
        "the firewall",
        lambda place: [
            do.firewall("Rule"),
            do.set_firewall("Rule", "Why", 10933),
            do.set_firewall("Rule", "Why", 10934),
            do.firewall("Rule"),
            do.remove_firewall("Rule"),
            do.remove_firewall("Rule"),
            do.firewall("Rule"),
        ],
        [
            *(rules(), DONE, DONE),
            rules("10934"),
            *(DONE, DONE, rules()),
        ],
    ),
    Case(
        "several rules of one name are seen as several, and go as one",
        lambda place: [do.firewall("Twice"), do.set_firewall("Twice", "Why", 2), do.firewall("Twice"), do.remove_firewall("Twice")],
        [rules("1", "1"), DONE, rules("2"), DONE],
    ),
    Case(
        "a firewall that cannot be asked",
        lambda place: [do.firewall("off"), do.exists(place.folder)],
        [value({"problem": "There are no more endpoints available. (0x800706D9)", "rules": []}), value(True)],
    ),
    Case(
        "a text that looks like a date stays a text",
        lambda place: [do.windows_run("/bin/sh", ["-c", 'printf "%s," "$@"', "sh", *DATES], 9), *(do.path(date) for date in DATES)],
        [process(stdout="".join(f"{date}," for date in DATES)), *map(value, DATES)],
    ),
    Case(
        "services that are stopped, and that are not there",
        lambda place: [
            do.stop("OctopusDeploy Tentacle", 5),
            optional(do.stop("nothing", 5)),
            optional(do.steady("OctopusDeploy Tentacle", 5)),
            optional(do.steady("nothing", 5)),
            do.start("nothing", 5),
        ],
        [DONE, NO_SERVICE, error("the service 'OctopusDeploy Tentacle' is Stopped, and does not run"), NO_SERVICE, NO_SERVICE],
    ),
)

POWERSHELL_CASES = (
    Case(
        "a folder that somebody else makes in the same moment is not taken for ours, and nothing of ours is left",
        lambda place: [
            optional(do.windows_directory(place.path("raced"), ["SYSTEM"], [], OWNERS)),
            place.query(f"cd {place.folder} && echo raced*"),
        ],
        [ERROR, process(stdout="raced\n")],
    ),
    Case(
        "a file system without access lists is no place for a key",
        lambda place: [do.windows_directory(place.path("without access lists"), ["SYSTEM"], [], OWNERS)],
        [error("it did not keep the access that it was given")],
    ),
    Case("a service that comes up", lambda place: [do.start("starting", 5), do.stop("starting", 5)], [DONE, DONE]),
    Case("a service that goes on running", lambda place: [do.steady("steady", 1)], [DONE]),
    Case(
        "a service that runs for a moment",
        lambda place: [do.steady("failing", 30)],
        [error("the service 'failing' is Stopped, and does not run")],
    ),
    Case(
        "a service that dies as it starts",
        lambda place: [do.start("dying", 30)],
        [error("the service 'dying' is Stopped after 0 seconds, not Running")],
    ),
)
