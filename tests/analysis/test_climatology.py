"""The mean year and what differs from it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pangeo import analysis
from pangeo.errors import AxisError, InputError

CALENDARS = ["standard", "noleap", "360_day"]


@pytest.mark.parametrize("calendar", CALENDARS)
def test_the_mean_year_is_the_cycle_that_went_in(sst, calendar: str) -> None:
    year = analysis.climatology(sst(calendar=calendar))
    assert year.dims == ("month", "lat", "lon")
    np.testing.assert_array_equal(year.month, np.arange(1, 13))
    expected = 26 + 2 * np.cos(2 * np.pi * (np.arange(1, 13) - 3) / 12)
    np.testing.assert_allclose(year.isel(lat=0, lon=0), expected)


@pytest.mark.parametrize("calendar", CALENDARS)
def test_the_anomaly_is_the_signal_that_went_in(sst, calendar: str) -> None:
    signal = np.repeat([1.0, -2.0, 0.5, 0.5], 12)  # a mean of zero in each month
    field = sst(signal, calendar=calendar)
    left = analysis.anomaly(field)
    np.testing.assert_allclose(left.isel(lat=2, lon=3), signal, atol=1e-12)
    assert left.dims == field.dims
    xr.testing.assert_identical(left.coords.to_dataset(), field.coords.to_dataset())


@given(st.integers(12, 40), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_the_anomalies_of_each_month_have_a_mean_of_zero(
    months: int, first: int, seed: int
) -> None:
    time = xr.date_range(f"2001-{first:02d}-01", periods=months, freq="MS", use_cftime=False)
    values = np.random.default_rng(seed).normal(size=months)
    field = xr.DataArray(values, coords={"time": time}, attrs={"units": "m"})
    left = analysis.anomaly(field)
    np.testing.assert_allclose(left.groupby("time.month").mean(), 0, atol=1e-12)
    again = left + analysis.climatology(field).sel(month=field.time.dt.month)
    np.testing.assert_allclose(again, values)
    np.testing.assert_allclose(analysis.anomaly(left), left, atol=1e-12)  # nothing left to take


def test_a_base_period_is_used_and_said(sst) -> None:
    field = sst(np.repeat([0.0, 4.0, 4.0, 0.0], 12))
    left = analysis.anomaly(field, climatology="2001/2002")
    np.testing.assert_allclose(left.isel(lat=0, lon=0), np.repeat([-4.0, 0, 0, -4], 12))
    assert left.attrs["climatology"] == "base period 2001-01..2002-12 (24 months)"
    year = analysis.climatology(field, period=("2001-01", "2002-12"))
    assert year.attrs["climatology"] == "base period 2001-01..2002-12 (24 months)"
    assert analysis.climatology(field).attrs["climatology"] == (
        "own months 2000-01..2003-12 (48 months)"
    )
    open_ended = analysis.climatology(field, period="2002/..")
    assert open_ended.attrs["climatology"] == "base period 2002-01..2003-12 (24 months)"


@pytest.mark.parametrize("period", ["1991/2020", "2000/2004", "1999-12/2001", "2002-02/2004-01"])
def test_a_base_period_that_the_data_do_not_cover_is_refused(sst, period: str) -> None:
    with pytest.raises(InputError, match="do not cover the base period"):
        analysis.climatology(sst(), period=period)


@pytest.mark.parametrize("calendar", CALENDARS)
def test_a_base_period_in_any_calendar(sst, calendar: str) -> None:
    """A period ends with the last day of its last month, in months of 28 and of 30 days."""
    year = analysis.climatology(sst(calendar=calendar), period="2001-02/2003-02")
    assert year.attrs["climatology"] == "base period 2001-02..2003-02 (25 months)"


def test_missing_months_are_named(sst) -> None:
    with pytest.raises(InputError, match="February, March"):
        analysis.climatology(sst(months=34, start="2000-04").sel(time=slice("2000-04", "2001-01")))


def test_a_given_climatology(sst) -> None:
    field = sst(np.repeat([1.0, 3.0], 12), months=24)
    year = analysis.climatology(sst(months=12))
    left = analysis.anomaly(field, climatology=year)
    np.testing.assert_allclose(left.isel(lat=0, lon=0), np.repeat([1.0, 3.0], 12), atol=1e-12)
    assert left.attrs["climatology"] == "given"
    numbers = year.isel(lat=0, lon=0, drop=True)
    xr.testing.assert_allclose(analysis.anomaly(field, climatology=numbers), left)
    both = analysis.anomaly(field.to_dataset(), climatology=year.to_dataset())
    xr.testing.assert_identical(both["sst"], left)


def test_a_given_climatology_may_cover_more(sst) -> None:
    field, year = sst(1.0), analysis.climatology(sst())
    part = field.isel(lat=slice(1, 3), lon=slice(4, 9))
    left = analysis.anomaly(part, climatology=year)
    assert left.shape == part.shape
    np.testing.assert_allclose(left, 1)


@pytest.mark.parametrize(("mine", "given_units"), [("K", "degC"), ("degC", "K"), ("K", "kelvin")])
def test_kelvin_and_celsius_are_told_apart(sst, mine: str, given_units: str) -> None:
    scale = "K" if given_units == "kelvin" else given_units
    year = analysis.climatology(sst(units=scale)).assign_attrs(units=given_units)
    left = analysis.anomaly(sst(2.0, units=mine), climatology=year)
    np.testing.assert_allclose(left, 2)
    assert left.attrs["units"] == mine


def test_a_given_climatology_that_does_not_fit_is_refused(sst) -> None:
    field = sst()
    year = analysis.climatology(field)
    misfits = {
        "is not on the grid": year.assign_coords(lon=year.lon + 0.1),
        "in other units": year.assign_attrs(units="m"),
        "lacks months": year.isel(month=slice(0, 6)),
        "without a coordinate 'month'": year.drop_vars("month"),
        "dimensions \\['member'\\]": year.expand_dims(member=2),
    }
    for message, misfit in misfits.items():
        with pytest.raises(InputError, match=message):
            analysis.anomaly(field, climatology=misfit)
    with pytest.raises(InputError, match="no variable 'sst'"):
        analysis.anomaly(field.to_dataset(), climatology=year.to_dataset(name="t"))


def test_attributes_say_what_it_is(sst) -> None:
    field = sst()
    year, left = analysis.climatology(field), analysis.anomaly(field)
    assert year.attrs == field.attrs | {
        "cell_methods": "time: mean time: mean within years time: mean over years",
        "climatology": "own months 2000-01..2003-12 (48 months)",
    }
    assert left.attrs == {
        "units": "degC",
        "units_metadata": "temperature: difference",
        "long_name": "sea surface temperature anomaly",
        "cell_methods": "time: mean",
        "history": "made for a test",
        "climatology": "own months 2000-01..2003-12 (48 months)",
    }
    named = analysis.anomaly(field.assign_attrs(standard_name="surface_temperature"))
    assert named.attrs["standard_name"] == "surface_temperature_anomaly"


def test_a_dataset_keeps_what_has_no_time(sst) -> None:
    field = sst()
    field.time.attrs["bounds"] = "time_bnds"
    ds = xr.Dataset(
        {
            "sst": field,
            "depth": field.isel(time=0, drop=True).rename("depth"),
            "time_bnds": (("time", "bnds"), np.stack([field.time.values, field.time.values], 1)),
        },
        attrs={"title": "t", "pangeo_dataset": "ostia"},
    )
    year, left = analysis.climatology(ds), analysis.anomaly(ds)
    assert list(year.data_vars) == ["sst", "depth"]  # the bounds of time went with it
    assert list(left.data_vars) == ["sst", "depth", "time_bnds"]
    for result in (year, left):
        assert result.attrs == ds.attrs
        xr.testing.assert_identical(result["depth"], ds["depth"])
    xr.testing.assert_identical(year["sst"], analysis.climatology(field))
    xr.testing.assert_identical(left["sst"], analysis.anomaly(field))


def test_they_stay_lazy(sst, no_compute) -> None:
    field = sst(np.arange(48.0)).chunk(time=1, lon=12)
    with no_compute():
        year = analysis.climatology(field)
        left = analysis.anomaly(field)
        based = analysis.anomaly(field, climatology="2001/2002")
        given_year = analysis.anomaly(field, climatology=year)
        both = analysis.anomaly(field.to_dataset())["sst"]
    for result in (year, left, based, given_year, both):
        assert result.chunks is not None
    xr.testing.assert_allclose(left.compute(), analysis.anomaly(field.compute()))
    xr.testing.assert_allclose(year.compute(), analysis.climatology(field.compute()))


def test_what_has_no_dates_is_refused(sst) -> None:
    with pytest.raises(AxisError, match="no time axis"):
        analysis.climatology(sst().isel(time=0, drop=True))
    numbers = sst().assign_coords(time=("time", np.arange(48), {"standard_name": "time"}))
    with pytest.raises(AxisError, match="cannot count months"):
        analysis.anomaly(numbers)
    field = sst()
    beside = field.drop_vars("time").rename(time="step")
    beside = beside.assign_coords(when=("step", field.time.values, field.time.attrs))
    with pytest.raises(AxisError, match=r"ds\.swap_dims\(step='when'\)"):
        analysis.climatology(beside)
    with pytest.raises(AxisError, match=r"ds\.expand_dims\('time'\)"):
        analysis.climatology(sst().isel(time=0))
    with pytest.raises(InputError, match="not numbers"):
        analysis.climatology(xr.Dataset({"when": ("time", sst().time.values)}, sst().coords))


def test_the_anomaly_keeps_the_chunks(sst) -> None:
    """And does not fall apart into a chunk per step."""
    hours = xr.date_range("2000-01-01", periods=9000, freq="h", use_cftime=False)
    field = xr.DataArray(np.zeros(9000), coords={"time": hours}, dims="time").chunk(time=3000)
    beside = ("time", np.zeros(9000))  # a coordinate in chunks of its own
    field = field.assign_coords(period=xr.Variable(*beside).chunk(time=1000))
    left = analysis.anomaly(field)
    assert left.chunks == field.chunks
    assert len(left.__dask_graph__()) < 2000
