"""The traps that cost people wrong numbers: what plain xarray does, and what ingest does.

Each test shows the trap first, so that it tells when the trap is gone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import SourceError


def write(path: Path, values: np.ndarray, time: tuple[float, str], **packing: float) -> Path:
    """One step of a 3 x 4 field, packed if a scale is given, its time in units of its own."""
    ds = xr.Dataset(
        {"sst": (("time", "lat", "lon"), np.broadcast_to(values, (1, 3, 4)).astype("float64"))},
        coords={
            "time": ("time", [time[0]], {"units": time[1]}),
            "lat": np.array([0.1, 0.2, 0.3]),
            "lon": np.arange(4.0),
        },
    )
    encoding = {"sst": {"dtype": "int16", **packing}} if packing else {}
    ds.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    return path


def test_appending_with_another_epoch(tmp_path: Path) -> None:
    """A store in whole days takes hours for days: pydata/xarray issues 5969 and 10639."""
    first = write(tmp_path / "a.nc", np.array(1.0), (0, "days since 2020-01-01"))
    second = write(tmp_path / "b.nc", np.array(2.0), (36, "hours since 2020-01-01"))
    whole = xr.Dataset({"t": ("time", [0.0, 1.0])}, {"time": ("time", [0, 1])})
    whole.time.attrs["units"] = "days since 2020-01-01"
    late = xr.Dataset({"t": ("time", [2.0])}, {"time": ("time", [36])})
    late.time.attrs["units"] = "hours since 2020-01-01"
    xr.decode_cf(whole).to_zarr(tmp_path / "plain", zarr_format=3, consolidated=False)
    late.to_zarr(tmp_path / "plain", append_dim="time", consolidated=False)
    plain = xr.open_zarr(tmp_path / "plain", consolidated=False).time.values[-1]
    assert plain == np.datetime64("2020-02-06"), "the trap is gone"

    pangeo.ingest(first, "sst")
    pangeo.ingest(second, "sst", mode="append")
    times = pangeo.open("sst").time.values
    assert times.tolist() == np.array(["2020-01-01", "2020-01-02T12"], "M8[ns]").tolist()


def test_files_packed_with_another_scale(tmp_path: Path) -> None:
    """Combined without decoding they read wrong: zarr-developers/VirtualiZarr issue 1004."""
    day = "days since 2020-01-01"
    fine, coarse = ({"scale_factor": scale, "_FillValue": -1} for scale in (0.001, 0.01))
    first = write(tmp_path / "a.nc", np.array(20.0), (0, day), **fine)
    second = write(tmp_path / "b.nc", np.array(40.0), (1, day), **coarse)
    options = {"engine": "h5netcdf", "mask_and_scale": False}
    raw = [xr.open_dataset(each, **options) for each in (first, second)]
    plain = xr.concat(raw, "time", combine_attrs="override", data_vars="all")
    assert float(xr.decode_cf(plain).sst[1, 0, 0]) == pytest.approx(4.0), "the trap is gone"
    for each in raw:
        each.close()

    report = pangeo.ingest([first, second], "both")
    assert pangeo.open("both").sst[:, 0, 0].values.tolist() == [20.0, 40.0]
    assert any("stored unpacked" in note for note in report.notes)
    pangeo.ingest(first, "sst")
    with pytest.raises(SourceError, match="attribute 'scale_factor' of 'sst' differs"):
        pangeo.ingest(second, "sst", mode="append")
    assert pangeo.open("sst").sizes["time"] == 1


def test_axes_that_differ_by_rounding(tmp_path: Path) -> None:
    """Arithmetic drops the rows that do not match to the last bit: pydata/xarray issue 7045."""
    path = write(tmp_path / "a.nc", np.array(1.0), (0, "days since 2020-01-01"))
    with xr.open_dataset(path, engine="h5netcdf", decode_cf=False) as ds:
        noisy = ds.load().assign_coords(lat=ds.lat.values + np.array([0.0, 1e-17, 6e-17]))
    noisy = noisy.assign_coords(time=("time", [1.0], noisy.time.attrs))
    noisy.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    plain = xr.decode_cf(ds).isel(time=0, drop=True) - xr.decode_cf(noisy).isel(time=0, drop=True)
    assert plain.sizes["lat"] < 3, "the trap is gone"

    report = pangeo.ingest([path, tmp_path / "b.nc"], "sst")
    assert pangeo.open("sst").sizes == {"time": 2, "lat": 3, "lon": 4}
    assert any("lat of b.nc: snapped" in note for note in report.notes)


def test_a_grid_that_is_really_shifted_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", np.array(1.0), (0, "days since 2020-01-01"))
    with xr.open_dataset(path, engine="h5netcdf", decode_cf=False) as ds:
        moved = ds.load().assign_coords(
            lat=ds.lat.values + 0.001, time=("time", [1.0], ds.time.attrs)
        )
    moved.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    with pytest.raises(SourceError, match="values of 'lat' differs"):
        pangeo.ingest([path, tmp_path / "b.nc"], "sst")


def test_writes_that_do_not_meet_the_chunks(tmp_path: Path) -> None:
    """Two tasks that fill one chunk lose what one of them wrote: pydata/xarray issue 10501."""
    paths = [
        write(tmp_path / f"{day:02}.nc", np.array(float(day)), (day, "days since 2020-01-01"))
        for day in range(25)
    ]
    pangeo.ingest(paths[:7], "sst")
    pangeo.ingest(paths[7:12], "sst", mode="append")
    pangeo.ingest(paths[12:], "sst", mode="append")
    chunk = pangeo.catalog()["sst"].chunks["map"]["sst"][0]
    assert chunk > 25, "the appended steps were to fall into one chunk with those before"
    assert pangeo.open("sst").sst[:, 1, 1].values.tolist() == list(range(25))
