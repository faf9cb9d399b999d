"""What a damaged store raises, said as every other refusal is, with the name of the dataset."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import icechunk
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype

from pangeo.errors import PangeoError, StoreError
from pangeo.storage.location import Location


class DatasetStore(icechunk.IcechunkStore):
    """The Zarr store of a version, which says of what cannot be read to which dataset it belongs.

    What is read lazily is read long after the dataset was opened, maybe on a worker: nobody but
    the store can tell then.
    """

    def __init__(self, session: icechunk.Session, location: Location) -> None:
        super().__init__(session.store._store)
        self.location = location

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """The value of a key, or a part of it."""
        with reading(self.location):
            return await super().get(key, prototype, byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Parts of the values of several keys."""
        with reading(self.location):
            return await super().get_partial_values(prototype, key_ranges)


@contextmanager
def reading(location: Location) -> Iterator[None]:
    """Turn what Icechunk and Zarr raise in the block on a damaged store into a StoreError."""
    try:
        yield
    except PangeoError:
        raise
    except Exception as error:
        if not is_damage(error):
            raise
        raise damaged(location, error) from error


def is_damage(error: Exception) -> bool:
    """Whether an error tells of a damaged file; Zarr has no type for a wrong checksum."""
    return isinstance(error, icechunk.IcechunkError) or "checksum do not match" in str(error)


def damaged(location: Location, error: Exception) -> StoreError:
    """What to say of a store of which something cannot be read."""
    return StoreError(
        f"cannot read all of {location.name!r}: its store is damaged",
        found=f"{location.store}: {reason_of(error)}",
        expected="every file of the store as it was written",
        fix=f"see what is damaged with `pangeo verify {location.name}`, and which versions there "
        f"are with `pangeo history {location.name}`: `pangeo rollback` goes back to a whole one, "
        "and ingest with mode='replace' writes all anew from the sources. If neither works, "
        + remedy(location),
    )


def remedy(location: Location) -> str:
    """What to do about a store that cannot be opened."""
    return (
        f"restore the folder {location.folder} from a backup, or take the dataset away with "
        f"`pangeo rm {location.name}` and ingest its sources again"
    )


def reason_of(error: Exception) -> str:
    """An error in a line, with the file that it is about where Icechunk tells it."""
    if isinstance(error, PangeoError):
        return error.found
    text = str(error).strip() or type(error).__name__
    file: Any = re.search(r'path="([^"]+)"', text)
    manifest: Any = re.search(r"manifest_id=(\w+)", text)
    where = file[1] if file else f"manifests/{manifest[1]}" if manifest else None
    return text.splitlines()[0] + (f" ({where})" if where else "")
