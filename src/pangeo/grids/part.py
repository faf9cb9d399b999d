"""Select in time and space at once, each only where it is asked for."""

from __future__ import annotations

import xarray as xr

from pangeo.grids.box import select_box
from pangeo.grids.interval import select_time
from pangeo.types import BBoxLike, TimeLike


def select_part[T: (xr.Dataset, xr.DataArray)](
    obj: T, *, time: TimeLike | None, bbox: BBoxLike | None
) -> T:
    """The part in an interval and a box, as ``select_time`` and ``select_box`` take it.

    None asks for the whole of time, or of space.
    """
    obj = obj if time is None else select_time(obj, time)
    return obj if bbox is None else select_box(obj, bbox)
