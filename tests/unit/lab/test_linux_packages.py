"""The packages of the lab's Tentacle, the repositories with them, and their server (tentacle.md 7)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from pathlib import Path

import pytest

from tests.lab.linux import packages as package_server
from tests.lab.linux.build_cache import built_once, cache_root
from tests.lab.linux.package_build import VERSIONS, architecture, archive_name, deb_name, packages
from tests.lab.linux.package_tree import compiler
from tests.lab.linux.packages import PackageServer
from tests.lab.linux.repository import GOOD, KEY_NAME, UNSIGNED, VANISHED, WRONGLY_SIGNED, repositories

TOOLS = ("dpkg", "dpkg-deb", "apt-ftparchive", "gpg", "gpgconf", "gpgv", "gzip")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]

needs_tools = pytest.mark.skipif(bool(MISSING), reason=f"packages are not built here: {', '.join(MISSING)} not found")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def deb(version: str) -> str:
    return str(packages() / deb_name(version))


@needs_tools
@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_package_says_of_itself(version: str) -> None:
    fields = dict(line.split(": ", 1) for line in output("dpkg-deb", "-f", deb(version)).splitlines())
    assert (fields["Package"], fields["Version"], fields["Architecture"]) == ("tentacle", version, architecture())
    assert (fields["Maintainer"], fields["Vendor"]) == ("<support@octopus.com>", "Octopus Deploy")
    assert fields["Description"] == "Octopus Tentacle package"
    assert fields["Depends"] == "libssl1.0.0 | libssl1.0.2 | libssl1.1 | libssl3"


@needs_tools
def test_the_scripts_of_a_package_touch_nothing(tmp_path: Path) -> None:
    output("dpkg-deb", "-e", deb(VERSIONS[0]), str(tmp_path))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["control", "postinst", "prerm"]
    assert output("sh", str(tmp_path / "postinst")).strip().endswith("/opt/octopus/tentacle/configure-tentacle.sh")
    assert (tmp_path / "prerm").read_text() == "#!/bin/sh\n"


@needs_tools
def test_the_layout_of_a_package() -> None:
    listed = [line.split(maxsplit=5) for line in output("dpkg-deb", "-c", deb(VERSIONS[0])).splitlines()]
    modes = {entry[5]: entry[0] for entry in listed}
    assert {entry[1] for entry in listed} == {"root/root"}
    assert modes["./usr/bin/Tentacle -> /opt/octopus/tentacle/Tentacle"].startswith("l")
    assert modes["./opt/octopus/tentacle/Tentacle"] == modes["./opt/octopus/tentacle/configure-tentacle.sh"] == "-rwxr-xr-x"
    assert modes["./opt/octopus/tentacle/lib/octolab/machine.py"] == "-rw-r--r--"
    assert all(path.startswith(("./opt/", "./usr/bin/")) or path in {"./", "./usr/"} for path in modes), "nothing in /etc"


@needs_tools
def test_an_archive_has_the_same_in_one_folder(tmp_path: Path) -> None:
    with tarfile.open(packages() / archive_name(VERSIONS[0])) as archive:
        names = set(archive.getnames())
    output("dpkg-deb", "-x", deb(VERSIONS[0]), str(tmp_path))
    tree = tmp_path / "opt" / "octopus" / "tentacle"
    assert names == {"tentacle"} | {f"tentacle/{path.relative_to(tree)}" for path in tree.rglob("*")}


@needs_tools
@pytest.mark.parametrize("version", VERSIONS)
def test_the_program_is_of_its_version(version: str, tmp_path: Path) -> None:
    """It finds everything beside itself: nothing of this Python's packages, and nothing of the checkout."""
    python = compiler()
    if python is None:
        pytest.skip("the packages are for Python 3.11, and there is none here")
    output("dpkg-deb", "-x", deb(version), str(tmp_path))
    program = [python, "-IBS", str(tmp_path / "opt" / "octopus" / "tentacle" / "Tentacle")]
    environment = {"HOME": str(tmp_path), "TentacleMachineConfigurationHomeDirectory": str(tmp_path / "etc")}

    def tentacle(*arguments: str) -> str:
        done = subprocess.run([*program, *arguments], check=True, capture_output=True, text=True, env=environment, cwd=tmp_path)
        assert done.stderr == ""
        return done.stdout

    assert tentacle("version") == version
    assert tentacle("list-instances") == "No instances installed"
    assert "written to new.pfx" in tentacle("create-instance", "--instance=web1", "--config=x.config") + tentacle(
        "new-certificate", "--export-pfx=new.pfx"
    )


@needs_tools
@pytest.mark.parametrize("command", ["version", "list-instances"])
def test_short_commands_do_not_wait_for_cryptography(command: str, tmp_path: Path) -> None:
    python = compiler()
    if python is None:
        pytest.skip("the packages are for Python 3.11, and there is none here")
    output("dpkg-deb", "-x", deb(VERSIONS[-1]), str(tmp_path))
    program = str(tmp_path / "opt" / "octopus" / "tentacle" / "Tentacle")
    imported = subprocess.run(
        [python, "-IBS", "-X", "importtime", program, command],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "TentacleMachineConfigurationHomeDirectory": str(tmp_path)},
    ).stderr
    for name in ("cryptography", "OpenSSL", "ssl", "subprocess", "urllib.request"):
        assert f" {name}\n" not in imported


@pytest.fixture(scope="module")
def repository() -> Path:
    return repositories()


def verified(repository: Path, name: str, tmp_path: Path) -> bool:
    """Tell whether both signatures of a repository are by the key that is given out with it."""
    keyring = tmp_path / "keyring.gpg"
    subprocess.run(
        ["gpg", "--homedir", str(tmp_path), "--batch", "--yes", "--dearmor", "--output", str(keyring), str(repository / KEY_NAME)],
        check=True,
    )
    suite = repository / name / "dists" / "stable"
    checks = [[suite / "InRelease"], [suite / "Release.gpg", suite / "Release"]]
    codes = [subprocess.run(["gpgv", "--keyring", str(keyring), *files], check=False, capture_output=True).returncode for files in checks]
    assert len(set(codes)) == 1
    return codes[0] == 0


@needs_tools
def test_signatures(repository: Path, tmp_path: Path) -> None:
    assert (repository / KEY_NAME).read_text().startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert verified(repository, GOOD, tmp_path)
    assert verified(repository, VANISHED, tmp_path)
    assert not verified(repository, WRONGLY_SIGNED, tmp_path)
    assert sorted(path.name for path in (repository / UNSIGNED / "dists" / "stable").iterdir()) == ["Release", "main"]


@needs_tools
def test_indexes(repository: Path) -> None:
    root = repository / GOOD
    index = root / "dists" / "stable" / "main" / f"binary-{architecture()}" / "Packages"
    named = [line.removeprefix("Filename: ") for line in index.read_text().splitlines() if line.startswith("Filename: ")]
    assert [Path(name).name for name in named] == [deb_name(version) for version in VERSIONS]
    assert all((root / name).is_file() for name in named)
    assert not any((repository / VANISHED / name).exists() for name in named)
    release = (root / "dists" / "stable" / "Release").read_text()
    assert hashlib.sha256(index.read_bytes()).hexdigest() in release
    assert "Suite: stable\n" in release
    assert "Components: main\n" in release


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageServer]:
    """A server without the Debian packages, which come with the image of the Linux hosts."""
    monkeypatch.setattr(package_server, "debian_packages", list)
    server = PackageServer("127.0.0.1")
    server.start()
    yield server
    server.stop()


def ask(url: str, method: str = "GET") -> tuple[Message, bytes]:
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
        return answer.headers, answer.read()


@needs_tools
def test_downloads(server: PackageServer) -> None:
    for version in VERSIONS:
        for url in (server.deb_url(version), server.archive_url(version)):
            headers, data = ask(url)
            assert server.sha256(url) == hashlib.sha256(data).hexdigest() == headers["x-amz-meta-sha256"]
            head, nothing = ask(url, "HEAD")
            assert (head["Content-Length"], head["x-amz-meta-sha256"], nothing) == (str(len(data)), server.sha256(url), b"")
    assert server.deb_url("9.1.3736") == f"{server.url}/linux-tentacle/tentacle_9.1.3736_{architecture()}.deb"


@needs_tools
def test_what_a_client_has_already_is_not_sent_again(server: PackageServer) -> None:
    url = f"{server.repository_url}dists/stable/InRelease"
    seen = {"If-Modified-Since": ask(url)[0]["Last-Modified"]}
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(urllib.request.Request(url, headers=seen), timeout=10)
    assert answer.value.code == 304


@needs_tools
def test_the_latest_is_the_newest(server: PackageServer) -> None:
    runtime = server.archive_url(VERSIONS[-1]).rpartition("linux_")[2].removesuffix(".tar.gz")
    headers, _ = ask(f"{server.url}/downloads/latest/Linux_{runtime}TarGz/OctopusTentacle")
    assert headers["x-amz-meta-sha256"] == server.sha256(server.archive_url(VERSIONS[-1]))


@needs_tools
def test_the_repositories_are_served(server: PackageServer) -> None:
    assert server.repository_url == f"{server.url}/apt/"
    assert ask(server.key_url)[1].startswith(b"-----BEGIN PGP PUBLIC KEY BLOCK-----")
    for url in (server.repository_url, server.wrongly_signed_url, server.vanished_url):
        assert ask(f"{url}dists/stable/InRelease")[1].startswith(b"-----BEGIN PGP SIGNED MESSAGE-----")
    for path in (f"vanished/pool/main/t/tentacle/{deb_name(VERSIONS[0])}", "unsigned/dists/stable/InRelease", "apt/../../x", "apt/"):
        with pytest.raises(urllib.error.HTTPError) as failure:
            ask(f"{server.url}/{path}")
        assert failure.value.code == 404


def test_what_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    builds: list[str] = []
    together = threading.Barrier(4)

    def build(folder: Path) -> None:
        builds.append(folder.name)
        (folder / "result").write_text("done")

    def get(_: int) -> Path:
        together.wait()
        return built_once("thing", "1", build)

    with ThreadPoolExecutor(4) as pool:
        (folder,) = set(pool.map(get, range(4)))
    assert folder == cache_root() / "thing-1"
    assert ((folder / "result").read_text(), len(builds)) == ("done", 1)


def test_what_could_not_be_built_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def fail(folder: Path) -> None:
        (folder / "half").write_text("")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        built_once("thing", "2", fail)
    assert [path for path in cache_root().iterdir() if path.is_dir()] == []
    built_once("thing", "2", lambda folder: (folder / "whole").touch())
    assert [path.name for path in (cache_root() / "thing-2").iterdir()] == ["whole"]
