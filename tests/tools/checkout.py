"""This checkout as a collection: what galaxy.yml says of it, and a copy of its files at the path that Ansible's own tools ask for."""

from __future__ import annotations

import fnmatch
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Galaxy:
    """The part of galaxy.yml that the tools read; `dependencies` maps a collection's name to its version specifier."""

    namespace: str
    name: str
    version: str
    dependencies: dict[str, str]
    build_ignore: tuple[str, ...]


def galaxy() -> Galaxy:
    """Read galaxy.yml."""
    data = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    return Galaxy(data["namespace"], data["name"], data["version"], dict(data["dependencies"]), tuple(data["build_ignore"]))


def files() -> tuple[str, ...]:
    """List the checkout's files, tracked or new and not ignored, relative to its top."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    return tuple(path for path in listed.stdout.split("\0") if path and ((ROOT / path).is_symlink() or (ROOT / path).exists()))


def shipped(paths: Iterable[str], *, ignore: tuple[str, ...]) -> Iterator[str]:
    """Yield the paths that `ansible-galaxy collection build` would pack: those of which no leading part is ignored."""
    for path in paths:
        parts = Path(path).parts
        leading = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        if not any(fnmatch.fnmatch(part, pattern) for part in leading for pattern in ignore):
            yield path


def copy(parent: Path, *, also: tuple[str, ...] = ()) -> Path:
    """Lay the shipped files, galaxy.yml and those under `also` afresh at PARENT/ansible_collections/<namespace>/<name>; return that path.

    Ansible's tools resolve links, so the link in `collections/` does not serve them (mechanisms.md section 10).
    """
    about = galaxy()
    target = parent / "ansible_collections" / about.namespace / about.name
    if target.exists():
        shutil.rmtree(target)
    everything = files()
    wanted = {*shipped(everything, ignore=about.build_ignore), *(path for path in everything if path.startswith(also))}
    for path in sorted(wanted):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path, follow_symlinks=False)
    return target
