"""Select an interval of time, in any calendar."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from pangeo.errors import AxisError, SelectionError
from pangeo.grids.axes import axis
from pangeo.types import TimeInterval, TimeLike


def select_time[T: (xr.Dataset, xr.DataArray)](obj: T, time: TimeLike) -> T:
    """The steps whose time lies in an interval, both ends included.

    Parameters
    ----------
    obj
        Dataset or DataArray with a one-dimensional time axis in any calendar. Stays lazy.
    time
        ISO 8601 interval (``"2006-04/2010-09"``, ``"2010/.."``), a (start, end) pair or a
        slice. A partial date means the whole of it: ``"2010-09"`` as an end is the 30th.

    Raises
    ------
    SelectionError
        When no step lies in the interval; names the extent of the data.
    AxisError
        When there is no time axis of dates, or it is not sorted.
    """
    interval = TimeInterval.of(time)
    coord = axis(obj, "time")
    index = _index(coord)
    bounds = slice(interval.start, interval.end)
    if index.is_monotonic_decreasing and index.size > 1:
        bounds = slice(interval.end, interval.start)
    start, stop = index.slice_indexer(bounds.start, bounds.stop).indices(index.size)[:2]
    if stop <= start:
        raise SelectionError(
            f"no time step lies in {interval}",
            found=f"{coord.name} {index.min()} .. {index.max()} ({index.size} steps)",
            expected="an interval that meets the time axis",
            fix="move or widen the interval, or leave an end open with '..'",
        )
    return obj.isel({coord.dims[0]: slice(start, stop)})


def _index(coord: xr.DataArray) -> pd.Index:
    index = coord.to_index() if coord.ndim == 1 else pd.Index([])
    dated = isinstance(index, (pd.DatetimeIndex, xr.CFTimeIndex))
    if not dated or not (index.is_monotonic_increasing or index.is_monotonic_decreasing):
        what = "no dates" if not dated else "dates that are not sorted"
        raise AxisError(
            f"cannot select by time along {coord.name!r}",
            found=f"{what}: {coord.dtype} along {coord.dims}",
            expected="a one-dimensional, sorted axis of dates",
            fix="select by index with ds.isel(...), or sort first: ds.sortby(...)",
        )
    return index
