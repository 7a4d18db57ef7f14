"""The folder for temporary files, without which no command of Tentacle starts (tentacle.md 1.1).

On Windows it is always there: a profile brings it.
"""

from __future__ import annotations

import os

from ..machine import FileSystem
from .errors import ControlledFailure
from .paths import Paths


def require_temporary_folder(files: FileSystem, paths: Paths) -> None:
    """Write a file there and delete it again. Raises ControlledFailure."""
    if paths.windows:
        return
    folder = paths.join(paths.variable("TMPDIR") or "/tmp", "")
    if not files.is_dir(folder):
        raise ControlledFailure(f"The temp folder '{folder}' does not exist. Ensure the user '{paths.user.name}' has a valid temp folder.")
    file = paths.join(folder, os.urandom(16).hex())
    try:
        files.write(file, b"")
        files.delete(file)
    except OSError as error:
        # The vendor's own spelling.
        message = f"Could not write to temp folder '{folder}'. Ensure the user '{paths.user.name}' can write to the temp forlder."
        raise ControlledFailure(message) from error
