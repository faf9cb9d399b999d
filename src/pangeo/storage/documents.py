"""The JSON documents beside a store: its description in STAC, its certificate."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pangeo.storage.refusal import writing_to


def write_document(path: Path, content: Mapping[str, Any]) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with writing_to(path.parent):
        try:
            draft.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)


def read_document(path: Path, fields: Collection[str]) -> dict[str, Any] | None:
    """What the file says; None where it is missing, unreadable, or lacks one of the fields."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(content, dict) and content.keys() >= set(fields)
    return content if whole else None


def folder_bytes(folder: str | Path) -> int:
    """How much room the files of a folder take, at whatever depth they lie."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # removed meanwhile
                is_folder = entry.is_dir(follow_symlinks=False)
                total += folder_bytes(entry.path) if is_folder else entry.stat().st_size
    return total
