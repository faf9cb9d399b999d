"""What a field is at points of the Earth: at each pixel of a map, whatever its projection.

A map is looked up pixel by pixel, not drawn cell by cell. So the seam of the longitudes, the
dateline and the poles need no care, descending axes none, and a million cells cost no more than
the pixels of the figure.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree

from pangeo.grids import axis, cell_edges, is_regular_axis


class Field:
    """A field on a grid, to be looked up by longitude and latitude."""

    def __init__(self, obj: xr.DataArray) -> None:
        lon, lat = axis(obj, "longitude"), axis(obj, "latitude")
        self.is_rectilinear = is_regular_axis(lon) and is_regular_axis(lat)
        if self.is_rectilinear:
            lon, lat = lon[np.argsort(lon.values)], lat[np.argsort(lat.values)]
            ordered = obj.transpose(lat.name, lon.name).reindex({lon.name: lon, lat.name: lat})
            self._values = ordered.values.astype("float64")
        else:
            lon, lat = xr.broadcast(lon, lat)
            self._values = obj.transpose(*lon.dims).values.astype("float64")
        self._lon, self._lat = (each.values.astype("float64") for each in (lon, lat))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, width, south and north, to the outer edges of the cells."""
        if not self.is_rectilinear:
            return _box_of(self._lon, self._lat)
        west, east = cell_edges(self._lon)[[0, -1]]
        south, north = np.clip(cell_edges(self._lat)[[0, -1]], -90, 90)
        return float(west), float(min(east - west, 360.0)), float(south), float(north)

    def cells_at(self, points: np.ndarray) -> np.ndarray:
        """The value of the cell in which each point (..., 2) lies; NaN outside of all cells."""
        if not self.is_rectilinear:
            return self._nearest(points)
        rows = self._find(np.clip(cell_edges(self._lat), -90, 90), points[..., 1])
        edges = cell_edges(self._lon)
        east_of_west = (points[..., 0] - edges[0]) % 360
        columns = self._find(edges - edges[0], east_of_west)
        inside = (rows >= 0) & (columns >= 0)
        return np.where(inside, self._values[rows, columns], np.nan)

    def between_cells_at(self, points: np.ndarray) -> np.ndarray:
        """The value between the middles of the cells, linearly: smooth, for contours.

        Between the last column and the first too, where the grid goes round; beyond the last
        row up to a pole as in that row.
        """
        lon, values = self._lon, self._values
        width = self.box[1]
        if width > 360 - 1e-3 * 360 / lon.size:
            lon = np.concatenate([lon, lon[:1] + 360])
            values = np.concatenate([values, values[:, :1]], axis=1)
        east_of_west = (points[..., 0] - lon[0]) % 360
        x = np.interp(east_of_west, lon - lon[0], np.arange(lon.size), right=np.nan)
        south, north = self.box[2:]
        rows = np.arange(self._lat.size)
        y = np.interp(
            points[..., 1], self._lat, rows,
            left=0 if south < -89.99 else np.nan, right=rows[-1] if north > 89.99 else np.nan,
        )  # fmt: skip
        missing = np.isnan(x) | np.isnan(y)
        x, y = (np.where(missing, 0, each) for each in (x, y))
        column = np.minimum(x.astype(int), lon.size - 2).clip(min=0)
        row = np.minimum(y.astype(int), rows.size - 2).clip(min=0)
        right, up = x - column, y - row
        next_column, next_row = np.minimum(column + 1, lon.size - 1), np.minimum(row + 1, rows[-1])
        low = values[row, column] * (1 - right) + values[row, next_column] * right
        high = values[next_row, column] * (1 - right) + values[next_row, next_column] * right
        return np.where(missing, np.nan, low * (1 - up) + high * up)

    @staticmethod
    def _find(edges: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Between which edges each point is, -1 outside."""
        noise = 1e-5 * (edges[-1] - edges[0])  # of an axis in single precision
        found = np.searchsorted(edges, points, side="right") - 1
        found = np.where(
            (found == edges.size - 1) & (points <= edges[-1] + noise), found - 1, found
        )
        found = np.where((found == -1) & (points >= edges[0] - noise), 0, found)
        return np.where(np.isfinite(points) & (found < edges.size - 1), found, -1)

    def _nearest(self, points: np.ndarray) -> np.ndarray:
        """The value of the nearest cell, unless it is farther than its own neighbours are."""
        there = np.isfinite(self._lon) & np.isfinite(self._lat)
        places = _on_sphere(self._lon, self._lat)
        reach = _reach(places)[there]
        tree = cKDTree(places[there])
        result = np.full(points.shape[:-1], np.nan)
        asked = np.isfinite(points).all(-1)
        distance, index = tree.query(
            _on_sphere(points[asked, 0], points[asked, 1]), distance_upper_bound=reach.max()
        )
        index = np.minimum(index, reach.size - 1)  # one more where nothing is so near
        values = self._values[there][index]
        result[asked] = np.where(distance <= reach[index], values, np.nan)
        return result


def _on_sphere(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    east, north = np.deg2rad(lon), np.deg2rad(lat)
    return np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1
    )


def _reach(places: np.ndarray) -> np.ndarray:
    """How far each cell goes: to half way to its farthest neighbour, diagonally."""
    squared = np.zeros(places.shape[:-1])
    for dim in range(places.ndim - 1):
        if places.shape[dim] > 1:
            along = np.linalg.norm(np.diff(places, axis=dim), axis=-1)
            pad = [(0, 0)] * along.ndim
            before, after = list(pad), list(pad)
            before[dim], after[dim] = (1, 0), (0, 1)
            both = np.fmax(np.pad(along, before, mode="edge"), np.pad(along, after, mode="edge"))
            squared += np.where(np.isfinite(both), both, 0) ** 2
    # A fold of the grid has neighbours that are far apart.
    limit = 3 * np.nanmedian(np.sqrt(squared))
    return np.asarray(np.minimum(0.525 * np.sqrt(squared), limit))


def _box_of(lon: np.ndarray, lat: np.ndarray) -> tuple[float, float, float, float]:
    """The smallest box around all of them."""
    turned = np.unique(lon[np.isfinite(lon)] % 360)
    gaps = np.diff(turned, append=turned[0] + 360)
    widest = int(gaps.argmax())
    south, north = float(np.nanmin(lat)), float(np.nanmax(lat))
    if gaps[widest] < 10:
        return -180.0, 360.0, max(south, -90.0), min(north, 90.0)
    west = float(turned[(widest + 1) % turned.size])
    return west, float(360 - gaps[widest]), south, north
