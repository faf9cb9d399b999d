"""The box of a dataset on the map of the Earth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pangeo.catalogs.worldmap import LEAST, land_rings, rectangles
from pangeo.types import BBox

from .entries import described
from .pages import Page, boxes


@pytest.mark.parametrize(
    ("bbox", "expected"),
    [
        ((-10, 40, 5, 60), [[-10, -60, 15, 20]]),
        ((-180, -90, 180, 90), [[-180, -90, 360, 180]]),
        ((160, -20, -132, 20), [[160, -20, 20, 40], [-180, -20, 48, 40]]),
        ((0, 66, 360, 90), [[-180, -90, 360, 24]]),
        ((200, 0, 210, 10), [[-160, -10, 10, 10]]),
        ((-140, 0, -140, 0), [[-143, -3, 6, 6]]),
        ((179.9, 0, 179.9, 0), [[176.9, -3, 3.1, 6], [-180, -3, 2.9, 6]]),
        ((10, 90, 10, 90), [[7, -90, 6, 6]]),
        ((-30, -90, -20, -89), [[-30, 84, 10, 6]]),
        ((170, -5, 180, 5), [[170, -5, 10, 10]]),
        ((-180, -5, -170, 5), [[-180, -5, 10, 10]]),
    ],
)  # fmt: skip
def test_the_box_is_where_it_is(
    bbox: tuple[float, float, float, float], expected: list[list[float]]
) -> None:
    np.testing.assert_allclose(boxes(described(bbox=bbox)._repr_html_()), expected, atol=1e-4)


def test_without_a_position_there_is_no_map() -> None:
    html = described(bbox=None)._repr_html_()
    assert "pangeo-extent" not in html.partition("</style>")[2]
    assert "no position" in Page(html).text


@given(
    st.floats(-180, 180), st.floats(0, 360), st.floats(-90, 90), st.floats(-90, 90),
    st.floats(-180, 180), st.floats(-90, 90),
)  # fmt: skip
def test_a_place_is_on_the_drawn_box_if_it_is_in_the_box(
    west: float, width: float, one: float, other: float, lon: float, lat: float
) -> None:
    bbox = BBox(west, min(one, other), west + width, max(one, other))
    drawn = rectangles(bbox.as_tuple())
    for w, s, e, n in drawn:
        assert -180 <= w < e <= 180
        assert -90 <= s < n <= 90
    inside = (lon - west) % 360 <= width and bbox.south <= lat <= bbox.north
    hit = any(
        w - 1e-9 <= place <= e + 1e-9 and s - 1e-9 <= lat <= n + 1e-9
        for w, s, e, n in drawn
        for place in (lon - 360, lon, lon + 360)
    )
    near = (lon - west + LEAST) % 360 <= width + 2 * LEAST or width + 2 * LEAST >= 360
    near &= bbox.south - LEAST <= lat <= bbox.north + LEAST
    assert hit or not inside
    assert near or not hit


@pytest.mark.parametrize(
    ("place", "is_land"),
    [((0, 51.5), True), ((15, 20), True), ((-100, 40), True), ((134, -25), True), ((0, -85), True),
     ((0, 0), False), ((-150, 0), False), ((-30, 40), False), ((80, -30), False), ((0, 88), False)],
)  # fmt: skip
def test_land_is_where_the_earth_has_it(place: tuple[float, float], is_land: bool) -> None:
    from matplotlib.path import Path as Outline

    inside = [Outline(ring).contains_point(place) for ring in land_rings()]
    assert sum(inside) % 2 == is_land
