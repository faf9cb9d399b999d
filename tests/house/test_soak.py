"""Long runs that look for what happens seldom; `make soak`."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pangeo

PANGEO = Path(sys.executable).with_name("pangeo")
ROUNDS = 60


def make_source(path: Path, level: float) -> Path:
    """A file of 16 MB with noise that does not compress, all of it near ``level``."""
    noise = np.random.default_rng(0).random((4, 1000, 1000), dtype="float32") / 2
    coords = {"time": np.arange("2000-01", "2000-05", dtype="M8[M]").astype("M8[ns]")}
    field = xr.DataArray(noise + np.float32(level), coords, ("time", "y", "x"), name="field")
    field.to_netcdf(path, engine="h5netcdf")
    return path


def level_of(name: str) -> float:
    """Which of the sources a dataset holds, as a whole: chunks of two would differ."""
    levels = np.floor(pangeo.open(name).field.values)
    assert levels.min() == levels.max()
    return float(levels.min())


@pytest.mark.soak
def test_readers_see_whole_versions_however_often_writers_are_killed(
    tmp_path: Path, workspace: Path
) -> None:
    sources = {level: make_source(tmp_path / f"{level}.nc", level) for level in (1.0, 2.0)}
    pangeo.ingest(sources[1.0], "field")
    moments = random.Random(0)
    duration, held, killed = 4.0, 1.0, 0
    for _ in range(ROUNDS):
        other = 3.0 - held
        started = time.monotonic()
        writer = subprocess.Popen(
            [PANGEO, "ingest", sources[other], "--name", "field", "--mode", "replace"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            _, errors = writer.communicate(timeout=moments.uniform(0, duration))
            assert writer.returncode == 0, errors.decode()
            duration = time.monotonic() - started  # aim the next shots at what it really takes
        except subprocess.TimeoutExpired:
            writer.kill()
            writer.communicate()
            killed += 1
        found = level_of("field")
        assert found in (held, other)
        held = found
    assert killed > ROUNDS / 10

    pangeo.ingest(sources[3.0 - held], "field", mode="replace")
    assert level_of("field") == 3.0 - held
    assert pangeo.catalog().check() == []
    left = {path.name for path in (workspace / "datasets" / "field").iterdir()}
    assert left == {"collection.json", "store"}
