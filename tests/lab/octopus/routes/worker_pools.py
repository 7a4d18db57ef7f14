"""What worker pools have beyond other resources (octopus-api.md 3.4, 9.2)."""

from __future__ import annotations

from tests.lab.octopus.dispatch import Call, Reply, Route
from tests.lab.octopus.prerequisites import POOL_TYPES, WORKER_TYPES


def _dynamic_types(_call: Call) -> Reply:
    types = [{"Id": name, "Type": name, "Description": name, "DeprecationDateUtc": None, "EndOfLifeDateUtc": None} for name in WORKER_TYPES]
    return Reply({"Id": "dynamicworkertypes", "WorkerTypes": types})


ROUTES = (
    Route("GET", "/workerpools/supportedtypes", lambda _call: Reply({"SupportedPoolTypes": list(POOL_TYPES)})),
    Route("GET", "/workerpools/dynamicworkertypes", _dynamic_types),
)
