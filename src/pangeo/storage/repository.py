"""Open and create the Icechunk repository of a dataset, and read what it says of itself.

The snapshot is the truth: the data of every layout and, in the attributes of the root
group, the description that Pangeo gave it. Both become visible in one commit.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import icechunk
import xarray as xr
import zarr

from pangeo.errors import DatasetNotFoundError, StoreError
from pangeo.storage.damage import last_remedy, reason_of, refusal
from pangeo.storage.lease import Lease
from pangeo.storage.location import Location, locations
from pangeo.storage.refusal import writing_to
from pangeo.storage.staging import BRANCH, is_left

DESCRIPTION = "pangeo"  # the attribute of the root group that holds our description
SCHEMA_VERSION = 1
NEVER_ENDED = "an ingest that never ended, or is still running: nothing was committed"

if "ICECHUNK_LOG" not in os.environ:
    # Its warning that commits to a file system may race is what our lease is for; what it
    # cannot load ahead, of a dataset that is removed meanwhile, nobody asked for.
    icechunk.set_logs_filter("error,icechunk::repository=off")


def open_repository(location: Location) -> icechunk.Repository:
    """The repository of a dataset.

    Raises
    ------
    DatasetNotFoundError
        When there is no repository there, or nothing was ever committed to it.
    StoreError
        When there is one that cannot be read.
    """
    storage = icechunk.local_filesystem_storage(str(location.store))
    try:
        if not location.store.is_dir():
            raise _absent(location, f"no dataset at {location.folder}")
        if not icechunk.Repository.exists(storage) and not _has_a_commit(location):
            raise _absent(location, NEVER_ENDED)
        repository = icechunk.Repository.open(storage)
        if not _has_a_version(repository):
            raise _absent(location, NEVER_ENDED)
    except (OSError, icechunk.IcechunkError) as error:
        if (refused := refusal(location, reason_of(error))) is not None:
            raise refused from error
        raise StoreError(
            f"cannot open the store of {location.name!r}",
            found=f"{location.store}: {reason_of(error)}",
            expected="an Icechunk repository",
            fix=last_remedy(location),
        ) from error
    return repository


def _absent(location: Location, found: str) -> StoreError | DatasetNotFoundError:
    """Lost, where it was described, for that is done after a commit; else never there."""
    if not location.collection.exists():
        return not_found(location, found)
    return StoreError(
        f"the store of {location.name!r} is lost",
        found=f"a description in {location.folder}, and nothing committed at {location.store}",
        expected="the Icechunk repository that is described",
        fix=last_remedy(location),
    )


def _has_a_version(repository: icechunk.Repository) -> bool:
    newest = repository.lookup_snapshot(repository.lookup_branch(BRANCH))
    return newest.parent_id is not None  # as Icechunk's own empty first snapshot has none


@contextmanager
def new_repository(location: Location, lease: Lease) -> Iterator[icechunk.Repository]:
    """A repository without a version so far, removed again unless one is made or staged.

    The caller holds this lease, so what lies there is left from an ingest that was killed
    before it made its first version: gone on with where it has staged something. A repository
    comes and goes whole, by a rename: one half made could be told from a broken one by nobody.
    """
    repository = _left(location)
    if repository is None:
        _discard(location)
        with writing_to(location.folder):
            location.folder.mkdir(parents=True, exist_ok=True)
            try:
                icechunk.Repository.create(icechunk.local_filesystem_storage(str(location.draft)))
            except icechunk.IcechunkError as error:
                raise OSError(str(error).splitlines()[0]) from error
            location.draft.rename(location.store)
        storage = icechunk.local_filesystem_storage(str(location.store))
        repository = icechunk.Repository.open(storage)
    try:
        yield repository
    except BaseException:
        with suppress(StoreError):
            lease.check()  # if it was lost, what lies there now is somebody else's
            if not is_left(repository) and not _has_a_version(repository):
                _discard(location)
        raise


def _left(location: Location) -> icechunk.Repository | None:
    """What a killed ingest has staged, if it can be read."""
    if not location.store.is_dir():
        return None
    try:
        storage = icechunk.local_filesystem_storage(str(location.store))
        repository = icechunk.Repository.open(storage)
        return repository if is_left(repository) else None
    except icechunk.IcechunkError:
        return None


def _discard(location: Location) -> None:
    with writing_to(location.folder):
        _remove(location.draft)
        if location.store.exists():
            location.store.rename(location.draft)
            _remove(location.draft)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _has_a_commit(location: Location) -> bool:
    """Whether a store without its main object was more than begun; then it is damaged."""
    snapshots = {path.name.partition("#")[0] for path in location.store.glob("snapshots/*")}
    return len(snapshots) > 1  # the first is Icechunk's own, and "#" marks a file half written


def open_raw(store: icechunk.IcechunkStore, layout: str, without: Sequence[Any] = ()) -> xr.Dataset:
    """A layout as it is stored, undecoded and lazy; only its axes are read, but those left out."""
    return xr.open_dataset(
        cast(Any, store),  # a Zarr store, which xarray takes and its annotation leaves out
        engine="zarr",
        group=layout,
        consolidated=False,
        decode_cf=False,
        drop_variables=without,
    )


def read_description(store: icechunk.IcechunkStore) -> dict[str, Any]:
    """What Pangeo wrote of the dataset into the root metadata of this version."""
    said = zarr.open_group(store, mode="r").attrs
    if DESCRIPTION not in said:
        raise StoreError(
            "the store is no dataset of Pangeo",
            found=f"a root group with the attributes {sorted(said)}",
            expected=f"the attribute {DESCRIPTION!r}, which ingest writes",
            fix="open it with Icechunk and xarray, and pangeo.ingest(DATASET, NAME)",
        )
    return cast("dict[str, Any]", said[DESCRIPTION])


def write_description(store: icechunk.IcechunkStore, description: dict[str, Any]) -> None:
    """Put the description, sealed, into the root metadata, to be committed with the data.

    The last thing to be written: what changes the metadata after it breaks the seal.
    """
    group = zarr.open_group(store, mode="a")
    said = {**description, "schema_version": SCHEMA_VERSION}
    group.attrs[DESCRIPTION] = {**said, "seal": _seal(group, said)}


def is_sealed(store: icechunk.IcechunkStore) -> bool:
    """Whether the description, and the metadata of every array, are as they were written.

    Chunks carry checksums; but Icechunk notices no flipped bit in the attributes, of which a
    scale factor or an epoch can become another.
    """
    said = read_description(store)
    return said.get("seal") == _seal(zarr.open_group(store, mode="r"), said)


def _seal(group: zarr.Group, said: dict[str, Any]) -> str:
    """A digest of all that gives the stored numbers their meaning."""
    nodes = {path: node.metadata.to_dict() for path, node in group.members(max_depth=None)}
    unsealed = {key: value for key, value in said.items() if key != "seal"}
    text = json.dumps([unsealed, nodes], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def not_found(location: Location, found: str) -> DatasetNotFoundError:
    """What to say where there is no dataset of a name: the names that are like it first."""
    others = [each.name for each in locations(location.workspace) if each.name != location.name]
    near = difflib.get_close_matches(location.name, others)
    others = near + [name for name in others if name not in near]
    return DatasetNotFoundError(
        f"no dataset named {location.name!r}",
        found=found,
        expected=f"one of {', '.join(others[:20])}" if others else "an ingested dataset",
        fix=f"run the same ingest again, or free what it left with `pangeo rm {location.name}`"
        if found == NEVER_ENDED
        else f"check the name with `pangeo ls`, or `pangeo ingest FILE --name {location.name}`",
    )
