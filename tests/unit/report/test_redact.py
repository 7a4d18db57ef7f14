"""The second fence: what is written down holds no secret."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.urls import MASK
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.redact import redact, redact_all
from hypothesis import given
from hypothesis import strategies as st

# No asterisk: a secret that looks like the mask itself cannot be told from it.
characters = st.characters(exclude_characters="*", exclude_categories=["Cs"])
secrets = st.lists(st.text(characters, min_size=6, max_size=12), min_size=1, max_size=4)
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"


@given(secrets, st.lists(st.text(characters, max_size=10), max_size=6), st.data())
def test_no_known_secret_is_left_wherever_it_stands(hidden: list[str], around: list[str], data: st.DataObject) -> None:
    text = "".join(piece + data.draw(st.sampled_from(hidden)) for piece in around)
    assert [secret for secret in hidden if secret in redact(text, hidden)] == []


@given(st.text(st.sampled_from("abc d\n"), max_size=60))
def test_text_without_a_secret_is_left_alone(text: str) -> None:
    assert redact(text, ["hunter2hunter2"]) == text


@given(st.text(characters, max_size=30), secrets)
def test_what_is_clean_stays_as_it_is(text: str, hidden: list[str]) -> None:
    once = redact(text, hidden)
    assert redact(once, hidden) == once


@given(st.from_regex(r"API-[A-Z0-9]{8,32}", fullmatch=True), st.sampled_from(["", " ", "key=", '"', "/"]))
def test_an_api_key_is_masked_though_nobody_named_it(key: str, before: str) -> None:
    assert redact(f"{before}{key} end") == f"{before}{MASK} end"


@pytest.mark.parametrize("text", [KEY, KEY.replace("RSA ", ""), KEY.replace("RSA", "ENCRYPTED"), KEY[:50]])
def test_a_private_key_is_masked_whole_also_when_its_end_was_cut(text: str) -> None:
    assert redact(f"before {text}") == f"before {MASK}"


def test_what_stands_between_two_keys_is_kept() -> None:
    assert redact(f"{KEY}\nbetween\n{KEY}") == f"{MASK}\nbetween\n{MASK}"


def test_a_secret_that_holds_another_is_masked_whole() -> None:
    assert redact("secret-long-form secret", ["secret", "secret-long-form"]) == f"{MASK} {MASK}"


def test_a_short_word_is_no_secret_or_nothing_could_be_read() -> None:
    assert redact("admin said a", ["admin", "a", ""]) == "admin said a"


def test_the_credentials_of_urls_are_masked_though_nobody_named_them() -> None:
    text = "Status code was 403: https://deploy:S3cr3tWord@mirror.example.com/t.deb?sig=S3cr3tWord"
    assert redact(text) == f"Status code was 403: https://{MASK}@mirror.example.com/t.deb?sig={MASK}"
    assert redact_all({"msg": [text]}) == {"msg": [redact(text)]}
