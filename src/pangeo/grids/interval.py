"""Select an interval of time, in any calendar."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

import cftime
import numpy as np
import pandas as pd
import xarray as xr

from pangeo.errors import AxisError, InputError, SelectionError
from pangeo.grids.axes import axis
from pangeo.grids.observations import take
from pangeo.types import Moment, TimeInterval, TimeLike, moment_of

_UNITS = ("Y", "M", "D", "h", "m", "s", "us")  # of numpy, for the fields of a moment


def select_time[T: (xr.Dataset, xr.DataArray)](obj: T, time: TimeLike) -> T:
    """The steps whose time lies in an interval, both ends included.

    Parameters
    ----------
    obj
        Dataset or DataArray with a one-dimensional time axis in any calendar, sorted or not.
        Stays lazy.
    time
        ISO 8601 interval (``"2006-04/2010-09"``, ``"2010/.."``), a (start, end) pair or a
        slice, of text or of dates of any library. A partial date means the whole of it:
        ``"2010-09"`` as an end is the 30th. A time zone is converted to UTC.

    Raises
    ------
    InputError
        When an end is no date, or none in the calendar of the data.
    SelectionError
        When no step lies in the interval; names the extent of the data.
    AxisError
        When there is no time axis of dates, or it has several dimensions.
    """
    interval = TimeInterval.of(time)
    coord = axis(obj, "time")
    index = _index(coord, interval)
    for end in (interval.start, interval.end):
        _check_exists(end, index)
    is_sorted = index.is_monotonic_increasing or index.is_monotonic_decreasing
    order = np.arange(index.size) if is_sorted else _order(index)
    start, stop = _bounds(index[order], interval)
    if stop <= start:
        raise SelectionError(
            f"no time step lies in {interval}",
            found=f"{coord.name} {index.min()} .. {index.max()} ({index.size} steps)",
            expected="an interval that meets the time axis",
            fix="move or widen the interval, or leave an end open with '..'",
        )
    dim = str(coord.dims[0])
    if is_sorted:
        return obj.isel({dim: slice(start, stop)})
    return take(obj, dim, np.sort(order[start:stop]), f"time {interval}")


def _order(index: pd.Index) -> np.ndarray:
    """The positions of the dates from the earliest to the latest; those of no date left out."""
    earliest_first = np.argsort(index.values, kind="stable")
    return np.extract(index.notna()[earliest_first], earliest_first)


def _bounds(index: pd.Index, interval: TimeInterval) -> tuple[int, int]:
    """Where the steps of the interval start and stop.

    Dates are compared as far as the end of the interval says: so a month holds all its days,
    however many the calendar gives it, and no calendar has to be converted.
    """
    descends = index.is_monotonic_decreasing and not index.is_monotonic_increasing
    dates: Any = index[::-1] if descends else index
    start, stop = 0, index.size
    if (first := interval.start) is not None:
        start = bisect_left(dates, first, key=lambda date: moment_of(date, len(first)))
    if (last := interval.end) is not None:
        stop = bisect_right(dates, last, key=lambda date: moment_of(date, len(last)))
    return (index.size - stop, index.size - start) if descends else (start, stop)


def _check_exists(moment: Moment | None, index: pd.Index) -> None:
    """Refuse the 30th of February where the calendar of the axis has none."""
    if moment is None or len(moment) < 3:
        return
    year, month, day = moment[:3]
    calendar = index.calendar if isinstance(index, xr.CFTimeIndex) else "proleptic_gregorian"
    days = cftime.datetime(year, month, 1, calendar=calendar, has_year_zero=True).daysinmonth
    if day > days:
        raise InputError(
            f"there is no day {day} in {year:04d}-{month:02d} in the calendar of the data",
            found=f"{year:04d}-{month:02d}-{day:02d}, calendar {calendar}",
            expected=f"a day from 1 to {days}",
            fix=f"name the whole month: '{year:04d}-{month:02d}'",
        )


def _index(coord: xr.DataArray, interval: TimeInterval) -> pd.Index:
    index = coord.to_index() if coord.ndim == 1 else pd.Index([])
    if isinstance(index, (pd.DatetimeIndex, xr.CFTimeIndex)):
        return index
    is_asked = interval.start is not None or interval.end is not None
    is_dated = coord.dtype.kind == "M" and coord.ndim > 1 and is_asked
    raise AxisError(
        f"cannot select by time along {coord.name!r}",
        found=f"{coord.dtype} along {coord.dims}",
        expected="a one-dimensional axis of dates",
        fix=f"mask by hand: {_mask(coord, interval)}"
        if is_dated
        else "select by index: ds.isel(...)",
    )


def _mask(coord: xr.DataArray, interval: TimeInterval) -> str:
    """The line of Python that leaves of the dataset ``ds`` what lies in the interval."""
    start, end = str(interval).split("/")
    date = f"ds[{coord.name!r}]"
    after = f"({date} >= np.datetime64({start!r}))" if interval.start else ""
    unit = _UNITS[len(interval.end or ()) - 1]
    after_it = f"np.datetime64({end!r}) + np.timedelta64(1, {unit!r})"
    before = f"({date} < {after_it})" if interval.end else ""
    return f"ds.where({' & '.join(filter(None, (after, before)))})"
