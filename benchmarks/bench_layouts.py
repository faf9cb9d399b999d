"""What chunk shapes cost: a point, a region and a map, from ``map`` and from ``series``.

A made-up year of a packed field at half a degree (189 MB), ingested once for each shape of
``series``, and read in processes of their own: medians of ROUNDS, in milliseconds, opening
and imports not counted.

    python benchmarks/bench_layouts.py [ROUNDS]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import xarray as xr

import pangeo

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 5
DAYS, ROWS, COLUMNS = 365, 360, 720
SERIES = {"128 KiB": (10, 18), "1 MiB": (30, 48), "8 MiB": (90, 128)}  # cells of a chunk
WHERE = {
    "point": {"lat": 100, "lon": 100},
    "10 x 10 degrees": {"lat": slice(200, 220), "lon": slice(300, 320)},
    "map": {"time": 200},
}


def make_file(path: Path) -> None:
    """Smooth in space, with noise in the last digits, as an analysis is."""
    rng = np.random.default_rng(0)
    coarse = np.kron(rng.normal(0, 2000, (ROWS // 20, COLUMNS // 20)), np.ones((20, 20)))
    values = (coarse + rng.normal(0, 20, (DAYS, ROWS, COLUMNS))).astype("int16")
    attrs = {"units": "m", "scale_factor": 1e-4, "_FillValue": np.int16(-32768)}
    coords = {
        "time": ("time", np.arange(float(DAYS)), {"units": "days since 2000-01-01"}),
        "lat": ("lat", np.arange(-89.75, 90, 0.5), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(0.25, 360, 0.5), {"units": "degrees_east"}),
    }
    xr.Dataset({"v": (("time", "lat", "lon"), values, attrs)}, coords).to_netcdf(
        path, engine="h5netcdf"
    )


def read(workspace: str, name: str, layout: str) -> dict[str, float]:
    taken = {}
    with pangeo.config.set(workspace=workspace):
        field = pangeo.open(name, layout=layout).v
        _ = field[0, 0, 0].values  # what the first read loads
        for what, where in WHERE.items():
            started = time.perf_counter()
            field.isel(where).load()
            taken[what] = 1000 * (time.perf_counter() - started)
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_file(Path(folder, "a.nc"))
        cases = {"map, one step, 506 KiB": ("1 MiB", "map")}
        with pangeo.config.set(workspace=folder):
            for size, (rows, columns) in SERIES.items():
                chunks = {"series": {"lat": rows, "lon": columns}}
                started = time.perf_counter()
                pangeo.ingest(f"{folder}/a.nc", size.replace(" ", "-"), chunks=chunks)
                took = time.perf_counter() - started
                cases[f"series, {size}, {took:.1f} s to write both"] = (size, "series")
        print(f"{'':38}" + "".join(f"{what:>17}" for what in WHERE))
        for case, (size, layout) in cases.items():
            command = [sys.executable, "-W", "ignore", __file__, "--work", folder]
            command += [size.replace(" ", "-"), layout]
            rounds = [json.loads(subprocess.check_output(command)) for _ in range(ROUNDS)]
            print(f"{case:38}", end="")
            print("".join(f"{median(each[what] for each in rounds):17.0f}" for what in WHERE))


if __name__ == "__main__":
    if "--work" in sys.argv:
        print(json.dumps(read(*sys.argv[-3:])))
    else:
        main()
