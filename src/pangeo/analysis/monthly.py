"""The mean year, and how each month differs from it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pangeo.analysis.attributes import (
    anomaly_attributes,
    check_numeric,
    with_cell_methods,
    without_bounds,
)
from pangeo.analysis.months import (
    MONTH_ATTRS,
    check_all_months,
    end_month,
    month_numbers,
    span,
    time_axis,
)
from pangeo.analysis.temperature import in_units_of
from pangeo.errors import InputError
from pangeo.grids import select_time
from pangeo.types import TimeInterval, TimeLike

_METHOD = "time: mean within years time: mean over years"


def climatology[T: (xr.Dataset, xr.DataArray)](obj: T, *, period: TimeLike | None = None) -> T:
    """The mean of all Januaries, all Februaries, ... to December: the mean year.

    Parameters
    ----------
    obj
        Dataset or DataArray with a time axis, in any calendar and with steps of a month or
        shorter; each step counts once. Missing values do not count. Stays lazy.
    period
        The base period, such as ``"1991/2020"``; None is all of ``obj``. The data must reach
        from its first month to its last, because a mean of ten years is none of thirty.

    Returns
    -------
    The same type and units with the dimension ``month``, 1 to 12, in place of time. The
    attribute ``climatology`` of each variable names the months it is made of. Variables of a
    Dataset without time stay as they are; bounds of the time axis go.

    Raises
    ------
    InputError
        When a month of the year is missing, or the data do not cover ``period``.
    AxisError
        When there is no time axis made of dates.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.climatology(sst).sizes
    Frozen({'month': 12, 'latitude': 18, 'longitude': 432})
    """
    name = str(time_axis(obj).name)
    base = _base(obj, period)
    time = base[name]
    check_all_months(time.dt.month.values, f"the base {span(time)}", "take a base of whole years")
    fields = without_bounds(base, [name])
    check_numeric(fields, [name], "climatology")
    mean_year = _mean_year(fields, name)
    mean_year["month"].attrs.update(MONTH_ATTRS)
    mean_year = with_cell_methods(mean_year, base, [name], _METHOD)
    return _with_base(mean_year, _base_label(time, period), {"month"})


def anomaly[T: (xr.Dataset, xr.DataArray)](obj: T, *, climatology: T | TimeLike | None = None) -> T:
    """What is left of each step when the mean of its month of the year is taken away.

    Parameters
    ----------
    obj
        Dataset or DataArray with a time axis, in any calendar. Stays lazy.
    climatology
        What is normal: None is the mean year of ``obj`` itself; a period such as
        ``"1991/2020"`` is the mean year of that part of ``obj``; or a mean year that is
        given, with the dimension ``month`` and, if it has longitude and latitude, the cells of
        ``obj`` among its own. Kelvin and degrees Celsius are told apart by the units; a given
        one without units is taken to be in those of ``obj``.

    Returns
    -------
    The same type, shape and units. The attribute ``climatology`` of each variable states
    which was used. For temperatures ``units_metadata`` says that they are differences. A
    standard name that would be false of an anomaly becomes the long name.

    Raises
    ------
    InputError
        When a month is missing in the climatology, its units or its cells are others, or a
        variable is not in it.
    AxisError
        When there is no time axis made of dates.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.anomaly(sst).attrs["climatology"]
    'own months 2006-04..2010-09 (54 months)'
    """
    if isinstance(climatology, (xr.Dataset, xr.DataArray)):
        given, label = climatology, "given"
    else:
        given = _MEAN_YEAR(obj, period=climatology)
        label = _base_label(_base(obj, climatology)[time_axis(obj).name], climatology)
    if isinstance(obj, xr.DataArray):
        return _array_anomaly(obj, _same_kind(obj, given), label)
    name = str(time_axis(obj).name)
    changed = {
        variable: _array_anomaly(obj[variable], _same_kind(obj[variable], given), label)
        for variable in without_bounds(obj, [name]).data_vars
        if name in obj[variable].dims
    }
    return obj.assign(changed)


_MEAN_YEAR = climatology  # inside anomaly the name is that of its argument


def _base[T: (xr.Dataset, xr.DataArray)](obj: T, period: TimeLike | None) -> T:
    """The part of ``obj`` in the base period, which it must cover."""
    if period is None:
        return obj
    interval = TimeInterval.of(period)
    base = select_time(obj, interval)
    has = month_numbers(time_axis(base))
    first, last = end_month(interval.start, last=False), end_month(interval.end, last=True)
    if (first is not None and has.min() > first) or (last is not None and has.max() < last):
        raise InputError(
            f"the data do not cover the base period {interval}",
            found=f"{span(time_axis(base))} of it",
            expected="data from the first month of the period to its last",
            fix="name a period that the data cover, or give a climatology: climatology=mean_year",
        )
    return base


def _base_label(time: xr.DataArray, period: TimeLike | None) -> str:
    return f"{'own months' if period is None else 'base period'} {span(time)}"


def _mean_year[T: (xr.Dataset, xr.DataArray)](fields: T, name: str) -> T:
    """Mean over the steps of each month of the year; what has no time stays as it is."""
    if isinstance(fields, xr.DataArray):
        return fields.groupby(f"{name}.month").mean(name, keep_attrs=True)
    timeless = [variable for variable in fields if name not in fields[variable].dims]
    averaged = fields.drop_vars(timeless).groupby(f"{name}.month").mean(name, keep_attrs=True)
    return averaged.assign(fields[timeless].data_vars)[list(fields.data_vars)]


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


def _same_kind(variable: xr.DataArray, given: xr.Dataset | xr.DataArray) -> xr.DataArray:
    if isinstance(given, xr.DataArray):
        return given
    if variable.name not in given.data_vars:
        raise InputError(
            f"the climatology has no variable {variable.name!r}",
            found=f"variables {[str(name) for name in given.data_vars]}",
            expected=f"one called {variable.name!r}",
            fix=f"rename it: climatology.rename(NAME={str(variable.name)!r})",
        )
    return given[variable.name]


def _array_anomaly(variable: xr.DataArray, mean_year: xr.DataArray, label: str) -> xr.DataArray:
    time = time_axis(variable)
    normal = _on_cells_of(variable, in_units_of(mean_year, variable))
    months = np.unique(time.dt.month.values)
    if "month" not in normal.indexes or not set(months) <= set(normal["month"].values):
        raise InputError(
            f"the climatology lacks months that {variable.name!r} has",
            found=f"months {list(normal['month'].values)}" if "month" in normal.indexes
            else f"dimensions {list(normal.dims)} without a coordinate 'month'",
            expected="a coordinate 'month', 1 to 12, along a dimension of that name",
            fix="climatology.assign_coords(month=range(1, 13)), if it begins in January",
        )  # fmt: skip
    difference = variable - normal.sel(month=time.dt.month).drop_vars("month")
    difference = difference.transpose(*variable.dims).rename(variable.name)
    difference.attrs = anomaly_attributes(variable, label)
    return difference


def _on_cells_of(variable: xr.DataArray, mean_year: xr.DataArray) -> xr.DataArray:
    """The climatology of just these cells; xarray alone would drop cells that differ."""
    shared = {
        dim: variable[dim]
        for dim in mean_year.dims
        if dim in variable.indexes and dim in mean_year.indexes and dim != "month"
    }
    strange = set(mean_year.dims) - set(variable.dims) - {"month"}
    try:
        if strange:
            raise KeyError(f"dimensions {sorted(map(str, strange))}")
        return mean_year.sel(shared)
    except KeyError as missing:
        raise InputError(
            f"the climatology is not on the grid of {variable.name!r}",
            found=f"no {missing.args[0]}",
            expected=f"every cell along {[str(dim) for dim in variable.dims]}, or none of them",
            fix="bring it to this grid: climatology.interp_like(sst), or give twelve numbers",
        ) from None
