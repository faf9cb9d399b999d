"""Climatologies: the mean year or day, and how each step differs from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import xarray as xr

from pangeo.analysis.accumulators import Sums
from pangeo.analysis.attributes import (
    anomaly_attributes,
    check_numeric,
    with_cell_methods,
    without_bounds,
)
from pangeo.analysis.cycles import CYCLES, By, check_cycle, cycle_of, groups, phases
from pangeo.analysis.given import given_year, on_cells_of, same_kind
from pangeo.analysis.months import (
    check_all_months,
    dated_by_middle,
    end_month,
    listed,
    month_numbers,
    span,
    time_axis,
)
from pangeo.analysis.recording import recorded
from pangeo.analysis.smoothing import smoothed
from pangeo.analysis.subtraction import subtracted
from pangeo.analysis.temperature import in_units_of
from pangeo.errors import InputError
from pangeo.grids import select_time
from pangeo.types import TimeInterval, TimeLike

_METHODS = dict.fromkeys(CYCLES, "time: mean within years time: mean over years")
_METHODS["hour"] = "time: mean within days time: mean over days"


@recorded
def climatology[T: (xr.Dataset, xr.DataArray)](
    obj: T, *, period: TimeLike | None = None, by: By = "month", smooth: int | None = None
) -> T:
    """The mean of all Januaries, all Februaries, ... to December: the mean year.

    Parameters
    ----------
    obj
        Dataset or DataArray with a time axis, in any calendar and with steps of a month or
        shorter; each step counts once. Missing values do not count. Stays lazy. A step
        belongs to the month in which the middle of its time bounds lies, where ``obj`` holds
        them, else its time: a DataArray taken out of a Dataset has left them behind.
    period
        The base period, such as ``"1991/2020"``; None is all of ``obj``. The data must have
        each of its months, because a mean of ten years is none of thirty.
    by
        ``"month"``, or ``"dayofyear"``, ``"season"`` (DJF, MAM, JJA, SON) or ``"hour"``.
    smooth
        So many neighbours, an odd number, in a running mean around the cycle: 31 for daily
        climatologies, which are noisy. A mean with a missing value in it is missing.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in its units, with the dimension ``month``, 1 to 12, in place of time, in
        float64; or with ``dayofyear``, ``season`` or ``hour``. The attribute ``climatology`` of
        each variable names the months it is made of.
        Variables of a Dataset without time stay as they are; bounds of the time axis go.

    Raises
    ------
    InputError
        When a month of the year is missing, the data do not cover ``period``, a stamp lies
        outside its time bounds, or nothing lies along time.
    AxisError
        When there is no time axis made of dates.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.climatology(sst).sizes
    Frozen({'month': 12, 'latitude': 18, 'longitude': 432})
    """
    check_cycle(by)
    name = str(time_axis(obj).name)
    base = _base(dated_by_middle(obj), period)
    time = base[name]
    if by in ("month", "season"):
        fix = "take a base of whole years"
        check_all_months(time.dt.month.values, f"the base {span(time)}", fix)
    mean_year = _mean_cycle(_fields(base, name, "climatology"), name, by)
    if smooth is not None:
        mean_year = smoothed(mean_year, by, smooth)
    mean_year = with_cell_methods(mean_year, base, [name], _METHODS[by])
    return _with_base(mean_year, _base_label(time, period), {by})


@recorded
def anomaly[T: (xr.Dataset, xr.DataArray)](
    obj: T, *, climatology: T | TimeLike | Sequence[float] | None = None, by: By = "month"
) -> T:
    """What is left of each step when the mean of its month of the year is taken away.

    Parameters
    ----------
    obj
        Dataset or DataArray with a time axis, in any calendar. Stays lazy. A step belongs to
        a month as in :func:`climatology`.
    climatology
        What is normal: None is the mean year of ``obj`` itself; a period such as
        ``"1991/2020"`` is the mean year of that part of ``obj``; or a mean year that is
        given: twelve numbers, January first, or xarray with the dimension ``month`` and, if it
        has longitude and latitude, the cells of ``obj`` among its own, in either convention
        of longitude. Kelvin and degrees Celsius are told apart by the units; a given one
        without units is taken to be in those of ``obj`` if its numbers can be.
    by
        The cycle that is taken away: ``"month"``, ``"dayofyear"``, ``"season"`` or ``"hour"``.
        One that is given has it as its dimension.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in its shape, units and, where that is a float, dtype; the difference is
        taken in float64. The attribute ``climatology`` of each variable states which was used.
        For temperatures ``units_metadata`` says that they are differences. A standard name
        that would be false of an anomaly becomes the long name.

    Raises
    ------
    InputError
        When a month is missing in the climatology, its units or its cells are others, or a
        variable is not in it; when the data do not cover the base period, or a stamp lies
        outside its time bounds.
    AxisError
        When there is no time axis made of dates.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.anomaly(sst).attrs["climatology"]
    'own months 2006-04..2010-09 (54 months)'
    """
    check_cycle(by)
    own = time_axis(obj)
    dated = dated_by_middle(obj)
    given, label = given_year(climatology), "given"
    if given is None:
        period = cast("TimeLike | None", climatology)
        given = _MEAN_YEAR(obj, period=period, by=by)
        label = _base_label(_base(dated, period)[own.name], period)
    if isinstance(dated, xr.DataArray):
        left = _array_anomaly(dated, same_kind(dated, given), label)
        return left.assign_coords({own.name: own})
    changed = {
        name: _array_anomaly(each, same_kind(each, given), label).assign_coords({own.name: own})
        for name, each in _fields(dated, str(own.name), "anomaly").data_vars.items()
        if own.name in each.dims
    }
    return obj.assign(changed)


_MEAN_YEAR = climatology  # inside anomaly the name is that of its argument


def _base[T: (xr.Dataset, xr.DataArray)](obj: T, period: TimeLike | None) -> T:
    """The part of ``obj`` in the base period, which it must cover, each month of it."""
    if period is None:
        return obj
    interval = TimeInterval.of(period)
    numbers = month_numbers(time_axis(obj))
    first, last = end_month(interval.start, last=False), end_month(interval.end, last=True)
    whole = np.arange(
        numbers.min() if first is None else first, (numbers.max() if last is None else last) + 1
    )
    missing = np.setdiff1d(whole, numbers)
    if missing.size:
        raise InputError(
            f"the data do not cover the base period {interval}",
            found=f"data of {span(time_axis(obj))}; nothing in {listed(missing)}",
            expected="data in each month of the period",
            fix="name a period that the data cover, or give a climatology: climatology=mean_year",
        )
    return select_time(obj, interval)


def _fields[T: (xr.Dataset, xr.DataArray)](obj: T, name: str, verb: str) -> T:
    """What lies along time, in numbers, and what does not; without the bounds of time."""
    fields = without_bounds(obj, [name])
    check_numeric(fields, [name], verb)
    if isinstance(fields, xr.Dataset) and not any(name in each.dims for each in fields.values()):
        raise InputError(
            f"cannot take the {verb}: no variable lies along {name!r}",
            found=f"variables {[str(each) for each in fields.data_vars]}",
            expected=f"one with the dimension {name!r} at least",
            fix=f"take a dataset with fields in time; ds[NAME].dims must hold {name!r}",
        )
    return fields


def _base_label(time: xr.DataArray, period: TimeLike | None) -> str:
    return f"{'own months' if period is None else 'base period'} {span(time)}"


def _mean_cycle[T: (xr.Dataset, xr.DataArray)](fields: T, name: str, by: str) -> T:
    """Mean over the steps of each phase of the cycle; what has no time stays as it is.

    Summed in float64 or integers: thirty years of hourly float32 would lose tenths of a degree.
    """
    if isinstance(fields, xr.DataArray):
        return _array_mean(fields, name, by)
    changed = {
        each: _array_mean(variable, name, by)
        for each, variable in fields.data_vars.items()
        if name in variable.dims
    }
    rest = fields.drop_vars(changed).drop_dims(name)
    return rest.assign(changed)[list(fields.data_vars)]


def _array_mean(variable: xr.DataArray, name: str, by: str) -> xr.DataArray:
    from pangeo.analysis.reduction import reduce_groups

    codes, cycle = groups(variable[name], by)
    data = reduce_groups(variable.variable, name, codes, cycle.size, Sums("mean"))
    coords = {key: each for key, each in variable.coords.items() if name not in each.dims}
    dims = [by, *(dim for dim in variable.dims if dim != name)]
    mean_year = xr.DataArray(data, coords | {by: cycle}, dims, variable.name, variable.attrs)
    return mean_year.transpose(*(by if dim == name else dim for dim in variable.dims))


def _with_base[T: (xr.Dataset, xr.DataArray)](obj: T, base: str, dims: set[str]) -> T:
    if isinstance(obj, xr.DataArray):
        return obj.assign_attrs(climatology=base)
    return obj.assign(
        {
            name: variable.assign_attrs(climatology=base)
            for name, variable in obj.data_vars.items()
            if dims <= set(variable.dims)
        }
    )


def _array_anomaly(variable: xr.DataArray, mean_year: xr.DataArray, label: str) -> xr.DataArray:
    time = time_axis(variable)
    by = cycle_of(mean_year)
    normal = on_cells_of(variable, in_units_of(mean_year, variable))
    of_each = phases(time, by)
    if by not in normal.indexes or not set(of_each) <= set(normal[by].values):
        raise InputError(
            f"the climatology lacks {by}s that {variable.name!r} has",
            found=f"{by}s {list(normal[by].values)}" if by in normal.indexes
            else f"dimensions {list(normal.dims)} without a coordinate {by!r}",
            expected="a coordinate 'month', 1 to 12, along a dimension of that name"
            if by == "month" else f"a coordinate {by!r} with each of those of the data",
            fix="climatology.assign_coords(month=range(1, 13)), if it begins in January"
            if by == "month" else "take a climatology of the same kind of data",
        )  # fmt: skip
    if not normal.indexes[by].is_unique:
        raise InputError(
            f"the climatology has several values of one {by}",
            found=f"{by}s {list(normal[by].values)}",
            expected=f"each {by} once",
            fix=f"take the mean of each: climatology.groupby({by!r}).mean()",
        )
    places = normal.indexes[by].get_indexer_for(of_each)
    data = subtracted(variable.variable, str(time.name), places, normal.variable, by)
    dtype = variable.dtype if variable.dtype.kind == "f" else np.dtype("float64")
    difference = variable.copy(data=data.data.astype(dtype, copy=False))
    difference.attrs = anomaly_attributes(variable, label)
    return difference
