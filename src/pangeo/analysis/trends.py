"""Linear trends, and maps of regression and correlation with a series."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import xarray as xr
from scipy import special

from pangeo.analysis.accumulators import Products
from pangeo.analysis.along_time import PERIODS, days, kept_coords, one_field
from pangeo.analysis.coarse import CHUNK, coarse, for_next_pass
from pangeo.analysis.months import time_axis
from pangeo.analysis.recording import recorded
from pangeo.errors import InputError


@recorded
def trend(
    obj: xr.Dataset | xr.DataArray, *, per: Literal["year", "decade", "day"] = "year",
    autocorrelation: bool = True,
) -> xr.Dataset:  # fmt: skip
    """The linear trend of each cell, and how sure it is, with the memory of the series counted.

    Least squares over the values that are there. Successive months or days resemble each other,
    so that there are fewer independent values than steps: their number is that of steps times
    ``(1 - r) / (1 + r)``, where r is the correlation of each residual with the one before.

    Parameters
    ----------
    obj
        A field along time, or a Dataset with only one. Stays lazy.
    per
        ``"year"`` (365.2425 days), ``"decade"`` or ``"day"``.
    autocorrelation
        False takes all values for independent, as ``scipy.stats.linregress`` does.

    Returns
    -------
    xarray.Dataset
        ``slope`` and ``stderr`` in units of the field per year; ``intercept``, the fitted value
        at the first step; ``p_value`` of a two-sided t-test against no trend; ``n``, the number
        of values; and ``n_effective``, that of independent ones, at least 2. NaN where there are
        fewer than three values.

    Raises
    ------
    InputError
        When ``obj`` has several fields along time, or ``per`` is no such unit.
    AxisError
        When there is no time axis made of dates.

    References
    ----------
    Santer et al. (2000), Statistical significance of trends and trend differences in
    layer-average atmospheric temperature time series, doi:10.1029/1999JD901105

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.trend(sst).slope.units
    'K year-1'
    """
    if per not in PERIODS:
        raise InputError(
            "cannot tell per what the trend is wanted", found=f"per={per!r}",
            expected=f"one of {list(PERIODS)}", fix="leave per out for a trend per year",
        )  # fmt: skip
    field = one_field(obj, "trend")
    name = str(time_axis(field).name)
    along = days(field[name]) / PERIODS[per]
    n, mean, at, xx, tt, xt = _products(field, name, along)
    found = xr.Dataset({"slope": xt / tt.where((tt > 0) & (n > 2))})
    found["intercept"] = mean - found.slope * at
    found["n"] = n.astype("int64")
    left = (xx - found.slope * xt).clip(min=0)
    effective = n
    if autocorrelation:
        r = _memory(field, name, along, found)
        effective = (n * (1 - r) / (1 + r)).clip(2, None)
        effective = effective.clip(max=n).where(r > 0, n)
    found["n_effective"] = effective.where(n > 2)
    freedom = found.n_effective - 2
    found["stderr"] = np.sqrt(left / freedom.where(freedom > 0) / tt)
    t = abs(found.slope) / found.stderr
    found["p_value"] = xr.apply_ufunc(
        _two_sided, freedom, t, dask="parallelized", output_dtypes=[float]
    )
    return _described(found, field, per)


def _two_sided(freedom: Any, t: Any) -> Any:
    return 2 * special.stdtr(freedom, -t)


def _products(field: xr.DataArray, name: str, along: np.ndarray) -> list[xr.DataArray]:
    """Number, means of field and series, and sums of squares and products about these."""
    from pangeo.analysis.reduction import reduce_groups

    steps = np.zeros(along.size, "int64")
    # From a value of its own, as each cell is in the kernel, or a large mean would cancel.
    origin = next((each for each in along.tolist() if np.isfinite(each)), 0.0)
    data = reduce_groups(field.variable, name, steps, 1, Products(along - origin))
    dims = [dim for dim in field.dims if dim != name]
    coords = kept_coords(field, name)
    n, mean, at, *squares = (
        xr.DataArray(data[k, 0], coords, dims) for k in range(Products.results)
    )
    return [n, mean, at + origin, *squares]


def _memory(field: xr.DataArray, name: str, along: np.ndarray, fit: xr.Dataset) -> xr.DataArray:
    """The correlation of each residual with the one before, where both are there."""
    lazy = field.copy(data=coarse(field.variable, CHUNK // 2).data)
    line = xr.DataArray(along, dims=name)
    slope, intercept = fit.slope, fit.intercept
    if lazy.variable.chunks is not None:
        lazy = lazy.copy(data=for_next_pass(lazy.data, [slope.data, intercept.data]))
        sizes = dict(lazy.variable.chunksizes)
        line = line.chunk({name: sizes.pop(name)})
        slope, intercept = slope.chunk(sizes), intercept.chunk(sizes)
    residual = lazy.drop_vars(list(lazy.coords)) - (
        intercept.drop_vars(list(intercept.coords)) + slope.drop_vars(list(slope.coords)) * line
    )
    pairs = (residual * residual.shift({name: 1})).sum(name)
    r = pairs / (residual**2).sum(name)
    memory: xr.DataArray = r.assign_coords(kept_coords(field, name))
    return memory


def _described(found: xr.Dataset, field: xr.DataArray, per: str) -> xr.Dataset:
    units = str(field.attrs.get("units", "1"))
    rate = f"{per}-1" if units == "1" else f"{units} {per}-1"
    subject = field.attrs.get("long_name") or field.name or "value"
    of = {
        "slope": {"units": rate, "long_name": f"linear trend of {subject}"},
        "stderr": {"units": rate, "long_name": f"standard error of the trend of {subject}"},
        "intercept": {"units": units, "long_name": f"{subject} of the fit at the first step"},
        "p_value": {"units": "1", "long_name": "probability of such a trend by chance"},
        "n": {"units": "1", "long_name": "number of values"},
        "n_effective": {"units": "1", "long_name": "number of independent values"},
    }
    provenance = {k: v for k, v in field.attrs.items() if str(k).startswith("pangeo_")}
    for key, attrs in of.items():
        found[key].attrs = {**attrs, **provenance}
    return found[list(of)].assign_attrs(provenance)


@recorded
def regression(obj: xr.Dataset | xr.DataArray, series: xr.DataArray) -> xr.DataArray:
    """How much each cell changes with one unit of a series: the map that belongs to an index.

    Parameters
    ----------
    obj
        A field along time, or a Dataset with only one. Stays lazy.
    series
        One value for each step of the field, such as an index; steps where it is missing are
        left out.

    Returns
    -------
    xarray.DataArray
        The slope of the least squares fit, in units of the field per unit of the series.

    Raises
    ------
    InputError
        When the series is not along time, or lacks steps of the field.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> index = pangeo.analysis.nino34(sst)
    >>> pangeo.analysis.regression(sst, index).units
    'K degC-1'
    """
    field, (n, _, _, _, tt, xt) = _against(obj, series, "regression")
    slope = (xt / tt.where((tt > 0) & (n > 1))).rename(field.name)
    units = [field.attrs.get("units", "1"), f"{series.attrs.get('units', '1')}-1"]
    slope.attrs = dict(field.attrs) | {
        "units": " ".join(each for each in units if each not in ("1", "1-1")) or "1",
        "long_name": f"regression of {field.attrs.get('long_name', field.name)} on {series.name}",
    }
    slope.attrs.pop("standard_name", None)
    return slope


@recorded
def correlation(obj: xr.Dataset | xr.DataArray, series: xr.DataArray) -> xr.DataArray:
    """Pearson's correlation of each cell with a series.

    Parameters
    ----------
    obj, series
        As in :func:`regression`, and so are the errors.

    Returns
    -------
    xarray.DataArray
        From -1 to 1; NaN where the field or the series does not change.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> index = pangeo.analysis.nino34(sst)
    >>> bool(pangeo.analysis.correlation(sst, index).max() <= 1)
    True
    """
    field, (n, _, _, xx, tt, xt) = _against(obj, series, "correlation")
    product: Any = np.sqrt(xx * tt)
    r: xr.DataArray = (xt / product.where((product > 0) & (n > 1))).clip(-1, 1)
    r = r.rename(field.name)
    r.attrs = {k: v for k, v in field.attrs.items() if str(k).startswith("pangeo_")} | {
        "units": "1",
        "long_name": f"correlation of {field.attrs.get('long_name', field.name)} "
        f"with {series.name}",
    }
    return r


def _against(
    obj: xr.Dataset | xr.DataArray, series: xr.DataArray, verb: str
) -> tuple[xr.DataArray, list[xr.DataArray]]:
    field = one_field(obj, verb)
    name = str(time_axis(field).name)
    dims = series.dims
    if len(dims) != 1 or name not in series.indexes:
        raise InputError(
            f"cannot take the {verb} with this series",
            found=f"dimensions {list(dims)}",
            expected=f"one value for each step along {name!r}",
            fix="take the series of an index, or of a mean over an area",
        )
    if not series.indexes[name].is_unique:
        raise InputError(
            f"cannot tell which value of the series belongs to a step along {name!r}",
            found="steps that are there twice", expected="each step once",
            fix=f"leave one of them: series.drop_duplicates({name!r})",
        )  # fmt: skip
    places = series.indexes[name].get_indexer_for(field.indexes[name])
    if (places < 0).any():
        raise InputError(
            "the series lacks steps of the field",
            found=f"{int((places < 0).sum())} of {places.size} steps without a value",
            expected="the same steps, or more",
            fix="bring both to the same steps: resample(obj, 'month')",
        )
    return field, _products(field, name, series.values.astype("float64")[places])
