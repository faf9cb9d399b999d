"""Series that are hard: far from zero, constant, very long, or with a step twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pangeo import analysis
from pangeo.errors import InputError

DAYS = pd.date_range("2000-01-01", periods=100)


def along(values: np.ndarray, time: object = DAYS) -> xr.DataArray:
    dims = ("time", "x")[: values.ndim]
    return xr.DataArray(values, {"time": time}, dims, "v", {"units": "Pa"})


def test_a_series_far_from_zero_loses_no_digits() -> None:
    rng = np.random.default_rng(0)
    field, series = along(rng.normal(size=(100, 2))), along(1e8 + rng.normal(size=100))
    expected = [np.corrcoef(field[:, k], series)[0, 1] for k in (0, 1)]
    np.testing.assert_allclose(analysis.correlation(field, series), expected, rtol=1e-7)
    slopes = [np.polyfit(series - 1e8, field[:, k], 1)[0] for k in (0, 1)]
    np.testing.assert_allclose(analysis.regression(field, series), slopes, rtol=1e-7)


def test_with_a_constant_nothing_goes_together() -> None:
    field = along(np.random.default_rng(0).normal(size=(100, 2)))
    constant = along(np.full(100, 300.1))
    assert np.isnan(analysis.correlation(field, constant)).all()
    assert np.isnan(analysis.regression(field, constant)).all()


def test_a_step_that_is_there_twice_is_refused() -> None:
    field, series = along(np.ones((100, 2))), along(np.arange(100.0))
    twice = xr.concat([series[:1], series], "time")
    with pytest.raises(InputError, match="which value of the series"):
        analysis.regression(field, twice)
    normal = xr.DataArray(np.zeros(24), {"month": [*range(1, 13)] * 2}, "month")
    with pytest.raises(InputError, match="several values of one month"):
        analysis.anomaly(field, climatology=normal)


def test_a_thousand_years_have_a_trend() -> None:
    years = np.arange("1000", "2000", dtype="datetime64[Y]").astype("datetime64[s]")
    found = analysis.trend(along(np.arange(1000.0)[:, None], years))
    np.testing.assert_allclose(found.slope, 1, rtol=1e-6)


def test_months_are_dated_by_themselves_where_steps_were_others() -> None:
    """Three steps in January and March make three months, of which one is missing."""
    sst = xr.DataArray(
        np.full((3, 2, 3), 281.0),
        {
            "time": pd.to_datetime(["2000-01-01", "2000-01-15", "2000-03-01"]),
            "lat": ("lat", [-2.5, 2.5], {"units": "degrees_north"}),
            "lon": ("lon", [190.0, 215, 240], {"units": "degrees_east"}),
        },
        ("time", "lat", "lon"),
        attrs={"units": "K"},
    )
    found = analysis.index(sst, climatology=[280.0] * 12)
    np.testing.assert_array_equal(found.time.dt.month, [1, 2, 3])
    np.testing.assert_allclose(found, [1, np.nan, 1])


def test_the_field_may_be_named() -> None:
    field = along(np.arange(200.0).reshape(100, 2)).assign_attrs(pangeo_dataset="d")
    found = analysis.mean(dim="time", obj=field)
    np.testing.assert_allclose(found, field.values.mean(axis=0))
    assert found.attrs["pangeo_recipe"] == "mean(dim='time')"
