"""A dataset that grows by files of days: packed fields, a mask, and a digest of all it holds."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import pangeo
from pangeo.errors import DatasetNotFoundError

NAME = "sea"
LAYOUTS = ("map", "series")

# As producers pack: integers of several types, each with its own scale, offset and fill value.
PACKING = {
    "sla": {"scale_factor": 1e-3, "_FillValue": np.int16(-32768)},
    "sst": {"scale_factor": 1e-2, "add_offset": 10.0, "_FillValue": np.int16(-32768)},
    "ice": {"scale_factor": np.float32(0.01), "_FillValue": np.int8(-128)},
}


def write_days(
    path: Path,
    days: Iterable[int],
    seed: int = 0,
    shape: tuple[int, int] = (12, 16),
    format: Any = "NETCDF4",
    noise: int = 2**15,
) -> Path:
    """A file with these days of 2000; a day of another seed has other values.

    ``noise`` is how far packed values may be from 0; the less, the better they are compressed.
    """
    days = list(days)
    variables = {
        name: (("time", "lat", "lon"), _packed([*days, seed], noise, shape, attrs), attrs)
        for name, attrs in PACKING.items()
    }
    rows, columns = shape
    xr.Dataset(
        {**variables, "mask": (("lat", "lon"), np.arange(rows * columns).reshape(shape) % 7 > 2)},
        coords={
            "time": ("time", np.array(days, "float64"), {"units": "days since 2000-01-01"}),
            "lat": ("lat", np.linspace(-60, 60, rows), {"units": "degrees_north"}),
            "lon": ("lon", np.linspace(0, 359, columns), {"units": "degrees_east"}),
        },
    ).to_netcdf(path, engine="h5netcdf" if format == "NETCDF4" else "scipy", format=format)
    return path


def _packed(
    seed: list[int], noise: int, shape: tuple[int, int], attrs: dict[str, object]
) -> np.ndarray:
    """Noise of as many days as there are numbers in the seed but one, fill values on one side."""
    fill = np.asarray(attrs["_FillValue"])
    highest = min(noise, np.iinfo(fill.dtype).max)
    rng = np.random.default_rng(seed)
    packed = rng.integers(-highest, highest, (len(seed) - 1, *shape), fill.dtype, endpoint=True)
    packed[:, 0] = fill
    return packed


def digest(layouts: Iterable[str] = LAYOUTS) -> str | None:
    """Of every value and coordinate, decoded, in every layout; None where there is no dataset."""
    try:
        return _digest(pangeo.open(NAME, layout=layout) for layout in layouts)
    except DatasetNotFoundError:
        return None


def digest_of(paths: Iterable[Path], layouts: Iterable[str] = LAYOUTS) -> str:
    """The same of what a dataset made of these files, later ones winning, has to hold."""
    files = [xr.load_dataset(path, engine="h5netcdf") for path in paths]
    whole = xr.concat(files, "time", data_vars="minimal", coords="minimal", compat="identical",
                      join="exact")  # fmt: skip
    last = {time: step for step, time in enumerate(whole.time.values)}
    whole = whole.isel(time=[last[time] for time in sorted(last)])
    return _digest(whole for _ in layouts)


def _digest(datasets: Iterable[xr.Dataset]) -> str:
    sha = hashlib.sha256()
    for dataset in datasets:
        for name in sorted(map(str, dataset.variables)):
            values = dataset[name].values
            sha.update(f"{name} {dataset[name].dims} {values.shape} {values.dtype}".encode())
            sha.update(values.tobytes())
    return sha.hexdigest()


def put_back(aside: Path, folder: Path) -> None:
    """Make a folder, which itself may be where a disk is mounted, hold what another does."""
    for child in folder.iterdir():
        shutil.rmtree(child) if child.is_dir() else child.unlink()
    shutil.copytree(aside, folder, dirs_exist_ok=True)
