"""Density against the check values of TEOS-10."""

from __future__ import annotations

from pathlib import Path

import gsw
import numpy as np
import pytest
import xarray as xr

from pangeo import ocean
from pangeo.errors import AxisError, InputError

# teos-10.org/pubs/gsw/html/gsw_rho.html and gsw_SA_from_SP.html: a profile at 188E 4N.
PRESSURE = [10.0, 50, 125, 250, 600, 1000]
ABSOLUTE = [34.7118, 34.8915, 35.0256, 34.8472, 34.7366, 34.7324]
CONSERVATIVE = [28.8099, 28.4392, 22.7862, 10.2262, 6.8272, 4.3236]
IN_SITU = [28.7856, 28.4329, 22.8103, 10.2600, 6.8863, 4.4036]
PRACTICAL = [34.5487, 34.7275, 34.8605, 34.6810, 34.5680, 34.5600]
RHO = [
    1021.839935738108, 1022.262457966867, 1024.427195413316,
    1027.790152759127, 1029.837779000189, 1032.002453224572,
]  # fmt: skip


def water(salinity: str, s: list[float], temperature: str, t: list[float]) -> xr.Dataset:
    return xr.Dataset(
        {
            "salt": ("z", s, {"standard_name": f"sea_water_{salinity}", "units": "g kg-1"}),
            "warmth": ("z", t, {"standard_name": f"sea_water_{temperature}", "units": "degC"}),
        },
        {
            "p": ("z", PRESSURE, {"standard_name": "sea_water_pressure", "units": "dbar"}),
            "lon": 188.0,
            "lat": 4.0,
        },
        {"pangeo_dataset": "cast"},
    )


def test_the_check_values_of_teos_10() -> None:
    ds = water("absolute_salinity", ABSOLUTE, "conservative_temperature", CONSERVATIVE)
    rho = ocean.density(ds)
    np.testing.assert_allclose(rho, RHO, rtol=1e-12)
    assert rho.attrs["standard_name"] == "sea_water_density"
    assert rho.attrs["units"] == "kg m-3"
    assert rho.attrs["pangeo_dataset"] == "cast"


def test_what_a_probe_measures_comes_to_the_same() -> None:
    """To the digits that the manual prints of its inputs."""
    rho = ocean.density(water("practical_salinity", PRACTICAL, "temperature", IN_SITU))
    np.testing.assert_allclose(rho, RHO, atol=1e-4)
    assert "practical salinity and in situ temperature" in rho.comment


def test_potential_density_is_that_at_the_reference() -> None:
    ds = water("absolute_salinity", ABSOLUTE, "conservative_temperature", CONSERVATIVE)
    sigma = ocean.density(ds, reference=0)
    np.testing.assert_allclose(sigma, gsw.rho(ABSOLUTE, CONSERVATIVE, 0), rtol=1e-12)
    assert sigma.attrs["standard_name"] == "sea_water_potential_density"
    assert sigma.attrs["reference_pressure"] == "0 dbar"


@pytest.mark.parametrize("positive", ["down", "up"])
def test_depth_becomes_pressure(positive: str) -> None:
    depth = np.array([10.0, 500, 2000])
    values = depth if positive == "down" else -depth
    level = ("z", values, {"standard_name": "depth", "units": "m", "positive": positive})
    ds = water("practical_salinity", PRACTICAL, "potential_temperature", CONSERVATIVE)
    ds = ds.isel(z=slice(3)).drop_vars("p").assign_coords(depth=level)
    pressure = gsw.p_from_z(-depth, 4.0)
    salinity = gsw.SA_from_SP(PRACTICAL[:3], pressure, 188, 4)
    expected = gsw.rho(salinity, gsw.CT_from_pt(salinity, CONSERVATIVE[:3]), pressure)
    rho = ocean.density(ds)
    np.testing.assert_allclose(rho, expected, rtol=1e-12)
    assert "pressure from depth" in rho.comment


def test_it_stays_lazy() -> None:
    ds = water("practical_salinity", PRACTICAL, "temperature", IN_SITU).chunk(z=2)
    lazy = ocean.density(ds)
    assert lazy.chunks == ((2, 2, 2),)
    np.testing.assert_allclose(lazy, RHO, atol=1e-4)


def test_what_cannot_be_told_is_refused() -> None:
    ds = water("practical_salinity", PRACTICAL, "temperature", IN_SITU)
    with pytest.raises(InputError, match="the salinity of the water"):
        ocean.density(ds.drop_vars("salt"))
    with pytest.raises(InputError, match="units='K'"):
        ocean.density(ds.assign(warmth=ds.warmth.assign_attrs(units="K")))
    with pytest.raises(AxisError, match="vertical"):
        ocean.density(ds.drop_vars("p"))


def test_a_float_of_argo_has_its_position_among_its_data(data_folder: Path) -> None:
    names = ["PSAL", "TEMP", "PRES", "LATITUDE", "LONGITUDE"]
    ds = xr.open_dataset(data_folder / "insitu/argo_5900446_prof.nc")[names]
    rho = ocean.density(ds)
    assert rho.dims == ("N_PROF", "N_LEVELS")
    assert 1020 < float(rho.min()) < 1027 < float(rho.max()) < 1040
    # Heavier below: in situ, the weight of the water above sees to it.
    assert float((rho.diff("N_LEVELS") > -0.02).where(rho.diff("N_LEVELS").notnull()).mean()) > 0.99
