"""What `linux_batch` asks of Ansible, in place of all that a release of it needs of Python."""

import json
import sys
from typing import Any


class AnsibleModule:
    """A module's arguments and check mode, as JSON on standard input; its result, as JSON on standard output."""

    def __init__(self, argument_spec: "dict[str, dict[str, Any]]", supports_check_mode: bool) -> None:
        given = json.load(sys.stdin)
        self.check_mode = given["check_mode"]
        self.params = {name: given["params"].get(name, option.get("default")) for name, option in argument_spec.items()}

    def exit_json(self, **result: Any) -> None:
        print(json.dumps(result))
        sys.exit(0)

    def fail_json(self, **result: Any) -> None:
        print(json.dumps(dict(result, failed=True)))
        sys.exit(1)
