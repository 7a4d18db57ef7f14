"""Small batches, and what the contract says comes of them at any place."""

from __future__ import annotations

import base64
import getpass
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest.mock import ANY

from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.contract import LIMIT
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import Step, always, keep, literal, optional

from tests.unit.hosts.places import Place

Outcomes = list[dict[str, Any]]
ERROR = {"error": ANY}
ME = getpass.getuser()
NO_FOLDER: dict[str, Any] = {"is_folder": True, "link": None, "exposed": None, "closed": []}
DONE = {"value": None}
SKIPPED = {"skipped": True}


@dataclass(frozen=True, eq=False)
class Ending:
    """What equals any text with this end."""

    end: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.endswith(self.end)


@dataclass(frozen=True, eq=False)
class Starting:
    """What equals any list that starts with this."""

    first: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and bool(other) and bool(other[0] == self.first)


class _Words:
    """Equals any text that is not empty."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other != ""

    __hash__ = object.__hash__


ANY_TEXT = {"value": _Words()}
DAMAGED = {"value": {"there": True, "damage": _Words(), "values": {}}}
STORED = (
    "\ufeff<?xml version='1.0' encoding='utf-8'?>\r\n"
    '<octopus-settings xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\r\n'
    '  <set key="OCTOPUS.home">C:\\Grüße &amp; &lt;mehr&gt;</set>\r\n  <set key="Octopus.Empty" />\r\n'
    '  <set key="Tentacle.Certificate">secret</set>\r\n</octopus-settings>'
)


@dataclass(frozen=True, eq=False)
class Below:
    """What equals any number below this."""

    limit: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and other < self.limit


def encoded(content: bytes | str) -> str:
    """Return content as steps carry it."""
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def error(text: str) -> dict[str, Any]:
    """Return the outcome of a step that failed."""
    return {"error": text}


def unknown(account: str) -> dict[str, Any]:
    """Return the outcome of a step that names an account that is not there."""
    return error(f"this machine knows no account named '{account}'")


def value(what: Any) -> dict[str, Any]:
    """Return the outcome of a step that went well."""
    return {"value": what}


def process(rc: int = 0, stdout: str = "", stderr: str = "") -> dict[str, Any]:
    """Return the outcome of a process."""
    return {"value": {"rc": rc, "stdout": stdout, "stderr": stderr, "seconds": ANY}}


@dataclass(frozen=True)
class Case:
    """Steps, and what comes of them at any place."""

    name: str
    steps: Callable[[Place], Sequence[Step]]
    outcomes: Outcomes
    secrets: dict[str, str] = field(default_factory=dict)
    check: bool = False


def failing(place: Place) -> Step:
    """Return a step that fails anywhere."""
    return do.move(place.path("nothing"), place.path("nowhere"))


CASES = (
    Case("no steps", lambda place: [], []),
    Case("an optional step may fail", lambda place: [optional(failing(place)), do.exists(place.folder)], [ERROR, value(True)]),
    Case(
        "after a failure what must always happen happens, and nothing else",
        lambda place: [failing(place), do.exists(place.folder), optional(do.exists(place.folder)), always(do.exists(place.folder))],
        [ERROR, SKIPPED, SKIPPED, value(True)],
    ),
    Case(
        "what must always happen may fail too",
        lambda place: [always(failing(place)), do.exists(place.folder), always(failing(place)), always(do.exists(place.folder))],
        [ERROR, SKIPPED, ERROR, value(True)],
    ),
    Case(
        "a command fails by its exit code",
        lambda place: [place.run("echo out; echo err >&2; exit 3"), do.exists(place.folder), always(place.run("exit 0"))],
        [process(3, "out\n", "err\n"), SKIPPED, process()],
    ),
    Case(
        "an optional command may fail by its exit code",
        lambda place: [optional(place.run("exit 3")), do.exists(place.folder)],
        [process(3), value(True)],
    ),
    Case("a question has no wrong answer", lambda place: [place.query("exit 3"), do.exists(place.folder)], [process(3), value(True)]),
    Case(
        "a command that must always run fails by its exit code too",
        lambda place: [always(place.run("exit 3")), do.exists(place.folder)],
        [process(3), SKIPPED],
    ),
    Case("an unknown step", lambda place: [{"do": "dance"}, failing(place)], [error("there is no step 'dance'"), SKIPPED]),
    Case(
        "an optional unknown step, and none at all",
        lambda place: [{"do": "dance", "optional": True}, {"path": "x"}],
        [error("there is no step 'dance'"), error("there is no step ''")],
    ),
    Case(
        "check mode",
        lambda place: [
            optional(do.write(place.path("checked"), "")),
            optional(place.run("exit 0")),
            optional({"do": "dance"}),
            place.query("exit 0"),
            do.exists(place.path("checked")),
        ],
        [
            error("the step 'write' writes, and this is check mode"),
            error("the step 'run' writes, and this is check mode"),
            error("there is no step 'dance'"),
            process(),
            value(False),
        ],
        check=True,
    ),
    Case(
        "a value is kept",
        lambda place: [
            do.write(place.path("one"), encoded("text")),
            keep(do.file(place.path("one")), {"content": None}),
            do.write(place.path("two"), "<content>"),
            do.file(place.path("two")),
        ],
        [DONE, value(encoded("text")), DONE, value(encoded("text"))],
    ),
    Case(
        "what is null is kept as the default, or as nothing",
        lambda place: [
            keep(do.file(place.path("nothing")), {"one": None, "two": None}, default="instead"),
            keep(do.file(place.path("nothing")), {"three": None}),
            place.run("echo '<one>,<two>,<three>'"),
        ],
        [DONE, DONE, process(stdout="instead,instead,\n")],
    ),
    Case(
        "members of a value are kept, what it lacks as nothing",
        lambda place: [
            keep(place.run("printf said; printf told >&2"), {"out": "stdout", "err": "stderr", "more": "no_such_member"}),
            keep(do.file(place.path("nothing")), {"none": "member"}, default="d"),
            place.run("echo '<out>,<err>,<more>,<none>'"),
        ],
        [process(0, "said", "told"), DONE, process(stdout="said,told,,d\n")],
    ),
    Case(
        "a step that failed keeps nothing, one that failed by its exit code does",
        lambda place: [
            optional(keep(place.run("printf x; exit 1"), {"out": "stdout"})),
            place.run("echo '<out>'"),
            optional(keep(do.certificate("127.0.0.1", 9, wait=0), {"seen": None}, default="d")),
            do.exists("<seen>"),
        ],
        [process(1, "x"), process(stdout="x\n"), ERROR, error("the step names <seen>, which no earlier step kept")],
    ),
    Case(
        "a word that nobody kept",
        lambda place: [optional(place.run("echo '<nobody>'")), do.exists("<Nobody1> is no word"), do.exists("<no_body>")],
        [error("the step names <nobody>, which no earlier step kept"), value(False), ANY],
    ),
    Case(
        "secrets are words, those that are not given are none",
        lambda place: [do.write(place.path("secret"), "<pfx>"), do.file(place.path("secret")), place.run("echo '<pfx_password>'")],
        [DONE, value("c2VjcmV0"), error("the step names <pfx_password>, which no earlier step kept")],
        secrets={"pfx": "c2VjcmV0"},
    ),
    Case(
        "an empty secret, and one with signs that shells know",
        lambda place: [do.write(place.path("empty"), "<pfx>"), do.file(place.path("empty")), do.exists(place.path("<service_password>"))],
        [DONE, value(""), value(False)],
        secrets={"pfx": "", "service_password": "$1 `x` $(id) ${a}"},
    ),
    Case(
        "text that is sent literally names no word",
        lambda place: [place.run(f"printf %s '{literal('<pfx> <lt> <')}<empty>'"), do.exists(place.path(literal("<nobody>")))],
        [process(stdout="<pfx> <lt> <"), value(False)],
        secrets={"pfx": "secret"},
    ),
    Case(
        "what a word stands for is not searched for words",
        lambda place: [keep(place.run(r"printf '\074pfx\076'"), {"said": "stdout"}), place.run("printf %s '<said>'")],
        [process(stdout="<pfx>"), process(stdout="<pfx>")],
        secrets={"pfx": "secret"},
    ),
    Case(
        "steps without a result",
        lambda place: [
            do.write(place.path("a"), encoded("a")),
            do.write(place.path("b"), encoded("b")),
            do.move(place.path("a"), place.path("b")),
            do.file(place.path("b")),
            do.remove(place.path("b")),
            do.remove(place.path("b")),
            do.remove(place.path("no such folder", "b")),
            do.exists(place.path("b")),
        ],
        [DONE, DONE, DONE, value(encoded("a")), DONE, DONE, DONE, value(False)],
    ),
    Case(
        "what cannot be moved replaces nothing",
        lambda place: [
            do.write(place.path("kept"), ""),
            optional(do.move(place.path("gone"), place.path("kept"))),
            do.file(place.path("kept")),
        ],
        [DONE, ERROR, value("")],
    ),
    Case(
        "what is set aside replaces nothing",
        lambda place: [
            do.set_aside(place.path("nothing"), place.path("aside")),
            do.write(place.path("first"), encoded("1")),
            do.set_aside(place.path("first"), place.path("aside")),
            do.write(place.path("second"), encoded("2")),
            keep(do.set_aside(place.path("second"), place.path("aside")), {"name": None}),
            do.write(place.path("third"), encoded("3")),
            do.set_aside(place.path("third"), place.path("aside")),
            do.file(place.path("aside")),
            do.file("<name>"),
            do.file(place.path("aside.2")),
            do.exists(place.path("second")),
        ],
        [DONE, DONE, ANY_TEXT, DONE, ANY_TEXT, DONE, ANY_TEXT, *(value(encoded(text)) for text in "123"), value(False)],
    ),
    Case(
        "the settings of a configuration",
        lambda place: [
            do.settings(place.path("nothing"), ["Octopus.Home"]),
            do.write(place.path("config"), encoded(STORED)),
            do.settings(place.path("config"), ["Octopus.Home", "octopus.EMPTY", "Octopus.None"]),
        ],
        [
            value({"there": False, "damage": None, "values": {}}),
            DONE,
            value({"there": True, "damage": None, "values": {"Octopus.Home": "C:\\Grüße & <mehr>"}}),
        ],
    ),
    Case(
        "what is no configuration",
        lambda place: [
            step
            for content in ("", STORED[:-9], "<octopus-settings>", "no XML", "<other />")
            for step in (do.write(place.path("config"), encoded(content)), do.settings(place.path("config"), ["Octopus.Home"]))
        ],
        [DONE, DAMAGED] * 5,
    ),
    Case(
        "files that are not there, empty, or not base64",
        lambda place: [
            do.file(place.path("nothing")),
            do.tail(place.path("nothing"), 3),
            do.write(place.path("empty"), ""),
            do.file(place.path("empty")),
            do.tail(place.path("empty"), 3),
            do.write(place.path("empty"), "@@"),
        ],
        [DONE, DONE, DONE, value(""), value(""), ERROR],
    ),
    Case(
        "the last lines of a text",
        lambda place: [
            do.write(place.path("log"), encoded("\ufeffone\r\ntwo ä\n\u2028three\n\n")),
            do.tail(place.path("log"), 3),
            do.tail(place.path("log"), 40),
            do.write(place.path("log"), encoded(b"a\xff\xffb\rc")),
            do.tail(place.path("log"), 2),
            do.tail(place.path("log"), 0),
        ],
        [DONE, value("two ä\n\u2028three\n"), value("one\ntwo ä\n\u2028three\n"), DONE, value("a\ufffd\ufffdb\nc"), value("")],
    ),
    Case(
        "the last lines of an installer's log",
        lambda place: [
            do.write(place.path("msi"), encoded("\ufeffone\r\nzwölf 😀\r\nthree\r\n".encode("utf-16-le"))),
            do.tail(place.path("msi"), 2, encoding="utf-16"),
            do.tail(place.path("msi"), 9, "utf-16"),
        ],
        [DONE, value("zwölf 😀\nthree"), value("one\nzwölf 😀\nthree")],
    ),
    Case(
        "what comes back is bounded",
        lambda place: [
            place.run(f"head -c {LIMIT} /dev/zero | tr '\\0' o; printf END; head -c {LIMIT} /dev/zero | tr '\\0' e >&2; printf END >&2"),
            do.write(place.path("big"), encoded("x" * LIMIT + "ENDE")),
            do.file(place.path("big")),
            do.tail(place.path("big"), 1),
            do.write(place.path("big"), encoded("ä" * (3 * LIMIT) + "ENDE")),
            do.tail(place.path("big"), 1),
            do.write(place.path("big"), encoded(("ä" * (3 * LIMIT) + "ENDE").encode("utf-16-le"))),
            do.tail(place.path("big"), 1, "utf-16"),
        ],
        [
            process(0, "o" * (LIMIT - 3) + "END", "e" * (LIMIT - 3) + "END"),
            DONE,
            value(encoded("x" * (LIMIT - 4) + "ENDE")),
            value("x" * (LIMIT - 4) + "ENDE"),
            DONE,
            value("ä" * (LIMIT - 4) + "ENDE"),
            DONE,
            value("ä" * (LIMIT - 4) + "ENDE"),
        ],
    ),
)

LINUX_CASES = (
    Case(
        "the files of a folder",
        lambda place: [
            do.contents(place.path("no such folder"), "*"),
            do.write(place.path("one.listed"), encoded("1")),
            do.write(place.path("two.listed"), ""),
            do.contents(place.folder, "*.listed"),
        ],
        [value([]), DONE, DONE, value([{"name": "one.listed", "content": encoded("1")}, {"name": "two.listed", "content": ""}])],
    ),
    Case(
        "words in a list, and in a list of paths",
        lambda place: [
            keep(do.instances(place.path("nothing"), "x"), {"owner": "owner", "configuration": "configuration"}),
            do.linux_access([place.path("nothing"), "<configuration>"]),
            do.account("<owner>"),
            do.linux_access(["<nobody>"]),
        ],
        [
            value({"files": [], "configuration": None, "owner": "root"}),
            value([]),
            value({"home": "/root", "home_exists": True, "home_owned": True, "closed_store": None}),
            error("the step names <nobody>, which no earlier step kept"),
        ],
    ),
    Case(
        "a folder that is made, looked at, filled and given away",
        lambda place: [
            do.linux_folder(place.path("new"), ME, ["mark"]),
            do.linux_directory(place.path("new", "inner"), ME, mode="0711", content=["x"]),
            do.write(place.path("new", "inner", "mark"), "", mode="0644", owner=ME),
            do.linux_folder(place.path("new", "inner"), ME, ["mark"]),
            do.own(place.path("new", "inner"), ME, files="mark"),
            do.linux_access([place.path("new", "inner", "mark"), place.path("new", "inner")]),
        ],
        [
            value({**NO_FOLDER, "exists": False, "owner": "", "holds": [], "marked": False}),
            DONE,
            DONE,
            value({**NO_FOLDER, "exists": True, "owner": ME, "holds": ["mark"], "marked": True}),
            DONE,
            value([{"path": ANY, "owner": ME, "mode": 0o600}, {"path": ANY, "owner": ME, "mode": 0o700}]),
        ],
    ),
    Case(
        "what was set aside, and copies of a certificate that nobody has",
        lambda place: [
            *(do.write(place.path(name), "") for name in ("gone", "gone.1", "gone.12", "gone.x", "gone.1x")),
            do.remove(place.path("gone"), numbered=True),
            do.linux_access([place.path(name) for name in ("gone", "gone.1", "gone.12")]),
            do.exists(place.path("gone.x")),
            do.exists(place.path("gone.1x")),
            do.forget(["0" * 40], users=["root", "nobody-of-this-name"], keeper=ME),
            do.forget(["../x"]),
        ],
        [*[DONE] * 6, value([]), value(True), value(True), DONE, error("'../x' is no thumbprint")],
    ),
    Case(
        "a program with a folder of its own",
        lambda place: [do.linux_run("/bin/sh", ["-c", 'test -d "$X" && ls -A "$X"'], 20, user=ME, scratch=["X"])],
        [process()],
    ),
    Case(
        "what a step lacks is named, and others go on",
        lambda place: [optional({"do": "exists"}), optional({"do": "tail", "path": place.folder, "lines": 1}), do.exists(place.folder)],
        [error("KeyError: 'path'"), ERROR, value(True)],
    ),
)


def certificate_cases(port: int, thumbprint: str) -> list[Case]:
    """Return what a port that presents this certificate answers."""
    ask = partial(do.certificate, "127.0.0.1", port, wait=0)
    wrong = error(f"the port presents the certificate {thumbprint}")
    return [
        Case("a certificate", lambda place: [ask(), ask(expect=thumbprint)], [value(thumbprint)] * 2),
        Case("another certificate", lambda place: [optional(ask(expect="A" * 40)), do.exists(place.folder)], [wrong, value(True)]),
    ]


# Flow: any list of steps that go well or fail, in every combination of marks.
MARKS = list(itertools.product(("well", "fails", "exits 0", "exits 3"), (False, True), (False, True)))


def flow(place: Place, chosen: Sequence[tuple[str, bool, bool]]) -> list[Step]:
    """Return steps that go as chosen: how each ends, and whether it is optional and always carried out."""
    steps = {
        "well": do.exists(place.folder),
        "fails": failing(place),
        "exits 0": place.run("exit 0"),
        "exits 3": place.run("exit 3"),
    }
    marked = [(steps[how], may_fail, must) for how, may_fail, must in chosen]
    marked = [(optional(step) if may_fail else step, may_fail, must) for step, may_fail, must in marked]
    return [always(step) if must else step for step, _may_fail, must in marked]


def meant(chosen: Sequence[tuple[str, bool, bool]]) -> Outcomes:
    """Return what the contract says of such steps."""
    told = {"well": value(True), "fails": ERROR, "exits 0": process(), "exits 3": process(3)}
    failed, outcomes = False, []
    for how, may_fail, must in chosen:
        outcomes.append(SKIPPED if failed and not must else told[how])
        failed = failed or (how in ("fails", "exits 3") and not may_fail)
    return outcomes


def flows() -> Iterator[Case]:
    """Return 40 lists of steps, the same ones each time."""
    chance = random.Random(8)
    for number in range(40):
        chosen = [chance.choice(MARKS) for _ in range(chance.randint(2, 6))]
        yield Case(f"flow {number}", lambda place, chosen=chosen: flow(place, chosen), meant(chosen))  # type: ignore[misc]
