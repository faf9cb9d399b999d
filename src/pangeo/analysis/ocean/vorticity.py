"""How fast the water turns."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pangeo.analysis.ocean.components import components
from pangeo.analysis.ocean.provenance import provenance
from pangeo.analysis.ocean.stencil import check_order, eastward, northward
from pangeo.grids import rectilinear_axes


def relative_vorticity(currents: xr.Dataset, *, order: int = 2) -> xr.DataArray:
    """The vertical component of the curl of a current, positive where it turns to the left.

    dv/dx - du/dy + u tan(latitude) / R, by centred differences on the sphere; the last term
    is that of the meridians, which converge.

    Parameters
    ----------
    currents
        Dataset with eastward and northward velocity in m s-1 on a latitude-longitude grid,
        told by their standard names or by well-known ones. Stays lazy.
    order
        Order of accuracy of the differences: 2, 4, 6 or 8.

    Returns
    -------
    xarray.DataArray
        ``vorticity`` in s-1, as the currents are shaped. NaN where a neighbour is missing.

    Raises
    ------
    InputError
        When the pair of velocities cannot be told or has other units.
    AxisError
        When longitude or latitude cannot be told or are not one-dimensional.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import pangeo
    >>> lat, lon = np.arange(-60.0, 61), np.arange(0.0, 360)
    >>> coords, said = {"lat": lat, "lon": lon}, {"units": "m s-1"}
    >>> east = 10 * np.cos(np.deg2rad(lat))[:, None] * np.ones(lon.size)  # turning as one piece
    >>> currents = xr.Dataset({"u": (("lat", "lon"), east, said),
    ...                        "v": (("lat", "lon"), 0 * east, said)}, coords)
    >>> turning = pangeo.ocean.relative_vorticity(currents)
    >>> ratio = turning.sel(lat=30) / (2 * 10 / 6371008.8 * np.sin(np.deg2rad(30)))
    >>> round(float(ratio.mean()), 3)
    1.0
    """
    check_order(order)
    u, v = components(currents)
    lon, lat = rectilinear_axes(
        u, to="take the vorticity", otherwise="regrid the currents to latitude and longitude"
    )
    core = [lat.name, lon.name]
    if u.chunks or v.chunks:
        u, v = (each.chunk({lat.name: -1, lon.name: -1}) for each in (u, v))
    turning: xr.DataArray = xr.apply_ufunc(
        _curl,
        u,
        v,
        input_core_dims=[core, core],
        output_core_dims=[core],
        kwargs={"latitudes": lat.values, "longitudes": lon.values, "order": order},
        dask="parallelized",
        output_dtypes=["float64"],
        keep_attrs=False,
    )
    return (
        turning.transpose(*u.dims)
        .rename("vorticity")
        .assign_attrs(
            provenance(currents, u)
            | {
                "standard_name": "ocean_relative_vorticity",
                "long_name": "relative vorticity",
                "units": "s-1",
                "comment": f"of {u.name} and {v.name}, centred differences of order {order}",
            }
        )
    )


def _curl(
    u: np.ndarray, v: np.ndarray, *, latitudes: np.ndarray, longitudes: np.ndarray, order: int
) -> np.ndarray:
    cosine = np.cos(np.deg2rad(latitudes.astype("float64")))[:, None]
    turning = eastward(v, longitudes, latitudes, order)
    # The circles of latitude shorten towards the poles: that of u cos(latitude) has both terms.
    return np.asarray(turning - northward(u * cosine, latitudes, order) / cosine)
