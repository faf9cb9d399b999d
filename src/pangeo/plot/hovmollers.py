"""Hovmöller diagrams: what moves, along one axis and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import xarray as xr
from matplotlib.colors import Colormap

from pangeo.grids import axis, claims_axis
from pangeo.plot.colours import LEVELS, check_style, colours_of
from pangeo.plot.figure import Figure
from pangeo.plot.plane import draw_plane, two_sides


def hovmoller(
    obj: xr.DataArray,
    *,
    style: Literal["cells", "contours"] = "cells",
    levels: int | Sequence[float] | None = None,
    center: float | None = None,
    limits: Sequence[float] | None = None,
    cmap: str | Colormap | None = None,
    lines: bool = False,
    title: str | None = None,
) -> Figure:
    """A figure of values along time and one more axis, on which what moves is a slanted line.

    Time goes up beside longitudes, and to the right beside latitudes or depths.

    Parameters
    ----------
    obj
        DataArray along time, in any calendar, and one other dimension. Computed if it is lazy.
    style, levels, center, limits, cmap, lines, title
        As for :func:`pangeo.plot.map`.

    Returns
    -------
    matplotlib.figure.Figure
        Neither shown nor known to pyplot.

    Raises
    ------
    InputError
        When there are other dimensions, or no values.
    AxisError
        When there is no time axis.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> equatorial = sst.sel(latitude=slice(-2, 2)).mean("latitude", keep_attrs=True)
    >>> figure = pangeo.plot.hovmoller(equatorial)
    >>> figure.axes[0].get_xlabel()
    'longitude (°E)'
    """
    field = obj.compute()
    if levels is None and (lines or check_style(style) == "contours"):
        levels = LEVELS
    time, other = two_sides(
        field, "Hovmöller diagram", str(axis(field, "time").dims[0]),
        "average the others first: pangeo.analysis.mean(...), or ds.mean('latitude')",
    )  # fmt: skip
    colours = colours_of(field, levels=levels, center=center, limits=limits, cmap=cmap)
    is_across = claims_axis(other.coord, "latitude") or claims_axis(other.coord, "vertical")
    x, y = (time, other) if is_across else (other, time)
    return draw_plane(field.squeeze(), x, y, colours, style=style, lines=lines, title=title)
