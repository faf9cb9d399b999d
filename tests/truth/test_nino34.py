"""The Niño 3.4 index against the one that NOAA publishes, and against the code it began as."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import pangeo

# Sea surface temperature in Niño 3.4, degC, 2006-04 to 2010-09: the column NINO3.4 of NOAA CPC,
# https://www.cpc.ncep.noaa.gov/data/indices/ersst5.nino.mth.91-20.ascii (ERSSTv5).
NOAA_2006_04_TO_2010_09 = [
    27.50, 27.85, 27.73, 27.30, 27.16, 27.32, 27.41, 27.69, 27.74, 27.24, 26.88, 27.10,
    27.50, 27.46, 27.37, 26.71, 26.14, 25.61, 25.32, 25.17, 25.01, 24.86, 25.08, 26.07,
    26.83, 27.09, 27.04, 26.99, 26.72, 26.47, 26.37, 26.25, 25.74, 25.66, 25.96, 26.59,
    27.47, 27.99, 28.04, 27.78, 27.42, 27.40, 27.60, 28.16, 28.34, 28.07, 28.01, 28.18,
    28.20, 27.71, 27.04, 26.22, 25.47, 25.12,
]  # fmt: skip
NINO34 = (-170, -5, -120, 5)


@pytest.fixture(scope="module")
def ostia() -> xr.DataArray:
    return pangeo.samples.open("ostia_monthly")["surface_temperature"].load()


@pytest.fixture(scope="module")
def noaa(noaa_table: xr.DataArray) -> xr.Dataset:
    """NOAA's table, monthly means on the first of the month."""
    return xr.Dataset({"sst": noaa_table[:, 8], "anomaly": noaa_table[:, 9]})


def rebased(series: xr.DataArray) -> xr.DataArray:
    """A series less the mean of its own months, written as plainly as can be."""
    return series.groupby("time.month") - series.groupby("time.month").mean()


def correlation(one: xr.DataArray, other: xr.DataArray) -> float:
    return float(np.corrcoef(one.values, other.values)[0, 1])


@pytest.fixture(scope="module")
def noaa_2006_2010(ostia: xr.DataArray) -> xr.DataArray:
    assert str(ostia.time.values[0])[:7] == "2006-04"
    assert str(ostia.time.values[-1])[:7] == "2010-09"
    return xr.DataArray(NOAA_2006_04_TO_2010_09, coords={"time": ostia.time})


def test_the_box_mean_of_ostia_is_that_of_noaa(
    ostia: xr.DataArray, noaa_2006_2010: xr.DataArray
) -> None:
    mean = pangeo.analysis.mean(ostia, bbox=NINO34) - 273.15
    assert correlation(mean, noaa_2006_2010) >= 0.99
    assert abs(float((mean - noaa_2006_2010).mean())) <= 0.1


def test_the_anomaly_of_ostia_is_that_of_noaa_on_the_same_months(
    ostia: xr.DataArray, noaa_2006_2010: xr.DataArray
) -> None:
    index = pangeo.analysis.nino34(ostia, window=1)
    expected = rebased(noaa_2006_2010)
    assert correlation(index, expected) >= 0.99
    # Both have a mean of zero, so that the sizes are compared with the shapes.
    assert 0.95 <= float(index.std() / expected.std()) <= 1.05


def test_the_figures_above_are_those_of_the_table(noaa: xr.Dataset) -> None:
    in_table = noaa["sst"].sel(time=slice("2006-04", "2010-09")).values
    np.testing.assert_array_equal(in_table, NOAA_2006_04_TO_2010_09)


def test_the_box_mean_of_ersst_is_that_of_noaa(ersst: xr.DataArray, noaa: xr.Dataset) -> None:
    assert ersst.lat[0] > ersst.lat[-1], "the file is here because its latitude descends"
    mean = pangeo.analysis.mean(ersst, bbox=NINO34)
    difference = (mean - noaa["sst"]).values  # joined by time
    assert difference.size == 128
    assert float(np.sqrt(np.mean(difference**2))) <= 0.02


def test_the_anomaly_of_ersst_is_that_of_noaa_on_the_same_months(
    ersst: xr.DataArray, noaa: xr.Dataset
) -> None:
    index = pangeo.analysis.nino34(ersst, window=1)
    expected = rebased(noaa["sst"].sel(time=index.time))
    assert correlation(index, expected) >= 0.999
    assert float(np.sqrt(((index - expected) ** 2).mean())) <= 0.02


def test_on_the_climatology_of_noaa_it_is_the_anomaly_of_noaa(
    ersst: xr.DataArray, noaa: xr.Dataset
) -> None:
    """NOAA's own 1991-2020 climatology, twelve numbers, told from the table itself."""
    normal = (noaa["sst"] - noaa["anomaly"]).groupby("time.month").mean()
    index = pangeo.analysis.nino34(ersst, climatology=normal, window=1)
    expected = noaa["anomaly"].sel(time=index.time)
    assert float(np.sqrt(((index - expected) ** 2).mean())) <= 0.02


@pytest.mark.filterwarnings("ignore:Reductions are applied along the rolling:FutureWarning")
@pytest.mark.parametrize("source", ["ostia", "ersst"])
def test_it_is_the_code_it_began_as_but_for_the_weights(
    source: str, request: pytest.FixtureRequest
) -> None:
    data = request.getfixturevalue(source)
    sst = data.rename(latitude="lat", longitude="lon") if "latitude" in data.dims else data
    sst = sst.sortby("lat")  # else the box below is empty
    sst_clim = sst.groupby("time.month").mean(dim="time")
    sst_anom = sst.groupby("time.month") - sst_clim
    nino34_index = (
        sst_anom.sel(lat=slice(-5, 5), lon=slice(190, 240))
        .mean(dim=("lat", "lon"))
        .rolling(time=3)
        .mean(dim="time")
    )
    index = pangeo.analysis.nino34(data)
    # cos(5 degrees) = 0.996: the weights of the cells differ by no more than that.
    np.testing.assert_allclose(index, nino34_index, atol=0.004)
    assert np.isnan(index[:2]).all()
    assert np.isfinite(index[2:]).all()
