"""Values over two axes that are no map: a section, or a Hovmöller diagram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable

from pangeo.errors import InputError
from pangeo.grids import claims_axis
from pangeo.plot.colourbar import add_colourbar
from pangeo.plot.colours import Colours
from pangeo.plot.dates import drawable_dates
from pangeo.plot.figure import Figure
from pangeo.plot.wording import label_of, name_of

MISSING = "#d9d9d9"


@dataclass(frozen=True, slots=True)
class Side:
    """A coordinate along one side of a plane: its values, and how the axis is marked."""

    coord: xr.DataArray

    @property
    def is_dated(self) -> bool:
        """Whether it holds dates, of any calendar."""
        return self.coord.dtype.kind == "M" or claims_axis(self.coord, "time")

    @property
    def values(self) -> np.ndarray:
        """As matplotlib can draw them."""
        if self.is_dated:
            return drawable_dates(self.coord)
        return np.asarray(self.coord.values)

    @property
    def goes_down(self) -> bool:
        """Whether larger values are deeper."""
        positive = str(self.coord.attrs.get("positive", "")).lower()
        name = str(self.coord.attrs.get("standard_name") or self.coord.name).lower()
        return positive == "down" or (
            positive != "up" and any(word in name for word in ("depth", "pres", "plev"))
        )

    def dress(self, axis: Axis) -> None:
        """Name the axis, and mark dates as dates."""
        if self.is_dated:
            locator = mdates.AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
            axis.set_major_locator(locator)
            axis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
            return
        names = {"longitude": "longitude (°E)", "latitude": "latitude (°N)"}
        kind = next(
            (each for each in ("longitude", "latitude") if claims_axis(self.coord, each)), ""
        )
        axis.set_label_text(names.get(kind) or label_of(self.coord))


def draw_plane(
    obj: xr.DataArray,
    x: Side,
    y: Side,
    colours: Colours,
    *,
    style: str,
    lines: bool,
    title: str | None,
) -> Figure:
    """The figure of ``obj`` with ``x`` to the right and ``y`` up, or down where it is a depth."""
    figure = Figure(figsize=(9, 5), dpi=150, layout="constrained")
    axes = figure.add_subplot(facecolor=MISSING)
    values = np.ma.masked_invalid(obj.transpose(y.coord.dims[0], x.coord.dims[0]).values)
    drawn: ScalarMappable
    if style == "cells":
        cmap, norm = colours.of_cells
        drawn = axes.pcolormesh(
            x.values, y.values, values, cmap=cmap, norm=norm, shading="nearest", rasterized=True
        )
    else:
        drawn = axes.contourf(
            x.values, y.values, values, levels=colours.levels, cmap=colours.cmap, norm=colours.norm,
            extend=colours.extend,
        )  # fmt: skip
    if lines:
        ruled = axes.contour(
            x.values, y.values, values, levels=colours.levels, colors="black", linewidths=0.4
        )
        axes.clabel(ruled, fontsize=6, inline=True, fmt="%g")
    x.dress(axes.xaxis)
    y.dress(axes.yaxis)
    if y.goes_down:
        axes.invert_yaxis()
    _finish(axes, obj, title)
    add_colourbar(figure, drawn, [axes], obj, colours)
    return figure


def _finish(axes: Axes, obj: xr.DataArray, title: str | None) -> None:
    name = name_of(obj)
    axes.set_title(title or name[:1].upper() + name[1:], loc="left", weight="bold", fontsize=12)
    axes.tick_params(labelsize=9)


def two_sides(obj: xr.DataArray, verb: str, first: str, otherwise: str) -> tuple[Side, Side]:
    """The side along the dimension ``first`` and that along the other one.

    Raises
    ------
    InputError
        When there are not just these two dimensions, or a side does not go one way.
    """
    kept = obj.squeeze(drop=True) if obj.ndim > 2 else obj
    others = [dim for dim in kept.dims if dim != first]
    if first not in kept.dims or len(others) != 1:
        raise InputError(
            f"cannot draw the {verb}: {obj.name!r} is not on two axes",
            found=f"dimensions {dict(obj.sizes)}",
            expected=f"{first!r} and one more",
            fix=otherwise,
        )
    sides = Side(_along(kept, first)), Side(_along(kept, str(others[0])))
    for side in sides:
        steps = np.diff(side.values.astype("float64"))
        if not ((steps > 0).all() or (steps < 0).all()):
            raise InputError(
                f"cannot draw the {verb}: {side.coord.name!r} goes to and fro, or has gaps",
                found=f"{side.coord.name!r} that is not monotonic",
                expected="values that ascend or descend",
                fix=f"sort it: ds.sortby({str(side.coord.name)!r})",
            )
    return sides


def _along(obj: xr.DataArray, dim: str) -> xr.DataArray:
    """The coordinate of a dimension, or numbers where it has none."""
    return (
        obj[dim]
        if dim in obj.coords
        else xr.DataArray(np.arange(obj.sizes[dim]), dims=dim, name=dim)
    )
