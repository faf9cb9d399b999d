"""The versions of a dataset: on the line that leads to the newest, or kept by a tag alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import icechunk

from pangeo.errors import DatasetNotFoundError
from pangeo.storage.damage import DatasetStore
from pangeo.storage.location import Location
from pangeo.storage.staging import BRANCH

SHOWN = 10  # versions that a refusal names; `pangeo history` lists them all


@dataclass(frozen=True, slots=True)
class Version:
    """One committed version of a dataset: its snapshot id, when, what for, and its tags."""

    snapshot: str
    """Its id, to be given as ``version``."""
    written_at: dt.datetime
    """When it was committed, UTC."""
    message: str
    """What was done."""
    tags: list[str]
    """Names that it was given, to be used in place of the id."""

    def as_dict(self) -> dict[str, Any]:
        """The version as plain values."""
        return {
            "version": self.snapshot,
            "written_at": self.written_at.isoformat(),
            "message": self.message,
            "tags": self.tags,
        }


def versions(repository: icechunk.Repository) -> list[Version]:
    """The newest version and those that led to it; after them those that only a tag keeps.

    Each newest first, and without Icechunk's own empty first snapshot.
    """
    line = list(repository.ancestry(branch=BRANCH))
    tags: dict[str, list[str]] = {}
    for tag in sorted(repository.list_tags()):
        tags.setdefault(repository.lookup_tag(tag), []).append(tag)
    others = [repository.lookup_snapshot(each) for each in tags.keys() - {each.id for each in line}]
    others.sort(key=lambda each: each.written_at, reverse=True)
    return [
        Version(each.id, each.written_at, each.message, tags.get(each.id, []))
        for each in line + others
        if each.parent_id is not None
    ]


def readonly_store(
    repository: icechunk.Repository, location: Location, version: str | None = None
) -> tuple[DatasetStore, str]:
    """The Zarr store of a version (a snapshot id or a tag; None: the newest), and its id."""
    if version is None:
        session = repository.readonly_session(BRANCH)
    elif version in repository.list_tags():
        session = repository.readonly_session(tag=version)
    else:
        known = [each.snapshot for each in versions(repository)]
        if version not in known:
            raise _no_version(location, version, known)
        session = repository.readonly_session(snapshot_id=version)
    return DatasetStore(session, location), session.snapshot_id


def _no_version(location: Location, version: str, known: list[str]) -> DatasetNotFoundError:
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return DatasetNotFoundError(
        f"no version {version!r} of {location.name!r}: it was expired, or never there",
        found=f"versions {', '.join(known[:SHOWN])}{more}",
        expected="a snapshot id or a tag of this dataset",
        fix=f"take one that `pangeo history {location.name}` lists, "
        "or leave version out for the newest",
    )
