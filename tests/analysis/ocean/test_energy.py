"""Kinetic energy and vorticity: what adds up, and what is known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pangeo import ocean
from pangeo.errors import AxisError, InputError
from pangeo.grids import EARTH_RADIUS

SPEEDS = arrays("float64", (2, 5, 3), elements=st.floats(-3, 3, width=32))


def currents(values: np.ndarray) -> xr.Dataset:
    said = {"units": "m s-1"}
    time = xr.date_range("2000-01-01", periods=values.shape[1])
    return xr.Dataset(
        {name: (("time", "x"), each, said) for name, each in zip("uv", values, strict=True)},
        {"time": time},
        {"pangeo_dataset": "drift"},
    )


@given(SPEEDS)
def test_eddies_and_the_mean_make_up_the_whole(values: np.ndarray) -> None:
    ds = currents(values)
    parts = ocean.eddy_kinetic_energy(ds).mean("time") + ocean.mean_kinetic_energy(ds)
    whole = 0.5 * (ds.u**2 + ds.v**2).mean("time")
    np.testing.assert_allclose(parts, whole, atol=1e-9)


def test_currents_of_an_anomaly_are_departures_already() -> None:
    ds = currents(np.ones((2, 5, 3)))
    assert float(ocean.eddy_kinetic_energy(ds).max()) == 0
    name = "surface_geostrophic_{}_sea_water_velocity_assuming_mean_sea_level_for_geoid"
    ds.u.attrs["standard_name"] = name.format("eastward")
    ds.v.attrs["standard_name"] = name.format("northward")
    energy = ocean.eddy_kinetic_energy(ds)
    assert (energy == 1).all()
    assert "of the product" in energy.comment
    assert energy.pangeo_dataset == "drift"
    ds.u.attrs |= {"grid_mapping": "crs", "pangeo_dataset": "other"}
    for each in (ocean.eddy_kinetic_energy(ds), ocean.mean_kinetic_energy(ds)):
        assert each.attrs["grid_mapping"] == "crs"
        assert each.attrs["pangeo_dataset"] == "other"


def test_energy_stays_lazy() -> None:
    lazy = ocean.eddy_kinetic_energy(currents(np.ones((2, 5, 3))).chunk(time=2))
    assert lazy.chunks is not None


def test_what_is_no_pair_of_currents_is_refused() -> None:
    ds = currents(np.ones((2, 5, 3)))
    with pytest.raises(InputError, match="which variables are the current"):
        ocean.eddy_kinetic_energy(ds.rename(u="x1"))
    with pytest.raises(InputError, match="units='cm/s'"):
        ocean.eddy_kinetic_energy(ds.assign(u=ds.u.assign_attrs(units="cm/s")))
    with pytest.raises(AxisError, match="no time axis"):
        ocean.mean_kinetic_energy(ds.isel(time=0, drop=True))
    two = ds.assign(ugos=ds.u, vgos=ds.v)
    with pytest.raises(InputError, match="choose two"):
        ocean.eddy_kinetic_energy(two)


def globe(east: np.ndarray, north: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> xr.Dataset:
    said, whole = {"units": "m s-1"}, np.ones((lat.size, lon.size))
    return xr.Dataset(
        {"u": (("lat", "lon"), east * whole, said), "v": (("lat", "lon"), north * whole, said)},
        {"lat": lat, "lon": lon},
    )


@pytest.mark.parametrize("order", [2, 8])
def test_vorticity_of_what_turns_as_one_piece(order: int) -> None:
    lat, lon = np.arange(-80, 81, 1.0), np.arange(0, 360, 4.0)
    turning = ocean.relative_vorticity(
        globe(10 * np.cos(np.deg2rad(lat))[:, None], 0 * lat[:, None], lat, lon), order=order
    )
    exact = 2 * 10 / EARTH_RADIUS * np.sin(np.deg2rad(lat))[1:-1]
    np.testing.assert_allclose(turning.mean("lon")[1:-1], exact, atol=1e-3 * exact.max())
    assert turning.units == "s-1"


def test_currents_that_are_the_slope_of_something_do_not_turn() -> None:
    lat, lon = np.arange(-60, 60.1, 0.5), np.arange(0, 360, 0.5)
    phi, wave = np.deg2rad(lat)[:, None], 4 * np.deg2rad(lon)
    east = -4 * np.sin(wave)  # of cos(latitude) cos(4 longitude), over the cosine
    north = -np.sin(phi) * np.cos(wave)
    turning = ocean.relative_vorticity(globe(east, north, lat, lon), order=8)
    assert np.abs(turning[5:-5]).max() < 1e-6 * 4 / EARTH_RADIUS * 10
