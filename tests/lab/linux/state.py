"""What can be seen of a Linux host from outside its disk, asked of its own programs in one visit."""

from __future__ import annotations

import ast
from typing import Any

from .faults import FOLDER
from .machine import LinuxHost

_PROPERTIES = "Id,ActiveState,SubState,UnitFileState,MainPID,NRestarts,ExecMainStatus,User,ExecStart,Description"
_QUESTIONS = {
    "machine_id": "cat /etc/machine-id",
    "hostname": "hostname",
    "packages": "dpkg-query --show --showformat '${Package} ${Version} ${db:Status-Status}\\n' tentacle",
    "units": f"systemctl show --property={_PROPERTIES} $(grep -il tentacle /etc/systemd/system/*.service | xargs -rn1 basename)",
    # ufw would say it, too, but takes longer than all other answers together.
    "firewall": "sed -n 's/^### tuple ### //p' /etc/ufw/user.rules",
    "firewall_active": "grep '^ENABLED=yes' /etc/ufw/ufw.conf",
    "visits": f"stat -c %s {FOLDER}/visits",
    "steps": f"stat -c %s {FOLDER}/steps",
    "processes": f"cat {FOLDER}/processes",
    "event_log": "journalctl --quiet --no-pager --output=short-iso",
}
_SCRIPT = "".join(f"{{ {question}; }} 2>/dev/null; printf '\\0'\n" for question in _QUESTIONS.values())


def state_of(host: LinuxHost) -> dict[str, Any]:
    """Return a host's state.

    `units` are the properties of the services that have to do with Tentacle, `packages` the versions of Tentacle that are installed,
    `firewall` the rules of ufw as `rule_in` writes them, `visits` how often the collection's module ran, `steps` and `processes` what
    it changed and started, `event_log` the journal.
    """
    answers = host.run(_SCRIPT, check=False).stdout.decode(errors="replace").split("\0")
    # A machine that is down says nothing.
    told = dict.fromkeys(_QUESTIONS, "") | {name: answer.strip() for name, answer in zip(_QUESTIONS, answers, strict=False)}
    return {
        **told,
        "packages": packages_in(told["packages"]),
        "units": units_in(told["units"]),
        "firewall": [rule_in(line) for line in told["firewall"].splitlines()],
        "firewall_active": bool(told["firewall_active"]),
        "visits": int(told["visits"] or 0),
        "steps": int(told["steps"] or 0),
        "processes": [" ".join(ast.literal_eval(line)) for line in told["processes"].splitlines()],
        "event_log": told["event_log"].splitlines(),
    }


def packages_in(text: str) -> dict[str, str]:
    """Read what dpkg-query said: the versions of what is installed, by name."""
    lines = [line.split() for line in text.splitlines()]
    # What was never installed whole has no version.
    return {words[0]: words[1] for words in lines if words[1:] and words[-1] == "installed"}


def units_in(text: str) -> list[dict[str, str]]:
    """Read what systemctl said: the properties of each unit."""
    blocks = [block for block in text.split("\n\n") if block]
    return [dict(line.split("=", 1) for line in block.splitlines()) for block in blocks]


def rule_in(line: str) -> str:
    """Read what ufw notes of one rule: `allow 10933/tcp # its comment`."""
    action, protocol, ports, *others = line.split()
    comment = next((word.partition("=")[2] for word in others if word.startswith("comment=")), "")
    return f"{action} {ports}/{protocol}" + (f" # {bytes.fromhex(comment).decode()}" if comment else "")
