"""What threads do to one store at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import icechunk
import numpy as np
import zarr

from pangeo.ingestion.jobs import Arrays


def test_arrays_that_are_opened_by_many_threads_at_once_store_every_chunk() -> None:
    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    session = repository.writable_session("main")
    names = [f"scalar_{number}" for number in range(200)]
    group = zarr.create_group(session.store)
    for name in names:
        group.create_array(name, shape=(), dtype="int64")
    arrays = Arrays(session.store)

    def write(name: str) -> bool:
        arrays[name][...] = np.int64(0)  # the fill value
        return arrays[name].config.write_empty_chunks

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(write, names))
    assert [group[name].nchunks_initialized for name in names] == [1] * len(names)
