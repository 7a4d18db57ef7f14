"""A Linux host whose Python cannot run our module: what Ansible then says, as it was recorded, and what we make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.batch import read_result

_FILE = '  File "/home/ops/.ansible/tmp/ansible-tmp-1795728139.7-31022/AnsiballZ_linux_batch.py", line 40\n'
_FAILED = {"changed": False, "failed": True, "module_stdout": "", "rc": 1}
_NO_FEATURE = "future feature annotations is not defined"
_NO_JSON = "Module result deserialization failed: No start of json char found"
SAID: dict[str, tuple[Mapping[str, Any], str]] = {
    "2.7 under ansible-core 2.19": (
        {"module_stderr": f"{_FILE}    zip_data: str,\n            ^\nSyntaxError: invalid syntax\n", "msg": _NO_JSON},
        "",
    ),
    "3.6 under ansible-core 2.19": (
        {
            "module_stderr": f"{_FILE}    from __future__ import annotations\n    ^\nSyntaxError: {_NO_FEATURE}\n",
            "msg": _NO_JSON,
        },
        "",
    ),
    "2.7 under ansible-core 2.16": (
        {
            "module_stderr": f"Traceback (most recent call last):\n{_FILE}    def main() -> None:\n    ^\nSyntaxError: invalid syntax\n",
            "msg": "MODULE FAILURE\nSee stdout/stderr for the exact error",
        },
        "",
    ),
    "3.6 as ansible-core 2.17 says it": (
        {"msg": "ansible-core requires a minimum of Python version 3.7. Current version: 3.6.15 (default, Feb  1 2023)"},
        " (ansible-core requires a minimum of Python version 3.7. Current version: 3.6.15 (default, Feb 1 2023))",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_it_ends_in_one_sentence_that_says_what_to_do(case: str) -> None:
    result, said = SAID[case]
    with pytest.raises(HostError) as caught:
        read_result([do.exists("/etc")], {**_FAILED, **result})
    assert str(caught.value) == (
        f"The Python that Ansible runs on this machine is too old{said}. This collection needs 3.6 there, and ansible-core from 2.17 "
        "on a newer one, as README says: install one, and name it in 'ansible_python_interpreter'."
    )


def test_another_failure_is_told_as_it_is() -> None:
    with pytest.raises(HostError, match="did not run on the host: /bin/sh: 1: /no/python: not found"):
        read_result([do.exists("/etc")], {**_FAILED, "module_stderr": "/bin/sh: 1: /no/python: not found\n", "msg": "x"})
