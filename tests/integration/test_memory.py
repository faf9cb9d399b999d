"""What an ingest holds in memory is bounded by its setting and not by the data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import psutil
import pytest

FIELDS = ("sla", "ugos", "vgos")
ROWS, COLUMNS = 720, 1440
TILE = (1, 180, 360)

# Prints the memory that it has before it begins, then waits to be told to.
INGEST = """
import json, sys, time
import psutil
import pangeo, pangeo.ingestion, pangeo.catalogs.projection, scipy
print(psutil.Process().memory_info().rss, flush=True)
sys.stdin.readline()
for _ in range(2):
    started = time.perf_counter()
    report = pangeo.ingest(sys.argv[1], "daily", layouts=("map", "series"))
    print(json.dumps([report.status, report.nbytes, time.perf_counter() - started]), flush=True)
"""


def make_days(folder: Path, days: int) -> None:
    """Daily files as DUACS has them: 0.25 degree, three packed fields, zlib and shuffle.

    Each is of other tiles of a small stock, which are compressed once.
    """
    folder.mkdir()
    rng = np.random.default_rng(0)
    scratch = folder / "stock.h5"
    with h5py.File(scratch, "w") as file:
        stock = file.create_dataset("a", (32, *TILE[1:]), "int16", chunks=TILE, compression=4,
                                    shuffle=True)  # fmt: skip
        for number in range(32):
            smooth = np.cumsum(rng.normal(0, 30, TILE[1:]), axis=1)
            stock[number] = smooth.clip(-30000, 30000).round()
        tiles = [stock.id.read_direct_chunk((number, 0, 0))[1] for number in range(32)]
    scratch.unlink()
    for day in range(days):
        with h5py.File(folder / f"{day:05}.nc", "w") as file:
            for name, values, units in (
                ("time", np.array([float(day)]), "days since 1993-01-01"),
                ("latitude", np.arange(-89.875, 90, 0.25), "degrees_north"),
                ("longitude", np.arange(0.125, 360, 0.25), "degrees_east"),
            ):
                axis = file.create_dataset(name, data=values)
                axis.attrs["units"] = units
                axis.make_scale(name)
            for field in FIELDS:
                array = file.create_dataset(
                    field, (1, ROWS, COLUMNS), "int16", chunks=TILE, compression=4, shuffle=True
                )
                array.attrs.update({"scale_factor": 1e-4, "_FillValue": np.int16(-32768)})
                for dim, axis in enumerate(("time", "latitude", "longitude")):
                    array.dims[dim].attach_scale(file[axis])
                for y in range(0, ROWS, TILE[1]):
                    for x in range(0, COLUMNS, TILE[2]):
                        tile = tiles[rng.integers(len(tiles))]
                        array.id.write_direct_chunk((0, y, x), tile)


def measure(folder: Path, memory: str) -> tuple[int, list[list[object]]]:
    """The peak of the process tree above what it had before, and what the ingests said."""
    with subprocess.Popen(
        [sys.executable, "-c", INGEST, str(folder)],
        env={**os.environ, "PANGEO_INGEST__MEMORY": memory},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        idle = int(process.stdout.readline())
        watched, peak = psutil.Process(process.pid), 0
        print(file=process.stdin, flush=True)
        while process.poll() is None:
            try:
                family = [watched, *watched.children(recursive=True)]
                peak = max(peak, sum(each.memory_info().rss for each in family))
            except psutil.NoSuchProcess:
                pass
            time.sleep(0.01)
        assert process.returncode == 0
        return peak - idle, [json.loads(line) for line in process.stdout]


def check(tmp_path: Path, days: int, memory: str, limit: int) -> None:
    make_days(tmp_path / "days", days)
    peak, said = measure(tmp_path / "days", memory)
    print(f"{days} days, {memory}: peak {peak / 2**20:.0f} MiB above idle, {said}")
    assert [status for status, *_ in said] == ["created", "unchanged"]
    assert said[0][1] >= days * len(FIELDS) * ROWS * COLUMNS * 2  # type: ignore[operator]
    assert peak < limit


def test_weeks_within_a_small_cap(tmp_path: Path) -> None:
    """Packed the data take 427 MiB, and twice that in float32."""
    check(tmp_path, 72, "256MiB", 256 * 2**20)


@pytest.mark.soak
def test_ten_gigabytes_within_one(tmp_path: Path) -> None:
    """Unpacked to float32 it is 10.0 GB, the cap is a tenth."""
    check(tmp_path, 805, "1GiB", 2**30)
