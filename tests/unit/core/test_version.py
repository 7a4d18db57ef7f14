"""Versions: read, written and ordered."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from hypothesis import given
from hypothesis import strategies as st

numbers = st.integers(min_value=0, max_value=99999)
versions = st.builds(
    Version,
    st.tuples(numbers, numbers, numbers),
    st.one_of(st.just(""), st.from_regex(r"[0-9A-Za-z.\-]{1,12}", fullmatch=True)),
)


@given(versions)
def test_what_is_written_is_read_as_the_same(version: Version) -> None:
    assert Version.parse(str(version)) == version


@given(versions, versions)
def test_exactly_one_of_less_equal_and_greater_is_true(one: Version, two: Version) -> None:
    assert [one < two, one == two, one > two].count(True) == 1
    assert (one <= two) == (not one > two)


@given(versions, versions, versions)
def test_the_order_is_transitive(one: Version, two: Version, three: Version) -> None:
    low, middle, high = sorted([one, two, three])
    assert low <= middle <= high
    assert low <= high


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("9.2.999", "9.2.4285"),
        ("9.10.1", "10.0.0"),
        ("9.2.4285-beta1", "9.2.4285"),
        ("9.2.4284", "9.2.4285-beta1"),
        ("9.2.4285-alpha", "9.2.4285-beta"),
    ],
)
def test_numbers_count_as_numbers_and_a_prerelease_comes_before_its_release(older: str, newer: str) -> None:
    assert Version.parse(older) < Version.parse(newer)


@pytest.mark.parametrize("text", ["9.2.4285.0", "9.2.4285+Branch.release-9.2.Sha.0123456789", " 9.2.4285\r\n"])
def test_what_does_not_order_versions_is_left_out(text: str) -> None:
    assert Version.parse(text) == Version((9, 2, 4285))


@pytest.mark.parametrize("text", ["", "9", "9.2", "9.2.x", "v9.2.4285", "latest", "9.2.4285-", "9.2.4285 beta", "9.2.4285.0.1"])
def test_what_is_no_version_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match="is not a version of Tentacle"):
        Version.parse(text)
