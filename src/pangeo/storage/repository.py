"""Open and create the Icechunk repository of a dataset, and read its versions.

The snapshot is the truth: the data of every layout and, in the attributes of the root
group, the description that Pangeo gave it. Both become visible in one commit.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import icechunk
import zarr

from pangeo.errors import DatasetNotFoundError, StoreError
from pangeo.storage.location import Location

BRANCH = "main"
DESCRIPTION = "pangeo"  # the attribute of the root group that holds our description
SCHEMA_VERSION = 1

if "ICECHUNK_LOG" not in os.environ:
    # Its warning that commits to a file system may race is what our lease is for.
    icechunk.set_logs_filter("error")


@dataclass(frozen=True, slots=True)
class Version:
    """One committed version of a dataset: its snapshot id, when and what for."""

    snapshot: str
    written_at: dt.datetime
    message: str


def open_repository(location: Location) -> icechunk.Repository:
    """The repository of a dataset.

    Raises
    ------
    DatasetNotFoundError
        When there is no repository there, or nothing was ever committed to it.
    StoreError
        When there is one that cannot be read.
    """
    if not location.store.is_dir():
        raise _not_found(location, f"no dataset at {location.folder}")
    try:
        repository = icechunk.Repository.open(_storage(location))
    except icechunk.IcechunkError as error:
        raise StoreError(
            f"cannot open the store of {location.name!r}",
            found=f"{location.store}: {str(error).splitlines()[0]}",
            expected="an Icechunk repository",
            fix="restore the folder from a backup, or remove it and ingest the sources again",
        ) from error
    if not versions(repository):
        raise _not_found(location, "an ingest that never ended: nothing was committed")
    return repository


@contextmanager
def new_repository(location: Location) -> Iterator[icechunk.Repository]:
    """A new, empty repository, removed again unless the block ends well.

    The caller holds the lease, so what lies there is left from an ingest that was killed
    before its first commit, and nobody's work is lost with it.
    """
    shutil.rmtree(location.store, ignore_errors=True)
    location.folder.mkdir(parents=True, exist_ok=True)
    try:
        yield icechunk.Repository.create(_storage(location))
    except BaseException:
        shutil.rmtree(location.store, ignore_errors=True)
        raise


def versions(repository: icechunk.Repository) -> list[Version]:
    """The committed versions, newest first, without Icechunk's own empty first snapshot."""
    return [
        Version(info.id, info.written_at, info.message)
        for info in repository.ancestry(branch=BRANCH)
        if info.parent_id is not None
    ]


def readonly_store(
    repository: icechunk.Repository, location: Location, version: str | None = None
) -> tuple[icechunk.IcechunkStore, str]:
    """The Zarr store of a version (a snapshot id or a tag; None: the newest), and its id."""
    if version is None:
        session = repository.readonly_session(BRANCH)
    elif version in repository.list_tags():
        session = repository.readonly_session(tag=version)
    elif any(version == known.snapshot for known in versions(repository)):
        session = repository.readonly_session(snapshot_id=version)
    else:
        known = [each.snapshot for each in versions(repository)]
        raise DatasetNotFoundError(
            f"no version {version!r} of {location.name!r}",
            found=f"versions {', '.join(known)}",
            expected="a snapshot id or a tag of this dataset",
            fix="take one of the versions above, or leave version out for the newest",
        )
    return session.store, session.snapshot_id


def read_description(store: icechunk.IcechunkStore) -> dict[str, Any]:
    """What Pangeo wrote of the dataset into the root metadata of this version."""
    return cast("dict[str, Any]", zarr.open_group(store, mode="r").attrs[DESCRIPTION])


def write_description(store: icechunk.IcechunkStore, description: dict[str, Any]) -> None:
    """Put the description into the root metadata, to be committed with the data."""
    group = zarr.open_group(store, mode="a")
    group.attrs[DESCRIPTION] = {"schema_version": SCHEMA_VERSION, **description}


def _storage(location: Location) -> icechunk.Storage:
    return icechunk.local_filesystem_storage(str(location.store))


def _not_found(location: Location, found: str) -> DatasetNotFoundError:
    folder = location.workspace / "datasets"
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    others = [name for name in names if name != location.name]
    return DatasetNotFoundError(
        f"no dataset named {location.name!r}",
        found=found,
        expected=f"one of {', '.join(others[:20])}" if others else "an ingested dataset",
        fix=f"check the name with `pangeo ls`, or `pangeo ingest FILE --name {location.name}`",
    )
