"""Select by labels as xarray does, but that a meridian is the same in every convention.

xarray's ``sel(lon=-160, method="nearest")`` gives 0 degrees without a word where longitude runs
from 0 to 360.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from pangeo.errors import AxisError, InputError, SelectionError
from pangeo.grids.axes import axis, is_regular_axis
from pangeo.grids.box import select_longitudes, tolerance_of


def select_labels[T: (xr.Dataset, xr.DataArray)](
    obj: T,
    indexers: Mapping[Any, Any],
    *,
    method: str | None = None,
    tolerance: Any = None,
    drop: bool = False,
) -> T:
    """As :meth:`xarray.Dataset.sel`; labels along the longitude axis in any convention.

    ``nearest`` is so on the circle: 359.9 is nearer to 0 than to 359. A slice from west to east
    may go over the seam of the axis, and comes back as one piece with longitudes that run on.

    Raises
    ------
    SelectionError
        When a label is not on its axis; names the extent of the axis.
    InputError
        When a longitude is none.
    """
    lon = _longitudes(obj, indexers)
    label = None if lon is None else indexers[lon.name]
    if lon is not None and isinstance(label, slice):
        if method is None and _has_ends(label):
            others = {name: each for name, each in indexers.items() if name != lon.name}
            return select_labels(_sliced(obj, lon, label), others, tolerance=tolerance, drop=drop)
    elif lon is not None:
        indexers = {**indexers, lon.name: _turned(label, lon, method)}
    try:
        return obj.sel(indexers, method=method, tolerance=tolerance, drop=drop)
    except KeyError as error:
        raise _not_there(obj, indexers, error) from error


def _longitudes(obj: xr.Dataset | xr.DataArray, names: Mapping[Any, Any]) -> xr.DataArray | None:
    """The longitude axis, if it is one of these names."""
    try:
        lon = axis(obj, "longitude")
    except AxisError:
        return None
    is_number = lon.dtype.kind in "iuf" and lon.size
    return lon if lon.name in names and is_number and is_regular_axis(lon) else None


def _has_ends(label: slice) -> bool:
    """Whether both ends are numbers; an open one is left to xarray, as is what it refuses."""
    return all(isinstance(end, int | float | np.number) for end in (label.start, label.stop))


def _sliced[T: (xr.Dataset, xr.DataArray)](obj: T, lon: xr.DataArray, label: slice) -> T:
    ends = _checked(np.array([label.start, label.stop], "float64"), lon)
    west, east = ends if lon.size == 1 or lon[0] < lon[-1] else ends[::-1]
    part = select_longitudes(obj, float(west), float(east))
    return part if label.step is None else part.isel({lon.name: slice(None, None, label.step)})


def _turned(label: Any, lon: xr.DataArray, method: str | None) -> Any:
    """Labels by whole turns to where the axis has them; as they are where it reaches to them."""
    values = np.asarray(label)
    if values.dtype.kind not in "iuf":
        return label
    numbers = _checked(values.astype("float64"), lon)
    along = lon.values.astype("float64")
    low, high, noise = along.min(), along.max(), tolerance_of(lon.values)
    turned = (numbers - low) % 360 + low
    turned = np.where(turned > low + 360 - noise, turned - 360, turned)
    if method == "nearest":
        is_nearer_to_low = low - (turned - 360) < turned - high
        turned = np.where((turned > high) & is_nearer_to_low, turned - 360, turned)
    nearest = along[np.abs(along - turned[..., None]).argmin(-1)]
    turned = np.where(np.abs(nearest - turned) <= noise, nearest, turned)
    found = np.where((numbers >= low) & (numbers <= high), numbers, turned)
    if isinstance(label, xr.DataArray | xr.Variable):
        return label.copy(data=found)
    return found if values.ndim else float(found)


def _checked(longitudes: np.ndarray, lon: xr.DataArray) -> np.ndarray:
    if not ((longitudes >= -360) & (longitudes <= 720)).all():
        raise InputError(
            f"cannot select these longitudes along {lon.name!r}",
            found=f"{lon.name}={longitudes}",
            expected="degrees east between -360 and 720",
            fix="correct the longitudes, and leave missing ones out",
        )
    return longitudes


def _not_there(
    obj: xr.Dataset | xr.DataArray, indexers: Mapping[Any, Any], error: KeyError
) -> SelectionError:
    along = [
        f"{name} {coord.values.min()} .. {coord.values.max()} ({coord.size} values)"
        for name in indexers
        if name in obj.coords and (coord := obj.coords[name]).size
    ]
    return SelectionError(
        "a label is not on its axis",
        found=f"{error.args[0]} (asked: {', '.join(map(repr, indexers.values()))})",
        expected=f"labels that are on the axes: {', '.join(along)}"
        if along
        else f"coordinates of the dataset: {', '.join(map(str, obj.coords))}",
        fix="take the nearest: sel(..., method='nearest'); or a range: slice(FIRST, LAST)",
    )
