"""How long ``pangeo.open`` takes, after imports, on a dataset of 10,000 stored chunks.

In turn with ``xarray.open_zarr`` of the same layout of the same store, which neither looks the
name up nor decides on a layout. Also counts what is read of the store meanwhile.

    python benchmarks/bench_open.py [ROUNDS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import icechunk
import numpy as np
import pandas as pd
import xarray as xr

import pangeo

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 15
DAYS, ROWS, COLUMNS = 10_000, 40, 80
NAME = "many-chunks"


def make() -> None:
    values = np.random.default_rng(0).integers(0, 99, (DAYS, ROWS, COLUMNS), "int16")
    coords = {
        "time": pd.date_range("1993-01-01", periods=DAYS),
        "lat": ("lat", np.linspace(-80, 80, ROWS), {"units": "degrees_north"}),
        "lon": ("lon", np.linspace(0, 355, COLUMNS), {"units": "degrees_east"}),
    }
    source = xr.Dataset({"sla": (("time", "lat", "lon"), values, {"units": "mm"})}, coords)
    chunks = {"map": {"time": 1}}
    pangeo.ingest(source, NAME, layouts=["map", "series"], chunks=chunks)


def by_xarray(folder: str) -> xr.Dataset:
    storage = icechunk.local_filesystem_storage(str(Path(folder, "datasets", NAME, "store")))
    session = icechunk.Repository.open(storage).readonly_session("main")
    return xr.open_zarr(session.store, group="map", consolidated=False)


def counted(work: Callable[[], Any]) -> tuple[int, int]:
    """How many chunks of axes, and of the field, are read."""
    keys: list[str] = []
    get = icechunk.IcechunkStore.get

    async def seen(store: Any, key: str, *options: Any, **more: Any) -> Any:
        keys.append(key)
        return await get(store, key, *options, **more)

    icechunk.IcechunkStore.get = seen  # type: ignore[method-assign]
    try:
        work()
    finally:
        icechunk.IcechunkStore.get = get  # type: ignore[method-assign]
    chunks = [key for key in keys if "/c" in key]
    return len(chunks), sum("/sla/" in key for key in chunks)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, pangeo.config.set(workspace=folder):
        make()
        works = {
            "pangeo.open(name)": lambda: pangeo.open(NAME),
            "pangeo.open(name, bbox=a point)": lambda: pangeo.open(NAME, bbox=(80, 0, 83, 4)),
            "pangeo.open(name, time=a day)": lambda: pangeo.open(NAME, time="2001-02-03"),
            "xarray.open_zarr": lambda: by_xarray(folder),
        }
        taken: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                started = time.perf_counter()
                work()
                taken[name].append(time.perf_counter() - started)
        for name, work in works.items():
            axes, field = counted(work)
            low, middle, high = min(taken[name]), median(taken[name]), max(taken[name])
            print(
                f"{name:34}{1e3 * middle:6.0f} ms ({1e3 * low:.0f} .. {1e3 * high:.0f}), reads "
                f"{axes} chunks, {field} of the field"
            )


if __name__ == "__main__":
    main()
