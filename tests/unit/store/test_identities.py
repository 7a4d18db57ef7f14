"""The identity store: an identity is made once, survives any crash, and says plainly what is wrong with its files."""

from __future__ import annotations

import multiprocessing
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible import constants as C
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import StoreError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import Identity, Material
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store import disk
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.cipher import Cipher, PlainCipher
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.identities import IdentityStore
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.pfx import make_material, pair
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.place import vanishes

from .conftest import cipher

SECRET = cipher(("default", b"correct horse"))
FORMER = "0123456789ABCDEF0123456789ABCDEF01234567"
POLLS = {FORMER: "poll://wp2xxnhgpk6luexeyfnw/", "D" * 40: "poll://p2xxnhgpk6luexeyfnww/"}


def never() -> Material:
    raise AssertionError("an identity is made although there is one")


@pytest.fixture
def store(tmp_path: Path) -> IdentityStore:
    return IdentityStore(tmp_path / "identities", SECRET)


@pytest.fixture
def made(store: IdentityStore, materials: list[Material]) -> Identity:
    return store.obtain("web01", lambda: materials[0])[0]


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / "identities").iterdir() if not path.name.startswith(".")}


def test_an_identity_is_made_once_and_found_again_without_a_secret(tmp_path: Path, store: IdentityStore, materials: list[Material]) -> None:
    assert store.find("web01") is None
    identity, was_made = store.obtain("web01", lambda: materials[0])
    assert (identity.thumbprint, identity.certificate_pem, was_made) == (materials[0].thumbprint, materials[0].certificate_pem, True)
    assert store.obtain("web01", never) == (identity, False)
    assert IdentityStore(tmp_path / "identities", cipher()).find("web01") == identity
    assert store.private_key("web01") == materials[0].private_key_pem


def test_its_files_are_for_the_owner_and_hold_no_plain_key(tmp_path: Path, made: Identity) -> None:
    directory = tmp_path / "identities"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert sorted(files(tmp_path)) == ["web01.key", "web01.pem"]
    for path in directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"PRIVATE KEY" not in path.read_bytes()


def test_ansible_vault_views_and_rekeys_them(tmp_path: Path, made: Identity, materials: list[Material]) -> None:
    old, new, key = tmp_path / "old", tmp_path / "new", tmp_path / "identities" / "web01.key"
    old.write_text("correct horse")
    new.write_text("battery staple")
    vault = [str(Path(sys.executable).with_name("ansible-vault"))]
    seen = subprocess.run([*vault, "view", "--vault-password-file", str(old), str(key)], capture_output=True, check=True)
    assert materials[0].private_key_pem.strip() in seen.stdout
    subprocess.run(
        [*vault, "rekey", "--vault-password-file", str(old), "--new-vault-password-file", str(new), str(key)],
        capture_output=True,
        check=True,
    )
    assert (
        IdentityStore(tmp_path / "identities", cipher(("default", b"battery staple"))).private_key("web01") == materials[0].private_key_pem
    )


def test_the_vault_id_for_encrypting_is_the_configured_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, materials: list[Material]
) -> None:
    monkeypatch.setattr(C, "DEFAULT_VAULT_ENCRYPT_IDENTITY", "prod")
    IdentityStore(tmp_path / "identities", cipher(("dev", b"d"), ("prod", b"p"))).obtain("web01", lambda: materials[0])
    assert files(tmp_path)["web01.key"].startswith(b"$ANSIBLE_VAULT;1.2;AES256;prod\n")


@pytest.mark.parametrize("point", ["after the key", "before the key is renamed", "before the certificate is renamed"])
def test_a_run_killed_while_it_makes_one_is_completed_by_the_next(
    point: str, tmp_path: Path, store: IdentityStore, materials: list[Material], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    store.require_secret(write=True)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(
            *{
                "after the key": (disk, "overwrite"),
                "before the key is renamed": (os, "link"),
                "before the certificate is renamed": (Path, "replace"),
            }[point],
            killed,
        )
        store.obtain("web01", lambda: materials[0])
    key_was_written = point != "before the key is renamed"
    assert (store.find("web01") is not None) is key_was_written
    identity, was_made = store.obtain("web01", never if key_was_written else lambda: materials[1])
    assert identity.thumbprint == materials[0 if key_was_written else 1].thumbprint
    assert was_made is not key_was_written
    assert sorted(files(tmp_path)) == ["web01.key", "web01.pem"]


def obtain_at_once(directory: Path, ready: Callable[[], object], answers: multiprocessing.Queue[str]) -> None:
    ready()
    answers.put(IdentityStore(directory, SECRET).obtain("web01")[0].thumbprint)


@pytest.mark.parametrize("locks_work", [True, False])
def test_runs_at_once_get_one_identity(locks_work: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not locks_work:
        monkeypatch.setattr(disk.fcntl, "flock", lambda *_: None)
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(4), context.Queue()
    runs = [context.Process(target=obtain_at_once, args=(tmp_path / "identities", barrier.wait, answers)) for _ in range(4)]
    for run in runs:
        run.start()
    thumbprints = {answers.get(timeout=60) for _ in runs}
    for run in runs:
        run.join()
    stored = IdentityStore(tmp_path / "identities", SECRET)
    identity = stored.find("web01")
    assert identity is not None
    assert thumbprints == {identity.thumbprint}
    assert pair(identity.certificate_pem, stored.private_key("web01")).thumbprint == identity.thumbprint


def test_a_file_system_without_hard_links_serves(store: IdentityStore, materials: list[Material], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert store.obtain("web01", lambda: materials[0])[1]
    assert store.private_key("web01") == materials[0].private_key_pem


def damage(directory: Path, how: str) -> None:
    pem, key = directory / "web01.pem", directory / "web01.key"
    text = pem.read_text()
    ways: dict[str, Callable[[], object]] = {
        "certificate truncated": lambda: pem.write_text(text[: len(text) // 2]),
        "certificate empty": lambda: pem.write_text(""),
        "certificate garbled": lambda: pem.write_bytes(b"\xff\xfe" + text.encode()),
        "certificate of another": lambda: pem.write_text(text.split("-----", 1)[0] + make_material().certificate_pem),
        "former thumbprint garbled": lambda: pem.write_text("# former: none\n" + text),
        "key missing": key.unlink,
    }
    ways[how]()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("certificate truncated", "not hold a whole certificate.*delete it alone"),
        ("certificate empty", "not hold a whole certificate"),
        ("certificate garbled", "not hold a whole certificate"),
        ("certificate of another", "not have the thumbprint"),
        ("former thumbprint garbled", "not the thumbprint of a certificate"),
        ("key missing", "no private key: restore .*web01.key"),
    ],
)
def test_a_damaged_certificate_file_is_named_with_a_remedy(
    how: str, words: str, tmp_path: Path, store: IdentityStore, made: Identity
) -> None:
    damage(tmp_path / "identities", how)
    for call in (store.find, store.obtain, store.private_key):
        with pytest.raises(StoreError, match=words) as failure:
            call("web01")
        assert "web01.pem" in str(failure.value)


def test_a_truncated_certificate_comes_back_from_the_key_file(tmp_path: Path, store: IdentityStore, made: Identity) -> None:
    (tmp_path / "identities" / "web01.pem").unlink()
    assert store.obtain("web01", never) == (made, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:200], "none of the vault secrets"),
        (lambda data: b"", "none of the vault secrets"),
        (lambda data: data[:-9] + b"00000000\n", "none of the vault secrets"),
    ],
)
def test_a_damaged_key_file_is_named(
    change: Callable[[bytes], bytes], words: str, tmp_path: Path, store: IdentityStore, made: Identity
) -> None:
    path = tmp_path / "identities" / "web01.key"
    path.write_bytes(change(path.read_bytes()))
    assert store.find("web01") == made
    with pytest.raises(StoreError, match=words) as failure:
        store.private_key("web01")
    assert "'web01'" in str(failure.value)
    assert str(path) in str(failure.value)


def test_files_of_two_backups_are_refused(tmp_path: Path, store: IdentityStore, made: Identity, materials: list[Material]) -> None:
    store.obtain("web02", lambda: materials[1])
    directory = tmp_path / "identities"
    (directory / "web02.key").replace(directory / "web01.key")
    with pytest.raises(StoreError, match=r"belongs to none.*from one backup"):
        store.private_key("web01")


def test_without_a_secret_it_names_three_ways_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"--vault-password-file or --vault-id, .*ANSIBLE_VAULT_PASSWORD_FILE, .*ansible\.cfg"):
        IdentityStore(tmp_path / "identities", cipher()).obtain("web01")
    assert not (tmp_path / "identities").exists()


def test_the_wrong_secret_names_file_and_host(tmp_path: Path, made: Identity) -> None:
    with pytest.raises(StoreError, match=r"'web01' .*web01\.key.*another,"):
        IdentityStore(tmp_path / "identities", cipher(("default", b"wrong"))).private_key("web01")


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "identities").write_text("a file is in the way")
    with pytest.raises(StoreError, match="identities"):
        IdentityStore(tmp_path / "identities", SECRET).obtain("web01", never)


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, store: IdentityStore, materials: list[Material], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(StoreError, match="no space left"):
        patch.setattr(os, "fsync", full)
        store.obtain("web01", lambda: materials[0])
    assert files(tmp_path) == {}


def test_many_are_made_at_once(tmp_path: Path, store: IdentityStore, made: Identity) -> None:
    names = ["web01", *(f"web{number:02}" for number in range(2, 8)), "web02"]
    with ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(store.obtain, names))
    assert answers[0] == (made, False)
    assert sorted(made for _, made in answers) == [False, False, *[True] * 6]
    assert answers[1][0] == answers[-1][0]
    assert [store.obtain(name, never) for name in names] == [(identity, False) for identity, _ in answers]


def test_former_thumbprints_are_remembered_once(store: IdentityStore, made: Identity) -> None:
    store.remember("web01", FORMER.lower())
    store.remember("web01", FORMER)
    store.remember("web01", made.thumbprint)
    found = store.find("web01")
    assert found is not None
    assert found.former_thumbprints == (FORMER,)
    assert store.private_key("web01")


def test_a_replaced_identity_remembers_and_may_come_back(store: IdentityStore, made: Identity, materials: list[Material]) -> None:
    replaced = store.replace("web01", materials[1])
    assert (replaced.thumbprint, replaced.former_thumbprints) == (materials[1].thumbprint, (made.thumbprint,))
    assert store.private_key("web01") == materials[1].private_key_pem
    back = store.replace("web01", materials[0])
    assert (back.thumbprint, back.former_thumbprints) == (made.thumbprint, (materials[1].thumbprint,))


def test_subscription_ids_are_kept_in_clear_and_without_the_secret(
    tmp_path: Path, store: IdentityStore, made: Identity, materials: list[Material]
) -> None:
    key = files(tmp_path)["web01.key"]
    without_secret = IdentityStore(tmp_path / "identities", cipher())
    kept = without_secret.remember_subscriptions("web01", POLLS)
    assert (kept.subscriptions, store.find("web01"), made.subscriptions) == (POLLS, kept, {})
    assert f"# polls: {FORMER} poll://wp2xxnhgpk6luexeyfnw/\n".encode() in files(tmp_path)["web01.pem"]
    assert files(tmp_path)["web01.key"] == key
    assert store.remember("web01", "E" * 40).subscriptions == POLLS
    assert store.replace("web01", materials[1]).subscriptions == POLLS
    assert without_secret.remember_subscriptions("web01", {}).subscriptions == {}
    assert b"poll" not in files(tmp_path)["web01.pem"]


def test_subscription_ids_that_are_kept_already_write_nothing(tmp_path: Path, store: IdentityStore, made: Identity) -> None:
    store.remember_subscriptions("web01", POLLS)
    folder, pem = tmp_path / "identities", tmp_path / "identities" / "web01.pem"
    before = (pem.stat().st_ino, folder.stat().st_mtime_ns)
    assert store.remember_subscriptions("web01", dict(reversed(POLLS.items()))).subscriptions == POLLS
    assert (pem.stat().st_ino, folder.stat().st_mtime_ns) == before
    with pytest.raises(StoreError, match=r"no identity 'web02' .*that could remember a subscription id"):
        store.remember_subscriptions("web02", POLLS)


def test_a_certificate_that_is_written_again_from_its_key_waits_for_its_machine_to_tell_the_ids(
    tmp_path: Path, store: IdentityStore, made: Identity
) -> None:
    store.remember_subscriptions("web01", POLLS)
    (tmp_path / "identities" / "web01.pem").unlink()
    assert store.obtain("web01", never) == (made, False)


@pytest.mark.parametrize("line", ["# polls: ", f"# polls: {FORMER}", f"# polls: {FORMER} https://octopus/", "# polls: x poll://a/"])
def test_a_subscription_that_cannot_be_read_is_an_altered_certificate(
    tmp_path: Path, store: IdentityStore, made: Identity, line: str
) -> None:
    pem = tmp_path / "identities" / "web01.pem"
    pem.write_text(f"{line}\n{pem.read_text()}")
    with pytest.raises(StoreError, match="is unusable"):
        store.find("web01")


def test_names_that_differ_in_case_only_do_not_share_a_file(tmp_path: Path, store: IdentityStore, made: Identity) -> None:
    for extension in ("pem", "key"):  # what a file system that ignores case would find
        (tmp_path / "identities" / f"WEB01.{extension}").symlink_to(f"web01.{extension}")
    with pytest.raises(StoreError, match="identity 'web01', whose name differs in case only"):
        store.find("WEB01")


def test_plain_text_is_kept_only_by_the_plain_cipher(tmp_path: Path, materials: list[Material]) -> None:
    plain = IdentityStore(tmp_path / "identities", PlainCipher())
    plain.obtain("web01", lambda: materials[0])
    assert materials[0].private_key_pem in files(tmp_path)["web01.key"]
    with pytest.raises(StoreError, match="none of the vault secrets"):
        IdentityStore(tmp_path / "identities", SECRET).private_key("web01")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("encryption", [SECRET, PlainCipher()])
def test_line_ends_of_windows_are_read(mark: bytes, encryption: Cipher, tmp_path: Path, materials: list[Material]) -> None:
    store = IdentityStore(tmp_path / "identities", encryption)
    store.obtain("web01", lambda: materials[0])
    made = store.remember("web01", FORMER)
    kept = store.remember_subscriptions("web01", POLLS)
    for path in (tmp_path / "identities").glob("web01.*"):
        path.write_bytes((mark if path.suffix == ".pem" else b"") + path.read_bytes().replace(b"\n", b"\r\n"))
    assert store.find("web01") == kept
    assert store.private_key("web01") == materials[0].private_key_pem
    (tmp_path / "identities" / "web01.pem").unlink()
    assert store.find("web01") == made


def test_a_lost_certificate_is_found_in_the_key_with_all_former_thumbprints(
    tmp_path: Path, store: IdentityStore, made: Identity, materials: list[Material]
) -> None:
    store.remember("web01", FORMER)
    replaced = store.replace("web01", materials[1])
    assert replaced.former_thumbprints == (FORMER, made.thumbprint)
    pem = tmp_path / "identities" / "web01.pem"
    before = pem.read_bytes()
    pem.unlink()
    assert store.find("web01") == replaced
    assert not pem.exists(), "a look writes nothing"
    assert store.obtain("web01", never) == (replaced, False)
    assert pem.read_bytes() == before


def test_a_certificate_of_an_older_backup_loses_no_former_thumbprint(tmp_path: Path, store: IdentityStore, made: Identity) -> None:
    pem = tmp_path / "identities" / "web01.pem"
    older = pem.read_bytes()
    store.remember("web01", FORMER)
    pem.write_bytes(older)
    assert store.remember("web01", "F" * 40).former_thumbprints == (FORMER, "F" * 40)


def test_a_lost_certificate_needs_the_secret(tmp_path: Path, made: Identity) -> None:
    (tmp_path / "identities" / "web01.pem").unlink()
    with pytest.raises(StoreError, match=r"'web01' .*web01\.key.*no vault secret was given"):
        IdentityStore(tmp_path / "identities", cipher()).find("web01")


def test_a_key_file_of_before_is_read(tmp_path: Path, store: IdentityStore, made: Identity, materials: list[Material]) -> None:
    old = materials[0].private_key_pem + materials[0].certificate_pem.encode()
    (tmp_path / "identities" / "web01.key").write_bytes(SECRET.encrypt(old))
    assert store.private_key("web01") == materials[0].private_key_pem
    assert store.remember("web01", FORMER).former_thumbprints == (FORMER,)
    (tmp_path / "identities" / "web01.pem").unlink()
    found = store.find("web01")
    assert found is not None
    assert (found.thumbprint, found.former_thumbprints) == (made.thumbprint, (FORMER,))


def test_what_is_remembered_is_encrypted_as_the_key_was(tmp_path: Path, materials: list[Material]) -> None:
    IdentityStore(tmp_path / "identities", cipher(("prod", b"p"))).obtain("web01", lambda: materials[0])
    IdentityStore(tmp_path / "identities", cipher(("dev", b"d"), ("prod", b"p"))).remember("web01", FORMER)
    assert files(tmp_path)["web01.key"].startswith(b"$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert IdentityStore(tmp_path / "identities", cipher(("prod", b"p"))).private_key("web01") == materials[0].private_key_pem


def test_a_key_alone_whose_name_differs_in_case_is_another_s(tmp_path: Path, store: IdentityStore, made: Identity) -> None:
    (tmp_path / "identities" / "web01.pem").unlink()
    (tmp_path / "identities" / "WEB01.key").symlink_to("web01.key")
    with pytest.raises(StoreError, match="identity 'web01', whose name differs in case only"):
        store.obtain("WEB01", never)


ELSEWHERE = "/srv/store"
CHECKOUT = "/builds/fleet"


@pytest.mark.parametrize(
    ("directory", "environ", "words"),
    [
        (ELSEWHERE, {}, None),
        ("/runner/project/identities", {}, None),
        ("/runner/project/identities", {"JOB_ID": "7"}, "deletes after the job"),
        (ELSEWHERE, {"JOB_ID": "7"}, None),
        ("/tmp/awx_7/project/identities", {"AWX_PRIVATE_DATA_DIR": "/tmp/awx_7"}, "deletes after the job"),
        ("/data/project/identities", {"AWX_ISOLATED_DATA_DIR": "/data/artifacts/7"}, "deletes after the job"),
        (ELSEWHERE, {"AWX_ISOLATED_DATA_DIR": "/data/artifacts/7"}, None),
        (f"{CHECKOUT}/inventories/mine-identities", {"GITHUB_WORKSPACE": CHECKOUT}, "the workspace of GitHub Actions"),
        (CHECKOUT, {"CI_PROJECT_DIR": CHECKOUT}, "the workspace of GitLab CI"),
        (f"{CHECKOUT}-identities", {"CI_PROJECT_DIR": CHECKOUT}, None),
        (f"{CHECKOUT}/x", {"BUILD_SOURCESDIRECTORY": CHECKOUT}, "the workspace of Azure Pipelines"),
        (f"{CHECKOUT}/x", {"BITBUCKET_CLONE_DIR": f"{CHECKOUT}/"}, "the workspace of Bitbucket Pipelines"),
        (str(Path.home() / "project" / "x"), {"CIRCLE_WORKING_DIRECTORY": "~/project"}, "the workspace of CircleCI"),
        (f"{CHECKOUT}/x", {"WORKSPACE": CHECKOUT, "JENKINS_URL": "https://ci"}, "the workspace of Jenkins"),
        (f"{CHECKOUT}/x", {"WORKSPACE": CHECKOUT, "BUILD_TAG": "jenkins-fleet-7"}, "the workspace of Jenkins"),
        (f"{CHECKOUT}/x", {"WORKSPACE": CHECKOUT}, None),
        (f"{CHECKOUT}/x", {"GITHUB_WORKSPACE": "", "CI_PROJECT_DIR": "builds"}, None),
        (ELSEWHERE, {"GITHUB_WORKSPACE": CHECKOUT}, None),
    ],
)
def test_places_that_do_not_last_are_known(directory: str, environ: dict[str, str], words: str | None) -> None:
    reason = vanishes(directory, environ)
    assert reason is None if words is None else words in (reason or "")


def test_a_link_does_not_hide_where_a_place_is(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "store").symlink_to("work")
    assert vanishes(tmp_path / "store" / "identities", {"GITHUB_WORKSPACE": str(tmp_path / "work")})
