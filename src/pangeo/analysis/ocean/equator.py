"""The slope and the curvature of a field near the equator, where noise is worth most."""

from __future__ import annotations

import numpy as np

from pangeo.grids import EARTH_RADIUS

REACH = 3.0  # degrees to either side over which the parabola is fitted
BAND = 6.0  # degrees; beyond, the weight of the beta plane is below 1e-3
_SCALE = 2.2  # degrees: Lagerloef et al. (1999), where both balances weigh alike


def weight(latitudes: np.ndarray) -> np.ndarray:
    """How much the balance on the beta plane counts at a latitude: 1 at the equator."""
    gaussian = np.exp(-((latitudes / _SCALE) ** 2))
    return np.where(np.abs(latitudes) <= BAND, gaussian, 0.0)


def fit_parabola(
    values: np.ndarray, latitudes: np.ndarray, row: int
) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative towards the north, per metre and per square metre, at a row.

    Those of the parabola that fits a column within ``REACH`` degrees best, in least squares,
    or the nearest neighbour to either side on a coarser grid. Missing cells have no say;
    NaN where the cell itself is missing, or more than a quarter of them, or all to one side.

    Parameters
    ----------
    values
        (..., latitude, longitude).
    """
    distance = latitudes - latitudes[row]
    near = np.abs(distance) <= REACH + 1e-4
    near[max(row - 1, 0) : row + 2] = True
    reach = float(np.abs(distance[near]).max())
    t = distance[near] / reach
    window = values[..., near, :]
    there = np.isfinite(window)
    filled = np.where(there, window, 0.0)
    powers = np.stack([t**n for n in range(5)])
    counts = np.einsum("nk,...kj->...jn", powers, there.astype(float))
    heights = np.einsum("nk,...kj->...jn", powers[:3], filled)
    normal = np.stack([counts[..., n : n + 3] for n in range(3)], axis=-1)
    north, south = (there[..., side, :].any(-2) for side in (t > 0, t < 0))
    enough = north & south & np.isfinite(values[..., row, :]) & (4 * counts[..., 0] >= 3 * t.size)
    enough &= counts[..., 0] >= 3
    normal[~enough] = np.eye(3)
    fitted = np.linalg.solve(normal, heights[..., None])[..., 0]
    fitted[~enough] = np.nan
    metres = EARTH_RADIUS * np.deg2rad(reach)
    return fitted[..., 1] / metres, 2 * fitted[..., 2] / metres**2
