"""Maps of the Earth, and of parts of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr
from matplotlib.colors import Colormap
from matplotlib.ticker import MaxNLocator

from pangeo.errors import InputError
from pangeo.grids import axis, find_axes, select_box
from pangeo.plot.colourbar import add_colourbar
from pangeo.plot.colours import LEVELS, Colours, check_style, colours_of
from pangeo.plot.facets import columns_of, empty_maps, fit_height, panels
from pangeo.plot.figure import Figure
from pangeo.plot.globe import beyond_the_edge, degrees, draw_outlines, projection_of, show
from pangeo.plot.lookup import Field
from pangeo.plot.wording import name_of, place_label
from pangeo.types import BBoxLike

if TYPE_CHECKING:
    from cartopy.crs import Projection
    from cartopy.mpl.geoaxes import GeoAxes

_PIXELS = 1200  # along the longer side of a map, as the figure has them at its resolution
_FINE = 70.0  # degrees: of narrower regions the outlines at 1:50 million are drawn
_MOST = 24  # maps in one figure


def map(
    obj: xr.DataArray,
    *,
    bbox: BBoxLike | None = None,
    projection: str | Projection | None = None,
    central_longitude: float | None = None,
    style: Literal["cells", "contours"] = "cells",
    levels: int | Sequence[float] | None = None,
    center: float | None = None,
    limits: Sequence[float] | None = None,
    cmap: str | Colormap | None = None,
    lines: bool = False,
    land: str | None = None,
    borders: bool = False,
    title: str | None = None,
) -> Figure:
    """A map of a variable, of the globe or of the region where it lies.

    Each pixel shows the cell it lies in, so that the seam of the longitudes leaves no gap, and
    latitude may descend. Missing cells are grey. Coastlines come with Pangeo, without download.

    Parameters
    ----------
    obj
        DataArray on longitude and latitude, of one or two dimensions each; with one dimension
        more, such as time, a map for each of its steps. Computed if it is lazy.
    bbox
        (west, south, east, north) in degrees, to draw only this part. May cross the dateline.
    projection
        The name of a projection of cartopy, or one. None takes Robinson for a globe and
        PlateCarree for a region.
    central_longitude
        The meridian in the middle; None takes that of the data.
    style
        ``"cells"``, or ``"contours"``: filled between the levels, interpolated linearly between
        the middles of the cells.
    levels
        Between which all values have one colour: that many, or these, at any distance.
    center
        The value that has the colour in the middle of the colormap, such as a threshold. None
        takes 0 for a variable that goes both ways, as an anomaly or a velocity.
    limits
        (lowest, highest) value of the colours; None takes the 1st and the 99th percentile.
        What is beyond has the colour of the end, and the colorbar an arrow.
    cmap
        A colormap of matplotlib or cmocean; None takes one of cmocean by the variable.
    lines
        Draw contour lines too, at the levels, with labels.
    land
        A colour for land, drawn over the data. None leaves the data as they are.
    borders
        Draw the borders between countries.
    title
        None takes the long name, with the date or the depth.

    Returns
    -------
    matplotlib.figure.Figure
        Neither shown nor known to pyplot; its axes are those of cartopy, to draw more on.

    Raises
    ------
    InputError
        When ``obj`` has other dimensions, no values, or an argument is none of these.
    AxisError, SelectionError
        When longitude or latitude cannot be told, or nothing lies in the box.
    PangeoError
        When cartopy is not installed: ``pip install 'pangeo[maps]'``.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> figure = pangeo.plot.map(sst.isel(time=0), center=300)
    >>> figure.axes[0].get_title(loc="left")
    'Surface temperature, 2006-04-16'
    """
    field = _check_map(obj if bbox is None else select_box(obj, bbox)).compute()
    parts, along = panels(field)
    fields = [Field(part) for part in parts]
    ruled = lines or check_style(style) == "contours"
    if ruled and not fields[0].is_rectilinear:
        raise _bad("contours need a latitude-longitude grid", "2-D coordinates", "style='cells'")
    levels = LEVELS if ruled and levels is None else levels
    colours = colours_of(field, levels=levels, center=center, limits=limits, cmap=cmap)
    west, width, *_ = fields[0].box
    is_globe = width > 350
    middle = central_longitude if central_longitude is not None else west + width / 2
    flat = projection_of(projection or ("Robinson" if is_globe else "PlateCarree"), middle)
    figure, grid = empty_maps(len(parts), flat)
    for axes, part, each in zip(grid, parts, fields, strict=True):
        show(axes, *_view(flat, each.box))
        mappable = _draw(axes, each, colours, style, lines, _PIXELS // columns_of(len(parts)))
        draw_outlines(axes, land=land, borders=borders, fine=width < _FINE)
        if along is not None:
            axes.set_title(place_label(part[along]), fontsize=9)
        _graticule(axes, each.box, labelled=not is_globe and len(parts) == 1)
    fit_height(figure, grid)
    add_colourbar(figure, mappable, grid, field, colours)
    heading = title or _heading(field, along)
    if along is None:
        grid[0].set_title(heading, loc="left", weight="bold", fontsize=12)
    else:
        figure.suptitle(heading, x=0.01, ha="left", weight="bold", fontsize=12)
    return figure


def _check_map(obj: xr.DataArray) -> xr.DataArray:
    if not isinstance(obj, xr.DataArray):
        names = [str(name) for name in getattr(obj, "data_vars", [])]
        raise _bad("a map is of one variable", f"{type(obj).__name__} {names}", "map(ds['NAME'])")
    plane = {*axis(obj, "longitude").dims, *axis(obj, "latitude").dims}
    others = [dim for dim in obj.dims if dim not in plane and obj.sizes[dim] > 1]
    single = {dim: 0 for dim in obj.dims if dim not in plane and obj.sizes[dim] == 1}
    missing = plane - set(obj.dims)
    if len(plane) != 2 or missing or len(others) > 1 or any(obj.sizes[d] > _MOST for d in others):
        raise _bad(
            f"{obj.name!r} is not on a map",
            f"dimensions {dict(obj.sizes)}",
            f"longitude and latitude, and at most one more with {_MOST} steps: choose others first",
        )
    return obj.isel(single)


def _view(
    flat: Projection, box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The part to show: of a polar projection no more than its hemisphere."""
    west, width, south, north = box
    name = type(flat).__name__
    if name == "NorthPolarStereo":
        return west, width, max(south, 0.0), north
    if name == "SouthPolarStereo":
        return west, width, south, min(north, 0.0)
    return box


def _draw(
    axes: GeoAxes, field: Field, colours: Colours, style: str, lines: bool, pixels: int
) -> Any:
    """What stands for the values on the map; the colorbar explains it."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    larger = max(right - left, top - bottom)
    count_x, count_y = (
        max(int(pixels * side / larger), 2) for side in (right - left, top - bottom)
    )
    x = left + (np.arange(count_x) + 0.5) * (right - left) / count_x
    y = bottom + (np.arange(count_y) + 0.5) * (top - bottom) / count_y
    within = degrees(axes.projection, *np.meshgrid(x, y))
    points = beyond_the_edge(within)
    if style == "cells":
        cmap, norm = colours.of_cells
        drawn = axes.imshow(
            np.ma.masked_invalid(field.cells_at(points)),
            extent=(left, right, bottom, top), origin="lower", transform=axes.projection,
            interpolation="nearest", cmap=cmap, norm=norm, zorder=1,
        )  # fmt: skip
    if style == "contours":
        drawn = axes.contourf(
            x, y, np.ma.masked_invalid(field.between_cells_at(points)),
            levels=colours.levels, cmap=colours.cmap, norm=colours.norm, extend=colours.extend,
            transform=axes.projection, zorder=1,
        )  # fmt: skip
    if lines:
        ruled = axes.contour(  # no label beyond the edge, for text is not cut off
            x, y, np.ma.masked_invalid(field.between_cells_at(within)),
            levels=colours.levels, colors="black", linewidths=0.4,
            transform=axes.projection, zorder=1.5,
        )  # fmt: skip
        axes.clabel(ruled, fontsize=6, inline=True, fmt="%g")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    return drawn


def _graticule(axes: GeoAxes, box: tuple[float, float, float, float], *, labelled: bool) -> None:
    west, width, south, north = box
    nice = MaxNLocator(6, steps=[1, 1.5, 2, 3, 4.5, 5, 6, 9, 10])
    meridians = (np.asarray(nice.tick_values(west, west + width)) + 180) % 360 - 180
    rules = axes.gridlines(
        xlocs=np.unique(meridians), ylocs=nice.tick_values(south, north),
        draw_labels=labelled, linewidth=0.3, color="#6b6b6b", alpha=0.5,
    )  # fmt: skip
    if labelled:
        rules.top_labels = rules.right_labels = False
        rules.x_inline = rules.y_inline = rules.rotate_labels = False
        rules.xlabel_style = rules.ylabel_style = {"size": 8}


def _heading(field: xr.DataArray, along: str | None) -> str:
    """The name, with the date and the level that the data were chosen at."""
    axes = find_axes(field)
    places = [
        place_label(field[name])
        for name in (axes.vertical, axes.time)
        if name is not None and name != along and not field[name].ndim
    ]
    name = name_of(field)
    return ", ".join([name[:1].upper() + name[1:], *places])


def _bad(problem: str, found: str, expected: str) -> InputError:
    return InputError(
        f"cannot draw the map: {problem}",
        found=found,
        expected=expected,
        fix="for example pangeo.plot.map(ds['sst'].isel(time=0))",
    )
