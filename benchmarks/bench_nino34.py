"""The Niño 3.4 chain: ``pangeo.analysis.nino34`` against the same chain in plain xarray.

Both read the same store: 30 years of months on a 1-degree globe, packed int16, the ``map``
layout, Dask threads. They run in turn in one process; medians and spread of the ratio.
"""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import xarray as xr

ROUNDS = 7


def make_file(path: Path) -> None:
    """A packed SST-like field: a mean that falls towards the poles, a season, noise."""
    months, lat, lon = 360, np.arange(-89.5, 90), np.arange(0.5, 360)
    season = np.sin(2 * np.pi * np.arange(months) / 12)
    zonal = 28 * np.cos(np.deg2rad(lat)) ** 2
    noise = np.random.default_rng(0).normal(0, 0.5, (months, lat.size, lon.size))
    celsius = zonal[:, None] + season[:, None, None] * lat[:, None] / 15 + noise
    attrs = {"units": "degC", "standard_name": "sea_surface_temperature"}
    ds = xr.Dataset(
        {"sst": (("time", "lat", "lon"), celsius.astype("float32"), attrs)},
        coords={
            "time": xr.date_range("1990-01-01", periods=months, freq="MS"),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )
    packing = {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -32768}
    ds.to_netcdf(path, engine="h5netcdf", encoding={"sst": packing})


def plain(sst: xr.DataArray) -> xr.DataArray:
    """The first example of Pangeo, as it is written in xarray."""
    climatology = sst.groupby("time.month").mean(dim="time")
    anomaly = sst.groupby("time.month") - climatology
    box = anomaly.sel(lat=slice(-5, 5), lon=slice(190, 240))
    return box.mean(dim=("lat", "lon")).rolling(time=3).mean().compute()


def box_first(sst: xr.DataArray) -> xr.DataArray:
    """The same by somebody who knows to cut the box out first."""
    return plain(sst.sel(lat=slice(-5, 5), lon=slice(190, 240)))


def ours(sst: xr.DataArray) -> xr.DataArray:
    """The public call."""
    import pangeo

    return pangeo.analysis.nino34(sst).compute()


def seconds(work: Callable[[xr.DataArray], xr.DataArray], sst: xr.DataArray) -> float:
    started = time.perf_counter()
    work(sst)
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PANGEO_WORKSPACE"] = folder
        import pangeo

        path = Path(folder) / "sst.nc"
        make_file(path)
        report = pangeo.ingest(path, "sst")
        sst = pangeo.open("sst").sst
        assert float(np.abs(ours(sst) - box_first(sst)).max()) < 0.01
        works = (plain, box_first, ours)
        taken = [[seconds(work, sst) for work in works] for _ in range(ROUNDS)]
        print(f"{report.nbytes / 1e6:.0f} MB packed, chunks {report.chunks['sst']}, Dask threads")
        print(f"{'':24}{'median s':>10}{'ours is faster by (min .. max)':>36}")
        for number, work in enumerate(works):
            ratios = sorted(each[number] / each[2] for each in taken)
            name = {"plain": "xarray", "box_first": "xarray, box first"}.get(
                work.__name__, "pangeo"
            )
            line = f"{name:24}{median(each[number] for each in taken):10.3f}"
            spread = f"{median(ratios):.1f} x ({ratios[0]:.1f} .. {ratios[-1]:.1f})"
            print(line + (f"{spread:>36}" if work is not ours else ""))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
