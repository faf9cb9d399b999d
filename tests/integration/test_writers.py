"""Writers that die and writers that meet: nothing lost, nothing twice, nothing half."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pangeo

NAME = "sla"

DYING = """
import os, signal, sys
import pangeo
from pangeo.ingestion import pipeline
def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)
moment, mode, path = sys.argv[1:]
options = {}
if moment == "while it writes":
    options["progress"] = die
elif moment == "before the commit":
    pipeline.Lease.check = die
else:
    pipeline.publish = die
pangeo.ingest(path, "sla", mode=mode, **options)
"""

APPENDING = """
import sys
import pangeo
for path in sys.argv[1:]:
    pangeo.ingest(path, "sla", mode="update")
"""


def write_day(folder: Path, day: int, seed: int = 0) -> Path:
    values = np.random.default_rng([day, seed]).integers(-1000, 1000, (1, 6, 8)).astype("int16")
    ds = xr.Dataset(
        {"sla": (("time", "lat", "lon"), values, {"units": "m", "scale_factor": 0.001})},
        coords={
            "time": ("time", [float(day)], {"units": "days since 2000-01-01"}),
            "lat": np.arange(6.0),
            "lon": np.arange(8.0),
        },
    )
    path = folder / f"{day}-{seed}.nc"
    ds.to_netcdf(path, engine="h5netcdf")
    return path


def values_of(paths: list[Path]) -> np.ndarray:
    found = []
    for path in paths:
        with xr.open_dataset(path, engine="h5netcdf") as ds:
            found.append(ds.sla.values)
    return np.concatenate(found)


@pytest.mark.parametrize("moment", ["while it writes", "before the commit", "after the commit"])
@pytest.mark.parametrize("mode", ["append", "update"])
def test_a_killed_extension_is_all_or_nothing(tmp_path: Path, moment: str, mode: str) -> None:
    days = [write_day(tmp_path, day) for day in range(4)]
    new = write_day(tmp_path, 4) if mode == "append" else write_day(tmp_path, 2, seed=1)
    before = pangeo.ingest(days, NAME, layouts=("map", "series"))
    command = [sys.executable, "-c", DYING, moment, mode, str(new)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    after = [*days, new] if mode == "append" else [*days[:2], new, days[3]]
    if moment == "after the commit":
        np.testing.assert_array_equal(pangeo.open(NAME).sla.values, values_of(after))
    else:
        assert pangeo.open(NAME).attrs["pangeo_version"] == before.version
        np.testing.assert_array_equal(pangeo.open(NAME).sla.values, values_of(days))
    pangeo.ingest(new, NAME, mode=mode)  # type: ignore[arg-type]
    np.testing.assert_array_equal(pangeo.open(NAME).sla.values, values_of(after))
    assert pangeo.catalog()[NAME].version == pangeo.open(NAME).attrs["pangeo_version"]


def test_two_that_write_at_once_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    days = [write_day(tmp_path, day) for day in range(21)]
    pangeo.ingest(days[0], NAME)
    shares = [days[1::2], days[2::2]]
    writers = [
        subprocess.Popen([sys.executable, "-c", APPENDING, *map(str, share)]) for share in shares
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    found = pangeo.open(NAME)
    assert found.sizes["time"] == 21
    np.testing.assert_array_equal(found.sla.values, values_of(days))
    assert len(pangeo.catalog()[NAME].sources) == 21
