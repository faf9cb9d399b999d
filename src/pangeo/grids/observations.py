"""Observations, as of drifters, profiles and tracks: one position and one date for each.

Longitude, latitude and time lie along one dimension then, in no order, and files seldom name them
as coordinates of the others.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pangeo.errors import AxisError
from pangeo.grids.axes import AxisName, axis, axis_among_data

SELECTION = "pangeo_selection"  # the attribute that says what was left out


def places(obj: xr.Dataset | xr.DataArray) -> list[str]:
    """The data variables that tell where and when the observations of a Dataset are.

    Longitude and latitude of the same dimensions, and time along one of these; only where it is
    clear which variable is meant, and none is a coordinate already.
    """
    if isinstance(obj, xr.DataArray):
        return []
    found = {name: _place(obj, name) for name in ("longitude", "latitude", "time")}
    lon, lat, time = found.values()
    if lon is None or lat is None or not lon.ndim or lon.dims != lat.dims:
        return []
    is_dated = time is not None and time.ndim == 1 and time.dims[0] in lon.dims
    known = (lon, lat, time) if is_dated else (lon, lat)
    return [str(each.name) for each in known if each is not None and each.name not in obj.coords]


def _place(dataset: xr.Dataset, name: AxisName) -> xr.DataArray | None:
    """The coordinate that is such an axis, else the one data variable that says so."""
    try:
        return axis(dataset, name)
    except AxisError:
        return axis_among_data(dataset, name)


def take[T: (xr.Dataset, xr.DataArray)](obj: T, dim: str, where: np.ndarray, asked: str) -> T:
    """The observations at these positions, in their order; says so in the attributes."""
    size = obj.sizes[dim]
    if where.size == size:
        return obj
    is_run = bool((np.diff(where) == 1).all())
    part = obj.isel({dim: slice(int(where[0]), int(where[-1]) + 1) if is_run else where})
    if isinstance(part, xr.Dataset):
        part = part.assign(
            {
                name: each.copy(data=_recounted(each.values, where))
                for name, each in part.variables.items()
                # CF's contiguous ragged array: how many observations each feature has.
                if each.attrs.get("sample_dimension") == dim and int(each.sum()) == size
            }
        )
    said = [obj.attrs.get(SELECTION), f"{where.size} of {size} along {dim}: {asked}"]
    return part.assign_attrs({SELECTION: "; ".join(filter(None, said))})


def _recounted(counts: np.ndarray, where: np.ndarray) -> np.ndarray:
    whole = np.nan_to_num(counts).astype("int64")  # with a fill value they are read as floats
    features = np.repeat(np.arange(counts.size), whole)[where]
    return np.bincount(features, minlength=counts.size).astype(counts.dtype)
