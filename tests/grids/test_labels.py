"""A meridian is selected in any convention, and comes back in that of the dataset."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st

import pangeo
import pangeo.accessor
from pangeo.errors import InputError, SelectionError
from pangeo.grids import select_labels


def row(longitudes: Any, dtype: str = "float64") -> xr.DataArray:
    lon = np.asarray(longitudes, dtype)
    units = {"units": "degrees_east"}
    return xr.DataArray(
        np.arange(2.0 * lon.size).reshape(2, -1),
        {"lat": [0.0, 1.0], "lon": ("lon", lon, units)},
        ["lat", "lon"],
    )


AXES = {
    "0..360": np.arange(0.0, 360, 10),
    "-180..180": np.arange(-180.0, 180, 10),
    "Ferret's": np.arange(20.5, 380, 10),
    "descending": np.arange(350.0, -1, -10),
    "region": np.arange(150.0, 231, 10),
}


@given(st.sampled_from(list(AXES)), st.integers(-360, 720), st.sampled_from(["f4", "f8", "i4"]))
def test_the_nearest_is_so_on_the_circle(name: str, asked: int, dtype: str) -> None:
    field = row(AXES[name], dtype)
    found = select_labels(field, {"lon": asked}, method="nearest")
    apart = np.abs((field.lon.values.astype("float64") - asked + 180) % 360 - 180)
    assert apart[np.flatnonzero(field.lon == found.lon)[0]] == apart.min()
    np.testing.assert_array_equal(found, field.sel(lon=found.lon))


@given(
    st.sampled_from(["0..360", "-180..180", "descending"]),
    st.sampled_from(["f4", "f8"]),
    st.lists(st.tuples(st.integers(0, 35), st.sampled_from([-360, 0, 360])), min_size=1),
    st.sampled_from(["list", "points"]),
)
def test_labels_find_their_meridian_to_the_last_bit(
    name: str, dtype: str, asked: list[tuple[int, int]], shape: str
) -> None:
    field = row(AXES[name] + 0.1, dtype)
    places = [place for place, _ in asked]
    degrees = [float(np.clip(field.lon.values[place] + turn, -360, 720)) for place, turn in asked]
    apart = (field.lon.values[places] - degrees) % 360
    assume((np.minimum(apart, 360 - apart) < 1e-3).all())  # else beyond what is a longitude
    labels: Any = degrees if shape == "list" else xr.DataArray(degrees, dims="obs")
    at: Any = places if shape == "list" else xr.DataArray(places, dims="obs")
    found = select_labels(field, {"lon": labels})
    xr.testing.assert_identical(found, field.isel(lon=at))


@pytest.mark.parametrize("name", AXES)
@pytest.mark.parametrize(
    ("west", "east"), [(-170, -140), (190, 220), (550, 580), (-20, 20), (340, 20), (-180, 180)]
)
def test_a_slice_holds_what_lies_between(name: str, west: int, east: int) -> None:
    field = row(AXES[name])
    ends = (east, west) if name == "descending" else (west, east)
    found = select_labels(field, {"lon": slice(*ends), "lat": 1.0})
    width = 360 if east - west == 360 else (east - west) % 360
    inside = (field.lon - west) % 360 <= width
    assert sorted(found.values) == sorted(field.sel(lat=1.0).values[inside.values])
    steps = np.diff(found.lon)
    assert (steps > 0).all() or (steps < 0).all()


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("0..360", slice(-160, None), slice(200, None)),
        ("0..360", slice(None, -20), slice(None, 340)),
        ("-180..180", slice(200, None), slice(-160, None)),
        ("-180..180", slice(-185, None), slice(None)),
        ("region", slice(-170, None, 2), slice(190, None, 2)),
        ("region", slice(100, None), slice(None)),
        ("descending", slice(-160, None), slice(200, None)),
    ],
)
def test_an_open_slice_begins_at_the_meridian(name: str, label: slice, expected: slice) -> None:
    field = row(AXES[name])
    found = select_labels(field, {"lon": label})
    xr.testing.assert_identical(found, field.sel(lon=expected))


def test_ends_of_a_slice_may_be_arrays_without_a_dimension() -> None:
    field, other = row(AXES["-180..180"]), row(AXES["0..360"])
    found = select_labels(field, {"lon": slice(other.lon[20], other.lon[24])})
    assert found.lon.values.tolist() == [-160, -150, -140, -130, -120]


@pytest.mark.parametrize("name", ["0..360", "descending"])
def test_a_step_back_goes_from_the_first_end_to_the_second(name: str) -> None:
    field = row(AXES[name])
    label = slice(10, 60, -1) if name == "descending" else slice(60, 10, -1)
    xr.testing.assert_identical(select_labels(field, {"lon": label}), field.sel(lon=label))


@pytest.mark.parametrize(
    ("name", "asked", "before", "after"),
    [("0..360", -5, 350, 0), ("-180..180", 185, -180, -170), ("region", 145, None, 150)],
)
def test_to_fill_goes_round_the_circle_and_not_round_a_region(
    name: str, asked: int, before: int | None, after: int
) -> None:
    field = row(AXES[name])
    assert float(select_labels(field, {"lon": asked}, method="bfill").lon) == after
    if before is not None:
        assert float(select_labels(field, {"lon": asked}, method="ffill").lon) == before
        return
    with pytest.raises(SelectionError, match=f"asked: {asked}"):
        select_labels(field, {"lon": asked}, method="ffill")


def test_a_track_over_a_fine_axis_takes_the_room_of_the_track() -> None:
    lon = np.arange(0, 360, 0.1)
    track = xr.DataArray(np.linspace(-180, 179, 5000), dims="obs")
    tracemalloc.start()
    found = select_labels(row(lon), {"lon": track}, method="nearest")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10e6  # a table of all pairs would be of 144 MB
    apart = np.abs((found.lon.values - track.values + 180) % 360 - 180)
    assert apart.max() < 0.05 + 1e-9


def test_within_the_axis_it_is_as_xarray_does_it() -> None:
    field = row(AXES["0..360"])
    for label in (slice(10, 60), slice(10, 60, 2), slice(None, 60), 20, [350, 0], [10.0]):
        asked = {"lon": label, "lat": slice(0.5, None)}
        xr.testing.assert_identical(select_labels(field, asked), field.sel(asked))
    with pytest.raises(NotImplementedError):  # xarray's own refusal
        select_labels(field, {"lon": slice(10, 60)}, method="nearest")


def test_tolerance_is_measured_on_the_circle() -> None:
    field = row(AXES["0..360"])
    found = select_labels(field, {"lon": -0.5}, method="nearest", tolerance=1)
    assert float(found.lon) == 0
    with pytest.raises(SelectionError):
        select_labels(field, {"lon": -4}, method="nearest", tolerance=1)


@pytest.mark.parametrize("asked", [{"lon": -165.0}, {"lat": 7.0}, {"lon": [10, 15]}, {"x": 1}])
def test_a_label_that_is_not_there_is_told_with_the_axis(asked: dict[str, Any]) -> None:
    with pytest.raises(SelectionError) as refusal:
        select_labels(row(AXES["0..360"]), asked)
    (name,) = asked
    expected = {"lon": "lon 0.0 .. 350.0 (36 values)", "lat": "lat 0.0 .. 1.0 (2 values)"}
    assert expected.get(name, "lat, lon") in refusal.value.expected
    assert "method='nearest'" in refusal.value.fix


@pytest.mark.parametrize("longitude", [1000.0, np.nan, [0.0, np.inf], slice(-400, 0)])
def test_what_is_no_longitude_is_refused(longitude: Any) -> None:
    with pytest.raises(InputError, match="between -360 and 720"):
        select_labels(row(AXES["0..360"]), {"lon": longitude}, method=None)


def test_text_that_is_not_on_its_axis_is_told_with_both_ends() -> None:
    at = xr.DataArray([1.0, 2.0], {"buoy": ["north", "south"]}, ["buoy"])
    with pytest.raises(SelectionError, match=r"buoy north \.\. south \(2 values\)"):
        select_labels(at, {"buoy": "west"})


def test_the_accessor_takes_them_and_reads_the_cheaper_layout() -> None:
    field = row(AXES["0..360"]).expand_dims(time=np.arange(64).astype("M8[D]"))
    field = field.to_dataset(name="sst").astype("float32")
    chunks = {"map": {"time": 1}, "series": {"time": 64, "lon": 2}}
    pangeo.ingest(field, "sst", layouts=("map", "series"), chunks=chunks)
    point = pangeo.open("sst").pangeo.sel(lon=-160, lat=0.2, method="nearest")
    assert float(point.lon) == 200
    assert point.attrs["pangeo_layout"] == "series"
    np.testing.assert_array_equal(point.sst, field.sst.sel(lon=200, lat=0))
    across = pangeo.open("sst").sst.pangeo.sel(lon=slice(-20, 10))
    assert across.lon.values.tolist() == [-20, -10, 0, 10]
    np.testing.assert_array_equal(across[0, 0], [34, 35, 0, 1])
