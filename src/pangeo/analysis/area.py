"""Means over an area of the sphere."""

from __future__ import annotations

import xarray as xr

from pangeo.analysis.attributes import check_numeric, with_cell_methods, without_bounds
from pangeo.grids import cell_areas, select_box
from pangeo.types import BBox, BBoxLike


def mean[T: (xr.Dataset, xr.DataArray)](obj: T, *, bbox: BBoxLike | None = None) -> T:
    """The mean over longitude and latitude, each cell weighing as much as its area.

    A missing cell has no weight, so that gaps do not pull the mean; where all cells are
    missing the mean is too.

    Parameters
    ----------
    obj
        Dataset or DataArray on a latitude-longitude grid. Stays lazy.
    bbox
        (west, south, east, north) in degrees; None is all of the grid. May cross the
        dateline.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in its units, without longitude and latitude, in float64. Variables of a
        Dataset that have neither axis stay as they are; bounds of the axes go. Attributes
        stay, and ``cell_methods`` gains ``area: mean``.

    Raises
    ------
    AxisError
        When longitude or latitude cannot be told or are not one-dimensional.
    SelectionError
        When no cell lies in the box.
    InputError
        When a variable on the grid holds text or dates.

    Examples
    --------
    >>> import xarray as xr
    >>> import pangeo
    >>> globe = xr.DataArray([[0.0], [3.0]], coords={"lat": [0.0, 60.0], "lon": [0.0]})
    >>> round(float(pangeo.analysis.mean(globe)), 6)  # the cell at 60N is half as large
    1.0
    """
    region = obj if bbox is None else select_box(obj, bbox)
    weights = cell_areas(region)
    check_numeric(without_bounds(region, weights.dims), weights.dims, "mean")
    method = "area: mean" if bbox is None else f"area: mean (comment: box {BBox.of(bbox)})"
    if isinstance(region, xr.DataArray):
        averaged = region.weighted(weights).mean(weights.dims, keep_attrs=True)
        return with_cell_methods(averaged, region, weights.dims, method)
    fields = without_bounds(region, weights.dims)
    on_grid = [name for name in fields if set(fields[name].dims) & set(weights.dims)]
    averaged = fields[on_grid].weighted(weights).mean(weights.dims, keep_attrs=True)
    rest = fields.drop_vars(on_grid).drop_dims(weights.dims, errors="ignore")
    whole = rest.assign(averaged.data_vars)[list(fields.data_vars)]
    return with_cell_methods(whole, region, weights.dims, method)
