"""Where the parts of a dataset lie.

<workspace>/
catalog.json                        the STAC catalogue, links to every collection
catalog.lease                       there while somebody writes these links
catalog.generation                  a token that every write of a description swaps
catalog.parquet                     the index for searches, made of the descriptions
datasets/<name>/collection.json     the dataset described in STAC
datasets/<name>/certificate.json    what the last verify of its newest version found
datasets/<name>/store/              its Icechunk repository: data, versions, ledger
datasets/<name>/.store/             one that is being made or removed
datasets/<name>/writer.lease        there while somebody writes
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pangeo.errors import InputError, StoreError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Location:
    """The folder of one dataset in a workspace, and what lies in it."""

    workspace: Path
    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            suggestion = re.sub(r"[^A-Za-z0-9._-]+", "-", str(self.name)).strip("-._")[:100]
            raise InputError(
                "cannot name a dataset so",
                found=f"name={self.name!r}",
                expected="up to 100 letters, digits, '.', '_' and '-', the first a letter or digit",
                fix=f"choose another name{f', such as {suggestion!r}' if suggestion else ''}",
            )

    @property
    def folder(self) -> Path:
        """The folder that holds everything of the dataset."""
        return self.workspace / "datasets" / self.name

    @property
    def store(self) -> Path:
        """Its Icechunk repository."""
        return self.folder / "store"

    @property
    def draft(self) -> Path:
        """Where a repository lies that is not whole: being made, or being removed."""
        return self.folder / ".store"

    @property
    def lease(self) -> Path:
        """The file that is there while somebody writes."""
        return self.folder / "writer.lease"

    @property
    def collection(self) -> Path:
        """Its description as a STAC Collection."""
        return self.folder / "collection.json"

    @property
    def certificate(self) -> Path:
        """What the last verify of its newest version found."""
        return self.folder / "certificate.json"


def locations(workspace: Path) -> list[Location]:
    """Every folder of a dataset in the workspace, by name; what else lies there is no matter."""
    if workspace.exists() and not workspace.is_dir():
        raise StoreError(
            f"no workspace at {workspace}",
            found="a file",
            expected="a folder, or nothing yet",
            fix="choose another workspace: PANGEO_WORKSPACE=FOLDER",
        )
    folder = workspace / "datasets"
    if not folder.is_dir():
        return []
    with os.scandir(folder) as children:  # asks of each what it is in one go
        names = sorted(child.name for child in children if child.is_dir())
    return [Location(workspace, name) for name in names if _NAME.fullmatch(name)]
