"""A box holds the cells that a brute-force look at every cell finds, on any axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

from pangeo.errors import SelectionError
from pangeo.grids import select_box

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Grid:
    """The axes of a grid on whole and half degrees, which floats hold exactly."""

    lon: tuple[float, ...]
    lat: tuple[float, ...]
    dtype: str = "float64"

    def field(self) -> xr.DataArray:
        """A field whose value tells the place of the cell on the sphere."""
        lon, lat = np.array(self.lon, self.dtype), np.array(self.lat, self.dtype)
        place = (lat[:, None].astype(float) + 90) * 1000 + lon[None, :].astype(float) % 360
        return xr.DataArray(
            np.stack([place, place + 0.25]),
            dims=("time", "lat", "lon"),
            coords={
                "time": [0, 1],
                "lat": ("lat", lat, {"units": "degrees_north", "note": "lat"}),
                "lon": ("lon", lon, {"units": "degrees_east", "note": "lon"}),
            },
            name="place",
            attrs={"units": "1", "note": "field"},
        )


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    step = draw(st.sampled_from([0.5, 7.5, 10, 45, 90]))
    start = draw(st.sampled_from([0, -180, 20, -179.5]))
    around = int(360 / step)
    # A piece of the circle, all of it, or all of it with the first meridian again: 0..360.
    size = draw(st.sampled_from([around, around + 1, around // 2, 1]))
    lon = [start + step * index for index in range(size)]
    south = draw(st.integers(-90, 80))
    lat_step = draw(st.sampled_from([0.5, 3, 10]))
    rows = draw(st.integers(1, 9))
    lat = [south + lat_step * row for row in range(rows) if south + lat_step * row <= 90]
    if draw(st.booleans()):
        lon.reverse()
    if draw(st.booleans()):
        lat.reverse()
    return Grid(tuple(lon), tuple(lat), draw(st.sampled_from(["float32", "float64"])))


halves = st.integers(-360, 720).map(lambda number: number / 2)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    south, north = sorted(draw(st.tuples(st.integers(-90, 90), st.integers(-90, 90))))
    west = draw(halves)
    east = draw(st.one_of(halves, st.just(west), st.just(west + 360)))
    assume(east - west <= 360)  # a wider one is refused
    return west, south, east, north


@st.composite
def cases(draw: st.DrawFn) -> tuple[Grid, Box]:
    """A grid and a box that holds one of its cells at least."""
    grid = draw(grids())
    below, above = draw(st.tuples(st.integers(0, 12), st.integers(0, 12)))
    before, after = draw(st.tuples(st.integers(0, 340), st.integers(0, 340)))
    lon, lat = draw(st.sampled_from(grid.lon)), draw(st.sampled_from(grid.lat))
    west, east = lon - before / 2, lon + after / 2
    box = (west - draw(st.sampled_from([0, 360])) * (west > 180), max(-90, lat - below),
           east - draw(st.sampled_from([0, 360])) * (east > 180), min(90, lat + above))  # fmt: skip
    assume(box[2] - box[0] <= 360)  # a wider one is refused
    return grid, box


def width(box: Box) -> float:
    return 360 if box[2] - box[0] >= 360 else (box[2] - box[0]) % 360


def places_in(grid: Grid, box: Box) -> set[tuple[float, float]]:
    """Every cell of the grid that lies in the box, by looking at each: (latitude, meridian)."""
    return {
        (lat, lon % 360)
        for lat in grid.lat
        for lon in grid.lon
        if box[1] <= lat <= box[3] and (lon - box[0]) % 360 <= width(box)
    }


def places_of(selected: xr.DataArray) -> list[tuple[float, float]]:
    return [(float(lat), float(lon) % 360) for lat in selected.lat for lon in selected.lon]


def direction(values: tuple[float, ...] | np.ndarray) -> set[float]:
    return {float(sign) for sign in np.sign(np.diff(values))}


PACIFIC = (-170, -5, -120, 5)
GREENWICH = (-20, -5, 30, 5)
ASCENDING, DESCENDING = (-5.0, 0.0, 5.0), (5.0, 0.0, -5.0)
FROM_0 = tuple(float(lon) for lon in range(0, 360, 10))
FROM_180W = tuple(float(lon) for lon in range(-180, 180, 10))
FROM_20 = tuple(float(lon) for lon in range(20, 380, 10))


@given(cases())
@example((Grid(FROM_0, ASCENDING), PACIFIC))
@example((Grid(FROM_0, DESCENDING), GREENWICH))  # across the seam at 0
@example((Grid(FROM_180W, DESCENDING), PACIFIC))
@example((Grid(FROM_180W, ASCENDING), (160, -5, -120, 5)))  # across the dateline
@example((Grid(FROM_180W[::-1], ASCENDING), (160, -5, -120, 5)))
@example((Grid(FROM_20, ASCENDING), (10, -5, 40, 5)))  # across the seam at 20
@example((Grid((*FROM_0, 360.0), ASCENDING), GREENWICH))  # the meridian 0 stands there twice
@example((Grid((*FROM_0, 360.0), ASCENDING), (350, -5, 360, 5)))
@example((Grid((190.0,), (0.0,)), PACIFIC))  # one cell
def test_a_box_holds_what_lies_in_it(case: tuple[Grid, Box]) -> None:
    grid, box = case
    expected = places_in(grid, box)
    field = grid.field()
    selected = select_box(field, box)
    places = places_of(selected)
    event("across the seam" if "unwrapped" in selected.lon.attrs else "one piece")

    assert set(places) == expected
    if width(box) < 360 or len(grid.lon) == len({lon % 360 for lon in grid.lon}):
        assert len(places) == len(expected), "a meridian is there twice"
    # The values came along with their places.
    told = (selected.lat.astype(float) + 90) * 1000 + selected.lon.astype(float) % 360
    np.testing.assert_array_equal(selected.isel(time=0), told)
    # The order of the axes is the dataset's, and the longitudes are monotonic.
    assert direction(selected.lon.values) <= direction(grid.lon)
    assert direction(selected.lat.values) <= direction(grid.lat)
    assert float(np.ptp(selected.lon.values)) <= 360
    # Nothing else changed.
    assert selected.dims == field.dims
    assert selected.dtype == field.dtype
    assert selected.lon.dtype == field.lon.dtype
    assert selected.name == "place"
    assert selected.attrs == field.attrs
    assert selected.lat.attrs == field.lat.attrs
    assert selected.lon.attrs.items() >= field.lon.attrs.items()


@given(cases())
def test_longitudes_change_only_across_the_seam(case: tuple[Grid, Box]) -> None:
    grid, box = case
    selected = select_box(grid.field(), box)
    own = {float(lon) for lon in grid.lon}
    assert ("unwrapped" in selected.lon.attrs) or {float(x) for x in selected.lon} <= own


@given(cases())
@example((Grid(FROM_0, ASCENDING), GREENWICH))
def test_a_lazy_array_and_a_dataset_give_the_same(case: tuple[Grid, Box]) -> None:
    grid, box = case
    field = grid.field()
    selected = select_box(field, box)
    lazy = select_box(field.chunk(time=1, lon=3), box)
    assert lazy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), selected)
    beside = xr.Dataset({"place": field, "level": ("time", [3.0, 4.0])}, attrs={"title": "t"})
    both = select_box(beside, box)
    xr.testing.assert_identical(both["place"], selected)
    xr.testing.assert_identical(both["level"], beside["level"])
    assert both.attrs == beside.attrs


@given(grids(), boxes())
def test_an_empty_box_is_refused_with_the_extent(grid: Grid, box: Box) -> None:
    assume(not places_in(grid, box))
    with pytest.raises(SelectionError) as refusal:
        select_box(grid.field(), box)
    for values in (grid.lon, grid.lat):
        assert f"{min(values):g}..{max(values):g} ({len(values)} values)" in refusal.value.found


def test_the_noise_of_a_float32_axis_does_not_lose_the_edge() -> None:
    lon = np.arange(0, 3600, dtype="float32") / np.float32(10)
    lat = np.array([-0.1, 0.0, 0.1], "float32")
    field = xr.DataArray(np.zeros((3, 3600)), coords={"lat": lat, "lon": lon})
    selected = select_box(field, (359.9, -0.1, 0.1, 0.1))
    np.testing.assert_allclose(selected.lon, [359.9, 360.0, 360.1], atol=1e-4)
    assert selected.sizes == {"lat": 3, "lon": 3}
