"""One value for each month, season, year or day; running statistics."""

from __future__ import annotations

from typing import Any, Literal

import cftime
import dask.array as da
import numpy as np
import xarray as xr

from pangeo.analysis.accumulators import Accumulator, Extremes, Spread, Sums
from pangeo.analysis.along_time import each_field, kept_coords
from pangeo.analysis.attributes import statistic_attributes, with_cell_methods
from pangeo.analysis.coarse import coarse
from pangeo.analysis.months import dated_by_middle, month_numbers, time_axis
from pangeo.analysis.recording import recorded
from pangeo.errors import InputError

type Statistic = Literal["mean", "std", "min", "max", "sum", "count"]

_METHODS = {
    "mean": "mean", "std": "standard_deviation", "min": "minimum", "max": "maximum",
    "sum": "sum", "count": "sum",
}  # fmt: skip


def _accumulator(statistic: str) -> Accumulator:
    if statistic == "std":
        return Spread()
    return Extremes(statistic) if statistic in ("min", "max") else Sums(statistic)


def _one_of(what: str, given: object, known: Any) -> None:
    if given not in known:
        raise InputError(
            f"cannot tell which {what} is wanted", found=f"{what}={given!r}",
            expected=f"one of {list(known)}", fix=f"for example {what}={next(iter(known))!r}",
        )  # fmt: skip


@recorded
def resample[T: (xr.Dataset, xr.DataArray)](
    obj: T, freq: Literal["month", "year", "season", "day"], statistic: Statistic = "mean"
) -> T:
    """One value for each month, season, year or day.

    Parameters
    ----------
    obj
        Dataset or DataArray along time, in any calendar. Stays lazy. A step belongs to the
        period in which the middle of its time bounds lies, where ``obj`` holds them.
    freq
        ``"month"``, ``"year"``, ``"day"``, or ``"season"``: DJF of the year of its January,
        MAM, JJA, SON.
    statistic
        ``"mean"``, ``"std"``, ``"min"``, ``"max"``, ``"sum"`` or ``"count"``, of the values that
        are there; steps count alike.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, each period dated by its first day. Periods without a step, between others,
        are missing (0 in sums and counts).

    Raises
    ------
    AxisError
        When there is no time axis made of dates.
    InputError
        When there is no such period or statistic.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.resample(sst, "year").sizes["time"]
    5
    """
    _one_of("freq", freq, ("month", "year", "season", "day"))
    _one_of("statistic", statistic, _METHODS)
    dated = dated_by_middle(obj)
    time = time_axis(dated)
    name: str = str(time.name)
    numbers = _numbers(time, freq)
    first, number = int(numbers.min()), int(numbers.max() - numbers.min()) + 1
    empty = np.unique(numbers).size < number
    # Bounds were those of the steps.
    attrs, encoding = (
        {key: each for key, each in said.items() if key != "bounds"}
        for said in (time.attrs, time.encoding)
    )
    starts = xr.Variable(name, _starts(time, freq, first, number), attrs, encoding)

    def change(field: xr.DataArray) -> xr.DataArray:
        from pangeo.analysis.reduction import reduce_groups

        data = reduce_groups(field.variable, name, numbers - first, number, _accumulator(statistic))
        if empty and statistic in ("min", "max") and data.dtype.kind != "f":
            data = data.astype("float64")  # no integer is missing
        dims = [name, *(dim for dim in field.dims if dim != name)]
        coords = kept_coords(field, name) | {name: starts}
        method = "count" if statistic == "count" else _METHODS[statistic]
        attrs = statistic_attributes(field.attrs, method)
        return xr.DataArray(data, coords, dims, field.name, attrs).transpose(*field.dims)

    found = each_field(dated, name, "resampling", change)
    return with_cell_methods(found, dated, [name], f"{name}: {_METHODS[statistic]}")


def _numbers(time: xr.DataArray, freq: str) -> np.ndarray:
    """Which period each step is in, counted on."""
    if freq == "day":
        midnight = time.dt.floor("D").values
        if midnight.dtype.kind == "M":
            return np.asarray(midnight.astype("datetime64[D]").astype("int64"))
        return np.array([round((day - midnight[0]).total_seconds() / 86400) for day in midnight])
    months = month_numbers(time)
    return months if freq == "month" else months // 12 if freq == "year" else (months + 1) // 3


def _starts(time: xr.DataArray, freq: str, first: int, number: int) -> np.ndarray:
    """The first day of each period."""
    values = time.values
    dates = values.dtype.kind == "M"
    if freq == "day":
        day: Any = np.datetime64(first, "D") if dates else time.dt.floor("D").values[0]
        if dates:
            return np.asarray((day + np.arange(number)).astype(values.dtype))
        import datetime

        return np.array([day + datetime.timedelta(first + n) for n in range(number)])
    each = {"month": 1, "year": 12, "season": 3}[freq]
    months = (first + np.arange(number)) * each - (1 if freq == "season" else 0)
    if dates:
        return np.asarray((months - 1970 * 12).astype("datetime64[M]").astype(values.dtype))
    calendar = values[0].calendar
    return np.array(
        [cftime.datetime(m // 12, m % 12 + 1, 1, calendar=calendar) for m in months.tolist()]
    ) if type(values[0]) is cftime.datetime else np.array(
        [type(values[0])(m // 12, m % 12 + 1, 1) for m in months.tolist()]
    )  # fmt: skip


@recorded
def rolling[T: (xr.Dataset, xr.DataArray)](
    obj: T, window: int, statistic: Literal["mean", "std", "min", "max", "sum"] = "mean", *,
    centered: bool = False,
) -> T:  # fmt: skip
    """A running statistic along time, of ``window`` steps.

    Parameters
    ----------
    obj
        Dataset or DataArray along time. Stays lazy, and few chunks are held at a time.
    window
        How many steps.
    statistic
        ``"mean"``, ``"std"``, ``"min"``, ``"max"`` or ``"sum"``.
    centered
        Whether it is labelled by the middle of the window (of an even one, the later of the two)
        instead of its last step.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in float64. Missing where the window is not full: at the ends, and where a
        value is missing.

    Raises
    ------
    AxisError
        When there is no time axis made of dates.
    InputError
        When the window does not fit, or there is no such statistic.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> year = pangeo.analysis.rolling(sst, 12)
    >>> int(year.isnull().all(["latitude", "longitude"]).sum())
    11
    """
    time = time_axis(obj)
    name: str = str(time.name)
    _one_of("statistic", statistic, ("mean", "std", "min", "max", "sum"))
    if not isinstance(window, int) or not 1 <= window <= time.size:
        raise InputError(
            "cannot take this running statistic", found=f"window={window!r}",
            expected=f"a whole number of steps from 1 to the {time.size} there are",
            fix="window=3, for example",
        )  # fmt: skip
    ahead = (window - 1) // 2 if centered else 0

    def change(field: xr.DataArray) -> xr.DataArray:
        axis = field.dims.index(name)
        lazy = coarse(field.variable)
        if lazy.chunks is None:
            data: Any = _padded(np.asarray(lazy.values), axis, window, ahead, statistic)
        else:
            # A neighbour has all the steps that are asked of it.
            enough = da.overlap.ensure_minimum_chunksize(max(1, window - 1), lazy.chunks[axis])
            wide = lazy.data.astype("float64").rechunk({axis: enough})
            data = da.map_overlap(
                _running, lazy.data.astype("float64"), depth={axis: window - 1}, boundary=np.nan,
                trim=False, axis=axis, window=window, ahead=ahead, statistic=statistic,
                dtype="float64", chunks=wide.chunks, meta=np.empty((0,) * lazy.ndim),
            )  # fmt: skip
        made: xr.DataArray = field.copy(data=data)
        made.attrs = statistic_attributes(field.attrs, _METHODS[statistic])
        return made

    found = each_field(obj, name, "running statistic", change)
    found = found.assign_coords({name: time})
    found = with_cell_methods(
        found, obj, [name], f"{name}: {_METHODS[statistic]} (window: {window})"
    )
    # Steps stay, and so must what says in which month they lie.
    bounds = time.attrs.get("bounds", time.encoding.get("bounds"))
    if isinstance(obj, xr.DataArray) or bounds not in obj.variables:
        return found
    return (
        found.assign_coords({bounds: obj[bounds]})
        if bounds in obj.coords
        else found.assign({bounds: obj[bounds]})
    )


def _padded(values: np.ndarray, axis: int, window: int, ahead: int, statistic: str) -> np.ndarray:
    edges = [(0, 0)] * values.ndim
    edges[axis] = (window - 1, window - 1)
    padded = np.pad(values.astype("float64"), edges, constant_values=np.nan)
    return _running(padded, axis, window, ahead, statistic)


def _running(padded: np.ndarray, axis: int, window: int, ahead: int, statistic: str) -> np.ndarray:
    """Of a block that has ``window - 1`` steps more on either side."""
    windows = np.lib.stride_tricks.sliding_window_view(padded, window, axis)
    size = padded.shape[axis] - 2 * (window - 1)
    kept = np.take(windows, np.arange(0), axis) if size <= 0 else windows[
        (slice(None),) * axis + (slice(ahead, ahead + size),)
    ]  # fmt: skip
    found: np.ndarray = getattr(np, statistic)(kept, axis=-1)
    return found
