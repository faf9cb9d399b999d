"""A Dataset as a source: what a computation gave becomes a named dataset."""

from __future__ import annotations

from pathlib import Path

import cftime
import dask
import dask.array
import numpy as np
import pytest
import xarray as xr
import zarr

import pangeo
from pangeo.errors import SourceError


@pytest.fixture
def anomaly() -> xr.Dataset:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
    sst = pangeo.open("sst").surface_temperature
    return pangeo.analysis.anomaly(sst).to_dataset(name="anomaly")


def test_a_result_becomes_a_dataset(anomaly: xr.Dataset) -> None:
    report = pangeo.ingest(anomaly, "sst-anomaly", layouts=("map", "series"))
    assert report.status == "created"
    for layout in ("map", "series"):
        found = pangeo.open("sst-anomaly", layout=layout)
        np.testing.assert_array_equal(found.anomaly.values, anomaly.anomaly.values)
        np.testing.assert_array_equal(found.time.values, anomaly.time.values)
    assert found.anomaly.attrs["units"] == "K"
    assert found.anomaly.attrs["pangeo_dataset"] == "sst-anomaly"
    assert bool(pangeo.verify("sst-anomaly"))


def test_it_remembers_what_it_was_made_of(anomaly: xr.Dataset) -> None:
    pangeo.ingest(anomaly, "sst-anomaly")
    version = pangeo.catalog()["sst"].version
    (source,) = pangeo.catalog()["sst-anomaly"].sources
    assert source["path"] == f"Dataset made of sst {version}"


def test_the_same_again_changes_nothing(anomaly: xr.Dataset) -> None:
    first = pangeo.ingest(anomaly, "sst-anomaly")
    again = pangeo.ingest(anomaly, "sst-anomaly")
    assert (again.status, again.version) == ("unchanged", first.version)


def test_a_result_grows(anomaly: xr.Dataset) -> None:
    pangeo.ingest(anomaly.isel(time=slice(40)), "sst-anomaly")
    pangeo.ingest(anomaly.isel(time=slice(40, None)), "sst-anomaly", mode="append")
    pangeo.ingest(anomaly.isel(time=[3]) * 2, "sst-anomaly", mode="update")
    expected = anomaly.anomaly.values
    expected[3] *= 2
    np.testing.assert_array_equal(pangeo.open("sst-anomaly").anomaly.values, expected)


def test_what_chunks_share_is_computed_once() -> None:
    computed: list[tuple[int, ...]] = []

    def costly(block: np.ndarray) -> np.ndarray:
        computed.append(block.shape)
        return block

    base = dask.array.ones((1, 50, 60), chunks=-1).map_blocks(costly, dtype="float64", meta=1.0)
    cube = xr.DataArray(
        dask.array.arange(64, chunks=8)[:, None, None] * base,
        {"time": np.arange("2000-01-01", "2000-03-05", dtype="M8[D]").astype("M8[ns]")},
        ("time", "y", "x"),
        name="cube",
    )
    pangeo.ingest(cube, "cube")
    assert pangeo.catalog()["cube"].chunks["map"]["cube"][0] < 64, "there are several chunks"
    assert computed == [(1, 50, 60)]
    np.testing.assert_array_equal(pangeo.open("cube").cube[:, 3, 4].values, np.arange(64.0))


def test_values_that_a_packing_could_not_hold_are_kept(tmp_path: Path) -> None:
    """A result keeps no packing, even where xarray kept the encoding of the file."""
    small = xr.DataArray(np.array([0.0, 0.5, np.nan]), dims="x", name="v")
    small.encoding = {"dtype": "int8", "scale_factor": 1.0, "_FillValue": -1}
    pangeo.ingest(small, "small")
    np.testing.assert_array_equal(pangeo.open("small").v.values, small.values)


def test_dates_of_other_calendars_and_text_and_truth(tmp_path: Path) -> None:
    ds = xr.Dataset(
        {"v": ("time", [1.0, 2.0]), "ok": ("time", [True, False]), "name": ("time", ["a", "bc"])},
        {"time": [cftime.Datetime360Day(2000, 2, 30), cftime.Datetime360Day(2000, 3, 1)],
         "issued": ("time", np.array(["2001-01-01", "2001-01-02T03:04:05"], "M8[ns]"))},
    )  # fmt: skip
    pangeo.ingest(ds, "odd")
    found = pangeo.open("odd").load()
    assert found.time.values.tolist() == ds.time.values.tolist()
    assert found.issued.values.tolist() == ds.issued.values.tolist()
    assert found.ok.values.tolist() == [True, False]
    assert found.name.values.tolist() == ["a", "bc"]


def test_an_array_needs_a_name() -> None:
    with pytest.raises(SourceError, match="without a name"):
        pangeo.ingest(xr.DataArray([1.0]), "nameless")


def test_a_computation_that_fails_leaves_nothing(workspace: Path) -> None:
    def fail(block: np.ndarray) -> np.ndarray:
        raise RuntimeError("no such luck")

    bad = dask.array.ones((4, 3), chunks=2).map_blocks(fail, dtype="float64", meta=1.0)
    with pytest.raises(RuntimeError, match="no such luck"):
        pangeo.ingest(xr.DataArray(bad, dims=("y", "x"), name="bad"), "bad")
    assert pangeo.catalog().entries == []


@pytest.mark.filterwarnings("ignore:Unable to decode time axis:xarray.SerializationWarning")
@pytest.mark.parametrize(
    "dates",
    [
        np.array(["1600-01-01", "2001-01-01", "2999-01-02"], "M8[s]"),
        np.array(["2001-01-01T00:00:00.123456789", "2001-01-02", "2001-01-03"], "M8[ns]"),
        np.array(["2001-01-01", "NaT", "2001-01-03"], "M8[ns]"),
    ],
)
def test_dates_of_a_result_are_kept_to_the_last_digit(dates: np.ndarray) -> None:
    pangeo.ingest(xr.Dataset({"v": ("x", [1.0, 2.0, 3.0]), "date": ("x", dates)}), "dates")
    unit = np.datetime_data(dates.dtype)[0]
    coder = xr.coders.CFDatetimeCoder(time_unit=unit)
    found = xr.open_dataset("dates", engine="pangeo", decode_times=coder).date.values
    np.testing.assert_array_equal(np.isnat(found), np.isnat(dates))
    assert (found == dates)[~np.isnat(dates)].all()


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (xr.DataArray([1.0, 2.0], dims="x", name="v", attrs={"scale_factor": 2.0}), "scale_factor"),
        (xr.DataArray([5.0, 2.0], dims="x", name="v", attrs={"_FillValue": 5.0}), "_FillValue"),
        (xr.Dataset({7: ("x", [1.0])}), "no text"),
        (xr.DataArray(np.ones((2, 2)), dims=("a", "b"), name="v").stack(c=[*"ab"]), "MultiIndex"),
    ],
)  # fmt: skip
def test_what_would_be_another_thing_is_refused(result: xr.Dataset, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        pangeo.ingest(result, "v")
    assert pangeo.catalog().entries == []


def test_a_lazy_result_of_what_may_have_changed_is_taken_again(tmp_path: Path) -> None:
    days = np.arange("2000-01-01", "2000-01-04", dtype="M8[D]").astype("M8[ns]")
    first = xr.DataArray(np.arange(6.0).reshape(3, 2), {"time": days}, ("time", "x"), name="v")
    first.chunk(time=1).to_dataset().to_zarr(tmp_path / "z", consolidated=False)
    pangeo.ingest(xr.open_zarr(tmp_path / "z", consolidated=False), "v")
    zarr.open_array(tmp_path / "z" / "v")[1] = 99.0
    again = xr.open_zarr(tmp_path / "z", consolidated=False)
    assert pangeo.ingest(again, "v", mode="update").status == "updated"
    assert pangeo.open("v").v[1].values.tolist() == [99.0, 99.0]


def test_a_block_that_is_not_as_announced_is_refused() -> None:
    ones = dask.array.ones((4, 3), chunks=2)
    odd = ones.map_blocks(lambda block: block.astype("int16"), dtype="float64", meta=ones._meta)
    with pytest.raises(SourceError, match="something else than it announced"):
        pangeo.ingest(xr.DataArray(odd, dims=("y", "x"), name="odd"), "odd")


def test_what_pangeo_opened_is_a_source_with_lazy_bounds_too() -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    opened = pangeo.open("sst-ostia")
    assert opened.time_bnds.chunks is not None
    pangeo.ingest(opened, "copy")
    xr.testing.assert_equal(pangeo.open("copy").load(), opened.load())
    assert pangeo.verify("copy")


DATES = {
    "with a missing one": np.array(["2000-01-01", "2000-01-02T03:04:05.678901", "NaT"], "M8[ns]"),
    "in nanoseconds": np.array([7, 10**9, 10**18 + 1], "M8[ns]"),
    "in seconds": np.array(["1700-01-01", "2000-01-01", "2200-01-01"], "M8[s]"),
    "of 360 days": np.array([cftime.Datetime360Day(2000, 2, day) for day in (30, 1, 29)]),
}


@pytest.mark.parametrize("dates", DATES)
def test_dates_among_the_data_stay_the_same_from_dataset_to_dataset(dates: str) -> None:
    ds = xr.Dataset({"seen": ("obs", DATES[dates]), "temp": ("obs", [1.0, 2, 3])})
    for source, name in ((ds, "first"), (ds.chunk(obs=2), "lazy")):
        pangeo.ingest(source, name)
        np.testing.assert_array_equal(pangeo.open(name).seen, ds.seen)
    pangeo.ingest(pangeo.open("first"), "second")
    np.testing.assert_array_equal(pangeo.open("second").seen, ds.seen)
    pangeo.ingest(pangeo.open("first").load(), "third")
    assert pangeo.ingest(pangeo.open("first").load(), "third").status == "unchanged"
    np.testing.assert_array_equal(pangeo.open("third").seen, ds.seen)


def test_lazy_dates_that_became_finer_are_refused_with_what_helps() -> None:
    pangeo.ingest(xr.Dataset({"seen": ("obs", DATES["with a missing one"])}), "seen")
    later = pangeo.open("seen")
    later["seen"] = later.seen.copy(data=later.seen.data + np.timedelta64(1, "ns"))
    assert later.seen.encoding["units"].startswith("microseconds")
    with pytest.raises(SourceError, match=r"drop_encoding\(\)"):
        pangeo.ingest(later, "later")
    pangeo.ingest(later.drop_encoding(), "later")
    np.testing.assert_array_equal(pangeo.open("later").seen, later.seen)


def test_lazy_dates_are_appended_to_those_they_were_stored_with() -> None:
    days = np.arange("2000-01-01", "2000-01-05", dtype="M8[D]").astype("M8[ns]")
    ds = xr.Dataset({"seen": ("time", days), "temp": ("time", np.arange(4.0))}, {"time": days})
    pangeo.ingest(ds, "all")
    pangeo.ingest(ds.isel(time=slice(2)), "grows")
    pangeo.ingest(pangeo.open("all", time="2000-01-03/.."), "grows", mode="append")
    xr.testing.assert_equal(pangeo.open("grows").load(), ds)
