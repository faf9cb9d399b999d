"""Statistics of a packed daily cube against peers, and against reading and decoding it alone.

2000 days at a quarter of a degree, int16: 8.3 GB as float32. Each cell of the table is a process
of its own, on two threads, whose peak of resident memory above what it had before the work is
taken. The floor reads and decodes every chunk of the same Icechunk store with zarr-python.

    python benchmarks/bench_stats.py [--days 2000] [--folder FOLDER] [WAY ...]

FOLDER keeps the cube for the next run. A way is WHO.WHAT.LAYOUT, such as ``pangeo.nino.map``;
without any, all for which there is the package (flox, cubed) or the program (CDO).
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import xarray as xr

BOX = {"lat": slice(-5, 5), "lon": slice(190, 240)}
WAYS = [
    *(f"floor.read.{layout}" for layout in ("map", "series")),
    *(f"pangeo.{w}.{x}" for w in ("climatology", "nino", "anomaly") for x in ("map", "series")),
    *(f"xarray.{w}.map" for w in ("climatology", "nino", "tuned", "anomaly")),
    *(f"xarray.{w}.series" for w in ("climatology", "tuned")),
    *(f"{m}.{w}.map" for m in ("cohorts", "map-reduce") for w in ("climatology", "nino")),
    "blockwise.climatology.series", "distributed.climatology.map", "distributed.nino.map",
    "cubed.climatology.map", "cdo.climatology.files", "cdo.nino.files", "cdo.tuned.files",
]  # fmt: skip


def make(folder: Path, days: int) -> None:
    """The files, and the dataset of both layouts."""
    import pangeo

    (folder / "files").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    lat, lon = np.arange(-89.875, 90, 0.25), np.arange(0.125, 360, 0.25)
    warm = (2700 * np.cos(np.deg2rad(lat))[:, None] * np.ones(lon.size)).astype("int16")
    land = np.kron(rng.random((72, 144)) < 0.3, np.ones((10, 10), bool))
    time_ = pd.date_range("2000-01-01", periods=days)
    files = []
    for first in range(0, days, 100):
        files.append(folder / "files" / f"{first:05d}.nc")
        n = min(100, days - first)
        eddies = np.kron(rng.integers(-200, 200, (n, 180, 360)), np.ones((1, 4, 4), "int16"))
        values = (warm + eddies + rng.integers(-8, 8, (n, 720, 1440))).astype("int16")
        values[:, land] = -32768
        attrs = {
            "units": "degC", "standard_name": "sea_surface_temperature",
            "scale_factor": np.float32(0.01), "_FillValue": np.int16(-32768),
        }  # fmt: skip
        ds = xr.Dataset({"sst": (("time", "lat", "lon"), values, attrs)})
        ds = ds.assign_coords(
            time=time_[first : first + n],
            lat=("lat", lat, {"units": "degrees_north"}),
            lon=("lon", lon, {"units": "degrees_east"}),
        )
        packed = {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": (1, 720, 1440)}
        since = {"units": "days since 2000-01-01"}
        ds.to_netcdf(files[-1], engine="h5netcdf", encoding={"sst": packed, "time": since})
    with pangeo.config.set(workspace=str(folder / "workspace")):
        pangeo.ingest([str(each) for each in files], "cube", layouts=("map", "series"))


def read(layout: str) -> None:
    import pangeo
    from pangeo.storage import find_stored

    (piece,) = find_stored(pangeo.open("cube", layout=layout).sst.variable) or []
    array = piece.stored.array
    cuts = [range(0, n, c) for n, c in zip(array.shape, array.chunks, strict=True)]
    keys = [
        tuple(slice(a, a + c) for a, c in zip(at, array.chunks, strict=True))
        for at in itertools.product(*cuts)
    ]
    with ThreadPoolExecutor(2) as threads:
        for _ in threads.map(lambda key: array[key].nbytes, keys):
            pass


def with_pangeo(what: str, layout: str) -> Any:
    import pangeo

    sst = pangeo.open("cube", layout=layout).sst
    if what == "climatology":
        return pangeo.analysis.climatology(sst)
    if what == "nino":
        return pangeo.analysis.index(sst, "nino34")
    return np.abs(pangeo.analysis.anomaly(sst)).max()  # all of it, and nothing to write


def with_xarray(what: str, layout: str, **how: Any) -> Any:
    import pangeo

    sst = pangeo.open("cube", layout=layout).sst
    if what == "tuned":
        sst = sst.sel(BOX)
    months = sst.groupby("time.month")
    normal = months.mean("time", **how)
    if what == "climatology":
        return normal
    anomaly = months - normal
    if what == "anomaly":
        return np.abs(anomaly).max()
    box = anomaly.sel(BOX)
    weighted = box.weighted(np.cos(np.deg2rad(box.lat))).mean(["lat", "lon"])
    return weighted.resample(time="MS").mean()


def with_cdo(what: str, folder: Path) -> None:
    files = sorted(str(each) for each in (folder / "files").glob("*.nc"))
    out, cat = str(folder / "cdo"), ["-cat", "[", *files, "]"]
    run = ["cdo", "-s", "-O", "-P", "2"]
    if what == "climatology":
        subprocess.run([*run, "ymonmean", *cat, out], check=True)
        return
    box = ["-sellonlatbox,190,240,-5,5"]
    source, cut = (box + cat, []) if what == "tuned" else (cat, box)
    subprocess.run([*run, "ymonmean", *source, f"{out}-normal"], check=True)
    work = ["monmean", "-fldmean", *cut, "-ymonsub", *source, f"{out}-normal", out]
    subprocess.run([*run, *work], check=True)


def work(way: str, folder: Path) -> dict[str, float]:
    """Seconds, CPU seconds, peak memory above idle, and tasks, of one way in this process."""
    import dask

    who, what, layout = way.split(".")
    os.environ["PANGEO_WORKSPACE"] = str(folder / "workspace")
    dask.config.set(scheduler="threads", num_workers=2)
    if who != "cdo":
        import pangeo

        small = xr.DataArray(
            np.zeros((2, 3)), {"lat": [0.0, 1], "lon": [0.0, 1, 2]}, ("lat", "lon")
        )
        pangeo.analysis.mean(small)  # compiled kernels are loaded, and so are imports
    client = None
    if who == "distributed":
        from distributed import Client

        client = Client(n_workers=2, threads_per_worker=1, dashboard_address=None)
    watch = _Watch()
    started, cpu = time.perf_counter(), time.process_time()
    tasks = 0
    if who == "floor":
        read(layout)
    elif who == "cdo":
        with_cdo(what, folder)
    elif who == "cubed":
        with_cubed(folder)
    else:
        how = {"method": who} if who in ("cohorts", "map-reduce", "blockwise") else {}
        import xarray

        with xarray.set_options(use_flox=bool(how)):
            lazy = (
                with_pangeo(what, layout) if who == "pangeo" else with_xarray(what, layout, **how)
            )
            tasks = len(dict(dask.optimize(lazy)[0].__dask_graph__()))
            lazy.compute()
    found = {
        "seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu,
        "peak": watch.stop(), "tasks": tasks,
    }  # fmt: skip
    if who == "cdo":
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        found |= {"cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1e6}
    if client is not None:
        client.close()
    return found


def with_cubed(folder: Path) -> None:
    import cubed
    import zarr

    import pangeo
    from pangeo.storage import find_stored

    sst = pangeo.open("cube", layout="map").sst
    (piece,) = find_stored(sst.variable) or []
    spec = cubed.Spec(work_dir=str(folder / "cubed"), allowed_mem="2GB")
    data = cubed.from_array(zarr.Array(piece.stored.array._async_array), spec=spec)
    cubed.mean(data, axis=0).compute()  # not of months: what it can do in one call


class _Watch:
    """The largest resident memory of this process or one of its children, above what it was."""

    def __init__(self) -> None:
        self._process, self._done, self._most = psutil.Process(), False, 0
        self._idle = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._done:
            self._most = max(self._most, self._process.memory_info().rss)
            time.sleep(0.02)

    def stop(self) -> float:
        self._done = True
        self._thread.join()
        return (self._most - self._idle) / 1e9


def possible(way: str) -> bool:
    who = way.split(".")[0]
    if who == "cdo":
        return shutil.which("cdo") is not None
    needed = "cubed" if who == "cubed" else "flox"
    wanted = who in ("cubed", "cohorts", "map-reduce", "blockwise")
    return not wanted or importlib.util.find_spec(needed) is not None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ways", nargs="*")
    parser.add_argument("--days", type=int, default=2000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--one", action="store_true", help="in this process, printed as JSON")
    said = parser.parse_args()
    if said.one:
        print(json.dumps(work(said.ways[0], said.folder)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = said.folder or Path(scratch)
        if not (folder / "workspace").exists():
            make(folder, said.days)
        print(f"{'way':34}{'s':>8}{'CPU s':>8}{'GB':>7}{'tasks':>8}{'load':>7}")
        for way in said.ways or [each for each in WAYS if possible(each)]:
            command = [sys.executable, __file__, "--one", "--folder", str(folder), way]
            done = subprocess.run(command, capture_output=True, text=True, timeout=900)
            if done.returncode:
                print(f"{way:34}{done.stderr.strip().splitlines()[-1]}", flush=True)
                continue
            row = json.loads(done.stdout.splitlines()[-1])
            print(
                f"{way:34}{row['seconds']:8.2f}{row['cpu']:8.2f}{row['peak']:7.2f}"
                f"{row['tasks']:8.0f}{os.getloadavg()[0]:7.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
