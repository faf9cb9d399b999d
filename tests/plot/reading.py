"""Reads off a figure what it shows at a place."""

from __future__ import annotations

import numpy as np
from cartopy import crs
from cartopy.feature import ShapelyFeature
from cartopy.mpl.feature_artist import FeatureArtist
from cartopy.mpl.geoaxes import GeoAxes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage


def value_at(axes: GeoAxes, lon: float, lat: float) -> float:
    """The value of the pixel at a place; NaN where nothing is drawn."""
    (image,) = [each for each in axes.get_images() if isinstance(each, AxesImage)]
    x, y = axes.projection.transform_point(lon, lat, crs.PlateCarree())
    left, right, bottom, top = image.get_extent()
    values = image.get_array()
    assert image.origin == "lower"
    row = int((y - bottom) / (top - bottom) * values.shape[0])
    column = int((x - left) / (right - left) * values.shape[1])
    return float(np.ma.filled(values, np.nan)[row, column])


def colour_at(axes: GeoAxes, lon: float, lat: float) -> tuple[float, ...]:
    """The colour of the pixel at a place, by colormap and norm."""
    (image,) = axes.get_images()
    return tuple(image.cmap(image.norm(value_at(axes, lon, lat))))


def filled_at(axes: GeoAxes, lon: float, lat: float) -> tuple[float, ...] | None:
    """The colour of the filled contour around a place."""
    x, y = axes.projection.transform_point(lon, lat, crs.PlateCarree())
    contours = [each for each in axes.collections if getattr(each, "filled", False)]
    (contour,) = contours
    for path, colour in zip(contour.get_paths(), contour.get_facecolor(), strict=True):
        if path.contains_point((x, y)):
            return tuple(colour)
    return None


def features(axes: GeoAxes) -> list[FeatureArtist]:
    return [
        each
        for each in axes.get_children()
        if isinstance(each, FeatureArtist) and isinstance(each._feature, ShapelyFeature)
    ]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))
