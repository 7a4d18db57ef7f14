"""Folders of a host and whose they are, on this machine's own disk: what a user who owns one of them may try."""

from __future__ import annotations

import contextlib
import ctypes
import getpass
import os
import pwd
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import files, folders, packages

ME = getpass.getuser()
USER, OTHER = "daemon", "nobody"
"""Users that every Linux machine has: the service's, and somebody else."""

_AT_FDCWD, _EXCHANGE = -100, 2
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def uid(name: str) -> int:
    return pwd.getpwnam(name).pw_uid


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def owner(path: Path) -> str:
    return pwd.getpwuid(path.lstat().st_uid).pw_name


def give(name: str, *paths: Path) -> None:
    for path in paths:
        os.chown(path, uid(name), uid(name), follow_symlinks=False)


@pytest.fixture
def umask() -> Iterator[None]:
    """The umask of a hardened host."""
    former = os.umask(0o077)
    yield
    os.umask(former)


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    """A folder of root's with a file that nobody else may have."""
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "secret").write_text("root's")
    (folder / "secret").chmod(0o600)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home directory of an instance whose service runs as USER, who owns it."""
    home = tmp_path / "home"
    (home / "Logs").mkdir(parents=True)
    (home / "Logs" / "OctopusTentacle.txt").write_text("")
    (home / "tentacle.config").write_text("")
    if os.geteuid() == 0:
        give(USER, home, *home.rglob("*"))
    return home


def run_all(home: Path, user: str = USER, former: str = USER) -> None:
    """Do what a run does to a home directory; what is refused is refused."""
    for step in (
        lambda: folders.directory({"path": str(home), "owner": user, "mode": "0700", "content": ["Logs", "Work", "tentacle.config"]}),
        lambda: folders.own({"path": str(home / "tentacle.config"), "owner": user, "former": former}),
        lambda: folders.own({"path": str(home / "Logs"), "owner": user, "former": former, "files": "OctopusTentacle"}),
        lambda: files.write({"path": str(home / "x"), "content": "", "owner": user}),
        lambda: files.remove({"path": str(home / "Logs" / "old")}),
        lambda: files.move({"path": str(home / "x"), "target": str(home / "x.broken")}),
    ):
        with contextlib.suppress(OSError, ValueError):
            step()


def assert_untouched(roots: Path) -> None:
    assert (owner(roots), owner(roots / "secret"), mode(roots / "secret")) == (ME, ME, 0o600)
    assert sorted(path.name for path in roots.iterdir()) == ["secret"]


def test_a_folder_is_made_with_its_parents_whatever_the_umask(tmp_path: Path, umask: None) -> None:
    path = tmp_path / "a" / "b" / "c"
    folders.directory({"path": str(path), "owner": ME, "mode": "0700"})
    assert [mode(folder) for folder in (path, path.parent, path.parent.parent)] == [0o700, 0o755, 0o755]
    path.chmod(0o777)
    folders.directory({"path": str(path), "owner": ME, "mode": "0711"})
    assert mode(path) == 0o711


def test_a_keyring_can_be_read_by_apts_own_user_whatever_the_umask(tmp_path: Path, umask: None) -> None:
    packages.keyring({"target": str(tmp_path / "keyrings" / "octopus.gpg"), "key": "\x99binary", "timeout": 1})
    assert (mode(tmp_path / "keyrings"), mode(tmp_path / "keyrings" / "octopus.gpg")) == (0o755, 0o644)


def test_the_mode_of_a_folder_that_is_there_stays_unless_it_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o2775)
    folders.directory({"path": str(tmp_path), "owner": ME, "new_mode": "0755"})
    assert mode(tmp_path) & 0o777 == 0o775
    folders.directory({"path": str(tmp_path / "new"), "owner": ME, "new_mode": "0750"})
    assert mode(tmp_path / "new") & 0o777 == 0o750


def test_an_owner_that_the_machine_does_not_know_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="knows no user named 'nobody-of-this-name'"):
        folders.own({"path": str(tmp_path), "owner": "nobody-of-this-name"})


@needs_root
def test_what_tentacle_made_changes_hands_with_its_home_and_nothing_else_does(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "Logs").mkdir(parents=True)
    for name in ("Logs/OctopusTentacle.txt", "Logs/theirs", "tentacle.config", "thesis.txt", "root.key"):
        (home / name).write_text("")
    give(OTHER, home / "thesis.txt", home / "Logs/theirs")
    run_all(home, USER, "root")
    assert {str(path.relative_to(home)): owner(path) for path in home.rglob("*")} == {
        **dict.fromkeys(("Logs", "Logs/OctopusTentacle.txt", "tentacle.config", "x.broken"), USER),
        **dict.fromkeys(("thesis.txt", "Logs/theirs"), OTHER),
        "root.key": "root",
    }
    assert (mode(home), mode(home / "Logs"), mode(home / "Logs/OctopusTentacle.txt")) == (0o700, 0o700, 0o600)


@needs_root
def test_a_log_of_roots_that_an_earlier_release_left_is_the_users_again(home: Path) -> None:
    give("root", home / "Logs", home / "Logs/OctopusTentacle.txt")
    folders.own({"path": str(home / "Logs"), "owner": USER, "files": "OctopusTentacle"})
    assert (owner(home / "Logs"), owner(home / "Logs/OctopusTentacle.txt")) == (USER, USER)


@needs_root
@pytest.mark.parametrize("where", ["Logs", "Logs/OctopusTentacle.txt", "tentacle.config", "Work", ""])
def test_a_link_in_the_place_of_what_the_user_owns_leads_root_nowhere(where: str, home: Path, roots: Path) -> None:
    path = home / where if where else home
    target = roots / "secret" if path.suffix else roots
    if path.exists():
        path.rename(home.parent / "aside")
    path.symlink_to(target)
    give(USER, path)
    run_all(home)
    assert_untouched(roots)


@needs_root
def test_a_link_in_the_middle_leads_root_nowhere(tmp_path: Path, home: Path, roots: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (roots.parent / "elsewhere").mkdir()
    roots.rename(roots.parent / "elsewhere" / "home")
    (theirs / "octopus").symlink_to(roots.parent / "elsewhere")
    give(USER, theirs, theirs / "octopus")
    with pytest.raises(ValueError, match=f"'{theirs}/octopus' is a link"):
        folders.directory({"path": str(theirs / "octopus" / "home"), "owner": USER})
    run_all(theirs / "octopus" / "home")
    assert_untouched(roots.parent / "elsewhere" / "home")


@needs_root
def test_roots_own_link_on_the_way_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to("disk")
    folders.directory({"path": str(tmp_path / "link" / "home"), "owner": USER, "mode": "0700"})
    assert owner(tmp_path / "disk" / "home") == USER
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(OSError, match="symbolic links"):
        folders.directory({"path": str(tmp_path / "round" / "home"), "owner": USER})


@needs_root
def test_a_link_at_the_end_is_refused_whoever_made_it(tmp_path: Path, roots: Path) -> None:
    (tmp_path / "link").symlink_to(roots)
    with pytest.raises(ValueError, match="link' is a link"):
        folders.directory({"path": str(tmp_path / "link"), "owner": USER})
    assert_untouched(roots)


@needs_root
@pytest.mark.parametrize("rights", [0o755, 0o777])
def test_a_way_that_somebody_else_could_exchange_is_refused(rights: int, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "home").mkdir(parents=True)
    theirs.chmod(rights)
    whose = "everybody" if rights == 0o777 else OTHER
    if rights == 0o755:
        give(OTHER, theirs)
    told = folders.folder({"path": str(theirs / "home"), "owner": USER, "marks": []})
    assert told["exposed"] == [str(theirs), whose]
    for step in (folders.directory, folders.own):
        with pytest.raises(ValueError, match=f"theirs' is {whose}'s, who could exchange what is in it"):
            step({"path": str(theirs / "home"), "owner": USER})
    assert owner(theirs / "home") == "root"


@needs_root
def test_root_takes_over_nothing_that_leads_elsewhere(home: Path, roots: Path) -> None:
    log = home / "Logs" / "OctopusTentacle.txt"
    log.unlink()
    log.symlink_to(roots / "secret")
    give(USER, log)
    with pytest.raises(ValueError, match=r"OctopusTentacle\.txt' in it leads to a file or folder elsewhere, and root would write there"):
        folders.directory({"path": str(home), "owner": "root", "mode": "0700", "content": ["Logs"]})
    assert owner(home) == USER
    log.unlink()
    os.link(roots / "secret", log)
    with pytest.raises(ValueError, match="leads to a file or folder elsewhere"):
        folders.directory({"path": str(home), "owner": "root", "mode": "0700", "content": ["Logs"]})


@needs_root
def test_a_second_name_of_a_file_of_roots_is_not_given_away(home: Path, roots: Path) -> None:
    """Where the kernel lets users make one (fs.protected_hardlinks=0)."""
    os.link(roots / "secret", home / "Logs" / "OctopusTentacle.1.txt")
    (home / "tentacle.config").unlink()
    os.link(roots / "secret", home / "tentacle.config")
    give("root", home)
    run_all(home)
    assert owner(roots / "secret") == "root"


@contextlib.contextmanager
def exchanging(one: Path, other: Path) -> Iterator[None]:
    """Exchange two names in an endless loop."""
    libc = ctypes.CDLL(None, use_errno=True)
    ended = threading.Event()

    def exchange() -> None:
        while not ended.is_set():
            libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE)

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@needs_root
@pytest.mark.parametrize("where", ["", "Logs", "Work", "tentacle.config", "Logs/OctopusTentacle.txt"])
def test_an_exchange_while_root_walks_gives_nothing_of_roots_away(where: str, home: Path, roots: Path) -> None:
    (home / "Work").mkdir()
    give(USER, home / "Work")
    path = home / where if where else home
    trap = home.parent / "trap"
    trap.symlink_to(roots / "secret" if path.suffix else roots)
    give(USER, trap)
    with exchanging(path, trap):
        for number in range(150):
            run_all(home, *((USER, OTHER) if number % 2 else (OTHER, USER)))
    assert_untouched(roots)


def test_a_folder_is_told_with_what_it_holds_and_whether_it_is_tentacles(tmp_path: Path) -> None:
    step = {"path": str(tmp_path / "home"), "owner": ME, "marks": ["tentacle.config", "Logs/OctopusTentacle.txt"]}
    assert not folders.folder(step)["exists"]
    (tmp_path / "home" / "lost+found").mkdir(parents=True)
    told = folders.folder(step)
    assert (told["exists"], told["is_folder"], told["owner"], told["holds"], told["marked"]) == (True, True, ME, [], False)
    for name in ("e", "d", "b", "a", "c"):
        (tmp_path / "home" / name).touch()
    (tmp_path / "home" / "tentacle.config").symlink_to("a")
    told = folders.folder(step)
    assert (told["holds"], told["marked"]) == (["a", "b", "c", "d"], False)
    (tmp_path / "home" / "Logs").mkdir()
    (tmp_path / "home" / "Logs" / "OctopusTentacle.txt").touch()
    assert folders.folder(step)["marked"]
    assert folders.folder({**step, "path": str(tmp_path / "home" / "a")})["is_folder"] is False
    (tmp_path / "link").symlink_to("home")
    assert folders.folder({**step, "path": str(tmp_path / "link")})["link"] == str(tmp_path / "link")


@needs_root
def test_folders_that_the_services_user_cannot_pass_are_told(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    for part in (*reversed(tmp_path.relative_to("/tmp").parents), tmp_path.relative_to("/tmp")):
        (Path("/tmp") / part).chmod(0o755 if str(part) != "." else 0o1777)
    inner.chmod(0o750)
    (tmp_path / "a").chmod(0o700)
    step = {"path": str(inner / "c"), "owner": USER, "marks": []}
    assert folders.folder(step)["closed"] == [str(tmp_path / "a"), str(inner)]
    assert folders.folder({**step, "owner": "root"})["closed"] == []
    os.chown(inner, 0, pwd.getpwnam(USER).pw_gid)
    (tmp_path / "a").chmod(0o711)
    assert folders.folder(step)["closed"] == []


@needs_root
def test_of_links_and_what_they_lead_to_no_access_is_told(tmp_path: Path, home: Path) -> None:
    (home / "link").symlink_to(tmp_path)
    give(USER, home / "link")
    paths = [str(home), str(home / "link"), str(home / "link" / "home"), str(home / "tentacle.config")]
    assert [item["path"] for item in folders.access({"paths": paths})] == [paths[0], paths[3]]
