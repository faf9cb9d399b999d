"""Sections: what the water is at each depth along a way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import xarray as xr
from matplotlib.colors import Colormap

from pangeo.grids import axis
from pangeo.plot.colours import LEVELS, check_style, colours_of
from pangeo.plot.figure import Figure
from pangeo.plot.plane import draw_plane, two_sides


def section(
    obj: xr.DataArray,
    *,
    style: Literal["cells", "contours"] = "contours",
    levels: int | Sequence[float] | None = None,
    center: float | None = None,
    limits: Sequence[float] | None = None,
    cmap: str | Colormap | None = None,
    lines: bool = False,
    title: str | None = None,
) -> Figure:
    """A figure of values along depth and one more axis, the surface at the top.

    Parameters
    ----------
    obj
        DataArray along its vertical axis, at any distances, and one other: latitude,
        longitude, time, or the number of a profile. Computed if it is lazy.
    style, levels, center, limits, cmap, lines, title
        As for :func:`pangeo.plot.map`.

    Returns
    -------
    matplotlib.figure.Figure
        Neither shown nor known to pyplot. Depths and pressures increase downwards, heights
        upwards. Where values are missing, as in the sea floor, it is grey.

    Raises
    ------
    InputError
        When there are other dimensions, or no values.
    AxisError
        When there is no vertical axis.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import pangeo
    >>> water = xr.DataArray(np.outer([20.0, 10, 4], [1, 0.9]), name="thetao",
    ...     coords={"depth": [0, 200, 2000], "lat": [0, 10]}, dims=("depth", "lat"),
    ...     attrs={"long_name": "temperature", "units": "degC"})
    >>> bool(pangeo.plot.section(water).axes[0].yaxis_inverted())  # the surface at the top
    True
    """
    field = obj.compute()
    if levels is None and (lines or check_style(style) == "contours"):
        levels = LEVELS
    depth, along = two_sides(
        field, "section", str(axis(field, "vertical").name),
        "choose a way through the data: ds.sel(lon=330, method='nearest').isel(time=0)",
    )  # fmt: skip
    colours = colours_of(field, levels=levels, center=center, limits=limits, cmap=cmap)
    return draw_plane(field.squeeze(), along, depth, colours, style=style, lines=lines, title=title)
