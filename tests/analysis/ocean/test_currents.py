"""Currents against analytic fields, laws, and those that the altimetry product brings along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pangeo import ocean
from pangeo.analysis.ocean.currents import GRAVITY, ROTATION
from pangeo.errors import AxisError, InputError
from pangeo.grids import EARTH_RADIUS

NAME = "altimetry_l4/nrt_global_allsat_phy_l4_20190223_20190226.nc"
ORDERS = (2, 4, 6, 8)


def sea_level(values: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> xr.DataArray:
    return xr.DataArray(
        values * np.ones((lat.size, lon.size)),
        {"lat": lat, "lon": lon},
        ("lat", "lon"),
        name="adt",
        attrs={"units": "m", "standard_name": "sea_surface_height_above_geoid"},
    )


@pytest.fixture(scope="module")
def product(data_folder: Path) -> xr.Dataset:
    return xr.open_dataset(data_folder / NAME).isel(time=0).load()


def compare(mine: xr.DataArray, theirs: xr.DataArray, where: xr.DataArray) -> tuple[float, float]:
    """Correlation, and the slope of mine on theirs through zero."""
    both = np.isfinite(mine) & np.isfinite(theirs) & where
    x, y = (each.where(both).values for each in (theirs, mine))
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    return float(np.corrcoef(x, y)[0, 1]), float((x * y).sum() / (x * x).sum())


@pytest.mark.parametrize("name", ["ugos", "vgos"])
def test_away_from_the_equator_they_are_those_of_the_product(
    product: xr.Dataset, name: str
) -> None:
    away = np.abs(product.latitude) > 6
    wide, plain = (ocean.geostrophic_currents(product, order=order) for order in (8, 2))
    correlation, slope = compare(wide[name], product[name], away)
    assert correlation >= 0.994
    assert 0.985 < slope < 1.0
    _, plain_slope = compare(plain[name], product[name], away)
    assert plain_slope < 0.955  # the difference of two neighbours is too slow
    theirs = np.isfinite(product[name].where(away))
    assert float(np.isfinite(wide[name]).where(theirs).mean()) > 0.998


@pytest.mark.parametrize("name", ["ugos", "vgos"])
def test_across_the_equator_they_are_finite_smooth_and_near_the_product(
    product: xr.Dataset, name: str
) -> None:
    band = product.sel(latitude=slice(-12, 12))
    mine = ocean.geostrophic_currents(band)[name].sel(latitude=slice(-5, 5))
    theirs = band[name].sel(latitude=slice(-5, 5))
    assert float(np.isfinite(mine).where(np.isfinite(theirs)).mean()) > 0.93
    assert compare(mine, theirs, xr.ones_like(mine, dtype=bool))[0] > 0.8
    assert float(np.abs(mine).max()) < 5  # theirs 4.7 m/s
    # From row to row no more than it changes in the product, 0.1 m/s at this grid.
    step = float(mine.diff("latitude").std()), float(theirs.diff("latitude").std())
    assert step[0] < 1.6 * step[1]


@pytest.mark.parametrize("lat", [np.arange(-80, 80.1, 0.5), np.arange(-79.75, 80, 0.5)])
@pytest.mark.parametrize("order", ORDERS)
def test_a_sea_that_turns_as_one_piece(lat: np.ndarray, order: int) -> None:
    """U = U0 cos(latitude) needs h = -(R Omega U0 / g) sin2(latitude), also at the equator."""
    lon = np.arange(0, 360, 2.0)
    height = -EARTH_RADIUS * ROTATION * 0.5 / GRAVITY * np.sin(np.deg2rad(lat)) ** 2
    currents = ocean.geostrophic_currents(sea_level(height[:, None], lat, lon), order=order)
    expected = 0.5 * np.cos(np.deg2rad(lat))[1:-1]
    error = currents.ugos.values[1:-1] - expected[:, None]
    assert np.abs(error).max() < 1e-3
    assert np.abs(currents.vgos.values[1:-1]).max() < 1e-9


def test_a_wave_at_the_equator() -> None:
    lat, lon = np.arange(-20, 20.1, 0.25), np.arange(0, 360, 0.5)
    phi, wave = np.deg2rad(lat)[:, None], 6 * np.deg2rad(lon)
    height = 0.3 * np.sin(phi) * np.cos(phi) * np.sin(wave)
    exact = GRAVITY / (2 * ROTATION * EARTH_RADIUS) * 0.3 * 6 * np.cos(wave)
    v = ocean.geostrophic_currents(sea_level(height, lat, lon)).vgos
    assert np.abs(v.values[1:-1] - exact).max() < 0.01 * np.abs(exact).max()


def eddy(lat: np.ndarray, lon: np.ndarray) -> tuple[xr.DataArray, np.ndarray, np.ndarray]:
    """A Gaussian of 20 cm at 40N 50W with a radius of 100 km, and its exact currents."""
    size, middle = 1e5, np.cos(np.deg2rad(40))
    x = EARTH_RADIUS * middle * np.deg2rad(lon + 50)[None, :]
    y = EARTH_RADIUS * np.deg2rad(lat - 40)[:, None]
    height = 0.2 * np.exp(-(x**2 + y**2) / (2 * size**2))
    inverse = GRAVITY / (2 * ROTATION * np.sin(np.deg2rad(lat)))[:, None]
    stretch = middle / np.cos(np.deg2rad(lat))[:, None]
    u, v = inverse * height * y / size**2, -inverse * height * x / size**2 * stretch
    return sea_level(height, lat, lon), u, v


def test_a_gaussian_eddy_and_its_energy() -> None:
    lat, lon = np.arange(35, 45.1, 0.25), np.arange(-56, -43.9, 0.25)
    height, u, v = eddy(lat, lon)
    currents = ocean.geostrophic_currents(height.assign_attrs(
        standard_name="sea_surface_height_above_sea_level"))  # fmt: skip
    energy = ocean.eddy_kinetic_energy(currents)
    inner = np.s_[4:-4, 4:-4]
    exact = 0.5 * (u**2 + v**2)
    assert np.abs(energy.values - exact)[inner].max() < 0.005 * exact.max()
    # Fastest at one radius from the middle: (g A / f L)2 / 2e per unit mass.
    peak = (GRAVITY * 0.2 / (2 * ROTATION * np.sin(np.deg2rad(40)) * 1e5)) ** 2 / (2 * np.e)
    assert float(energy.max()) == pytest.approx(peak, rel=0.03)
    assert energy.units == "m2 s-2"


@pytest.mark.parametrize("order", ORDERS[:-1])
def test_a_higher_order_is_nearer_to_the_truth(order: int) -> None:
    height, u, _ = eddy(np.arange(35, 45.1, 0.25), np.arange(-56, -43.9, 0.25))
    errors = [
        np.nanmax(
            np.abs(ocean.geostrophic_currents(height, order=each).ugos.values - u)[4:-4, 4:-4]
        )
        for each in (order, order + 2)
    ]
    assert errors[1] < 0.5 * errors[0]


@given(
    flip=st.booleans(),
    mirror=st.booleans(),
    turn=st.integers(0, 35),
    west=st.sampled_from([-180, 0]),
)
def test_order_and_convention_of_the_axes_do_not_matter(
    flip: bool, mirror: bool, turn: int, west: int
) -> None:
    lat, lon = np.arange(-60, 61, 10.0), np.arange(0, 360, 10.0)
    rng = np.random.default_rng(1)
    height = sea_level(rng.normal(size=(lat.size, lon.size)), lat, lon)
    height[2:4, 5:9] = np.nan
    expected = ocean.geostrophic_currents(height)
    other = height.roll(lon=turn, roll_coords=True)
    degrees = (other.lon - west) % 360 + west
    other = other.assign_coords(lon=degrees).sortby("lon")
    other = other.isel(lat=slice(None, None, -1)) if flip else other
    other = other.isel(lon=slice(None, None, -1)) if mirror else other
    found = ocean.geostrophic_currents(other)
    found = found.assign_coords(lon=found.lon % 360).sortby(["lat", "lon"])
    xr.testing.assert_allclose(found, expected, atol=1e-12)


def test_at_a_coast_the_stencil_narrows_and_nothing_is_made_up() -> None:
    lat, lon = np.arange(30, 40, 0.5), np.arange(0, 10, 0.5)
    height, *_ = eddy(lat, lon - 55)
    height = sea_level(height.values, lat, lon)
    height[:, 10] = np.nan
    wide, plain = (ocean.geostrophic_currents(height, order=order).vgos for order in (8, 2))
    assert np.isnan(wide[5, 9:12]).all()  # the coast, and the nearest neighbour on either side
    xr.testing.assert_allclose(wide[1:-1, 8], plain[1:-1, 8])
    assert np.isfinite(wide[5, 1:9]).all()
    assert not np.allclose(wide[5, 5], plain[5, 5], rtol=1e-9, atol=0)


def test_they_stay_lazy_with_a_task_for_a_chunk_of_time() -> None:
    dask = pytest.importorskip("dask")
    lat, lon = np.arange(-10, 10, 1.0), np.arange(0, 360, 10.0)
    time = xr.date_range("2000-01-01", periods=6)
    rng = np.random.default_rng(2)
    height = sea_level(np.zeros((1, 1)), lat, lon).expand_dims(time=time)
    height = height.copy(data=rng.normal(size=height.shape))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("computed")

    with dask.config.set(scheduler=refuse):
        lazy = ocean.geostrophic_currents(height.chunk(time=2, lat=5, lon=12))
    assert lazy.ugos.chunksizes["time"] == (2, 2, 2)
    assert lazy.ugos.dims == ("time", "lat", "lon")
    xr.testing.assert_allclose(lazy.compute(), ocean.geostrophic_currents(height))


def test_what_they_are_is_said() -> None:
    lat, lon = np.arange(30, 40.0), np.arange(0, 10.0)
    height = sea_level(np.zeros((1, 1)), lat, lon).assign_attrs(
        grid_mapping="crs", pangeo_dataset="duacs"
    )
    currents = ocean.geostrophic_currents(height)
    assert list(currents) == ["ugos", "vgos"]
    name = "surface_geostrophic_northward_sea_water_velocity"
    assert currents.vgos.attrs["standard_name"] == name
    assert currents.vgos.attrs["units"] == "m s-1"
    assert currents.vgos.attrs["grid_mapping"] == "crs"
    assert currents.vgos.attrs["pangeo_dataset"] == "duacs"
    anomaly = height.assign_attrs(standard_name="sea_surface_height_above_sea_level")
    currents = ocean.geostrophic_currents(anomaly)
    assert currents.ugosa.attrs["standard_name"].endswith("assuming_mean_sea_level_for_geoid")


def test_what_is_no_height_in_metres_is_refused() -> None:
    lat, lon = np.arange(30, 40.0), np.arange(0, 10.0)
    height = sea_level(np.zeros((1, 1)), lat, lon)
    with pytest.raises(InputError, match="units='cm'"):
        ocean.geostrophic_currents(height.assign_attrs(units="cm"))
    with pytest.raises(InputError, match="order=3"):
        ocean.geostrophic_currents(height, order=3)
    with pytest.raises(InputError, match="cannot tell which variable is the height"):
        ocean.geostrophic_currents(xr.Dataset({"adt": height, "sla": height}))
    with pytest.raises(AxisError):
        ocean.geostrophic_currents(height.rename(lat="row", lon="column"))
