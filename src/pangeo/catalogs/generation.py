"""The generation of a catalogue: a token that every write of a description swaps.

Who keeps something derived from the descriptions remembers the token that was there before
they were read. If it is still there, nothing was written since.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from pangeo.storage import read_document, write_document

_TOKEN = "generation"


def new_generation(workspace: Path) -> None:
    """Swap the token, after the descriptions were written and before the writer reports it."""
    write_document(_path(workspace), {_TOKEN: uuid.uuid4().hex})


def generation(workspace: Path) -> str | None:
    """The token; None where nothing was ever described, or the token is torn."""
    said = read_document(_path(workspace), {_TOKEN})
    return None if said is None else str(said[_TOKEN])


def _path(workspace: Path) -> Path:
    return workspace / "catalog.generation"
