"""Select in time and space at once, each only where it is asked for."""

from __future__ import annotations

import xarray as xr

from pangeo.grids.box import select_box
from pangeo.grids.interval import select_time
from pangeo.grids.observations import places
from pangeo.types import BBoxLike, TimeLike


def select_part[T: (xr.Dataset, xr.DataArray)](
    obj: T, *, time: TimeLike | None, bbox: BBoxLike | None
) -> T:
    """The part in an interval and a box, as ``select_time`` and ``select_box`` take it.

    None asks for the whole of time, or of space. Where a Dataset of observations has its
    positions and dates among its data, they are found there, and stay there.
    """
    found = places(obj)
    if found and isinstance(obj, xr.Dataset):
        placed = select_part(obj.set_coords(found), time=time, bbox=bbox)
        return placed.reset_coords(found)
    obj = obj if time is None else select_time(obj, time)
    return obj if bbox is None else select_box(obj, bbox)
