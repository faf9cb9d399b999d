"""The step of an axis, told only where there is one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pangeo.grids import even_step, time_step


@given(
    start=st.floats(-180, 360),
    step=st.floats(0.01, 30).map(lambda size: round(size, 3)),
    count=st.integers(2, 400),
    descends=st.booleans(),
    single=st.booleans(),
)
def test_an_even_axis_has_its_step(
    start: float, step: float, count: int, descends: bool, single: bool
) -> None:
    step = -step if descends else step
    axis = start + step * np.arange(count)
    # What single precision rounds away must stay far below a step, as it does in real files.
    axis = axis.astype("float32") if single and abs(step) >= 0.25 else axis
    found = even_step(axis)
    assert found == pytest.approx(step, rel=1e-3)


@given(st.lists(st.integers(-90, 90), min_size=3, max_size=30, unique=True))
def test_an_axis_has_a_step_only_if_all_its_steps_are_one(values: list[int]) -> None:
    steps = set(np.diff(values).tolist())
    found = even_step(np.array(values))
    assert (found is not None) == (len(steps) == 1)


@pytest.mark.parametrize(
    "values", [[], [1.0], [1.0, 1.0], [0.0, np.nan], [0.0, 1, np.inf], [1, 2, 4]]
)
def test_what_is_not_even_has_no_step(values: list[float]) -> None:
    assert even_step(np.array(values)) is None


@pytest.mark.parametrize(
    ("freq", "expected"),
    [
        ("D", "P1D"), ("7D", "P7D"), ("6h", "PT6H"), ("90min", "PT90M"), ("10s", "PT10S"),
        ("MS", "P1M"), ("QS", "P3M"), ("YS", "P1Y"), ("100ms", None),
    ],
)  # fmt: skip
def test_a_step_of_time_is_a_duration_of_iso_8601(freq: str, expected: str | None) -> None:
    times = xr.DataArray(pd.date_range("1999-01-01", periods=15, freq=freq), dims="time")
    assert time_step(times) == expected


@pytest.mark.parametrize("calendar", ["360_day", "noleap", "julian"])
@pytest.mark.parametrize(("freq", "expected"), [("D", "P1D"), ("MS", {"P1M", "P30D"})])
def test_so_it_is_in_other_calendars(calendar: str, freq: str, expected: str | set[str]) -> None:
    times = xr.date_range("1999-01-01", periods=15, freq=freq, calendar=calendar, use_cftime=True)
    found = time_step(xr.DataArray(times, dims="time"))
    assert found == expected or found in expected


def test_the_middles_of_months_are_a_month_apart() -> None:
    days = [f"2001-{month:02d}-{15 if month == 2 else 16}" for month in range(1, 13)]
    times = xr.DataArray(pd.to_datetime(days), dims="time")
    assert time_step(times) == "P1M"


@pytest.mark.parametrize(
    "days",
    [
        ["2001-01-01"],
        ["2001-01-02", "2001-01-01"],
        ["2001-01-01", "2001-01-01"],
        ["2001-01-01", "2001-01-02", "2001-01-04"],
        ["2001-01-01", None, "2001-01-03"],
    ],
)
def test_times_without_order_have_no_step(days: list[str | None]) -> None:
    assert time_step(xr.DataArray(pd.to_datetime(days), dims="time")) is None
