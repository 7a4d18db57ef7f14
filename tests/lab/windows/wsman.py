"""WS-Management as far as pywinrm speaks it (winrm-payload.md): shells, commands, their input and output."""

from __future__ import annotations

import base64
import threading
import uuid
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from .call import UnknownPayload
from .host import ConnectionBroken
from .payload import read_command
from .runner import Runner

OPERATION_SECONDS = 19.0
SHELLS_PER_USER = 30
ENVELOPE_BYTES = 500 * 1024

_NAMES = {
    "env": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
}
_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_TIMED_OUT = 2150858793
_QUOTA = 2150859174
_NO_SHELL = 2150858843
_NUMBER_UNKNOWN = 0


class Fault(Exception):
    """The request cannot be served; `code` is the number of the WSManFault."""

    def __init__(self, reason: str, code: int, subcode: str) -> None:
        super().__init__(reason)
        self.code = code
        self.subcode = subcode


@dataclass
class Command:
    """One command of a shell: its input until it is complete, then what it answers."""

    line: str
    stdin: bytearray = field(default_factory=bytearray)
    done: threading.Event = field(default_factory=threading.Event)
    started: bool = False
    rc: int = 0
    stdout: str = ""
    stderr: str = ""
    broken: bool = False


class Endpoint:
    """The WS-Man service of one host."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self._shells: dict[str, dict[str, Command]] = {}
        self._sid = runner.host.sid

    @property
    def shells(self) -> dict[str, dict[str, Command]]:
        """The shells of the machine; one that was wiped has none."""
        if self._sid != self.runner.host.sid:
            self._sid, self._shells = self.runner.host.sid, {}
        return self._shells

    def answer(self, request: bytes) -> tuple[int, bytes]:
        """Answer one SOAP message: HTTP status and body. Raises ConnectionBroken when the client shall hear nothing."""
        if len(request) > ENVELOPE_BYTES:
            return 500, _envelope("", "fault", _fault_body(Fault("The envelope is too large.", _NUMBER_UNKNOWN, "w:EncodingLimit")))
        envelope = ElementTree.fromstring(request)
        message_id = envelope.findtext(".//a:MessageID", "", _NAMES)
        action = envelope.findtext(".//a:Action", "", _NAMES).rsplit("/", maxsplit=1)[-1]
        try:
            body = getattr(self, f"_{action.lower()}", self._unknown)(envelope)
        except Fault as fault:
            return 500, _envelope(message_id, "fault", _fault_body(fault))
        return 200, _envelope(message_id, f"{action}Response", body)

    def _unknown(self, envelope: ElementTree.Element) -> str:
        raise Fault("The action is not supported by the service.", 2150858754, "w:ActionNotSupported")

    def _create(self, envelope: ElementTree.Element) -> str:
        if len(self.shells) >= SHELLS_PER_USER:
            raise Fault("The maximum number of shells for this user has been exceeded.", _QUOTA, "w:QuotaLimit")
        shell_id = str(uuid.uuid4()).upper()
        self.shells[shell_id] = {}
        return (
            f'<rsp:Shell><rsp:ShellId>{shell_id}</rsp:ShellId></rsp:Shell><x:ResourceCreated xmlns:x="transfer"><w:SelectorSet>'
            f'<w:Selector Name="ShellId">{shell_id}</w:Selector></w:SelectorSet></x:ResourceCreated>'
        )

    def _command(self, envelope: ElementTree.Element) -> str:
        arguments = " ".join(node.text or "" for node in envelope.iterfind(".//rsp:Arguments", _NAMES))
        line = f"{envelope.findtext('.//rsp:Command', '', _NAMES)} {arguments}"
        command_id = str(uuid.uuid4()).upper()
        self._shell(envelope)[command_id] = Command(line)
        return f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>"

    def _send(self, envelope: ElementTree.Element) -> str:
        stream = envelope.find(".//rsp:Stream", _NAMES)
        assert stream is not None
        command = self._find_command(envelope, stream.get("CommandId", ""))
        command.stdin += base64.b64decode(stream.text or "")
        if (stream.get("End") or "").lower() == "true":
            self._start(command)
        return "<rsp:SendResponse/>"

    def _receive(self, envelope: ElementTree.Element) -> str:
        wanted = envelope.find(".//rsp:DesiredStream", _NAMES)
        assert wanted is not None
        command_id = wanted.get("CommandId", "")
        command = self._find_command(envelope, command_id)
        if not command.started:
            self._start(command)
        if not command.done.wait(OPERATION_SECONDS):
            raise Fault("The WS-Management service cannot complete the operation within the time specified.", _TIMED_OUT, "w:TimedOut")
        if command.broken:
            raise ConnectionBroken
        return (
            f"<rsp:ReceiveResponse>{_stream('stdout', command_id, command.stdout)}{_stream('stderr', command_id, command.stderr)}"
            f'<rsp:CommandState CommandId="{command_id}" State="{_SHELL}/CommandState/Done"><rsp:ExitCode>{command.rc}</rsp:ExitCode>'
            "</rsp:CommandState></rsp:ReceiveResponse>"
        )

    def _signal(self, envelope: ElementTree.Element) -> str:
        return "<rsp:SignalResponse/>"

    def _delete(self, envelope: ElementTree.Element) -> str:
        self.shells.pop(self._shell_id(envelope), None)
        return ""

    def _start(self, command: Command) -> None:
        command.started = True
        threading.Thread(target=self._run, args=(command,), name=self.runner.host.name, daemon=True).start()

    def _run(self, command: Command) -> None:
        try:
            call = read_command(command.line, bytes(command.stdin))
            if call is not None:
                command.rc, command.stdout = self.runner.run(call)
        except UnknownPayload as error:
            command.rc, command.stderr = 1, str(error)
        except ConnectionBroken:
            command.broken = True
        except Exception as error:
            command.rc, command.stderr = 1, f"the lab failed: {type(error).__name__}: {error}"
            raise
        finally:
            command.done.set()

    def _find_command(self, envelope: ElementTree.Element, command_id: str) -> Command:
        command = self._shell(envelope).get(command_id)
        if command is None:
            raise Fault("The command of the shell was not found.", _NUMBER_UNKNOWN, "w:InvalidSelectors")
        return command

    def _shell(self, envelope: ElementTree.Element) -> dict[str, Command]:
        try:
            return self.shells[self._shell_id(envelope)]
        except KeyError:
            raise Fault(
                "The request contains invalid selectors for the resource: the shell was not found.", _NO_SHELL, "w:InvalidSelectors"
            ) from None

    def _shell_id(self, envelope: ElementTree.Element) -> str:
        return envelope.findtext(".//w:Selector[@Name='ShellId']", "", _NAMES)


def _stream(name: str, command_id: str, text: str) -> str:
    if not text:
        return ""
    return f'<rsp:Stream Name="{name}" CommandId="{command_id}">{base64.b64encode(text.encode()).decode()}</rsp:Stream>'


def _envelope(message_id: str, action: str, body: str) -> bytes:
    names = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in _NAMES.items())
    return (
        f"<env:Envelope {names}><env:Header><a:Action>{action}</a:Action><a:MessageID>uuid:{uuid.uuid4()}</a:MessageID>"
        f"<a:RelatesTo>{message_id}</a:RelatesTo></env:Header><env:Body>{body}</env:Body></env:Envelope>"
    ).encode()


def _fault_body(fault: Fault) -> str:
    return (
        f"<env:Fault><env:Code><env:Value>env:Receiver</env:Value><env:Subcode><env:Value>{fault.subcode}</env:Value></env:Subcode></env:Code>"
        f'<env:Reason><env:Text xml:lang="en-US">{escape(str(fault))}</env:Text></env:Reason><env:Detail>'
        f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{fault.code}" Machine="lab"/>'
        "</env:Detail></env:Fault>"
    )
