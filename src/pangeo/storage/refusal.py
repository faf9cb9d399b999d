"""What the operating system refuses, said as every other refusal is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pangeo.errors import StoreError


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn an OSError of the block, such as a full or read-only disk, into a StoreError."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise StoreError(
            f"cannot write to {folder}",
            found=f"{error.filename or folder}: {reason}",
            expected="a folder on a disk with room, where this user may write",
            fix="free space or correct the permissions, "
            "or choose another workspace: PANGEO_WORKSPACE=FOLDER",
        ) from error
