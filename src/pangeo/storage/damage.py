"""What a damaged store raises, said as every other refusal is, with the name of the dataset."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import icechunk
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype

from pangeo.errors import PangeoError, StoreError
from pangeo.storage.location import Location

SNAPSHOT = "a snapshot"  # the file that holds all metadata of a version


class DatasetStore(icechunk.IcechunkStore):
    """The Zarr store of a version, which says of what cannot be read to which dataset it belongs.

    What is read lazily is read long after the dataset was opened, maybe on a worker: nobody but
    the store can tell then.
    """

    def __init__(self, session: icechunk.Session, location: Location) -> None:
        super().__init__(session.store._store)  # a session makes none of another class
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
    reason = reason_of(error)
    if (refused := refusal(location, reason)) is not None:
        return refused
    return StoreError(
        f"cannot read {location.name!r}: its store is damaged, or the version was expired",
        found=f"{location.store}: {reason}",
        expected="every file of the store as it was written",
        fix=remedy(location) if SNAPSHOT in reason else ways_out(location),
    )


def refusal(location: Location, reason: str) -> StoreError | None:
    """What to say where a file may be whole: neither missing, nor on a disk that fails."""
    number = re.search(r"(?:os error |Errno )(\d+)", reason)
    if number is None or int(number[1]) in (errno.ENOENT, errno.EIO):
        return None
    return StoreError(
        f"cannot read {location.name!r}: the operating system refuses it",
        found=f"{location.store}: {reason}",
        expected="files that this process may open and read",
        fix="correct the permissions or the limit that is named, and do the same again; "
        f"`pangeo verify {location.name}` tells then whether anything is damaged",
    )


def ways_out(location: Location) -> str:
    """What to do about a version whose data are damaged, and whose metadata are not."""
    return (
        f"`pangeo verify {location.name}` tells what is damaged; where that is nothing, open the "
        "dataset again. Else ingest all its sources with mode='replace', which writes everything "
        "anew, or " + remedy(location)
    )


def remedy(location: Location) -> str:
    """What to do about a version that does not open."""
    return (
        f"`pangeo rollback` to a version of `pangeo history {location.name}` that opens, "
        + last_remedy(location)
    )


def last_remedy(location: Location) -> str:
    """What to do about a store of which nothing opens."""
    return (
        f"restore the folder {location.folder} from a backup, or take the dataset away with "
        f"`pangeo rm {location.name}` and ingest its sources again"
    )


def reason_of(error: Exception) -> str:
    """An error in a line, with the file that it is about where Icechunk tells it."""
    if isinstance(error, PangeoError):
        return error.found
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0] + (f" ({where})" if (where := _file_of(text)) else "")


def _file_of(text: str) -> str | None:
    """Which file an error of Icechunk is about, as far as the lines below its first one tell."""
    if file := re.search(r'path="([^"]+)"', text):
        chunk = re.search(r'array="([^"]+)" chunk=(\[[^]]*\])', text)
        return f"chunk {chunk[2]} of {chunk[1]}, {file[1]}" if chunk else file[1]
    if manifest := re.search(r"manifest_id=(\w+)", text):
        return f"manifests/{manifest[1]}"
    return SNAPSHOT if re.search(r'key=".*zarr\.json"', text) else None
