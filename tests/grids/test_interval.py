"""An interval of time holds the steps that a look at every date finds, in any calendar."""

from __future__ import annotations

import datetime as dt
from typing import Any

import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pangeo.errors import AxisError, InputError, PangeoError, SelectionError
from pangeo.grids import select_time

CALENDARS = ["standard", "noleap", "360_day", "julian"]


def daily(calendar: str = "standard", start: str = "1999-12-01", steps: int = 800) -> xr.DataArray:
    cf = calendar != "standard"
    time = xr.date_range(start, periods=steps, freq="D", calendar=calendar, use_cftime=cf)
    return xr.DataArray(np.arange(steps), coords={"time": time}, dims="time", name="x")


def days(selected: xr.DataArray) -> tuple[str, str, int]:
    first, last = (str(selected.time.dt.strftime("%Y-%m-%d").values[end]) for end in (0, -1))
    return first, last, selected.size


@given(
    st.sampled_from(CALENDARS),
    st.lists(st.tuples(st.integers(2000, 2001), st.integers(1, 12), st.integers(1, 28)),
             min_size=2, max_size=2).map(sorted),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.booleans(),
)  # fmt: skip
def test_it_holds_what_a_look_at_every_date_finds(
    calendar: str, ends: list[tuple[int, ...]], said: tuple[int, int], flip: bool
) -> None:
    field = daily(calendar)
    first, last = ends[0][: said[0]], ends[1][: said[1]]
    dates = [(date.year, date.month, date.day) for date in field.time.to_index()]
    expected = [
        place
        for place, date in enumerate(dates)
        if date[: len(first)] >= first and date[: len(last)] <= last
    ]
    text = "/".join("-".join(f"{n:02d}" for n in end) for end in (first, last))
    selected = select_time(field.isel(time=slice(None, None, -1)) if flip else field, text)
    assert list(selected.values) == (expected[::-1] if flip else expected)


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize(
    "time",
    [
        "2000-01-01T00:00:00Z/2000-01-30T00:00:00Z",
        ("2000-01-01T02:00:00+02:00", "2000-01-29T22:00-02:00"),
        "2000-01-01T00:00:00.000000000/2000-01-30T00",
        (np.datetime64("2000-01-01"), np.datetime64("2000-01-30")),
        (np.datetime64("2000-01", "M"), np.array("2000-01-30", "datetime64[ns]")),
        slice(dt.datetime(2000, 1, 1), dt.date(2000, 1, 30)),
        (
            dt.datetime(2000, 1, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            pd.Timestamp("2000-01-30", tz="UTC"),
        ),
        (
            cftime.DatetimeNoLeap(2000, 1, 1),
            xr.DataArray(np.array("2000-01-30", "datetime64[ns]")),
        ),
    ],
)
def test_dates_of_any_library_on_any_calendar(calendar: str, time: Any) -> None:
    selected = select_time(daily(calendar), time)
    assert days(selected) == ("2000-01-01", "2000-01-30", 30)


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize(
    ("time", "text"),
    [
        (2000, "2000"),
        (np.int64(2000), "2000"),
        ((2000, 2001), "2000/2001"),
        (np.datetime64("2000-02"), "2000-02"),
        (dt.date(2000, 2, 3), "2000-02-03"),
        (pd.Timestamp("2000-02-03"), "2000-02-03T00:00:00"),
        (cftime.DatetimeNoLeap(2000, 2, 3), "2000-02-03T00:00:00"),
    ],
)
def test_one_date_is_an_interval(calendar: str, time: Any, text: str) -> None:
    field = daily(calendar)
    xr.testing.assert_identical(select_time(field, time), select_time(field, text))


@pytest.mark.parametrize("calendar", CALENDARS)
def test_years_that_the_axis_could_not_hold(calendar: str) -> None:
    field = daily(calendar)
    assert select_time(field, "0000/9999").size == field.size
    assert select_time(field, "2000/9999-12").size == field.size - (30 if "360" in calendar else 31)
    assert select_time(field, "0000/2000-01-01").size == (31 if "360" in calendar else 32)


@pytest.mark.parametrize("calendar", ["standard", "noleap", "julian"])
def test_a_day_that_the_calendar_lacks_is_refused(calendar: str) -> None:
    for time in ("2000-02-30", "2000-01/2000-02-30"):
        with pytest.raises(InputError, match="no day 30 in 2000-02") as refusal:
            select_time(daily(calendar), time)
        assert refusal.value.fix.endswith("'2000-02'")
    assert select_time(daily("360_day"), "2000-02-30").size == 1


@pytest.mark.parametrize(
    "time",
    [
        (2000.5, 2001), 20000, -1, "2000/2001/2002", "2001/2000", ("2001-03", "2001-02-28"),
        True, "2000-13", "2000-01-32", "2000-01-01T25",
        "2000-01-01T00:60", "2000-01-01T00:00+99:99:99", "0001-01-01T00:00+02:00", "20000101",
        ("2000", True), (np.datetime64("NaT", "ns"), None), (pd.NaT, None),
        "2000-01-01T00:00+99:99", (pd.Period("2000-01"), None),
        slice("2000", "2001", 2), "hot", None, (None, 3.5),
    ],
)  # fmt: skip
@pytest.mark.parametrize("calendar", ["standard", "noleap"])
def test_what_is_no_interval_is_refused_with_a_reason(calendar: str, time: Any) -> None:
    with pytest.raises(InputError, match="cannot understand the time interval"):
        select_time(daily(calendar), time)


@given(st.text(alphabet="0123456789-:TZ+/. ", max_size=24), st.sampled_from(CALENDARS))
def test_no_text_leads_to_another_error(text: str, calendar: str) -> None:
    try:
        selected = select_time(daily(calendar, steps=40), text)
    except PangeoError:
        return
    assert selected.size


def test_repeated_times() -> None:
    time = np.array(["2000-01-03", "2000-01-02", "2000-01-02", "2000-01-01"], "datetime64[ns]")
    for dates in (time, time[::-1], np.repeat(time[:1], 4)):
        field = xr.DataArray(np.arange(4), coords={"time": dates})
        wanted = (dates >= time[1]) & (dates <= time[0])
        selected = select_time(field, "2000-01-02/2000-01-03")
        assert list(selected.values) == list(np.flatnonzero(wanted))


def test_dates_in_no_order_stay_as_they_are() -> None:
    shuffled = daily().isel(time=[1, 35, 0, 2])
    selected = select_time(shuffled, "1999")
    assert list(selected.values) == [1, 0, 2]
    assert selected.attrs["pangeo_selection"] == "3 of 4 along time: time 1999/1999"


def test_nothing_in_it_and_no_dates_are_told_apart() -> None:
    with pytest.raises(SelectionError, match=r"no time step lies in 2010-01/2010-02-03T04:05"):
        select_time(daily(), "2010-01/2010-02-03T04:05")
    with pytest.raises(AxisError, match="cannot select by time along 'time'"):
        select_time(daily().assign_coords(time=np.arange(800)), "2000")
    with pytest.raises(AxisError, match="no time axis"):
        select_time(xr.DataArray([1]), "2000")
