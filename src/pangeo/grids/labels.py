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
    asked = indexers
    if lon is not None:
        label = _plain(indexers[lon.name])
        if isinstance(label, slice) and method is None and _is_closed(label):
            others = {name: each for name, each in indexers.items() if name != lon.name}
            return select_labels(_sliced(obj, lon, label), others, tolerance=tolerance, drop=drop)
        turn = _opened if isinstance(label, slice) else _turned
        indexers = {**indexers, lon.name: turn(label, lon, method)}
    try:
        return obj.sel(indexers, method=method, tolerance=tolerance, drop=drop)
    except KeyError as error:
        raise _not_there(obj, asked, error) from error


def _longitudes(obj: xr.Dataset | xr.DataArray, names: Mapping[Any, Any]) -> xr.DataArray | None:
    """The longitude axis, if it is one of these names."""
    try:
        lon = axis(obj, "longitude")
    except AxisError:
        return None
    is_number = lon.dtype.kind in "iuf" and lon.size
    return lon if lon.name in names and is_number and is_regular_axis(lon) else None


def _plain(label: Any) -> Any:
    """A slice with numbers for its ends, which xarray takes from arrays of no dimension too."""
    if not isinstance(label, slice):
        return label
    start, stop = (
        each.item() if getattr(each, "ndim", None) == 0 else each
        for each in (label.start, label.stop)
    )
    return slice(start, stop, label.step)


def _is_closed(label: slice) -> bool:
    """Whether both ends are numbers."""
    return all(isinstance(end, int | float) for end in (label.start, label.stop))


def _sliced[T: (xr.Dataset, xr.DataArray)](obj: T, lon: xr.DataArray, label: slice) -> T:
    ends = _checked(np.array([label.start, label.stop], "float64"), lon)
    goes_back = label.step is not None and label.step < 0
    goes_east = (lon.size == 1 or bool(lon[0] < lon[-1])) != goes_back
    west, east = ends if goes_east else ends[::-1]
    part = select_longitudes(obj, float(west), float(east))
    return part if label.step is None else part.isel({lon.name: slice(None, None, label.step)})


def _opened(label: slice, lon: xr.DataArray, method: str | None) -> slice:
    """A slice that is open, from or up to where the axis has the meridian."""
    start, stop = (
        _turned(end, lon, method) if isinstance(end, int | float) else end
        for end in (label.start, label.stop)
    )
    return slice(start, stop, label.step)


def _turned(label: Any, lon: xr.DataArray, method: str | None) -> Any:
    """Labels by whole turns to where the axis has them; as they are where it reaches to them."""
    values = np.asarray(label)
    if values.dtype.kind not in "iuf":
        return label
    numbers = _checked(values.astype("float64"), lon)
    along, noise = np.sort(lon.values.astype("float64")), tolerance_of(lon.values)
    low, high = along[0], along[-1]
    above = (numbers - low) % 360 + low
    above = np.where(above > low + 360 - noise, above - 360, above)
    # The turn that leads closest to the axis; on a whole circle the one to fill from.
    turns = np.stack([numbers, above, above - 360])
    beyond = np.maximum(low - turns, turns - high).clip(min=0)
    if method not in (None, "nearest") and low + 360 - high < 2 * np.diff(along).max(initial=0):
        side = turns < low if method in ("pad", "ffill") else turns > high
        beyond = np.where(side, np.inf, beyond)
    turned = np.take_along_axis(turns, beyond.argmin(0)[None], 0)[0]
    turned = np.where(beyond[0] == 0, numbers, _snapped(turned, along, noise))
    if isinstance(label, xr.DataArray | xr.Variable):
        return label.copy(data=turned)
    return turned if values.ndim else float(turned)


def _snapped(numbers: np.ndarray, along: np.ndarray, noise: float) -> np.ndarray:
    """Those that an ascending axis has, but for rounding, exactly as it has them."""
    after = along.searchsorted(numbers).clip(max=along.size - 1)
    before = (after - 1).clip(min=0)
    is_after = np.abs(along[after] - numbers) <= np.abs(along[before] - numbers)
    nearest = np.where(is_after, along[after], along[before])
    return np.where(np.abs(nearest - numbers) <= noise, nearest, numbers)


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
        f"{name} {_extent(coord.values)} ({coord.size} values)"
        for name in indexers
        if name in obj.coords and (coord := obj.coords[name]).size
    ]
    return SelectionError(
        "a label is not on its axis",
        found=f"{error.args[0]} (asked: {', '.join(map(repr, indexers.values()))})",
        expected=f"labels that are on the axes: {', '.join(along)}"
        if along
        else f"coordinates of the dataset: {', '.join(map(str, obj.coords))}",
        fix="correct the label; of numbers and dates also the nearest can be taken, "
        "sel(..., method='nearest'), or a range, slice(FIRST, LAST)",
    )


def _extent(values: np.ndarray) -> str:
    """Of numbers and dates the lowest and the highest; of text, which has none, both ends."""
    if values.dtype.kind in "iufmM":
        return f"{values.min()} .. {values.max()}"
    return f"{values.flat[0]} .. {values.flat[-1]}"
