"""Build the collection's tarball in build/ from a copy of what git knows, so that nothing else can get into it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.tools.checkout import ROOT, copy, galaxy


def build(output: Path, *, scratch: Path) -> Path:
    """Build into `output` through a copy under `scratch`, replacing an older tarball; return the tarball."""
    program = str(Path(sys.executable).with_name("ansible-galaxy"))
    subprocess.run([program, "collection", "build", "--force", "--output-path", str(output), str(copy(scratch))], check=True)
    about = galaxy()
    return output / f"{about.namespace}-{about.name}-{about.version}.tar.gz"


if __name__ == "__main__":
    build(ROOT / "build", scratch=ROOT / "build")
