"""What several tests of the hosts' steps need."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.lab.tentacle.certificates import generate
from tests.lab.tentacle.listener import Listener
from tests.unit.hosts.contract_cases import CASES, Case, certificate_cases, flows


@pytest.fixture(scope="module")
def shared() -> Iterator[list[Case]]:
    """What is carried out at every place."""
    identity = generate()
    with contextlib.closing(Listener("127.0.0.1", 0, identity, frozenset(), lambda level, message: None)) as listener:
        yield [*CASES, *certificate_cases(listener.port, identity.thumbprint), *flows()]
