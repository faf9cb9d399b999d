"""Months of any calendar, counted from January of the year 0, and the spans they make."""

from __future__ import annotations

import calendar

import cftime
import numpy as np
import xarray as xr

from pangeo.errors import AxisError, InputError
from pangeo.grids import axis, find_axes
from pangeo.types import Moment

MONTH_ATTRS = {"long_name": "month of the year", "units": "1"}


def time_axis(obj: xr.Dataset | xr.DataArray) -> xr.DataArray:
    """The time axis, if it is a dimension made of dates.

    Raises
    ------
    AxisError
        When there is none, or its values are no dates.
    """
    coord = axis(obj, "time")
    dated = coord.dtype.kind == "M" or (
        coord.ndim == 1 and isinstance(coord.variable.to_index(), xr.CFTimeIndex)
    )
    if not coord.size:
        raise InputError(
            f"there is no step along {coord.name!r}", found=f"dimensions {dict(obj.sizes)}",
            expected="one step at least", fix="select a time in which there are data",
        )  # fmt: skip
    if coord.dims == (coord.name,) and dated:
        return coord
    fix = "decode it: xr.open_dataset(..., decode_times=True) or xr.decode_cf(ds)"
    if dated:
        dim = next(iter(coord.dims), None)
        change = f"swap_dims({dim}={coord.name!r})" if dim else f"expand_dims({coord.name!r})"
        fix = f"make it the dimension: ds.{change}"
    raise AxisError(
        f"cannot count months along {coord.name!r}",
        found=f"{coord.dtype} along {coord.dims}",
        expected="a time axis that is a dimension and holds dates",
        fix=fix,
    )


def dated_by_middle[T: (xr.Dataset, xr.DataArray)](obj: T) -> T:
    """Each step dated by the middle of its time bounds, where ``obj`` holds them.

    A mean of January belongs to January, also where it is stamped with the end of its month,
    as by many models: the first of February at midnight.

    Raises
    ------
    InputError
        When a stamp lies outside its own bounds, so that one of the two is wrong.
    """
    axis_name = find_axes(obj).time
    if axis_name is None or obj[axis_name].dims != (axis_name,):
        return obj
    time = obj[axis_name]
    name = time.attrs.get("bounds", time.encoding.get("bounds"))
    held = obj.variables if isinstance(obj, xr.Dataset) else obj.coords
    if name not in held or held[name].ndim != 2 or not _holds_dates(held[name].values):
        return obj
    lower, upper = np.moveaxis(held[name].transpose(time.name, ...).values, 1, 0)
    outside = ~((lower <= time.values) & (time.values <= upper)).astype(bool)
    if outside.any():
        place = int(outside.argmax())
        raise InputError(
            f"{time.name!r} and its bounds {name!r} contradict each other",
            found=f"{time.values[place]} outside of {lower[place]} .. {upper[place]}",
            expected="each step within its own bounds",
            fix=f"leave the wrong one out, for example ds.drop_vars({name!r})",
        )
    middle = lower + (upper - lower) / 2
    return obj.assign_coords({time.name: (time.dims, middle, time.attrs, time.encoding)})


def _holds_dates(values: np.ndarray) -> bool:
    if values.dtype.kind == "M":
        return True
    return bool(values.size) and isinstance(values.flat[0], cftime.datetime)


def month_numbers(time: xr.DataArray) -> np.ndarray:
    """Each step's month, counted on from year to year."""
    numbers: np.ndarray = time.dt.year.values * 12 + time.dt.month.values - 1
    return numbers


def month_label(number: int) -> str:
    """The month of that number as ISO 8601: ``2010-09``."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def span(time: xr.DataArray) -> str:
    """First and last month, and how many there are: ``2006-04..2010-09 (54 months)``."""
    numbers = np.unique(month_numbers(time))
    return f"{month_label(numbers[0])}..{month_label(numbers[-1])} ({numbers.size} months)"


def listed(numbers: np.ndarray, most: int = 6) -> str:
    """The first few months of a list, by name."""
    names = ", ".join(month_label(int(number)) for number in numbers[:most])
    return names if numbers.size <= most else f"{names} and {numbers.size - most} more"


def end_month(end: Moment | None, *, last: bool) -> int | None:
    """The month in which an end of an interval lies; None for an open end.

    A bare year means its January as a start and its December as an end (``last``).
    """
    if end is None:
        return None
    year, month = (*end, 12 if last else 1)[:2]
    return year * 12 + month - 1


def check_all_months(months: np.ndarray, what: str, fix: str) -> None:
    """Refuse a climatology that lacks a month of the year."""
    missing = sorted(set(range(1, 13)) - {int(month) for month in months})
    if missing:
        raise InputError(
            f"{what} lacks months of the year",
            found="nothing for " + ", ".join(calendar.month_name[month] for month in missing),
            expected="all twelve months, at least once each",
            fix=fix,
        )


def check_monthly(time: xr.DataArray) -> None:
    """Refuse a time axis that has not exactly one step in each month, one after another."""
    numbers = month_numbers(time)
    steps = np.diff(numbers)
    if (steps == 1).all():
        return
    name = str(time.name)
    average = f"sst.resample({name}='MS').mean()"
    if (steps < 0).any():
        found, fix = "steps that go back in time", f"sort them first: sst.sortby({name!r})"
    elif (steps == 0).any():
        repeated = np.unique(numbers[1:][steps == 0])
        found = f"several steps in {listed(repeated)}"
        fix = f"take monthly means first: {average}"
    else:
        whole = np.arange(numbers[0], numbers[-1] + 1)
        found = f"a gap: nothing in {listed(np.setdiff1d(whole, numbers))}"
        fix = f"make the gap visible, as NaN that the running mean keeps: {average}"
    raise InputError(
        f"the steps along {name!r} are not one month apart", found=found,
        expected="one step in each month, without a gap, in order", fix=fix,
    )  # fmt: skip
