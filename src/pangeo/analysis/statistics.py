"""Mean, standard deviation, extremes, count and sum, each cell weighing as much as its area."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from types import EllipsisType
from typing import Any

import numpy as np
import xarray as xr

from pangeo.analysis.accumulators import Accumulator, Extremes, Spread, Sums
from pangeo.analysis.attributes import (
    check_numeric,
    statistic_attributes,
    with_cell_methods,
    without_bounds,
)
from pangeo.analysis.recording import recorded
from pangeo.errors import InputError
from pangeo.grids import cell_areas, find_axes, select_box
from pangeo.types import BBox, BBoxLike

type Dims = Hashable | Iterable[Hashable] | EllipsisType | None
"""A dimension or several; ``...`` is all; None is longitude and latitude."""


@recorded
def mean[T: (xr.Dataset, xr.DataArray)](
    obj: T, dim: Dims = None, *, bbox: BBoxLike | None = None, weighted: bool = True
) -> T:
    """The mean over longitude and latitude, each cell weighing as much as its area.

    A missing cell has no weight, so that gaps do not pull the mean; where all cells are
    missing the mean is too.

    Parameters
    ----------
    obj
        Dataset or DataArray on a latitude-longitude grid. Stays lazy.
    dim
        Over what: None is longitude and latitude, ``"time"`` or any other dimension that one,
        a list several, ``...`` all. Time steps count alike.
    bbox
        (west, south, east, north) in degrees; None is all of the grid. May cross the
        dateline.
    weighted
        False counts every cell alike.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in its units, without these dimensions, in float64. Variables of a
        Dataset that have none of them stay as they are; bounds of the axes go. Attributes
        stay, and ``cell_methods`` gains ``area: mean``, or ``time: mean`` and the like.

    Raises
    ------
    AxisError
        When longitude or latitude cannot be told or are not one-dimensional.
    SelectionError
        When no cell lies in the box.
    InputError
        When a variable on the grid holds text or dates, or there is no such dimension.

    Examples
    --------
    >>> import xarray as xr
    >>> import pangeo
    >>> globe = xr.DataArray([[0.0], [3.0]], coords={"lat": [0.0, 60.0], "lon": [0.0]})
    >>> round(float(pangeo.analysis.mean(globe)), 6)  # the cell at 60N is half as large
    1.0
    """
    return _statistic(obj, dim, bbox, weighted, "mean", Sums("mean"))


@recorded
def sum[T: (xr.Dataset, xr.DataArray)](
    obj: T, dim: Dims = None, *, bbox: BBoxLike | None = None, weighted: bool = True
) -> T:
    """The sum over longitude and latitude of value times area: the integral over the sphere.

    Over longitude and latitude the unit gains
    ``m2``, as that of an area integral does; over other dimensions, or with
    ``weighted=False``, it is the plain sum. Of missing values alone it is 0, as in xarray.

    Parameters
    ----------
    obj, dim, bbox, weighted
        As in :func:`mean`, and so are the errors.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, without these dimensions, in float64; the unit of an integral gains ``m2``.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import pangeo
    >>> ones = xr.DataArray(np.ones((18, 36)), coords={
    ...     "lat": np.arange(-85, 90, 10), "lon": np.arange(5, 360, 10)}, dims=("lat", "lon"))
    >>> print(f"{float(pangeo.analysis.sum(ones)):.4g}")  # the Earth, in m2
    5.101e+14
    """
    return _statistic(obj, dim, bbox, weighted, "sum", Sums("sum"))


@recorded
def std[T: (xr.Dataset, xr.DataArray)](
    obj: T, dim: Dims = None, *, bbox: BBoxLike | None = None, weighted: bool = True
) -> T:
    """The standard deviation over longitude and latitude, weighted by area, or over time.

    Divided by the number of values, not by one
    less. Sound for values far from zero: squares are of differences from a value of the cell.

    Parameters
    ----------
    obj, dim, bbox, weighted
        As in :func:`mean`, and so are the errors.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in its units, without these dimensions, in float64.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.std(sst, "time").cell_methods.split(" time: ")[-1]
    'standard_deviation'
    """
    return _statistic(obj, dim, bbox, weighted, "standard_deviation", Spread())


@recorded
def min[T: (xr.Dataset, xr.DataArray)](
    obj: T, dim: Dims = None, *, bbox: BBoxLike | None = None
) -> T:
    """The least value over longitude and latitude, or other dimensions, in the dtype of ``obj``.

    Missing values do not count.

    Parameters
    ----------
    obj, dim, bbox
        As in :func:`mean`, and so are the errors.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in its units and dtype, without these dimensions.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> f"{float(pangeo.analysis.min(sst, ...)):.1f} {sst.units}"
    '289.2 K'
    """
    return _statistic(obj, dim, bbox, False, "minimum", Extremes("min"))


@recorded
def max[T: (xr.Dataset, xr.DataArray)](
    obj: T, dim: Dims = None, *, bbox: BBoxLike | None = None
) -> T:
    """The greatest value over longitude and latitude, or other dimensions, in their dtype.

    Missing values do not count.

    Parameters
    ----------
    obj, dim, bbox
        As in :func:`mean`, and so are the errors.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in its units and dtype, without these dimensions.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> f"{float(pangeo.analysis.max(sst, ...)):.1f} {sst.units}"
    '304.4 K'
    """
    return _statistic(obj, dim, bbox, False, "maximum", Extremes("max"))


@recorded
def count[T: (xr.Dataset, xr.DataArray)](
    obj: T, dim: Dims = None, *, bbox: BBoxLike | None = None
) -> T:
    """How many values there are, missing ones left out; int64, in units of 1.

    Parameters
    ----------
    obj, dim, bbox
        As in :func:`mean`, and so are the errors.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, without these dimensions, in int64 and units of 1.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> int(pangeo.analysis.count(sst, "time").max())
    54
    """
    return _statistic(obj, dim, bbox, False, "count", Sums("count"))


def dimensions(obj: xr.Dataset | xr.DataArray, dim: Dims) -> list[Hashable]:
    """The dimensions that are meant, by their names or by those of their axes in CF."""
    if dim is None:
        return list(cell_areas(obj).dims)
    if dim is ...:
        return list(obj.dims)
    axes = find_axes(obj)
    called = {name: getattr(axes, name) for name in ("time", "latitude", "longitude", "vertical")}
    asked = [dim] if isinstance(dim, Hashable) else list(dim)
    wanted = [each if each in obj.dims else called.get(str(each), each) for each in asked]
    missing = [a for a, each in zip(asked, wanted, strict=True) if each not in obj.dims]
    if missing:
        raise InputError(
            f"no dimension {missing[0]!r}",
            found=f"dimensions {list(obj.dims)}",
            expected="some of these, ... for all, or None for longitude and latitude",
            fix="correct dim",
        )
    return list(dict.fromkeys(wanted))


def _weights(obj: xr.Dataset | xr.DataArray, dims: list[Hashable]) -> dict[Hashable, np.ndarray]:
    """Of each cell its area, along each axis by itself: height times width."""
    axes = find_axes(obj)
    horizontal = [d for d in (axes.latitude, axes.longitude) if d in dims]
    if not horizontal:
        return {}
    areas = cell_areas(obj if {axes.latitude, axes.longitude} <= set(obj.dims) else _strip(obj))
    found: dict[Hashable, np.ndarray] = {}
    for dim in horizontal:
        others = [each for each in areas.dims if each != dim]
        found[dim] = areas.sum(others).values
    if len(horizontal) == 2:  # their product is the area, in m2
        found[horizontal[0]] = found[horizontal[0]] / float(areas.sum())
    return found


def _strip(obj: xr.Dataset | xr.DataArray) -> xr.Dataset:
    """The axis that is left of a grid, such as after a zonal mean, and one cell across it."""
    axes = find_axes(obj)
    rows = axes.latitude in obj.dims
    kept = axes.latitude if rows else axes.longitude
    across = ("across", [0.0], {"units": "degrees_east" if rows else "degrees_north"})
    return xr.Dataset(coords={kept: obj[kept].reset_coords(drop=True), "across": across})


def _statistic[T: (xr.Dataset, xr.DataArray)](
    obj: T, dim: Dims, bbox: BBoxLike | None, weighted: bool, method: str, how: Accumulator,
) -> T:  # fmt: skip
    region = obj if bbox is None else select_box(obj, bbox)
    dims = dimensions(region, dim)
    fields = without_bounds(region, dims)
    check_numeric(fields, dims, method)
    weights = _weights(region, dims) if weighted else {}
    said = _said(region, dims, method, bbox)
    if isinstance(fields, xr.DataArray):
        return with_cell_methods(_one(fields, dims, weights, how, method), region, dims, said)
    changed = {
        name: _one(field, dims, weights, how, method)
        for name, field in fields.data_vars.items()
        if set(field.dims) & set(dims)
    }
    rest = fields.drop_vars(changed).drop_dims(dims, errors="ignore")
    whole = rest.assign(changed)[[n for n in fields.data_vars if n in changed or n in rest]]
    return with_cell_methods(whole, region, dims, said)


def _said(
    obj: xr.Dataset | xr.DataArray, dims: list[Hashable], method: str, bbox: BBoxLike | None
) -> str:
    axes = find_axes(obj)
    horizontal = {axes.longitude, axes.latitude}
    names = [str(dim) for dim in dims if not (horizontal <= set(dims) and dim in horizontal)]
    verb = "sum" if method == "count" else method
    comment = f" (comment: box {BBox.of(bbox)})" if bbox is not None else ""
    area = [f"area: {verb}"] if horizontal <= set(dims) else []
    return " ".join([f"{name}: {verb}" for name in names] + area) + comment


def _one(
    field: xr.DataArray, dims: list[Hashable], weights: Mapping[Hashable, np.ndarray],
    how: Accumulator, method: str,
) -> xr.DataArray:  # fmt: skip
    own = [dim for dim in field.dims if dim in dims]
    used = {dim: weights[dim] for dim in own if dim in weights}
    integral = method == "sum" and len(used) == 2
    if method == "sum" and not integral:
        used = {}
    left = [dim for dim in field.dims if dim not in dims]
    data, order = reduced(field, own, used, how)
    coords = {name: c for name, c in field.coords.items() if not set(c.dims) & set(dims)}
    attrs = statistic_attributes(field.attrs, method)
    if integral and "units" in attrs:
        attrs["units"] = "m2" if attrs["units"] == "1" else f"{attrs['units']} m2"
    return xr.DataArray(data, coords, order, field.name, attrs).transpose(*left)


def reduced(
    field: xr.DataArray, dims: list[Hashable], weights: Mapping[Hashable, np.ndarray],
    how: Accumulator,
) -> tuple[Any, list[Hashable]]:  # fmt: skip
    """A statistic over dimensions, lazy where the field is, and the dimensions that it has.

    The engine goes along one dimension, the steps: time, where there is one, for that is how
    data are stored; where it is kept, each step is a group of its own.
    """
    from pangeo.analysis.reduction import reduce_groups

    variable = field.variable
    left = [dim for dim in variable.dims if dim not in dims]
    time = find_axes(field).time
    if time in variable.dims:
        along: Hashable = time
    elif left:
        along = left[0]
    else:
        along = "a step"
        lazy = not isinstance(variable._data, np.ndarray)
        alone: Any = variable.chunk() if lazy else variable
        variable = alone.set_dims({along: 1, **variable.sizes})
    steps = variable.sizes[along]
    kept = along in left
    labels, number = (np.arange(steps), steps) if kept else (np.zeros(steps, int), 1)
    others = [dim for dim in variable.dims if dim != along]
    weight = None
    if weights:
        weight = np.ones([variable.sizes[dim] for dim in others])
        for dim, values in weights.items():
            weight *= values.reshape([-1 if each == dim else 1 for each in others])
    over = {dim for dim in dims if dim != along}
    data = reduce_groups(variable, along, labels, number, how, over=over, weights=weight)
    order = [dim for dim in others if dim not in over]
    return (data, [along, *order]) if kept else (data[0], order)
