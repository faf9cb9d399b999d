"""Projections, and the outlines of land and countries, which come with the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.path import Path as Outline

from pangeo.errors import InputError, PangeoError

if TYPE_CHECKING:
    from cartopy import crs
    from cartopy.feature import ShapelyFeature
    from cartopy.mpl.geoaxes import GeoAxes

NATURAL_EARTH = Path(__file__).parent / "natural_earth"
"""The folder of the outlines, for cartopy too: ``cartopy.config["pre_existing_data_dir"]``."""

_NAMES = {"land": "land", "coastline": "coastline", "borders": "admin_0_boundary_lines_land"}


def projection_of(asked: Any, central_longitude: float | None) -> crs.Projection:
    """The projection of cartopy that is meant by its name, with its middle at a meridian.

    Raises
    ------
    InputError
        When cartopy has none of that name.
    PangeoError
        When cartopy is not installed.
    """
    crs = _cartopy_crs()
    if isinstance(asked, crs.Projection):
        return asked
    wanted = str(asked).replace("_", "").replace(" ", "").lower()
    known = {
        name.lower(): kind
        for name, kind in vars(crs).items()
        if isinstance(kind, type) and issubclass(kind, crs.Projection) and name[0] != "_"
    }
    if wanted not in known:
        raise InputError(
            f"there is no projection {asked!r}",
            found=f"projection={asked!r}",
            expected="a projection of cartopy or its name: 'Robinson', 'PlateCarree', "
            "'NorthPolarStereo', 'Mollweide', 'Mercator', 'Orthographic', ...",
            fix="leave it out for Robinson of a globe and PlateCarree of a region",
        )
    return known[wanted](central_longitude=central_longitude or 0.0)


def degrees(projection: crs.Projection, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Longitude and latitude, (rows, columns, 2), of pixels; NaN beyond the edge of the Earth."""
    points = _cartopy_crs().PlateCarree().transform_points(projection, x, y)[..., :2]
    return np.where(np.isfinite(points), points, np.nan)


def beyond_the_edge(points: np.ndarray) -> np.ndarray:
    """The same, with those of the pixel at the edge of its row for what is beyond it.

    So that what is drawn reaches the edge of the map, where it is cut off.
    """
    there = np.isfinite(points).all(-1)
    size = there.shape[1]
    columns = np.arange(size)
    before = np.maximum.accumulate(np.where(there, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(there, columns, size)[:, ::-1], axis=1)[:, ::-1]
    is_before = (before >= 0) & ((after >= size) | (columns - before <= after - columns))
    nearest = np.where(is_before, before, after.clip(max=size - 1))
    return np.take_along_axis(points, nearest[..., None], axis=1)


def show(axes: GeoAxes, west: float, width: float, south: float, north: float) -> None:
    """Leave of the map this part, which may go over the dateline; round where it is a cap."""
    crs = _cartopy_crs()
    if isinstance(axes.projection, (crs.NorthPolarStereo, crs.SouthPolarStereo)) and width > 359:
        edge = south if isinstance(axes.projection, crs.NorthPolarStereo) else north
        radius = np.hypot(*axes.projection.transform_point(0.0, edge, crs.PlateCarree()))
        axes.set_xlim(-radius, radius)
        axes.set_ylim(-radius, radius)
        turn = np.linspace(0, 2 * np.pi, 181)
        circle = Outline(0.5 + 0.5 * np.column_stack([np.sin(turn), np.cos(turn)]))
        axes.set_boundary(circle, transform=axes.transAxes)
    elif width > 359:
        axes.set_global()
        lon = axes.projection.proj4_params.get("lon_0", 0.0)
        ends = [
            axes.projection.transform_point(lon, lat, crs.PlateCarree()) for lat in (south, north)
        ]
        if north - south < 170 and np.isfinite(ends).all():
            axes.set_ylim(ends[0][1], ends[1][1])
    else:
        middle = crs.PlateCarree(central_longitude=west + width / 2)
        half = min(width / 2, 179.999)
        axes.set_extent((-half, half, south, north), middle)


def draw_outlines(axes: GeoAxes, *, land: str | None, borders: bool, fine: bool) -> None:
    """Coastlines, land in a colour over the data, and borders; ``fine`` at 1:50 million."""
    scale = "50m" if fine else "110m"
    if land is not None:
        axes.add_feature(_outlines("land", scale), facecolor=land, edgecolor="none", zorder=2)
    axes.add_feature(
        _outlines("coastline", scale),
        facecolor="none",
        edgecolor="#222222",
        linewidth=0.5,
        zorder=3,
    )
    if borders:
        axes.add_feature(
            _outlines("borders", scale),
            facecolor="none",
            edgecolor="#6b6b6b",
            linewidth=0.4,
            zorder=3,
        )


@cache
def _outlines(what: str, scale: str) -> ShapelyFeature:
    from cartopy import crs
    from cartopy.feature import ShapelyFeature
    from cartopy.io.shapereader import Reader

    folder = "cultural" if what == "borders" else "physical"
    path = (
        NATURAL_EARTH / "shapefiles" / "natural_earth" / folder / f"ne_{scale}_{_NAMES[what]}.shp"
    )
    return ShapelyFeature(list(Reader(path).geometries()), crs.PlateCarree())


def _cartopy_crs() -> Any:
    try:
        from cartopy import crs
    except ImportError as error:
        raise PangeoError(
            "cannot draw a map",
            found="no package cartopy",
            expected="the packages of the extra maps",
            fix="pip install 'pangeo[maps]'",
        ) from error
    return crs
