"""Several instances of one host: what one has that no other may have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import NEW_CERTIFICATE
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import Listening
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import ObservedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.neighbours import (
    Neighbour,
    neighbour_to_be,
    require_own_place,
    takes_a_place,
)

from tests.unit.core.instances import CONFIGURED, OTHER, SETTLED, WANTED

BESIDE = Neighbour("Two", OTHER, 10943)


def test_instances_that_have_their_own_are_left_in_peace() -> None:
    require_own_place(WANTED, [])
    require_own_place(WANTED, [BESIDE, Neighbour("Three", None, None), Neighbour("Four", OTHER, 10953)])


def test_a_certificate_is_one_instances() -> None:
    with pytest.raises(InputError, match=r"The instance 'Two' of this machine has the same certificate.*'tentacle_identity_name'") as error:
        require_own_place(WANTED, [replace(BESIDE, thumbprint=WANTED.thumbprint)])
    assert error.value.option is None


def test_certificates_that_are_yet_to_be_made_are_not_the_same() -> None:
    for unknown in ("", NEW_CERTIFICATE):
        require_own_place(replace(WANTED, thumbprint=unknown), [replace(BESIDE, thumbprint=unknown)])


@pytest.mark.parametrize(("own", "theirs"), [(None, None), ("10.0.0.1", None), (None, "10.0.0.1"), ("10.0.0.1", "10.0.0.1")])
def test_a_port_is_one_instances(own: str | None, theirs: str | None) -> None:
    with pytest.raises(InputError, match="is 10933, on which the instance 'Two' of this machine listens") as error:
        require_own_place(replace(WANTED, communication=Listening(10933, own)), [replace(BESIDE, port=10933, listen_ip=theirs)])
    assert error.value.option == "port"


def test_one_port_on_two_addresses_is_two_places_and_who_does_not_listen_has_none() -> None:
    require_own_place(replace(WANTED, communication=Listening(10933, "10.0.0.1")), [replace(BESIDE, port=10933, listen_ip="10.0.0.2")])
    assert Neighbour.of("Two", replace(CONFIGURED, listens=False)).port is None


def test_a_configuration_is_known_by_its_thumbprint_whatever_its_case() -> None:
    assert Neighbour.of("Tentacle", replace(CONFIGURED, thumbprint=str(CONFIGURED.thumbprint).lower())) == neighbour_to_be(WANTED)
    assert Neighbour.of("Tentacle", replace(CONFIGURED, thumbprint=None)).thumbprint is None


def test_neighbours_matter_to_who_gets_a_certificate_or_a_port_and_to_nobody_else() -> None:
    assert not takes_a_place(WANTED, SETTLED)
    assert takes_a_place(WANTED, ObservedInstance())
    for change in ({"communication": Listening(10944)}, {"thumbprint": OTHER}, {"communication": Listening(10933, "10.0.0.1")}):
        assert takes_a_place(replace(WANTED, **change), SETTLED)
