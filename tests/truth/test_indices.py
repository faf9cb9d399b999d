"""Every Niño index against the table that NOAA publishes, on its own base and on NOAA's."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import pangeo

COLUMNS = {"nino12": 2, "nino3": 4, "nino4": 6, "nino34": 8}  # the anomaly is in the next


@pytest.fixture(scope="module")
def noaa(noaa_table: xr.DataArray) -> xr.Dataset:
    columns = {}
    for name, column in COLUMNS.items():
        columns[name] = noaa_table[:, column]
        columns[f"{name} anomaly"] = noaa_table[:, column + 1]
    return xr.Dataset(columns)


def rms(one: xr.DataArray, other: xr.DataArray) -> float:
    return float(np.sqrt(((one - other) ** 2).mean()))


@pytest.mark.parametrize("name", COLUMNS)
def test_an_index_is_that_of_noaa(name: str, ersst: xr.DataArray, noaa: xr.Dataset) -> None:
    normal = (noaa[name] - noaa[f"{name} anomaly"]).groupby("time.month").mean()
    given = pangeo.analysis.index(ersst, name, climatology=normal)
    expected = noaa[f"{name} anomaly"].sel(time=given.time)
    own = pangeo.analysis.index(ersst, name)
    months = noaa[name].sel(time=own.time).groupby("time.month")
    left = months - months.mean()
    assert np.corrcoef(own, left)[0, 1] > 0.999
    assert rms(own, left) < TOLERANCE[name]
    assert rms(given, expected) < ON_GIVEN[name]


TOLERANCE = {
    "nino34": 0.02,
    "nino3": 0.02,
    "nino4": 0.03,
    "nino12": 0.06,
}  # degC; two digits are published
# On a base that is given the means themselves matter. NOAA counts cells half that lie half in the
# box, and this box is six cells high.
ON_GIVEN = TOLERANCE | {"nino12": 0.16}


def test_the_oni_is_the_mean_of_three_months_of_noaas_anomalies(
    ersst: xr.DataArray, noaa: xr.Dataset
) -> None:
    normal = (noaa["nino34"] - noaa["nino34 anomaly"]).groupby("time.month").mean()
    oni = pangeo.analysis.index(ersst, "oni", climatology=normal)
    expected = noaa["nino34 anomaly"].rolling(time=3, center=True).mean().sel(time=oni.time)
    assert int(oni.isnull().sum()) == 2
    assert rms(oni, expected) < 0.02
    assert float(oni.max()) == pytest.approx(2.6, abs=0.1)  # the winter of 2015
    assert "base" in oni.attrs["references"]


def test_days_give_the_same_index_as_months(ersst: xr.DataArray) -> None:
    days = ersst.isel(time=slice(0, 24)).resample(time="D").ffill()
    whole = days.sel(time=slice("2010-01-01", "2011-11-30"))
    months = ersst.isel(time=slice(0, 23))
    normal = pangeo.analysis.climatology(ersst)
    daily = pangeo.analysis.index(whole, "nino34", climatology=normal)
    monthly = pangeo.analysis.index(months, "nino34", climatology=normal)
    np.testing.assert_allclose(daily.values, monthly.values, atol=1e-5)
