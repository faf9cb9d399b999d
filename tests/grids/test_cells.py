"""The weights of a global grid are the sphere, each place once."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pangeo import analysis
from pangeo.grids import EARTH_RADIUS, cell_areas

CYCLIC = [
    [0, 90, 180, 270, 360],
    [-180, -90, 0, 90, 180],
    [0, 10, 100, 200, 360],
    [20, 90, 180, 200, 380],
    [0, 120, 240, 360, 480],
]


def field(lon: list[float], values: list[float], dtype: str = "float64") -> xr.DataArray:
    coords = {"lat": [-60.0, 0.0, 60.0], "lon": np.array(lon, dtype)}
    return xr.DataArray(np.broadcast_to(values, (3, len(lon))), coords=coords)


@pytest.mark.parametrize("flip", [1, -1])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
@pytest.mark.parametrize("lon", CYCLIC)
def test_a_meridian_that_is_there_twice_counts_once(
    lon: list[float], dtype: str, flip: int
) -> None:
    """Against the same field without the repeated meridians."""
    once = [x for place, x in enumerate(lon) if x % 360 not in [y % 360 for y in lon[:place]]]
    heights = np.diff(np.sin(np.deg2rad([-90, -30, 30, 90])))
    circle = sorted(x % 360 for x in once)
    for west in once:
        place = circle.index(west % 360)
        before, after = circle[place - 1], circle[(place + 1) % len(circle)]
        share = ((after - west) % 360 + (west - before) % 360) / 2 / 360
        one = [float(x % 360 == west % 360) for x in lon]
        globe = field(lon, one, dtype).isel(lon=slice(None, None, flip))
        assert float(analysis.mean(globe)) == pytest.approx(share)
        assert float(analysis.mean(globe, bbox=(-180, -90, 180, 90))) == pytest.approx(share)
    total = cell_areas(field(lon, [0.0] * len(lon), dtype)).sum("lon")
    np.testing.assert_allclose(total, 2 * np.pi * EARTH_RADIUS**2 * heights)


def test_one_of_four_meridians_is_a_quarter() -> None:
    assert float(analysis.mean(field([0, 90, 180, 270, 360], [1, 0, 0, 0, 1]))) == pytest.approx(
        0.25
    )


@given(
    st.lists(st.integers(0, 719), min_size=3, max_size=12, unique=True),
    st.booleans(),
    st.integers(-360, 360),
)
def test_the_weights_of_a_cyclic_axis_are_the_circle(
    halves: list[int], flip: bool, west: int
) -> None:
    lon = west + np.array([*sorted(halves), min(halves) + 720]) / 2
    areas = cell_areas(field(list(lon[::-1] if flip else lon), [0.0] * lon.size))
    row = areas.isel(lat=1) / (EARTH_RADIUS**2 * 2 * np.sin(np.deg2rad(30)))
    assert float(row.sum()) == pytest.approx(2 * np.pi)
    assert float(row.min()) >= 0


def test_a_region_keeps_the_widths_of_its_neighbours() -> None:
    row = cell_areas(field([0, 10, 30], [0, 0, 0])).isel(lat=1)
    np.testing.assert_allclose(row / row[0], [1, 1.5, 2])
