"""Profiles: what the water is at each depth of a place."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pangeo.errors import InputError
from pangeo.grids import axis
from pangeo.plot.figure import Figure
from pangeo.plot.plane import Side
from pangeo.plot.wording import label_of, name_of

_INK = "#222222"


def profile(obj: xr.DataArray, *, title: str | None = None) -> Figure:
    """A figure of values against depth, the surface at the top: a line for each profile.

    Parameters
    ----------
    obj
        DataArray along its vertical axis, and at most one other dimension: the number of the
        profile, or the time. The vertical coordinate may differ from profile to profile, as
        the pressures of Argo floats do: ``ds.set_coords("PRES").DOXY``. Computed if it is lazy.
    title
        None takes the long name.

    Returns
    -------
    matplotlib.figure.Figure
        Neither shown nor known to pyplot. Several profiles are pale, and their median is drawn
        over them where they share their depths. Missing values are passed over.

    Raises
    ------
    InputError
        When there are other dimensions, or no values.
    AxisError
        When there is no vertical axis.

    Examples
    --------
    >>> import xarray as xr
    >>> import pangeo
    >>> water = xr.DataArray([20.0, 10, 4], {"depth": [0, 200, 2000]}, name="temperature")
    >>> pangeo.plot.profile(water).axes[0].get_ylabel()
    'depth'
    """
    vertical = axis(obj, "vertical")
    others = [dim for dim in obj.dims if dim not in vertical.dims] or list(vertical.dims[:-1])
    if not vertical.ndim or len(others) > 1 or not set(vertical.dims) <= set(obj.dims):
        raise InputError(
            f"cannot draw the profile: {obj.name!r} is not along depth",
            found=f"dimensions {dict(obj.sizes)}, vertical coordinate along {vertical.dims}",
            expected="the vertical axis, and at most one more dimension",
            fix="choose a place first: ds.sel(lat=0, lon=330, method='nearest')",
        )
    values, depths = xr.broadcast(obj.compute(), vertical.compute())
    values, depths = (each.transpose(*others, ...) for each in (values, depths))
    rows = values.values.reshape(-1, values.sizes[values.dims[-1]]).astype("float64")
    levels = depths.values.reshape(rows.shape)
    if not np.isfinite(rows).any():
        raise InputError(
            f"cannot draw the profile: {obj.name!r} has nothing to draw",
            found=f"{rows.size} values, all missing",
            expected="some values",
            fix="look at what a filter removed: obj.attrs.get('quality_removed_flags')",
        )
    figure = Figure(figsize=(5, 6), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    many = rows.shape[0] > 1
    for row, level in zip(rows, levels, strict=True):
        there = np.isfinite(row) & np.isfinite(level)
        axes.plot(row[there], level[there], color="#2166ac" if many else _INK,
                  alpha=0.25 if many else 1, linewidth=0.6 if many else 1.3)  # fmt: skip
    if many and vertical.ndim == 1:
        known = np.isfinite(rows).any(0)
        axes.plot(np.nanmedian(rows[:, known], 0), levels[0, known], color=_INK, linewidth=1.6)
    if Side(vertical).goes_down:
        axes.invert_yaxis()
    axes.set_xlabel(label_of(obj))
    axes.set_ylabel(label_of(vertical))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e6e6e6", linewidth=0.6)
    name = name_of(obj)
    axes.set_title(title or name[:1].upper() + name[1:], loc="left", weight="bold", fontsize=12)
    return figure
