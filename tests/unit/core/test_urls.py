"""Credentials inside URLs: found whatever their place, masked in whatever text, and nothing else is touched."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.text import sentence, shown
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.urls import MASK, mask_all, mask_urls, split_login, url_secrets
from hypothesis import given
from hypothesis import strategies as st

HELD = [
    ("https://deploy:S3cr3tWord@mirror.example.com/t.msi", "https://********@mirror.example.com/t.msi", ["S3cr3tWord"]),
    ("https://ghp_T0k3nAlone@mirror.example.com/t.msi", "https://********@mirror.example.com/t.msi", ["ghp_T0k3nAlone"]),
    ("https://a:S3%40cr3t@[::1]:8443/", "https://********@[::1]:8443/", ["S3%40cr3t", "S3@cr3t"]),
    ("https://a:S3/cr3t@mirror.example.com/", "https://********@mirror.example.com/", ["S3/cr3t"]),
    ("https://a:S3?cr3#t@mirror.example.com/", "https://********@mirror.example.com/", ["S3?cr3#t"]),
    ("https://a:12345@mirror.example.com/", "https://********@mirror.example.com/", ["12345"]),
    (
        "https://x.blob.example.com/t.msi?sv=2024-11-04&sig=Ab%2BCd%3D&se=2026-12-01",
        "https://x.blob.example.com/t.msi?sv=2024-11-04&sig=********&se=2026-12-01",
        ["Ab%2BCd%3D", "Ab+Cd="],
    ),
    (
        "https://b.example.com/t.deb?X-Amz-Date=20261126T000000Z&X-Amz-Credential=AKIAX%2F2026&X-Amz-Signature=0f0f0f",
        "https://b.example.com/t.deb?X-Amz-Date=20261126T000000Z&X-Amz-Credential=********&X-Amz-Signature=********",
        ["AKIAX%2F2026", "AKIAX/2026", "0f0f0f"],
    ),
    ("https://h.example.com/t?AWSAccessKeyId=AKIA&v=1", "https://h.example.com/t?AWSAccessKeyId=********&v=1", ["AKIA"]),
    ("https://h.example.com/t?access_token=ab.cd#code=ef", "https://h.example.com/t?access_token=********#code=********", ["ab.cd", "ef"]),
    ("https://h.example.com/t?odd=4f3d2c1b0a9f8e7d6c5b", "https://h.example.com/t?odd=********", ["4f3d2c1b0a9f8e7d6c5b"]),
]
NONE = [
    "https://octopus.example.com:8443/app#/Spaces-1/machines?skip=30&take=1000",
    "poll://abcdefghijklmnopqrst/",
    "https://[2001:db8::1]:10933/",
    "https://mirror.example.com/octopus/Octopus.Tentacle.9.2.4285-x64.msi?version=9.2.4285&file=Tentacle.msi",
    "file:///etc/apt/keyrings/octopus.asc",
    "mail a@b.example.com, or see https://example.com.",
    "C:\\Octopus\\Applications & set KEY=value",
]


@pytest.mark.parametrize(("url", "masked", "secrets"), HELD)
def test_the_credentials_of_a_url_are_found_and_masked_in_any_text(url: str, masked: str, secrets: list[str]) -> None:
    assert mask_urls(url) == masked
    assert set(secrets) <= url_secrets(url)
    assert mask_urls(f"Fetching '{url}' failed: url=\"{url}\"") == f"Fetching '{masked}' failed: url=\"{masked}\""
    assert mask_all({"a": [url, ("x", url)], "b": 1}) == {"a": [masked, ["x", masked]], "b": 1}


def test_secrets_are_masked_in_all_of_a_value_the_longer_one_first() -> None:
    value = {"a": ["key=S3cr3tWordAndMore", ("S3cr3tWord", None)], "pin": 123456, "other": 1234567, "yes": True}
    assert mask_all(value, {"S3cr3tWord", "S3cr3tWordAndMore", "123456", ""}) == {
        "a": ["key=********", ["********", None]],
        "pin": MASK,
        "other": 1234567,
        "yes": True,
    }


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_credential_stays(text: str) -> None:
    assert mask_urls(text) == text
    assert url_secrets(text) == set()


def test_a_user_name_with_a_password_is_any_word_and_both_together_are_what_a_header_holds() -> None:
    found = url_secrets("https://tentacle:S3cr3tWord@mirror.example.com/")
    assert found == {"S3cr3tWord", base64.b64encode(b"tentacle:S3cr3tWord").decode()}


@pytest.mark.parametrize("limit", [20, 30, 40, 60])
def test_what_is_cut_was_masked_before(limit: int) -> None:
    url = "https://deploy:" + "S3cr3tWord" * 6 + "@mirror.example.com/t.msi?sig=" + "S3cr3tWord" * 6
    assert "S3cr3t" not in shown(f"'{url}' is not known", limit)
    assert "S3cr3t" not in sentence(url, limit)


@given(st.text(), st.text(alphabet="abc:/?#[]@!$&'()*+,;=%20\"<> \n"))
def test_whatever_the_text_masking_ends_and_once_is_enough(text: str, odd: str) -> None:
    for each in (text, f"https://{odd}", f"{text}?sig={odd}"):
        once: Any = mask_urls(each)
        assert mask_urls(once) == once
        url_secrets(each)


@given(st.text(alphabet="abcXYZ019%:;,!$()*+=-._~", min_size=4, max_size=30), st.sampled_from(["https", "http", "ftp"]))
def test_no_password_and_no_signature_is_left(secret: str, scheme: str) -> None:
    for url in (f"{scheme}://user:{secret}@h.example.com:80/p", f"{scheme}://h.example.com/p?a=b&signature={secret}&c=d"):
        assert secret not in mask_urls(url).replace(MASK, "")
        assert secret in url_secrets(url)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))
def test_a_login_is_taken_out_of_a_url_as_it_is_meant(user: str, password: str) -> None:
    plain = "https://mirror.example.com:8443/octopus/Tentacle.msi?v=1"
    said = plain.replace("://", f"://{quote(user, safe='')}:{quote(password, safe='')}@")
    assert split_login(said) == (plain, (user, password))
    assert split_login(plain) == (plain, None)
