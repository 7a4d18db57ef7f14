"""How this server behaves where real ones differ, by version or because nobody knows (octopus-api.md 3.5, 14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

SKIP_INITIAL_HEALTH_CHECK_SINCE = (2024, 3, 285)
STATUS_UNTIL = (2022, 1)
SLUGS_SINCE = (2022, 1)


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
    strict: bool = True
    """Thumbprints, addresses and target tags are refused that no machine can have: whether a real server looks is not known."""
    default_space_usable: bool = True
    machine_limit: int = 0
    """How many machines the licence allows, in all spaces, workers included (octopus-api.md 10.4); 0: any number."""
    task_cap: int = 5
    queue_delay: float = 0.1
    check_timeout: float = 10.0
    collect_timeout: float = 15.0
    """How long a check waits for a polling Tentacle to collect its request, and to answer it."""
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
        return self._numbers >= SKIP_INITIAL_HEALTH_CHECK_SINCE

    @property
    def shows_status(self) -> bool:
        """Say whether machines of this version still have the member Status beside HealthStatus (octopus-api.md 4.1)."""
        return self._numbers < STATUS_UNTIL

    @property
    def knows_slugs(self) -> bool:
        """Say whether what has a name has a slug, too (octopus-api.md 4.1)."""
        return self._numbers >= SLUGS_SINCE

    @property
    def _numbers(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split("-")[0].split("."))
