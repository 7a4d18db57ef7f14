"""The batches of steps that Windows alone has."""

from __future__ import annotations

from unittest.mock import ANY

from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import keep, optional

from tests.unit.hosts.contract_cases import DONE, ERROR, Case, error, process, unknown, value

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
            do.windows_run("/bin/sh", '-c "printenv PASSWORD"', 9, {"PASSWORD": "<service_password>"}),
            do.windows_query("/bin/sh", '-c "echo [$PASSWORD]"', 9),
            do.windows_query("/bin/sh", '-c "exit 0"', 9, {"A": "<nobody>"}),
        ],
        [process(stdout="two  words\n"), process(stdout="[]\n"), error("the step names <nobody>, which no earlier step kept")],
        secrets={"service_password": "two  words"},
    ),
    Case(
        "a program that is not there",
        lambda place: [optional(do.windows_query("/no/such/program", "", 9)), do.windows_run("/no/such/program", "", 9)],
        [ERROR, ERROR],
    ),
    Case(
        "files of a folder: none, one, two",
        lambda place: [
            do.files(place.path("none"), "*"),
            do.windows_directory(place.path("some"), ["SYSTEM"], []),
            do.files(place.path("some"), "*"),
            do.write(place.path("some", "a.config"), ""),
            do.files(place.path("some"), "*"),
            do.files(place.path("some"), "*.txt"),
        ],
        [value([]), DONE, value([]), DONE, value([{"name": "a.config", "content": ""}]), value([])],
    ),
    Case(
        "access: what was set is what is there",
        lambda place: [
            do.windows_access(place.path("closed")),
            do.windows_directory(place.path("closed"), ["LocalSystem", "S-1-5-32-544"], ["S-1-5-32-545"]),
            do.windows_access(place.path("closed")),
            optional(do.windows_directory(place.path("refused"), ["GONE\\user"], [])),
            do.exists(place.path("refused")),
        ],
        [
            DONE,
            DONE,
            value(
                {
                    "protected": True,
                    "rules": [
                        {"sid": "S-1-5-18", "rights": 2032127, "allow": True, "inherited": False},
                        {"sid": "S-1-5-32-544", "rights": 2032127, "allow": True, "inherited": False},
                        {"sid": "S-1-5-32-545", "rights": 1179817, "allow": True, "inherited": False},
                    ],
                }
            ),
            unknown("GONE\\user"),
            value(False),
        ],
    ),
    Case(
        "accounts that have a SID, however they are written",
        lambda place: [
            *(do.sid(name) for name in ("LocalSystem", "localsystem", ".\\LocalSystem", "SYSTEM", "NT AUTHORITY\\SYSTEM", "S-1-5-18")),
            *(do.sid(f"NT AUTHORITY\\{name}") for name in ("LocalService", "NetworkService")),
            do.sid("S-1-5-21-1-2-3-500"),
        ],
        [*[value("S-1-5-18")] * 6, value("S-1-5-19"), value("S-1-5-20"), value("S-1-5-21-1-2-3-500")],
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
            *(DONE, DONE, DONE),
            value(
                {
                    "enabled": True,
                    "inbound": True,
                    "allow": True,
                    "protocol": 6,
                    "ports": "10934",
                    "profiles": 2147483647,
                    "remote_addresses": "*",
                }
            ),
            *(DONE, DONE, DONE),
        ],
    ),
    Case(
        "services that are stopped, and that are not there",
        lambda place: [
            do.stop("OctopusDeploy Tentacle", 5),
            optional(do.stop("nothing", 5)),
            do.start("nothing", 5),
        ],
        [DONE, *[error("The specified service does not exist as an installed service")] * 2],
    ),
)

POWERSHELL_CASES = (
    Case("a service that comes up", lambda place: [do.start("starting", 5), do.stop("starting", 5)], [DONE, DONE]),
    Case(
        "a service that dies as it starts",
        lambda place: [do.start("dying", 30)],
        [error("the service 'dying' is Stopped after 0 seconds, not Running")],
    ),
)
