"""Ingest of 60 daily packed files, 0.25 degree, three variables: against xarray and the floor.

The floor is what cannot be avoided: decode the files (zlib), encode with our codecs, write, on
every core, with nothing around it. xarray is ``open_mfdataset(...).to_zarr`` with h5netcdf and
the keywords that make it fast. Each round runs all in turn in processes of their own; medians
and spread of the ratios, and the peak memory of the process with its children.

    python benchmarks/bench_ingest.py [ROUNDS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

import h5py
import numpy as np
import psutil
import xarray as xr

FIELDS = ("sla", "ugos", "vgos")
DAYS, ROWS, COLUMNS = 60, 720, 1440
TILE = 90
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 5


def make_files(folder: Path) -> None:
    """Smooth fields with noise and a continent, int16 under zlib 4 and shuffle."""
    rng = np.random.default_rng(0)
    for day in range(DAYS):
        fields = {}
        for name in FIELDS:
            coarse = np.kron(rng.normal(0, 0.1, (45, 90)), np.ones((16, 16)))
            packed = np.round((coarse + rng.normal(0, 0.002, (ROWS, COLUMNS))) / 1e-4)
            packed[200:300, 300:700] = -32768
            attrs = {"units": "m", "scale_factor": 1e-4, "_FillValue": np.int16(-32768)}
            fields[name] = (("time", "lat", "lon"), packed.astype("int16")[None], attrs)
        coords = {
            "time": ("time", [float(day)], {"units": "days since 1993-01-01"}),
            "lat": ("lat", np.arange(-89.875, 90, 0.25), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(0.125, 360, 0.25), {"units": "degrees_east"}),
        }
        coding = {"zlib": True, "complevel": 4, "shuffle": True, "chunksizes": (1, 180, 360)}
        encoding = dict.fromkeys(FIELDS, coding)
        path = folder / f"{day:03}.nc"
        xr.Dataset(fields, coords).to_netcdf(path, engine="h5netcdf", encoding=encoding)


def encode_and_write(values: np.ndarray, path: Path) -> None:
    from numcodecs import Blosc
    from numcodecs.checksum32 import CRC32C

    blosc = Blosc("zstd", clevel=3, shuffle=Blosc.SHUFFLE)
    path.write_bytes(CRC32C(location="end").encode(blosc.encode(np.ascontiguousarray(values))))


def floor_map(folder: str, out: str, part: int) -> None:
    for number, path in enumerate(sorted(Path(folder).glob("*.nc"))):
        if number % 2 == part:
            with h5py.File(path) as file:
                for name in FIELDS:
                    encode_and_write(file[name][0], Path(out) / f"{name}.{number}")


def floor_series(folder: str, out: str, part: int) -> None:
    rows = slice(part * ROWS // 2, (part + 1) * ROWS // 2)
    paths = sorted(Path(folder).glob("*.nc"))
    for name in FIELDS:
        band = np.empty((DAYS, ROWS // 2, COLUMNS), "int16")
        for number, path in enumerate(paths):
            with h5py.File(path) as file:
                band[number] = file[name][0, rows]
        for y in range(0, ROWS // 2, TILE):
            for x in range(0, COLUMNS, TILE):
                tile = band[:, y : y + TILE, x : x + TILE]
                encode_and_write(tile, Path(out) / f"{name}.{part}.{y}.{x}")


def in_two_processes(work: object, folder: str, out: str) -> None:
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(work, [folder] * 2, [out] * 2, range(2)))  # type: ignore[arg-type]


def by_xarray(folder: str, out: str, chunks: dict[str, int]) -> None:
    ds = xr.open_mfdataset(
        f"{folder}/*.nc", engine="h5netcdf", combine="nested", concat_dim="time", chunks={},
        data_vars="minimal", coords="minimal", compat="override", join="override",
    )  # fmt: skip
    ds.chunk(chunks).drop_encoding().to_zarr(f"{out}/store.zarr", zarr_format=3, consolidated=False)


def by_pangeo(folder: str, out: str, layouts: list[str]) -> None:
    import pangeo

    with pangeo.config.set(workspace=out):
        pangeo.ingest(folder, "daily", layouts=layouts)


WORKS = {
    "floor, map": lambda folder, out: in_two_processes(floor_map, folder, out),
    "floor, series": lambda folder, out: in_two_processes(floor_series, folder, out),
    "xarray, map": lambda folder, out: by_xarray(folder, out, {"time": 1}),
    "xarray, series": lambda folder, out: by_xarray(
        folder, out, {"time": -1, "lat": TILE, "lon": TILE}
    ),
    "pangeo, map": lambda folder, out: by_pangeo(folder, out, ["map"]),
    "pangeo, both": lambda folder, out: by_pangeo(folder, out, ["map", "series"]),
}


def measure(work: str, folder: str) -> tuple[float, float]:
    """Seconds of the work without the start of Python, and the peak of its processes in MB."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-W", "ignore", __file__, "--work", work, folder, out]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        watched, peak = psutil.Process(process.pid), 0
        while process.poll() is None:
            try:
                family = [watched, *watched.children(recursive=True)]
                peak = max(peak, sum(each.memory_info().rss for each in family))
            except psutil.NoSuchProcess:
                pass
            time.sleep(0.02)
        assert process.returncode == 0, work
        assert process.stdout is not None
        return float(process.stdout.read().split()[-1]), peak / 2**20


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        print(f"{DAYS} files, {size:.0f} MB, {ROUNDS} rounds, {os.cpu_count()} cores")
        taken = [{work: measure(work, folder) for work in WORKS} for _ in range(ROUNDS)]
    seconds = [{work: each[work][0] for work in WORKS} for each in taken]
    print(f"{'':16}{'seconds':>9}{'peak MB':>9}")
    for work in WORKS:
        peak = median(each[work][1] for each in taken)
        print(f"{work:16}{median(each[work] for each in seconds):9.2f}{peak:9.0f}")
    both = [each["floor, map"] + each["floor, series"] for each in seconds]
    for name, ratios in {
        "map: ours / floor": [each["pangeo, map"] / each["floor, map"] for each in seconds],
        "both: ours / sum of floors": [
            each["pangeo, both"] / floor for each, floor in zip(seconds, both, strict=True)
        ],
        "map: xarray / ours": [each["xarray, map"] / each["pangeo, map"] for each in seconds],
        # Ours never writes series alone: what it adds to map, and all of it.
        "series: xarray / ours, both - map": [
            each["xarray, series"] / (each["pangeo, both"] - each["pangeo, map"])
            for each in seconds
        ],
        "series: xarray / ours, both": [
            each["xarray, series"] / each["pangeo, both"] for each in seconds
        ],
        "both: xarray, sum / ours, both": [
            (each["xarray, map"] + each["xarray, series"]) / each["pangeo, both"]
            for each in seconds
        ],
    }.items():
        print(f"{name:36}{median(ratios):6.2f} ({min(ratios):.2f} .. {max(ratios):.2f})")


if __name__ == "__main__":
    if "--work" in sys.argv:
        chosen, source, target = sys.argv[-3:]
        import pangeo.ingestion  # noqa: F401  # imports are not what is measured

        started = time.perf_counter()
        WORKS[chosen](source, target)
        print(time.perf_counter() - started)
    else:
        main()
