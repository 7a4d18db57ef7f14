"""Where the lab's Tentacle does not answer as the real one: each with its reason. Whatever is not here is the same, letter by letter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Where the real one says `real` in a line of a recording, the lab's says `lab`."""

    recording: str
    line: int
    real: str
    lab: str
    reason: str


LINUX = "tentacle-linux"

_HOME = "/root"
_DOTNET = f"{_HOME}/.dotnet"
_RUNTIME_FOLDERS = "".join(
    f"\n--- {_DOTNET}{below} directory 0o700\n"
    for below in ("", "/corefx", "/corefx/Runtime", "/corefx/Runtime/SharedMemory", "/corefx/Runtime/SharedMemory/.dotnet")
)
_STORE = f"{_DOTNET}/corefx/cryptography"
_POLLS = """\
https://127.0.0.1:10999/          N  The remote host at https://127.0.0.1:10999/ refused the connection. This may mean that the expected \
listening service is not running.
https://octo2:10943/              N  Socket communication error while connecting to https://octo2:10943/
System.Net.Sockets.SocketException (11): Resource temporarily unavailable
--- End of stack trace from previous location ---
https://127.0.0.1:10999/          N  Halibut client exception: An error occurred when sending a request to 'https://127.0.0.1:10999/', \
after the request began: Connection refused. Retrying in 5.0 seconds
Halibut.HalibutClientException: An error occurred when sending a request to 'https://127.0.0.1:10999/', after the request began: \
Connection refused
 ---> System.Net.Sockets.SocketException (111): Connection refused
--- End of stack trace from previous location ---
   --- End of inner exception stack trace ---
https://https/                    N  Socket communication error while connecting to https://https/
System.Net.Sockets.SocketException (11): Resource temporarily unavailable
--- End of stack trace from previous location ---
"""

DIFFERENCES: tuple[Difference, ...] = (
    Difference(LINUX, 1, _RUNTIME_FOLDERS, "", "The lab's program is Python: it has no .NET whose start makes these folders."),
    Difference(
        LINUX,
        49,
        f"--- {_STORE} directory 0o755\n\n--- {_STORE}/x509stores directory 0o755\n\n--- {_STORE}/x509stores/my directory 0o755\n",
        f"--- {_DOTNET} directory 0o700\n\n--- {_DOTNET}/corefx directory 0o700\n\n"
        f"--- {_STORE} directory 0o755\n\n--- {_STORE}/x509stores directory 0o755\n\n--- {_STORE}/x509stores/my directory 0o755\n",
        "The lab's store of certificates (tests/lab/linux/tentacle_program) makes the folders above it, which the start of .NET has made.",
    ),
    Difference(
        LINUX,
        35,
        "\n--- /work2/relhome/rel/relhome directory",
        "\n--- /work2/Octopus/Logs/OctopusTentacle.txt 0o644\n\n--- /work2/relhome/rel/relhome directory",
        "The recorder missed a line in the common log, which each of the other 212 command lines that it looked at has.",
    ),
    Difference(
        LINUX,
        158,
        _POLLS,
        "",
        "The lab's agent ends as soon as a web socket stops it; the real one went on polling its other servers as it ended.",
    ),
)
