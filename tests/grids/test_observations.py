"""Profiles, drifters and tracks are cut by what a look at every observation finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cftime
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pangeo.errors import AxisError, SelectionError
from pangeo.grids import places, select_part
from pangeo.types import BBox

type Observed = tuple[float, float, int]


def observed(those: list[Observed], **attributes: Any) -> xr.Dataset:
    """Observations as files have them: what places them is among the data."""
    lon, lat, day = np.array(those, "float64").T
    dates = np.datetime64("2000-01-01", "ns") + day.astype(int) * np.timedelta64(1, "D")
    return xr.Dataset(
        {
            "LONGITUDE": ("obs", lon, {"units": "degrees_east"}),
            "LATITUDE": ("obs", lat, {"units": "degrees_north"}),
            "JULD": ("obs", dates, {"standard_name": "time"}),
            "JULD_LOCATION": ("obs", dates),
            "temp": (("obs", "level"), np.arange(2.0 * lon.size).reshape(-1, 2)),
            "levels": ("level", [0.0, 10.0]),
        },
        attrs=attributes,
    )


SOME = [(170.0, 0.0, 40), (-175.0, 1.0, 2), (10.0, 5.0, 30), (185.0, -2.0, 2), (np.nan, 0.0, 1)]


@given(
    st.lists(
        st.tuples(st.integers(-180, 540), st.integers(-90, 90), st.integers(0, 400)), min_size=1
    ),
    st.tuples(st.integers(-180, 360), st.integers(0, 360)),
    st.tuples(st.integers(-90, 90), st.integers(-90, 90)).map(sorted),
    st.tuples(st.integers(0, 400), st.integers(0, 400)).map(sorted),
)
def test_it_holds_what_a_look_at_every_observation_finds(
    those: list[Observed], across: tuple[int, int], sides: list[int], days: list[int]
) -> None:
    ds = observed(those)
    west, width = across
    box = BBox(west, sides[0], west + width, sides[1])
    first, last = (np.datetime64("2000-01-01") + np.timedelta64(day, "D") for day in days)
    wanted = [
        place
        for place, (lon, lat, day) in enumerate(those)
        if (lon - west) % 360 <= width and sides[0] <= lat <= sides[1] and days[0] <= day <= days[1]
    ]
    if not wanted:
        with pytest.raises(SelectionError, match=r"holds no observation|no time step"):
            select_part(ds, time=(first, last), bbox=box)
        return
    part = select_part(ds, time=(first, last), bbox=box)
    expected = ds.isel(obs=wanted)
    xr.testing.assert_equal(part, expected)
    assert list(part.variables) == list(ds.variables)
    assert set(part.data_vars) == set(ds.data_vars)


def test_what_was_left_out_is_in_the_attributes() -> None:
    part = select_part(observed(SOME, title="x"), time="2000-01", bbox=(170, -5, -170, 5))
    assert part.attrs == {
        "title": "x",
        "pangeo_selection": "4 of 5 along obs: time 2000-01/2000-01; "
        "2 of 4 along obs: bbox (170, -5, -170, 5)",
    }
    whole = select_part(observed(SOME[:2]), time="2000", bbox=None)
    assert "pangeo_selection" not in whole.attrs


def test_coordinates_stay_coordinates_and_the_calendar_is_of_the_data() -> None:
    dates = [cftime.Datetime360Day(2000, 2, day) for day in (30, 1, 29)]
    ds = observed(SOME[:3]).drop_vars(["JULD", "JULD_LOCATION"])
    ds = ds.assign_coords(time=("obs", dates)).set_coords(["LONGITUDE", "LATITUDE"])
    part = select_part(ds.temp, time="2000-02-29/2000-02-30", bbox=(0, -5, 180, 5))
    np.testing.assert_array_equal(part, ds.temp[[0, 2]])
    assert set(part.coords) == {"time", "LONGITUDE", "LATITUDE"}


def test_dates_that_are_missing_are_in_no_interval() -> None:
    ds = observed(SOME)
    ds["JULD"][0] = np.datetime64("NaT", "ns")
    assert list(select_part(ds, time="2000/..", bbox=None).temp[:, 0]) == [2, 4, 6, 8]


def test_only_what_places_them_is_read() -> None:
    def refuse(block: np.ndarray) -> np.ndarray:
        raise AssertionError("a field was read")

    ds = observed(SOME).chunk()
    ds["temp"] = ds.temp.copy(data=ds.temp.data.map_blocks(refuse, dtype=float, meta=np.empty(0)))
    ds["words"] = ds.JULD.astype(object).copy(
        data=ds.temp.data[:, 0].map_blocks(refuse, dtype=object, meta=np.empty(0, object))
    )
    part = select_part(ds, time="2000-01", bbox=(170, -5, -170, 5))
    assert part.sizes["obs"] == 2
    assert part.temp.chunks is not None


@pytest.mark.parametrize("asked", [{"bbox": (-170, -5, 180, 5)}, {"time": "2000-01-30/.."}])
@pytest.mark.parametrize("counts", [[2, 0, 3], [2.0, np.nan, 3.0]])
def test_the_counts_of_a_ragged_array_are_counted_anew(
    asked: dict[str, Any], counts: list[Any]
) -> None:
    ds = observed(SOME)
    ds["rowsize"] = ("drifter", counts, {"sample_dimension": "obs"})
    part = select_part(ds, **{"time": None, "bbox": None, **asked})
    assert part.rowsize.dtype == ds.rowsize.dtype
    assert part.rowsize.values.tolist() == [1, 0, 1]
    assert part.rowsize.attrs == {"sample_dimension": "obs"}
    assert int(part.rowsize.sum()) == part.sizes["obs"]


def test_a_track_whose_dimension_is_time_and_goes_back() -> None:
    ds = observed(SOME).drop_vars("JULD_LOCATION").rename(JULD="time")
    ds = ds.swap_dims(obs="time").set_coords("time")
    part = select_part(ds, time="2000-01-03", bbox=(170, -5, -170, 5))
    assert part.temp.values[:, 0].tolist() == [2, 6]


def test_the_lines_that_the_refusals_of_a_swath_give_work() -> None:
    ds = observed(SOME[:4]).drop_vars(["JULD_LOCATION", "temp", "levels"])
    swath = ds.coarsen(obs=2).construct(obs=("row", "cell")).set_coords("JULD")
    for asked in ({"bbox": (170, -5, -170, 5)}, {"time": "2000-01-03/2000-01-30"}):
        with pytest.raises(AxisError) as refusal:
            select_part(swath, **{"time": None, "bbox": None, **asked})
        line = refusal.value.fix.partition(": ")[2]
        left = eval(line, {"ds": swath, "np": np}).LATITUDE.values
        expected = select_part(ds, **{"time": None, "bbox": None, **asked}).LATITUDE.values
        np.testing.assert_array_equal(left[~np.isnan(left)], expected)


def test_a_grid_has_no_places_among_its_data() -> None:
    grid = xr.Dataset(
        {"seen": (("lat", "lon"), np.zeros((2, 3), "M8[ns]"), {"standard_name": "time"})},
        coords={"lat": [0.0, 1.0], "lon": [0.0, 1.0, 2.0]},
    )
    assert places(grid) == []
    assert places(observed(SOME)) == ["LONGITUDE", "LATITUDE", "JULD"]


@pytest.mark.parametrize(
    ("name", "time", "box"),
    [
        ("argo_5900446_prof", "2005-01/2006-06", (195, -40, 203, 0)),
        ("loopers_lumpkin_med", "2005-04/2005-06", (-5, 30, 15, 45)),
    ],
)
def test_files_of_the_field(
    data_folder: Path, name: str, time: str, box: tuple[float, ...]
) -> None:
    with xr.open_dataset(data_folder / f"insitu/{name}.nc", decode_timedelta=False) as ds:
        part = select_part(ds, time=time, bbox=box)
        lon, lat, dates = (ds[each] for each in places(ds))
        first, last = (np.datetime64(end) for end in time.split("/"))
        inside = (dates >= first) & (dates < last + np.timedelta64(1, "M"))
        inside &= (lat >= box[1]) & (lat <= box[3]) & ((lon - box[0]) % 360 <= box[2] - box[0])
        assert 0 < inside.sum() < inside.size
        xr.testing.assert_equal(part, ds.isel({lat.dims[0]: np.flatnonzero(inside)}))
