"""Identities as values: thumbprints as people paste them, and names as files."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import (
    Identity,
    normalise_thumbprint,
    percent_encode,
    safe_file_name,
)
from hypothesis import given
from hypothesis import strategies as st

THUMBPRINT = "8CB3AA0012F4459E8DE15A3D7B9C00112233D1A0"


@pytest.mark.parametrize(
    "text",
    [
        THUMBPRINT,
        THUMBPRINT.lower(),
        f"\u200e{THUMBPRINT}",
        f" {THUMBPRINT}\n",
        ":".join(THUMBPRINT[i : i + 2] for i in range(0, 40, 2)),
        " ".join(THUMBPRINT[i : i + 2] for i in range(0, 40, 2)).lower(),
    ],
)
def test_a_thumbprint_is_read_however_it_was_copied(text: str) -> None:
    assert normalise_thumbprint(text) == THUMBPRINT


@pytest.mark.parametrize("text", ["", THUMBPRINT[:-1], THUMBPRINT + "0", "G" * 40, "٣" * 40])
def test_anything_else_is_no_thumbprint(text: str) -> None:
    with pytest.raises(InputError, match="not the thumbprint of a certificate"):
        normalise_thumbprint(text)


@pytest.mark.parametrize("name", ["", "  ", ".", "..", "a/b", "../../etc/passwd", "x" * 201, "é" * 40])
def test_names_that_cannot_be_files_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"^(must not be|is too long)"):
        safe_file_name(name)


@pytest.mark.parametrize(
    ("name", "file"), [("web01.example.com", "web01.example.com"), ("web 1:β", "web%201%3A%CE%B2"), (".lock", "%2Elock"), ("-x", "%2Dx")]
)
def test_ordinary_names_stay_readable(name: str, file: str) -> None:
    assert safe_file_name(name) == file


@given(st.text(), st.text())
def test_different_texts_have_different_harmless_file_names(one: str, other: str) -> None:
    assert (percent_encode(one) == percent_encode(other)) == (one == other)
    assert not {"/", "\\", "\0", "\n"} & set(percent_encode(one))


def test_an_identity_knows_its_former_thumbprints() -> None:
    identity = Identity("web01", THUMBPRINT, "", ("A" * 40,))
    assert identity.knows(THUMBPRINT)
    assert identity.knows("A" * 40)
    assert not identity.knows("B" * 40)
