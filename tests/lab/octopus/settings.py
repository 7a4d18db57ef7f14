"""How this server behaves where real ones differ, by version or because nobody knows (octopus-api.md 3.5, 14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

SKIP_INITIAL_HEALTH_CHECK_SINCE = (2024, 3, 285)


@dataclass
class Settings:
    """Switches and numbers, all changeable while the server runs; times are seconds."""

    version: str = "2026.3.15581"
    duplicate_status: int = 400
    """The status for a name that is taken: 400, or 409 (octopus-api.md 5.1)."""
    null_policy_becomes_default: bool = False
    """A machine made without a policy reads back with the default one (2025.2 before 2025.2.11571) instead of null."""
    null_tenants_crash: bool = False
    """TenantIds or TenantTags of null are a 500 (2020 and 2021)."""
    environments_v2: bool = True
    empty_roles_allowed: bool = False
    default_space_usable: bool = True
    task_cap: int = 5
    queue_delay: float = 0.1
    check_timeout: float = 10.0
    tentacle_version: str = "9.2.4285"
    """The version that a health check reports."""
    first_health: str = "HasWarnings"
    """What the check of a machine without Calamari finds: HasWarnings as on real servers (octopus-api.md 4.5), or Healthy."""

    def patch(self, changes: Mapping[str, Any]) -> None:
        """Change some settings. Raises ValueError for one that does not exist or a value of another type."""
        for name, value in changes.items():
            if name not in {f.name for f in fields(self)}:
                raise ValueError(f"Unknown setting {name!r}; there are {', '.join(asdict(self))}.")
            kind = type(getattr(self, name))
            if not isinstance(value, kind) and not (kind is float and type(value) is int):
                raise ValueError(f"Setting {name!r} takes a {kind.__name__}, not {value!r}.")
        for name, value in changes.items():
            setattr(self, name, value)

    @property
    def knows_skip_initial_health_check(self) -> bool:
        """Say whether this version honours SkipInitialHealthCheck (octopus-api.md 3.5)."""
        numbers = tuple(int(part) for part in self.version.split("-")[0].split("."))
        return numbers >= SKIP_INITIAL_HEALTH_CHECK_SINCE
