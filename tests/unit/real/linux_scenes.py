"""What was done between the lines of tentacle-linux.jsonl, and how its unusual lines are run: by the number of the line."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from typing import ClassVar

from tests.unit.real.linux_host import HERE, RecordedHost
from tests.unit.real.recordings import SIGNALLED, Answer, Line

CONFIG = "/etc/octopus/web/tentacle-web.config"
INDEX = "/etc/octopus/Tentacle/Instances"
MACHINE_KEY = "/etc/octopus/machinekey"
BROKEN, FOREIGN = f"{INDEX}/broken.config", f"{INDEX}/readme.txt"
_CUT_AFTER = '  <set key="Octopus.Home">/etc/octopus/w'


class Scenes:
    """The host through the whole recording."""

    def __init__(self, host: RecordedHost) -> None:
        self.host = host
        self._configuration = b""

    def prepare(self, number: int) -> None:
        """Do what was done before a line."""
        self._PREPARED.get(number, lambda _: None)(self)

    def play(self, line: Line) -> Answer:
        """Run a line as it was run."""
        return self._PLAYED.get(line.number, Scenes._as_root)(self, line)

    def _as_root(self, line: Line) -> Answer:
        return self.host.asked(line.argv)

    def _leave_folder_configuration(self) -> None:
        self.host.files.delete(f"{HERE}/Tentacle.config")

    def _become_another_machine(self) -> None:
        self.host.become_another_machine(CONFIG)
        self.host.files.delete(MACHINE_KEY)

    def _lose_machine_id(self) -> None:
        self.host.set_machine_id("")

    def _regain_machine_id(self) -> None:
        self.host.set_machine_id("0" * 32)

    def _empty_configuration(self) -> None:
        self._configuration = self.host.files.read(CONFIG)
        self.host.files.write(CONFIG, b"")

    def _cut_configuration(self) -> None:
        whole = self._configuration.decode("utf-8-sig")
        cut = whole[: whole.index(_CUT_AFTER) + len(_CUT_AFTER)]
        self.host.files.write(CONFIG, cut.encode("utf-8-sig"))

    def _delete_configuration(self) -> None:
        self.host.files.delete(CONFIG)

    def _break_index(self) -> None:
        self.host.files.write(CONFIG, self._configuration)
        self.host.files.write(BROKEN, b"{")

    def _empty_index_file(self) -> None:
        self.host.files.write(BROKEN, b"")

    def _put_foreign_file(self) -> None:
        self.host.files.delete(BROKEN)
        self.host.files.write(FOREIGN, b"x\n")

    def _mend_index(self) -> None:
        self.host.files.delete(FOREIGN)

    def _hide_configuration(self) -> None:
        self.host.path(CONFIG).chmod(0o600)

    def _show_configuration(self) -> None:
        self.host.path(CONFIG).chmod(0o644)
        self.host.files.make_dirs("/tmp/h")
        self.host.path("/tmp/h").chmod(0o777)

    def _hide_home(self) -> None:
        self.host.path(CONFIG).parent.chmod(0o700)

    def _show_home(self) -> None:
        self.host.path(CONFIG).parent.chmod(0o755)
        shutil.rmtree(self.host.path("/tmp/h"))

    def _signalled(self, line: Line) -> Answer:
        """Run an agent until a signal comes; look at its port when the recorder did."""
        with self.host.agent(line.argv) as answers:
            if line.probe:
                self.probed = self.host.probed(10940)
        (answer,) = answers
        return Answer(SIGNALLED, answer.stdout, answer.stderr, answer.files)

    def _first_on_another_machine(self, line: Line) -> Answer:
        """Run a line that makes the machine's key: again when that key by chance opens the certificate, as one in 256 does."""
        answer = self.host.asked(line.argv)
        while answer.stderr.count("Padding is invalid") < 2:
            self.host.files.delete(MACHINE_KEY)
            answer = self.host.asked(line.argv)
        return answer

    def _port_taken(self, line: Line) -> Answer:
        with socket.create_server((self.host.bind_address(None), 10940)):
            return self.host.asked(line.argv)

    def _while_another_runs(self, line: Line) -> Answer:
        with self.host.agent(["run", "--instance", "web", "--noninteractive"]):
            return self.host.asked(line.argv)

    def _as_nobody(self, line: Line) -> Answer:
        with self.host.as_nobody("/tmp/h" if "HOME=/tmp/h" in line.note else "/nonexistent"):
            return self._unseen(self.host.asked(line.argv))

    def _without_home(self, line: Line) -> Answer:
        self.host.variables.pop("HOME")
        try:
            return self.host.asked(line.argv)
        finally:
            self.host.variables["HOME"] = "/root"

    def _without_temporary_folder(self, line: Line) -> Answer:
        return self.host.asked(line.argv, TMPDIR="/gone")

    def _in_c_locale(self, line: Line) -> Answer:
        return self.host.asked(line.argv, LC_ALL="C", LANG="C")

    @staticmethod
    def _unseen(answer: Answer) -> Answer:
        """Leave the files out, as the recorder did for another account."""
        return Answer(answer.rc, answer.stdout, answer.stderr)

    _PREPARED: ClassVar[dict[int, Callable[[Scenes], None]]] = {
        39: _leave_folder_configuration,
        181: _become_another_machine,
        188: _lose_machine_id,
        190: _regain_machine_id,
        191: _empty_configuration,
        192: _cut_configuration,
        194: _delete_configuration,
        198: _break_index,
        202: _empty_index_file,
        204: _put_foreign_file,
        205: _mend_index,
        206: _hide_configuration,
        209: _show_configuration,
        210: _hide_home,
        211: _show_home,
    }
    _PLAYED: ClassVar[dict[int, Callable[[Scenes, Line], Answer]]] = {
        155: _signalled,
        156: _signalled,
        159: _port_taken,
        160: _while_another_runs,
        161: _while_another_runs,
        162: _signalled,
        181: _first_on_another_machine,
        **dict.fromkeys(range(205, 211), _as_nobody),
        211: _without_home,
        212: _without_home,
        213: _without_temporary_folder,
        214: _in_c_locale,
        215: _in_c_locale,
    }
