"""Open by name: lazy, in parts, in versions, in the terms of the dataset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import DatasetNotFoundError, InputError, SelectionError

from .conftest import stored_chunks_read


@pytest.fixture
def global_file(tmp_path: Path) -> Path:
    """Two years of months on a 10-degree grid, latitude descending, longitude 0..350."""
    lat, lon = np.arange(85.0, -86, -10), np.arange(0.0, 360, 10)
    values = np.arange(24 * lat.size * lon.size, dtype="float32").reshape(24, lat.size, lon.size)
    ds = xr.Dataset(
        {"sst": (("time", "lat", "lon"), values, {"units": "degC", "long_name": "temperature"})},
        coords={
            "time": xr.date_range("2009-01-15", periods=24, freq="30D"),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )
    path = tmp_path / "global.nc"
    ds.to_netcdf(path, engine="h5netcdf")
    return path


@pytest.fixture
def dataset(global_file: Path) -> Iterator[xr.Dataset]:
    pangeo.ingest(global_file, "sst")
    with xr.open_dataset(global_file, engine="h5netcdf") as expected:
        yield expected.load()


def test_a_box_that_xarray_gives_empty(dataset: xr.Dataset) -> None:
    assert dataset.sel(lat=slice(-5, 5)).sizes["lat"] == 0
    found = pangeo.open("sst", bbox=(-170, -5, -120, 5))
    xr.testing.assert_equal(found.sst, dataset.sst.sel(lat=slice(5, -5), lon=slice(190, 240)))


def test_a_box_across_the_seam_is_one_piece(dataset: xr.Dataset) -> None:
    found = pangeo.open("sst", bbox=(-20, -30, 20, 30))
    assert found.lon.values.tolist() == [-20, -10, 0, 10, 20]
    assert "run on" in found.lon.attrs["unwrapped"]
    expected = dataset.sst.sel(lat=slice(30, -30)).sel(lon=[340, 350, 0, 10, 20])
    np.testing.assert_array_equal(found.sst.values, expected.values)


@pytest.mark.parametrize(
    ("time", "months"),
    [("2009", 12), ("2009-03/2009-05", 3), ("2010-06/..", 7), ((None, "2009-02"), 2),
     (slice("2009-02", "2009-02"), 1)],
)  # fmt: skip
@pytest.mark.usefixtures("dataset")
def test_an_interval_takes_partial_dates_whole(time: object, months: int) -> None:
    assert pangeo.open("sst", time=time).sizes["time"] == months  # type: ignore[arg-type]


@pytest.mark.usefixtures("dataset")
def test_nothing_is_computed_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import dask

    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("computed")

    with dask.config.set(scheduler=refuse):
        found = pangeo.open("sst", bbox=(170, -60, -170, 60), time="2009")
        assert found.sst.chunks is not None
        repr(found)


@pytest.mark.usefixtures("dataset")
def test_the_result_says_where_it_comes_from() -> None:
    found = pangeo.open("sst")
    assert found.attrs["pangeo_dataset"] == "sst"
    assert found.attrs["pangeo_version"] == pangeo.catalog()["sst"].version
    assert found.sst.attrs["pangeo_dataset"] == "sst", "lost with ds.sst"
    assert found.sst.attrs["pangeo_version"] == found.attrs["pangeo_version"]


@pytest.mark.usefixtures("dataset")
def test_xarray_opens_it_by_its_own_door() -> None:
    found = xr.open_dataset("sst", engine="pangeo")
    xr.testing.assert_equal(found, pangeo.open("sst"))
    assert found.encoding["source"] == "pangeo:sst"
    assert "sst" not in xr.open_dataset("sst", engine="pangeo", drop_variables="sst")


@pytest.mark.parametrize(
    "decoders",
    [
        {"decode_times": False},
        {"mask_and_scale": False},
        {"decode_cf": False},
        {"decode_times": xr.coders.CFDatetimeCoder(use_cftime=True)},
        {"decode_coords": "all", "decode_timedelta": True, "concat_characters": False},
    ],
)
def test_xarray_s_own_decoders_mean_what_they_mean_there(
    dataset: xr.Dataset, global_file: Path, decoders: dict[str, Any]
) -> None:
    packed = global_file.with_name("packed.nc")
    packing = {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -9}
    dataset.to_netcdf(packed, engine="h5netcdf", encoding={"sst": packing})
    pangeo.ingest(packed, "packed")
    with xr.open_dataset(packed, engine="h5netcdf", **decoders) as expected:
        found = xr.open_dataset("packed", engine="pangeo", **decoders)
        assert found.sst.dtype == expected.sst.dtype
        assert found.time.dtype.kind == expected.time.dtype.kind
        np.testing.assert_array_equal(found.sst.values, expected.sst.values)


def test_chosen_variables_bring_along_what_belongs_to_them(global_file: Path) -> None:
    linked = global_file.with_name("linked.nc")
    with xr.open_dataset(global_file, engine="h5netcdf") as ds:
        edges = np.stack([ds.time.values, ds.time.values + np.timedelta64(30, "D")], 1)
        ds.time.attrs["bounds"] = "time_bnds"
        ds.sst.attrs["grid_mapping"] = "crs: lat lon"
        ds.assign(
            time_bnds=(("time", "nv"), edges), crs=((), 0), other=(ds.sst.dims, ds.sst.values)
        ).to_netcdf(linked, engine="h5netcdf")
    pangeo.ingest(linked, "linked")
    found = pangeo.open("linked", variables=["sst"])
    assert list(found.data_vars) == ["sst"]
    assert {"time_bnds", "crs", "lat", "lon"} <= set(found.coords)
    assert "other" not in found


@pytest.mark.usefixtures("dataset")
def test_dask_chunks_can_be_chosen() -> None:
    assert pangeo.open("sst", chunks={"time": 24, "lat": 18}).sst.chunks[:2] == ((24,), (18,))
    assert pangeo.open("sst", chunks={"time": 6}).sst.chunks[0] == (6, 6, 6, 6)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"bbox": (1, 1, 2, 2)}, SelectionError, "lat -85..85"),
        ({"bbox": (1, 5, 2, 2)}, InputError, "south"),
        ({"time": "1999"}, SelectionError, "2009-01-15"),
        ({"time": "soon"}, InputError, "ISO 8601"),
        ({"variables": ["tos"]}, InputError, "'sst'"),
        ({"layout": "series"}, InputError, "'map'"),
        ({"variables": 5}, InputError, "variables=5"),
        ({"variables": [["sst"]]}, InputError, "a name, or a list of names"),
        ({"chunks": "foo"}, InputError, "chunks='foo'"),
        ({"chunks": 5}, InputError, "chunks=5"),
        ({"chunks": {"foo": 1}}, InputError, "dimensions .'time', 'lat', 'lon'"),
        ({"version": 5}, DatasetNotFoundError, "no version 5"),
        ({"version": "v9"}, DatasetNotFoundError, "no version 'v9'"),
    ],
)
@pytest.mark.usefixtures("dataset")
def test_what_selects_nothing_is_refused(
    options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        pangeo.open("sst", **options)  # type: ignore[arg-type]


@pytest.mark.usefixtures("dataset")
def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(DatasetNotFoundError, match="one of sst"):
        pangeo.open("sss")


def test_a_swath_is_not_cut_but_the_way_out_is_told(tmp_path: Path) -> None:
    at = {"lat": "degrees_north", "lon": "degrees_east"}
    swath = xr.Dataset({name: (("n", "m"), np.zeros((2, 3)), {"units": at[name]}) for name in at})
    swath.to_netcdf(tmp_path / "swath.nc", engine="h5netcdf")
    pangeo.ingest(tmp_path / "swath.nc", "swath")
    with pytest.raises(InputError, match=r"ds\.where"):
        pangeo.open("swath", bbox=(0, 0, 1, 1))


@pytest.mark.parametrize("variables", [None, ["TEMP"]])
def test_profiles_are_cut_where_they_lie(
    data_folder: Path, variables: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data_folder / "insitu" / "argo_5900446_prof.nc"
    pangeo.ingest(path, "argo", variables=["TEMP", "LATITUDE", "LONGITUDE", "JULD"])
    read = stored_chunks_read(monkeypatch)
    part = pangeo.open("argo", time="2005", bbox=(195, -40, 203, 0), variables=variables)
    # Of every date xarray looks at the first, to tell its calendar.
    assert {key.split("/")[1] for key in read} <= {"LATITUDE", "LONGITUDE", "JULD", "JULD_LOCATION"}
    with xr.open_dataset(path) as ds:
        inside = (ds.JULD.dt.year == 2005) & (ds.LONGITUDE % 360 >= 195)
        inside &= (ds.LONGITUDE % 360 <= 203) & (ds.LATITUDE >= -40) & (ds.LATITUDE <= 0)
        assert 0 < inside.sum() < (ds.JULD.dt.year == 2005).sum()
        xr.testing.assert_equal(part.TEMP, ds.TEMP[np.flatnonzero(inside)])
    places = {"LATITUDE", "LONGITUDE", "JULD"}
    assert set(part.data_vars) - {"JULD_LOCATION"} == {"TEMP", *places}
    assert "along N_PROF: bbox (195, -40, 203, 0)" in part.attrs["pangeo_selection"]
    again = pangeo.open("argo").pangeo.select(time="2005", bbox=(195, -40, 203, 0))
    xr.testing.assert_equal(again[list(part.data_vars)], part)


@pytest.mark.parametrize("name", [None, 5, Path("sst"), ""])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(InputError, match="cannot name a dataset so"):
        pangeo.open(name)
