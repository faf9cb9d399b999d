"""The chunk files of a version: which there should be, and which of them are lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import zarr

from pangeo.errors import StoreError
from pangeo.storage.damage import DatasetStore, reading, ways_out


def check_chunks(store: DatasetStore) -> None:
    """Raise StoreError where a chunk file of this version is lost.

    Their names are compared, a microsecond for each, and none is read: ``verify`` does that.
    """
    location, folder = store.location, store.location.store / "chunks"
    there = set(os.listdir(folder)) if folder.is_dir() else set[str]()
    with reading(location):
        members = zarr.open_group(store, mode="r").members(max_depth=None)
        paths = [path for path, node in members if isinstance(node, zarr.Array)]
        named = complete(_chunk_files(store, paths))
    lost = named - there
    if lost:
        raise StoreError(
            f"{location.name!r} has lost data",
            found=f"{len(lost)} of {len(named)} chunk files are not in {folder}",
            expected="every chunk file of this version",
            fix=ways_out(location),
        )


async def _chunk_files(store: DatasetStore, arrays: Iterable[str]) -> set[str]:
    """The names of the chunk files of arrays; small chunks have none and lie in the manifest."""
    names: set[str] = set()
    for path in arrays:
        async for _, _, files, *_ in store.array_chunk_iterator(f"/{path}"):
            names.update(filter(None, files))
    return names


def complete[T](work: Coroutine[Any, Any, T]) -> T:
    """What asynchronous work gives.

    In a thread of its own: the thread of a notebook has a loop already.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
