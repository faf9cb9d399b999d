"""Means along one horizontal axis, and what lies in a polygon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import xarray as xr

from pangeo.analysis.recording import recorded
from pangeo.analysis.statistics import mean
from pangeo.errors import InputError, SelectionError
from pangeo.grids import rectilinear_axes, select_box
from pangeo.types import BBoxLike


@recorded
def zonal_mean[T: (xr.Dataset, xr.DataArray)](obj: T, *, bbox: BBoxLike | None = None) -> T:
    """The mean along each circle of latitude, cells weighing as much as they are wide.

    Parameters
    ----------
    obj
        Dataset or DataArray on a latitude-longitude grid. Stays lazy.
    bbox
        (west, south, east, north) in degrees; None is all of the grid.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, without longitude, in float64.

    Raises
    ------
    AxisError, SelectionError, InputError
        As :func:`mean`.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.zonal_mean(sst).dims
    ('time', 'latitude')
    """
    return mean(obj, "longitude", bbox=bbox)


@recorded
def hovmoller[T: (xr.Dataset, xr.DataArray)](
    obj: T, *, bbox: BBoxLike | None = None,
    along: Literal["longitude", "latitude"] = "longitude",
) -> T:  # fmt: skip
    """What a Hovmöller diagram shows: the mean over latitude, against time and longitude.

    Parameters
    ----------
    obj
        Dataset or DataArray on a latitude-longitude grid, along time. Stays lazy.
    bbox
        (west, south, east, north) in degrees, such as a band at the equator.
    along
        The axis that stays; the mean is over the other one, weighted by the area of cells.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        (time, longitude), or (time, latitude); in float64.

    Raises
    ------
    AxisError, SelectionError, InputError
        As :func:`mean`; also when ``along`` is no such axis.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.hovmoller(sst, bbox=(-180, -2, -80, 2)).dims
    ('time', 'longitude')
    """
    if along not in ("longitude", "latitude"):
        raise InputError(
            "cannot tell which axis stays", found=f"along={along!r}",
            expected="'longitude' or 'latitude'", fix="leave along out for longitude",
        )  # fmt: skip
    return mean(obj, "latitude" if along == "longitude" else "longitude", bbox=bbox)


@recorded
def region[T: (xr.Dataset, xr.DataArray)](
    obj: T, polygon: Sequence[tuple[float, float]] | Mapping[str, Any]
) -> T:
    """What lies in a polygon; cells whose centre is outside are missing.

    Cut to the box around the polygon, so that nothing else is read.

    Parameters
    ----------
    obj
        Dataset or DataArray on a latitude-longitude grid. Stays lazy.
    polygon
        Corners as (longitude, latitude) in degrees, in either convention; a polygon across the
        dateline has longitudes that run on, such as 170 to 200. Or a GeoJSON Polygon, holes
        and all.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in the box around the polygon.

    Raises
    ------
    InputError
        When it is no polygon.
    SelectionError
        When no centre of a cell lies in it.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> triangle = [(-170, -5), (-120, -5), (-145, 5)]
    >>> inside = pangeo.analysis.region(sst, triangle)
    >>> bool(inside.isnull().any())
    True
    """
    from matplotlib.path import Path  # of the plotting library, and no plot: which points are in

    rings = _rings(polygon)
    corners = np.concatenate(rings)
    west, south = corners.min(axis=0)
    east, north = corners.max(axis=0)
    cut = select_box(obj, (float(west), float(south), float(east), float(north)))
    lon, lat = rectilinear_axes(cut, to="find the cells in a polygon", otherwise="")
    x = (lon.values.astype("float64") - west + 1e-9) % 360 - 1e-9 + west
    points = np.stack(np.broadcast_arrays(x[None, :], lat.values[:, None]), -1).reshape(-1, 2)
    inside = np.zeros(len(points), bool)
    for ring in rings:
        inside ^= Path(ring).contains_points(points)
    if not inside.any():
        raise SelectionError(
            "no cell lies in the polygon",
            found=f"{len(points)} cells in the box around it, none of whose centres is inside",
            expected="a polygon that holds the centre of a cell",
            fix="take a larger one, or the nearest cell: obj.sel(..., method='nearest')",
        )
    mask = xr.DataArray(
        inside.reshape(lat.size, lon.size), {lat.name: lat, lon.name: lon}, (lat.name, lon.name)
    )
    if isinstance(cut, xr.DataArray):
        return cut.where(mask).assign_attrs(cut.attrs)
    grid = set(mask.dims)
    return cut.assign({k: v.where(mask) for k, v in cut.data_vars.items() if grid <= set(v.dims)})


def _rings(polygon: Any) -> list[np.ndarray]:
    try:
        if isinstance(polygon, Mapping):
            rings = [np.asarray(ring, "float64") for ring in polygon["coordinates"]]
        else:
            rings = [np.asarray(polygon, "float64")]
        good = all(ring.ndim == 2 and ring.shape[1] == 2 and len(ring) > 2 for ring in rings)
    except (KeyError, TypeError, ValueError):
        good, rings = False, []
    if not good or not rings:
        raise InputError(
            "cannot understand the polygon",
            found=f"{type(polygon).__name__}",
            expected="three corners or more as (longitude, latitude), or a GeoJSON Polygon",
            fix="for example [(-170, -5), (-120, -5), (-145, 5)]",
        )
    return rings
