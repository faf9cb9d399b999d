"""A running mean around a cycle, whose end is next to its beginning."""

from __future__ import annotations

from typing import Any

import xarray as xr

from pangeo.errors import InputError


def smoothed[T: (xr.Dataset, xr.DataArray)](obj: T, dim: str, window: int) -> T:
    """Each phase of a cycle as the mean of ``window`` neighbours around it."""
    size = obj.sizes[dim]
    if not isinstance(window, int) or window % 2 == 0 or not 1 <= window <= size:
        raise InputError(
            "cannot smooth the climatology like this",
            found=f"smooth={window!r}",
            expected=f"an odd number up to the {size} phases of the cycle",
            fix="smooth=31 for days of the year, smooth=3 for months",
        )
    if isinstance(obj, xr.DataArray):
        return _around(obj, dim, window)
    return obj.assign(
        {name: _around(v, dim, window) for name, v in obj.data_vars.items() if dim in v.dims}
    )


def _around(field: xr.DataArray, dim: str, window: int) -> xr.DataArray:
    """Sums of the field, turned by each step of the window."""
    half = window // 2
    data = field.variable
    if data.chunks is not None:  # rolled as a whole, in pieces of space
        data = data.chunk({dim: -1, **{other: "auto" for other in data.dims if other != dim}})
    turned: Any = data
    total = sum((turned.roll({dim: k}) for k in range(-half, half + 1)), start=0 * turned)
    return field.copy(data=(total / window).data)
