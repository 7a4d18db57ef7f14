"""What a machine policy says unless told otherwise (octopus-api.md 9.3); also the reply to `machinepolicies/template`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_SCRIPT = MappingProxyType({"RunType": "InheritFromDefault", "ScriptBody": None})

DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "Name": "",
        "Description": "",
        "IsDefault": False,
        "MachineHealthCheckPolicy": {
            "PowerShellHealthCheckPolicy": dict(_SCRIPT),
            "BashHealthCheckPolicy": dict(_SCRIPT),
            "HealthCheckInterval": "1.00:00:00",
            "HealthCheckCron": None,
            "HealthCheckCronTimezone": None,
            "HealthCheckType": "RunScript",
        },
        "MachineConnectivityPolicy": {"MachineConnectivityBehavior": "ExpectedToBeOnline"},
        "MachineCleanupPolicy": {"DeleteMachinesBehavior": "DoNotDelete", "DeleteMachinesElapsedTimeSpan": "00:00:00"},
        "MachineUpdatePolicy": {
            "CalamariUpdateBehavior": "UpdateOnDeployment",
            "TentacleUpdateBehavior": "NeverUpdate",
            "KubernetesAgentUpdateBehavior": "NeverUpdate",
            "TentacleUpdateAccountId": None,
        },
        "MachineRpcCallRetryPolicy": {"Enabled": True, "RetryDuration": "00:02:30", "HealthCheckRetryDuration": "00:02:30"},
        "MachinePackageCacheRetentionPolicy": {"Strategy": "Default"},
        "PollingRequestQueueTimeout": "00:02:00",
        "ConnectionConnectTimeout": "00:01:00",
        "ConnectionRetryCountLimit": 5,
        "ConnectionRetrySleepInterval": "00:00:01",
        "ConnectionRetryTimeLimit": "00:05:00",
        "PollingRequestMaximumMessageProcessingTimeout": "00:10:00",
    }
)
