"""What the lab builds once and keeps outside of the checkout: a folder of the user's cache for each set of inputs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_in_use: dict[Path, int] = {}


def cache_root() -> Path:
    """Return the lab's folder in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "octoboot-lab"


def built_once(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """Return the folder of a kind and of a hash of its inputs; `build` fills it when there is none yet.

    It is filled beside its place and renamed, so a folder that is there is complete. Of several processes one builds, the others wait.
    Nobody removes it while this process lives; older ones that no process uses are removed.
    """
    target = cache_root() / f"{kind}-{key}"
    target.parent.mkdir(parents=True, exist_ok=True)
    while not _is_held(target):
        beside = target.with_name(f"{target.name}.building")
        with _alone(beside):
            if not target.is_dir():
                _forget_others(target, kind)
                _fill(target, beside, build)
    return target


def _is_held(folder: Path) -> bool:
    """Keep a folder from being removed for as long as this process lives; tell whether it is there."""
    if folder in _in_use:
        return True
    descriptor = os.open(_lock_of(folder), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    if folder.is_dir():
        _in_use[folder] = descriptor
        return True
    os.close(descriptor)
    return False


def _fill(target: Path, beside: Path, build: Callable[[Path], None]) -> None:
    shutil.rmtree(beside, ignore_errors=True)  # what a build left that was killed
    # Users of the hosts read what is built, whatever the caller keeps from others.
    umask = os.umask(0o022)
    try:
        beside.mkdir()
        build(beside)
        beside.rename(target)
    finally:
        os.umask(umask)
        shutil.rmtree(beside, ignore_errors=True)


def _forget_others(target: Path, kind: str) -> None:
    for folder in target.parent.glob(f"{kind}-*"):
        if folder.is_dir() and not folder.name.startswith(target.name):
            with contextlib.suppress(BlockingIOError), _alone(folder, wait=False):
                shutil.rmtree(folder)
                _lock_of(folder).unlink()


@contextmanager
def _alone(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Be the only one at a folder. Raises BlockingIOError when somebody else is and `wait` is false."""
    lock = _lock_of(folder)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
