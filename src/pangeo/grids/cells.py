"""How large the cells of a latitude-longitude grid are."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pangeo.grids.axes import rectilinear_axes

EARTH_RADIUS = (
    6_371_008.8  # metres, mean radius of WGS 84 (IUGG): Moritz, Geodetic Reference System 1980
)


def cell_areas(obj: xr.Dataset | xr.DataArray) -> xr.DataArray:
    """The area of each cell in m2 on the sphere, (latitude, longitude).

    Cells reach half way to their neighbours, and not beyond the poles; the area is exact
    for such cells: R2 (sin north - sin south) (east - west). Used as weights, they make a
    mean over the grid the mean over the sphere. A meridian that the axis names twice, as 0
    and 360, shares its area between the two.

    Raises
    ------
    AxisError
        When longitude or latitude cannot be told or are not one-dimensional.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> globe = xr.DataArray(np.zeros((180, 360)), coords={
    ...     "lat": np.arange(-89.5, 90), "lon": np.arange(0.5, 360)}, dims=("lat", "lon"))
    >>> print(f"{float(cell_areas(globe).sum()):.4g} m2")
    5.101e+14 m2
    """
    lon, lat = rectilinear_axes(
        obj,
        to="weight by area",
        otherwise="give weights of your own: ds.weighted(area).mean(...)",
    )
    south_north = np.clip(cell_edges(lat.values), -90, 90)
    heights = np.abs(np.diff(np.sin(np.deg2rad(south_north))))
    widths = np.deg2rad(_widths(lon.values))
    return xr.DataArray(
        EARTH_RADIUS**2 * heights[:, None] * widths[None, :],
        coords={lat.name: lat, lon.name: lon},
        dims=(lat.name, lon.name),
        name="cell_area",
        attrs={"standard_name": "cell_area", "units": "m2"},
    )


def _widths(longitudes: np.ndarray) -> np.ndarray:
    """Degrees of longitude of each cell; where they go round, those of the circle in all."""
    widths = np.abs(np.diff(cell_edges(longitudes)))
    if longitudes.size == 1 or widths.sum() < 360:
        return widths
    meridians = longitudes.astype("float64") % 360
    eastward = np.argsort(meridians)
    gaps = np.diff(meridians[eastward], append=meridians[eastward[0]] + 360)
    widths[eastward] = (gaps + np.roll(gaps, 1)) / 2  # no gap between the same meridian twice
    return widths


def cell_edges(centres: np.ndarray) -> np.ndarray:
    """Edges half way between centres; the outer cells are as wide as their neighbours."""
    values = centres.astype("float64")
    if values.size == 1:
        return np.array([values[0] - 0.5, values[0] + 0.5])  # one cell: only its share counts
    middles = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middles[0]], middles, [2 * values[-1] - middles[-1]]])
