"""A file elsewhere, read in blocks as a library asks for its parts.

What was read once is what is read again, or it is an error: a file that was looked through before
it is opened must not become another one in between, and whoever serves it is not trusted.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pangeo.errors import StoreError
from pangeo.storage.remote import object_at

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ObjectStore

BLOCK = 2**20  # the metadata of a NetCDF-4 file are many small reads close together
KEPT = 32  # blocks


@dataclass(frozen=True, slots=True)
class _Pin:
    """By what a file is known again."""

    size: int
    tag: str | None
    digests: dict[int, bytes] = field(default_factory=dict)  # of the blocks that were read

    @classmethod
    def of(cls, store: ObjectStore, key: str) -> _Pin:
        import obstore

        said = obstore.head(store, key)
        return cls(said["size"], said["e_tag"])


class RemoteFile(io.RawIOBase):
    """The object at a URL as a file; each block is asked for once, while it is remembered."""

    def __init__(self, url: str, pin: _Pin | None = None) -> None:
        self.url = url
        self._store, self._key = object_at(url)
        self._pin = pin or _Pin.of(self._store, self._key)
        self._position = 0
        self._block = lru_cache(maxsize=KEPT)(self._fetch)

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker of Dask opens it anew, and finds the same file or none. A copy, for another
        # thread may be reading.
        return type(self), (self.url, replace(self._pin, digests=self._pin.digests.copy()))

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read at any place."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Let the next read begin there."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._pin.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, as far as the file reaches."""
        view = memoryview(buffer).cast("B")
        wanted = max(0, min(len(view), self._pin.size - self._position))
        done = 0
        while done < wanted:
            number, offset = divmod(self._position, BLOCK)
            part = self._block(number)[offset : offset + wanted - done]
            view[done : done + len(part)] = part
            done += len(part)
            self._position += len(part)
        return wanted

    def _fetch(self, number: int) -> bytes:
        import obstore
        from obstore.exceptions import PreconditionError

        start = number * BLOCK
        end = min(start + BLOCK, self._pin.size)
        options: GetOptions = {"range": (start, end)}
        if self._pin.tag is not None and not self._pin.tag.startswith("W/"):
            options["if_match"] = self._pin.tag  # a weak one never matches
        try:
            answer = obstore.get(self._store, self._key, options=options)
        except PreconditionError as error:
            raise self._changed("an answer that it is another one now") from error
        if answer.meta["e_tag"] != self._pin.tag:
            raise self._changed(f"ETag {answer.meta['e_tag']}, and {self._pin.tag} before")
        part = bytes(answer.bytes())
        # An honest server is known by its ETag, any other by what it sends.
        digest = sha256(part).digest()
        if len(part) != end - start or self._pin.digests.setdefault(number, digest) != digest:
            raise self._changed(f"other bytes from {start} to {end} than before")
        return part

    def _changed(self, found: str) -> StoreError:
        return StoreError(
            f"{self.url} has changed since it was opened",
            found=found,
            expected="the same file as long as it is open",
            fix="open it again",
        )
