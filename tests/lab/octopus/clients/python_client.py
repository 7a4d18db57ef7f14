"""Drive PyPI's octopus-python-client against OCTOPUS_URL; the last line printed is what it saw, as JSON."""

from __future__ import annotations

import json
import os
import sys
from types import ModuleType

# The client asks PyPI for its newest version when it is imported.
version = ModuleType("octopus_python_client.utilities.get_pypi_version")
version.get_version = lambda _name: "unknown"  # type: ignore[attr-defined]
sys.modules[version.__name__] = version

from octopus_python_client.common import Common  # noqa: E402
from octopus_python_client.config import Config  # noqa: E402

_NEW: dict[str, dict[str, object]] = {
    "environments": {"Name": "Laboratory"},
    "workerpools": {"Name": "Builders", "WorkerPoolType": "StaticWorkerPool"},
    "machinepolicies": {"Name": "Strict"},
    "proxies": {"Name": "squid", "Host": "proxy.example", "Port": 3128, "Password": {"HasValue": True, "NewValue": "planted"}},
    "tagsets": {"Name": "Region", "Tags": [{"Name": "North"}]},
    "tenants": {"Name": "Acme", "ProjectEnvironments": {}},
}


def _life(client: Common, kind: str, body: dict[str, object]) -> bool:
    """Make, change, find and delete one; say whether all of that was seen."""
    made = client.post_single_item(kind, body)
    changed = client.put_single_item(kind, {**made, "Description": "changed"})
    found = client.get_single_item_by_name(kind, body["Name"])
    client.get_or_delete_single_item_by_id(kind, made["Id"], action="delete")
    return bool(changed["Id"] == found["Id"] and not client.get_single_item_by_name(kind, body["Name"]))


def main() -> None:
    """Read what a server has, and make, rename and delete a machine."""
    config = Config()
    config.endpoint, config.api_key = os.environ["OCTOPUS_URL"] + "/api/", os.environ["OCTOPUS_API_KEY"]
    config.no_stdout, config.overwrite = True, True
    client = Common(config=config)
    spaces = [space["Name"] for space in client.get_list_spaces()]
    config.space_id = client.verify_space("Default")
    staging = client.get_single_item_by_name("environments", "Staging")
    endpoint = {"CommunicationStyle": "TentaclePassive", "Uri": "https://127.99.9.9:10933/", "Thumbprint": "A" * 40}
    body = {"Name": "made", "EnvironmentIds": [staging["Id"]], "Roles": ["web"], "Endpoint": endpoint, "SkipInitialHealthCheck": True}
    machine = client.request_octopus_item(payload=body, address="machines", operation="post")
    machine["Name"] = "renamed"
    path = f"machines/{machine['Id']}"
    told = {
        "spaces": spaces,
        "policies": len(client.get_list_from_one_type("machinepolicies")),
        "machines": len(client.get_list_from_one_type("machines")),
        "renamed": client.request_octopus_item(payload=machine, address=path, operation="put")["Name"],
    }
    client.request_octopus_item(address=path, operation="delete")
    told["gone"] = not client.get_single_item_by_name("machines", "renamed")
    told["lives"] = {kind: _life(client, kind, body) for kind, body in _NEW.items()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
