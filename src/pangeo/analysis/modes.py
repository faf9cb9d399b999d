"""Empirical orthogonal functions: the patterns that explain most of a field's variance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from dask.graph_manipulation import bind

from pangeo.analysis.along_time import one_field
from pangeo.analysis.coarse import coarse
from pangeo.analysis.months import time_axis
from pangeo.analysis.recording import recorded
from pangeo.analysis.statistics import count, mean
from pangeo.errors import InputError
from pangeo.grids import cell_areas, find_axes

EXACT_BYTES = 2**28
ITERATIONS, OVERSAMPLES = 4, 20


@recorded
def eof(obj: xr.Dataset | xr.DataArray, modes: int = 4) -> xr.Dataset:
    """The patterns that vary together (EOFs), how each goes with time, and how much they explain.

    Each cell counts as much as its area. The mean over time is taken away; the mean year is
    not: use :func:`anomaly` before. Cells with a missing value are left out.

    Parameters
    ----------
    obj
        A field along time, or a Dataset with only one.
    modes
        How many.

    Returns
    -------
    xarray.Dataset
        ``pattern`` (mode, latitude, longitude) in units of the field: what goes with one
        standard deviation of ``series`` (mode, time), which has none; ``variance_fraction``
        (mode), of the area-weighted variance. The sign makes the largest value of a pattern
        positive. Fields over 256 MB go through a randomised decomposition, which reads them
        ten times, as the attribute ``method`` says, and stay lazy.

    Raises
    ------
    InputError
        When there are fewer modes than asked for, no cell is complete, or nothing varies.
    AxisError
        When there is no time axis made of dates.

    References
    ----------
    Lorenz (1956), Empirical orthogonal functions and statistical weather prediction;
    Halko et al. (2011), Finding structure with randomness, doi:10.1137/090771806

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> modes = pangeo.analysis.eof(pangeo.analysis.anomaly(sst), modes=2)
    >>> modes.pattern.dims
    ('mode', 'latitude', 'longitude')
    """
    field = one_field(obj, "eof")
    time = time_axis(field)
    name = str(time.name)
    space = [dim for dim in field.dims if dim != name]
    size = min(time.size - 1, int(np.prod([field.sizes[dim] for dim in space])))
    if not isinstance(modes, int) or not 1 <= modes <= size:
        raise InputError(
            "cannot take so many modes", found=f"modes={modes!r}",
            expected=f"a whole number from 1 to {size}", fix="modes=4, for example",
        )  # fmt: skip
    complete = (count(field, name) == time.size).compute()
    if (cells := int(complete.sum())) < modes:
        raise InputError(
            f"fewer than {modes} cells have a value at every step", found=f"{cells} of them",
            expected="as many complete cells as modes, at least",
            fix="take a part of space or time without gaps, or fewer modes",
        )  # fmt: skip
    middle = mean(field, name).compute()
    weight = (_areas(field, space) ** 0.5).where(complete, 0.0)
    small = field.size * 8 <= EXACT_BYTES

    def matrix(values: Any) -> Any:
        moved = ((field.copy(data=values) - middle).where(complete, 0.0) * weight).transpose(
            name, *space
        )
        return moved.data.reshape(time.size, -1)

    data = field.data if small else coarse(field.variable).chunk().data
    u, s, v, total = _decomposed(data, matrix, modes, small)
    if small and total == 0:
        raise InputError(
            "the field does not vary, so it has no modes", found="a variance of zero",
            expected="values that change with time", fix="take another field, or more of it",
        )  # fmt: skip
    return _described(field, time, space, weight, complete, (u, s, v, total), small)


def _areas(field: xr.DataArray, space: list[Any]) -> xr.DataArray:
    axes = find_axes(field)
    if {axes.latitude, axes.longitude} <= set(space):
        return cell_areas(field) / cell_areas(field).sum()
    return xr.DataArray(1.0)


def _decomposed(
    data: Any, matrix: Callable[[Any], Any], modes: int, small: bool
) -> tuple[Any, Any, Any, Any]:
    if small:
        u, s, v = np.linalg.svd(np.asarray(matrix(data)), full_matrices=False)
        return u[:, :modes], s[:modes], v[:modes], (s**2).sum()
    return _randomised(data, matrix, modes)


def _randomised(
    data: da.Array, matrix: Callable[[Any], da.Array], modes: int
) -> tuple[Any, Any, Any, Any]:
    """As ``da.linalg.svd_compressed``, but each pass reads the data for itself.

    Of a reading that all passes share, Dask would hold every chunk from the first to the last.
    """
    first = matrix(data)
    rank = min(modes + OVERSAMPLES, *first.shape)
    start = da.random.RandomState(0).normal(
        size=(first.shape[1], rank), chunks=(first.chunks[1], rank)
    )
    along = first @ start
    for _ in range(ITERATIONS):
        across = matrix(bind(data, along)).T @ along
        along = matrix(bind(data, across)) @ across
    basis, _ = da.linalg.tsqr(along)
    last = matrix(bind(data, basis))
    v, s, u = da.linalg.tsqr((basis.T @ last).T, compute_svd=True)
    return basis @ u.T[:, :modes], s[:modes], v.T[:modes], (last**2).sum()


def _described(
    field: xr.DataArray, time: xr.DataArray, space: list[Any], weight: xr.DataArray,
    complete: xr.DataArray, parts: tuple[Any, Any, Any, Any], small: bool,
) -> xr.Dataset:  # fmt: skip
    u, s, v, total = parts
    modes = s.shape[0]
    number = ("mode", np.arange(1, modes + 1), {"long_name": "number of the mode", "units": "1"})
    sizes = [field.sizes[dim] for dim in space]
    deviation = s / np.sqrt(time.size)
    coords = {key: c for key, c in field.coords.items() if time.name not in c.dims}
    pattern = xr.DataArray(
        (v * deviation[:, None]).reshape(modes, *sizes), coords | {"mode": number}, ["mode", *space]
    )
    pattern = pattern / weight.where(complete & (weight > 0))
    series = xr.DataArray(
        (u * np.sqrt(time.size)).T, {"mode": number, time.name: time}, ["mode", time.name]
    )
    largest = 2.0 * (pattern.max(space) >= -pattern.min(space)) - 1.0
    provenance = {k: x for k, x in field.attrs.items() if str(k).startswith("pangeo_")}
    found = xr.Dataset(
        {
            "pattern": (pattern * largest).transpose("mode", *space),
            "series": series * largest,
            "variance_fraction": ("mode", s**2 / total),
        },
        attrs=provenance
        | {"method": "singular values" if small else f"randomised, {ITERATIONS} iterations"},
    )
    name = field.attrs.get("long_name") or field.name or "field"
    found["pattern"].attrs = {
        "units": field.attrs.get("units", "1"), "long_name": f"EOF of {name}", **provenance,
    }  # fmt: skip
    found["series"].attrs = {"units": "1", "long_name": f"series of the EOF of {name}"}
    found["variance_fraction"].attrs = {"units": "1", "long_name": "explained part of the variance"}
    return found
