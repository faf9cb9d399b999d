"""A file elsewhere, read in blocks as a library asks for its parts."""

from __future__ import annotations

import io
import os
from functools import lru_cache
from typing import Any

from pangeo.storage.remote import object_at

BLOCK = 2**20  # the metadata of a NetCDF-4 file are many small reads close together
KEPT = 32  # blocks


class RemoteFile(io.RawIOBase):
    """The object at a URL as a file; each block is asked for once, while it is remembered."""

    def __init__(self, url: str) -> None:
        import obstore

        self.url = url
        self._store, self._key = object_at(url)
        self._size = obstore.head(self._store, self._key)["size"]
        self._position = 0
        self._block = lru_cache(maxsize=KEPT)(self._fetch)

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker of Dask opens it anew.
        return type(self), (self.url,)

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
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, as far as the file reaches."""
        view = memoryview(buffer).cast("B")
        wanted = max(0, min(len(view), self._size - self._position))
        done = 0
        while done < wanted:
            number, offset = divmod(self._position, BLOCK)
            part = self._block(number)[offset : offset + wanted - done]
            if not part:
                raise OSError(f"{self.url} has become shorter")
            view[done : done + len(part)] = part
            done += len(part)
            self._position += len(part)
        return wanted

    def _fetch(self, number: int) -> bytes:
        import obstore

        start = number * BLOCK
        end = min(start + BLOCK, self._size)
        return bytes(obstore.get_range(self._store, self._key, start=start, end=end))
