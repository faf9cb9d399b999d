"""A figure of one map, or of one for each step of a dimension."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pangeo.grids import axis
from pangeo.plot.figure import Figure

if TYPE_CHECKING:
    from cartopy.crs import Projection
    from cartopy.mpl.geoaxes import GeoAxes

_WIDTH, _HIGHEST = 9.0, 14.0  # inches
_MISSING = "#d9d9d9"  # behind the cells, where there are none


def panels(field: xr.DataArray) -> tuple[list[xr.DataArray], str | None]:
    """The field of each map, and the dimension along which they follow each other."""
    plane = {*axis(field, "longitude").dims, *axis(field, "latitude").dims}
    along = [str(dim) for dim in field.dims if dim not in plane]
    if not along:
        return [field], None
    if along[0] not in field.coords:
        field = field.assign_coords({along[0]: np.arange(field.sizes[along[0]])})
    return [field.isel({along[0]: step}) for step in range(field.sizes[along[0]])], along[0]


def columns_of(count: int) -> int:
    """How many maps stand beside each other."""
    return 1 if count == 1 else 2 if count <= 4 else 3 if count <= 9 else 4


def empty_maps(count: int, flat: Projection) -> tuple[Figure, list[GeoAxes]]:
    """A figure with so many maps in this projection, on which nothing is drawn yet."""
    columns = columns_of(count)
    rows = math.ceil(count / columns)
    figure = Figure(figsize=(_WIDTH, _WIDTH), dpi=150, layout="constrained")
    grid = [
        figure.add_subplot(rows, columns, each + 1, projection=flat, facecolor=_MISSING)
        for each in range(count)
    ]
    return figure, grid


def fit_height(figure: Figure, grid: list[GeoAxes]) -> None:
    """Make the figure as high as its maps need it; the width is given."""
    (left, right), (bottom, top) = grid[0].get_xlim(), grid[0].get_ylim()
    columns = columns_of(len(grid))
    each = 0.9 * _WIDTH / columns * (top - bottom) / (right - left) + 0.35
    height = each * math.ceil(len(grid) / columns) + 0.3
    figure.set_size_inches(_WIDTH, min(max(height, 2), _HIGHEST))
