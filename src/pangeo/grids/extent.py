"""Where and when the data of a dataset lie."""

from __future__ import annotations

from collections.abc import Iterator

import cftime
import numpy as np
import xarray as xr

from pangeo.grids.axes import AxisName, claims_axis
from pangeo.types import BBox


def spatial_extent(dataset: xr.Dataset) -> BBox | None:
    """The smallest box around every longitude and latitude; None where there is none.

    West and east are given from -180 to 180, west > east where the box crosses the
    dateline; eight longitudes or more, all around the Earth, are the whole circle.
    Coordinates of any shape count: axes, curvilinear grids, tracks.
    """
    longitudes, latitudes = _values(dataset, "longitude"), _values(dataset, "latitude")
    if not longitudes.size or not latitudes.size:
        return None
    west, east = _smallest_arc(longitudes)
    return BBox(west, float(latitudes.min()), east, float(latitudes.max()))


def temporal_extent(dataset: xr.Dataset) -> tuple[str, str] | None:
    """First and last time of the data as ISO 8601 text; None where there are no dates.

    What calls itself time counts; other dates (of a forecast's start, of processing) only
    where nothing does.
    """
    dated = list(_claiming(dataset, "time"))
    named = [each for each in dated if each.attrs.get("standard_name") == "time"]
    spans = [span for each in named or dated if (span := time_span(each)) is not None]
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None


def time_span(array: xr.DataArray) -> tuple[str, str] | None:
    """First and last date of an array as ISO 8601 text; None where it holds none."""
    values = array.values.ravel()
    if array.dtype.kind == "M" and not np.isnat(values).all():
        values = values[~np.isnat(values)]
        first, last = np.datetime_as_string([values.min(), values.max()], unit="s")
        return f"{first}Z", f"{last}Z"
    if array.dtype == object and values.size and isinstance(values[0], cftime.datetime):
        return f"{values.min().isoformat()}Z", f"{values.max().isoformat()}Z"
    return None


def _claiming(dataset: xr.Dataset, name: AxisName) -> Iterator[xr.DataArray]:
    for variable in dataset.variables:
        if claims_axis(dataset[variable], name):
            yield dataset[variable]


def _values(dataset: xr.Dataset, name: AxisName) -> np.ndarray:
    """All values of the coordinates that are ``name``; fill values of torn files left out."""
    arrays = [variable.values.astype("float64").ravel() for variable in _claiming(dataset, name)]
    values = np.concatenate([[], *arrays])
    limit = 90 if name == "latitude" else 720
    return values[np.isfinite(values) & (np.abs(values) <= limit)]


_MANY = 8  # longitudes, 45 degrees apart on average; of fewer no gap is out of the ordinary


def _smallest_arc(longitudes: np.ndarray) -> tuple[float, float]:
    """West and east of the smallest arc that holds all the longitudes.

    The whole circle where many stand all around it: no gap between neighbours is then out of
    the ordinary.
    """
    circle = np.unique(np.round(longitudes % 360, 6) % 360)
    gaps = np.diff(circle, append=circle[0] + 360)
    widest = int(gaps.argmax())
    others = np.delete(gaps, widest)
    if circle.size >= _MANY and gaps[widest] < max(2 * float(np.median(others)), 1.0):
        return -180.0, 180.0
    return _signed(circle[(widest + 1) % circle.size]), _signed(circle[widest])


def _signed(longitude: float) -> float:
    return round(float((longitude + 180) % 360 - 180), 6)
