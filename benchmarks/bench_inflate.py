"""Read NetCDF-4 fields on several threads: through the HDF5 library, and beside it.

60 daily files as in bench_ingest.py (0.25 degree, three packed fields, zlib 4 and shuffle), read
into memory and forgotten; one field of one file to a job. Also what a core needs to inflate
the same bytes with the zlib of Python and with zlib-ng. Medians of ROUNDS, all in turn.

    python benchmarks/bench_inflate.py [ROUNDS]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import h5py
import numpy as np
from bench_ingest import COLUMNS, FIELDS, ROWS, make_files
from zlib_ng import zlib_ng

from pangeo.ingestion import hdf5

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5


def by_library(path: Path, field: str) -> np.ndarray:
    with h5py.File(path) as file:
        return np.asarray(file[field][0])


def beside_it(path: Path, field: str) -> np.ndarray:
    lazy = hdf5.lazy(path, field, ("time", "lat", "lon"), (1, ROWS, COLUMNS), "int16")
    return np.asarray(lazy[0].values)


def raw_chunks(path: Path) -> list[bytes]:
    with h5py.File(path) as file:
        arrays = [file[field].id for field in FIELDS]
        places = [(each, each.get_chunk_info(n).chunk_offset)
                  for each in arrays for n in range(each.get_num_chunks())]  # fmt: skip
        return [each.read_direct_chunk(place)[1] for each, place in places]


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def on_threads(read: Callable[[Path, str], np.ndarray], paths: list[Path], threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        jobs = [(path, field) for path in paths for field in FIELDS]
        for _ in pool.map(lambda job: read(*job).size, jobs):
            pass


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder))
        paths = sorted(Path(folder).glob("*.nc"))
        assert np.array_equal(by_library(paths[3], "sla"), beside_it(paths[3], "sla"))
        works: dict[str, Callable[[], object]] = {
            f"{name}, {threads} thread(s)": lambda read=read, threads=threads: on_threads(
                read, paths, threads
            )
            for name, read in (("h5py", by_library), ("beside it", beside_it))
            for threads in (1, 2, 4)
        }
        chunks = raw_chunks(paths[0])
        size = len(zlib.decompress(chunks[0]))
        works |= {
            "zlib, chunks of a file": lambda: [zlib.decompress(each) for each in chunks],
            "zlib-ng, chunks of a file": lambda: [
                zlib_ng.decompress(each, bufsize=size) for each in chunks
            ],
        }
        taken = [{name: seconds(work) for name, work in works.items()} for _ in range(ROUNDS)]
    total = sum(COLUMNS * ROWS * 2 for _ in paths for _ in FIELDS) / 1e6
    print(f"{len(paths)} files, {total:.0f} MB inflated, {ROUNDS} rounds, {os.cpu_count()} cores")
    print(f"{'':28}{'wall s':>9}{'CPU s':>9}{'MB/s':>9}")
    for name in works:
        wall, cpu = (median(each[name][kind] for each in taken) for kind in (0, 1))
        amount = total if "thread" in name else total / len(paths)
        print(f"{name:28}{wall:9.3f}{cpu:9.3f}{amount / wall:9.0f}")


if __name__ == "__main__":
    main()
