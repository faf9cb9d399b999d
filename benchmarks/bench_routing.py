"""What a stored chunk costs beside its bytes: the constant by which layouts are compared.

The same field is stored in chunks of several sizes and read whole through Dask, as
``pangeo.open`` reads it. A straight line through seconds per chunk against bytes per chunk
gives what a chunk costs in itself and what its bytes cost; their ratio is ``REQUEST_BYTES`` of
``pangeo.catalogs.routing``.

    python benchmarks/bench_routing.py [ROUNDS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from statistics import median

import numpy as np
import xarray as xr

import pangeo
from pangeo.catalogs.routing import REQUEST_BYTES

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 5
ROWS = (16, 64, 256, 1024)  # of 4 kB: the heights of the chunks
SHAPE = (32, 1024, 2048)


def field() -> xr.Dataset:
    """Int16, smooth with noise, that is compressed to about a half."""
    rng = np.random.default_rng(0)
    y, x = np.meshgrid(np.linspace(0, 9, SHAPE[1]), np.linspace(0, 9, SHAPE[2]), indexing="ij")
    noise = rng.integers(-20, 20, SHAPE)
    values = (3000 * np.sin(x) * np.cos(y) + noise).astype("int16")
    return xr.Dataset({"v": (("step", "y", "x"), values)})


def seconds(rows: int) -> float:
    """To read all of it, after it was read once."""
    dataset = pangeo.open(f"rows-{rows}")
    started = time.perf_counter()
    dataset.v.data.sum().compute()
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, pangeo.config.set(workspace=folder):
        source = field()
        for rows in ROWS:
            chunks = {"map": {"step": 1, "y": rows, "x": SHAPE[2]}}
            pangeo.ingest(source, f"rows-{rows}", chunks=chunks)
            seconds(rows)
        taken = [{rows: seconds(rows) for rows in ROWS} for _ in range(ROUNDS)]
    print(f"{'chunk, kB':>10}{'chunks':>8}{'ms a chunk':>12}")
    for rows in ROWS:
        count = SHAPE[0] * SHAPE[1] // rows
        each = 1e3 * median(one[rows] for one in taken) / count
        print(f"{rows * 4:10}{count:8}{each:12.3f}")
    ratios = []
    for one in taken:
        nbytes = [rows * SHAPE[2] * 2 for rows in ROWS]
        slope, start = np.polyfit(
            nbytes, [one[rows] * rows / (SHAPE[0] * SHAPE[1]) for rows in ROWS], 1
        )
        ratios.append(start / slope / 1024)
    print(
        f"a chunk costs as much as {median(ratios):.0f} kB ({min(ratios):.0f} .. {max(ratios):.0f})"
    )
    print(f"REQUEST_BYTES is {REQUEST_BYTES // 1024} kB")


if __name__ == "__main__":
    main()
