"""Derivatives on a latitude-longitude grid, by centred finite differences.

Longitude goes round where the grid does. Where a neighbour is missing, at a coast, the stencil
narrows to the neighbours that are there; without the two nearest, or on land, there is no
derivative.
"""

from __future__ import annotations

import numpy as np

from pangeo.errors import InputError
from pangeo.grids import EARTH_RADIUS

# The weight of the difference between the neighbours k to either side: Fornberg (1988), table 1.
_WEIGHTS = {
    2: (1 / 2,),
    4: (2 / 3, -1 / 12),
    6: (3 / 4, -3 / 20, 1 / 60),
    8: (4 / 5, -1 / 5, 4 / 105, -1 / 280),
}
ORDERS = tuple(_WEIGHTS)


def check_order(order: int) -> None:
    """Refuse an order of accuracy for which there is no stencil."""
    if order not in _WEIGHTS:
        raise InputError(
            "there is no stencil of this order",
            found=f"order={order!r}",
            expected=f"one of {ORDERS}, which reach over {tuple(n + 1 for n in ORDERS)} points",
            fix="order=8 is that of the altimetry products, order=2 the plain centred difference",
        )


def northward(values: np.ndarray, latitudes: np.ndarray, order: int) -> np.ndarray:
    """The derivative towards the north, per metre, of (..., latitude, longitude)."""
    along = np.moveaxis(_difference(np.moveaxis(values, -2, -1), order), -1, -2)
    step = _difference(latitudes.astype("float64"), order)
    return np.asarray(along / (EARTH_RADIUS * np.deg2rad(step))[:, None])


def eastward(
    values: np.ndarray, longitudes: np.ndarray, latitudes: np.ndarray, order: int
) -> np.ndarray:
    """The derivative towards the east, per metre, of (..., latitude, longitude)."""
    degrees = longitudes.astype("float64")
    if goes_round(degrees):
        turn = np.copysign(360.0, degrees[-1] - degrees[0])
        reach = order // 2
        values = np.concatenate([values[..., -reach:], values, values[..., :reach]], axis=-1)
        degrees = np.concatenate([degrees[-reach:] - turn, degrees, degrees[:reach] + turn])
        inner = slice(reach, -reach)
    else:
        inner = slice(None)
    step = _difference(degrees, order)[inner]
    circle = EARTH_RADIUS * np.cos(np.deg2rad(latitudes.astype("float64")))
    return np.asarray(_difference(values, order)[..., inner] / (circle[:, None] * np.deg2rad(step)))


def goes_round(longitudes: np.ndarray) -> bool:
    """Whether the next column after the last is the first."""
    if longitudes.size < 3:
        return False
    step = (longitudes[-1] - longitudes[0]) / (longitudes.size - 1)
    return bool(abs(abs(step) * longitudes.size - 360) < 0.01 * abs(step))


def _difference(values: np.ndarray, order: int) -> np.ndarray:
    """The derivative along the last axis for steps of one, as wide as the neighbours allow."""
    result = np.full(values.shape, np.nan)
    size = values.shape[-1]
    for reach in range(order // 2, 0, -1):
        if size <= 2 * reach:
            continue
        inner = slice(reach, size - reach)
        wide = sum(
            weight
            * (
                values[..., reach + k : size - reach + k]
                - values[..., reach - k : size - reach - k]
            )
            for k, weight in enumerate(_WEIGHTS[2 * reach], 1)
        )
        result[..., inner] = np.where(np.isnan(result[..., inner]), wide, result[..., inner])
    return np.where(np.isnan(values), np.nan, result)
