"""One answer whatever stands behind the data: a store in either layout, Dask, or memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import pangeo
from pangeo import analysis
from pangeo.errors import FallbackWarning
from pangeo.grids import cell_areas
from pangeo.storage import find_stored

STEPS = 200


def cube(dtype: str = "int16", *, turned: bool = False, west: float = 0.0) -> xr.Dataset:
    """A year of every other day, with gaps; one cell is always missing, and one for long."""
    rng = np.random.default_rng(1)
    values = 290 + rng.normal(0, 5, (STEPS, 9, 12)).round(2)
    values[rng.random(values.shape) < 0.1] = np.nan
    values[:, 2, 3] = np.nan
    values[5:150, 4, 4] = np.nan
    lat = np.linspace(-80, 80, 9)[:: -1 if turned else 1]
    ds = xr.Dataset(
        {"sst": (("time", "lat", "lon"), values, {"units": "K"})},
        {
            "time": pd.date_range("2001-01-01", periods=STEPS, freq="2D"),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", west + np.arange(15.0, 360, 30), {"units": "degrees_east"}),
        },
    )
    packed: dict[str, Any] = {"dtype": dtype}
    if dtype in ("int16", "int32"):
        packed |= {"scale_factor": -0.01, "add_offset": 290.0, "_FillValue": -32768}
    ds.sst.encoding = packed
    return ds


@pytest.fixture(params=["int16", "int32", "float32"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "cube.nc"
    cube(request.param, turned=request.param == "int32", west=-180.0).to_netcdf(path)
    pangeo.ingest(path, "cube", layouts=("map", "series"))
    return "cube"


def sources(name: str) -> list[xr.DataArray]:
    map_, series = (pangeo.open(name, layout=each).sst for each in ("map", "series"))
    values = map_.compute()
    ragged = values.chunk({"time": (80, 3, STEPS - 83), "lat": 4, "lon": 5})
    return [map_, series, pangeo.open(name, layout="map", chunks=None).sst, ragged, values]


CUTS: dict[str, Callable[[xr.DataArray], xr.DataArray]] = {
    "whole": lambda sst: sst,
    "part": lambda sst: sst.isel(time=slice(7, 181), lat=slice(1, 7)),
    "backwards": lambda sst: sst.isel(time=slice(None, None, 3), lat=slice(None, None, -1)),
    "positions": lambda sst: sst.isel(lon=[7, 0, 3]),
    "a cell": lambda sst: sst.isel(lat=4, lon=4),
}  # fmt: skip


@pytest.mark.parametrize("cut", CUTS)
def test_statistics_are_those_of_xarray(stored: str, cut: str) -> None:
    for source in sources(stored):
        sst = CUTS[cut](source)
        values = sst.compute()
        for dim in ["time", *([["time", "lat"], "lon", ...] if cut == "whole" else [...])]:
            dims = list(values.dims) if dim is ... else dim
            for verb in ("mean", "std", "min", "max", "sum", "count"):
                options = {"weighted": False} if verb in ("mean", "std", "sum") else {}
                ours = getattr(analysis, verb)(sst, dim, **options)
                theirs = getattr(values.astype("float64"), verb)(dims)
                np.testing.assert_allclose(ours.values, theirs.values, rtol=2e-6, atol=1e-4)
                assert (ours.chunks is None) == (sst.chunks is None)


def test_weights_are_areas(stored: str) -> None:
    for sst in sources(stored):
        values = sst.compute().astype("float64")
        weighted = values.weighted(cell_areas(values))
        for verb in ("mean", "std", "sum"):
            ours = getattr(analysis, verb)(sst)
            theirs = getattr(weighted, verb)(["lat", "lon"])
            np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-6)


def test_climatology_and_anomaly_are_those_of_xarray(stored: str) -> None:
    for sst in sources(stored)[:2]:
        values = sst.compute().astype("float64")
        for by in ("month", "dayofyear"):
            groups = values.groupby(f"time.{by}")
            normal = groups.mean()
            ours = analysis.climatology(sst, by=by)
            expected = normal.sel({by: ours[by]})
            np.testing.assert_allclose(ours.values, expected.values, rtol=1e-6)
            left = groups - normal
            np.testing.assert_allclose(
                analysis.anomaly(sst, by=by).values, left.values, rtol=1e-5, atol=2e-4
            )


@given(
    chunks=st.tuples(st.integers(2, 50), st.integers(2, 4), st.integers(3, 5)),
    gaps=st.sampled_from([0.0, 0.3, 0.95, 1.0]),
    dtype=st.sampled_from(["float32", "float64", "int16", "bool"]),
    calendar=st.sampled_from(["standard", "noleap", "360_day"]),
    seed=st.integers(0, 99),
)
@settings(max_examples=8)
def test_blocks_of_any_shape_give_one_answer(
    chunks: tuple[int, int, int], gaps: float, dtype: str, calendar: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2 if dtype == "bool" else 200, (50, 4, 5)).astype(dtype)
    if dtype.startswith("float"):
        values[rng.random(values.shape) < gaps] = np.nan
    time = xr.date_range(
        "2001-01-01", periods=50, freq="9D", calendar=calendar, use_cftime=calendar != "standard"
    )
    field = xr.DataArray(values, {"time": time}, ("time", "y", "x"), "v")
    lazy = field.chunk(dict(zip(field.dims, chunks, strict=True)))
    for verb in ("mean", "std", "min", "max", "sum", "count"):
        ours = getattr(analysis, verb)(lazy, "time")
        theirs = getattr(field.astype("float64"), verb)("time")
        np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-6, atol=1e-5)
    for freq, code in (("month", "MS"), ("year", "YS"), ("day", "D")):
        ours, theirs = analysis.resample(lazy, freq), field.astype("float64").resample(time=code)
        expected = theirs.mean()
        np.testing.assert_allclose(ours.values, expected.values, rtol=1e-6)
        assert (ours.time.values == expected.time.values).all()
    for centered in (False, True):
        ours = analysis.rolling(lazy, 4, centered=centered)
        theirs = field.astype("float64").rolling(time=4, center=centered).mean()
        np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-5)


def test_few_tasks_read_each_chunk_once(tmp_path: Path, count_reads: Any) -> None:
    path = tmp_path / "cube.nc"
    cube().to_netcdf(path)
    pangeo.ingest(path, "cube", chunks={"map": {"time": 1, "lat": 9, "lon": 12}})
    sst = pangeo.open("cube").sst
    for lazy in (analysis.climatology(sst), analysis.mean(sst, "time"), analysis.mean(sst)):
        own = set(dict(lazy.__dask_graph__())) - set(dict(sst.__dask_graph__()))
        assert len(own) < 40  # of 200 chunks
        with count_reads("sst") as reads:
            lazy.compute()
        assert len(reads) == len(set(reads)) == STEPS


def test_only_the_region_is_read(tmp_path: Path, count_reads: Any) -> None:
    path = tmp_path / "cube.nc"
    cube().to_netcdf(path)
    chunks = {"map": {"time": STEPS, "lat": 1, "lon": 2}}
    pangeo.ingest(path, "cube", chunks=chunks)
    sst = pangeo.open("cube").sst
    with count_reads("sst") as reads:
        analysis.mean(sst, "time", bbox=(30, -10, 90, 10)).compute()
    assert {key.split("/c/")[1] for key, _ in reads} == {"0/4/0", "0/4/1"}


def test_an_open_file_that_is_no_store_is_never_loaded_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pangeo.analysis.coarse.CHUNK", 1000)
    cube("float64").to_netcdf(tmp_path / "cube.nc")
    with xr.open_dataset(tmp_path / "cube.nc", engine="h5netcdf") as ds:
        with pytest.warns(FallbackWarning, match=r"no Zarr store"):
            ours = analysis.mean(ds.sst, "time")
        np.testing.assert_allclose(ours.values, ds.sst.mean("time").values)


def test_what_was_computed_stands_behind_no_store(stored: str) -> None:
    sst = pangeo.open(stored).sst
    assert find_stored(sst.variable) is not None
    assert find_stored((sst + 1).variable) is None
    np.testing.assert_allclose(
        analysis.mean(sst + 1, "time").values, analysis.mean(sst, "time").values + 1, rtol=1e-6
    )


def test_a_dataset_that_grew_is_read_from_both_layouts(tmp_path: Path) -> None:
    whole = cube()
    for name, part in (("a.nc", slice(0, 180)), ("b.nc", slice(180, None))):
        whole.isel(time=part).to_netcdf(tmp_path / name)
    pangeo.ingest(tmp_path / "a.nc", "cube", layouts=("map", "series"))
    pangeo.ingest(tmp_path / "b.nc", "cube", mode="append")
    sst = pangeo.open("cube", layout="series").sst
    values = sst.compute()
    np.testing.assert_allclose(
        analysis.climatology(sst).values, values.groupby("time.month").mean().values
    )
    np.testing.assert_allclose(analysis.std(sst, "time").values, values.std("time").values)


def test_the_recipe_goes_with_the_result(stored: str) -> None:
    sst = pangeo.open(stored).sst
    made = analysis.mean(analysis.anomaly(sst, by="season"))
    assert made.attrs["pangeo_recipe"] == "anomaly(by='season').mean()"
    assert made.attrs["pangeo_dataset"] == stored
    assert made.attrs["pangeo_version"] == sst.attrs["pangeo_version"]
    assert made.attrs["units"] == "K"
    assert made.attrs["cell_methods"] == "area: mean"


def test_workers_give_the_same_answer(tmp_path: Path) -> None:
    cube().to_netcdf(tmp_path / "cube.nc")
    pangeo.ingest(tmp_path / "cube.nc", "cube")
    sst = pangeo.open("cube").sst
    wanted = [analysis.climatology(sst), analysis.anomaly(sst), analysis.mean(sst)]
    here = [each.compute() for each in wanted]
    with pangeo.cluster("local", workers=1, cores=1):
        there = [each.compute() for each in wanted]
    for one, other in zip(here, there, strict=True):
        xr.testing.assert_allclose(one, other)
