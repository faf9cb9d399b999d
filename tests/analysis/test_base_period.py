"""Which steps make a mean year: sums that do not lose, periods without holes, stamps at ends."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pangeo import analysis
from pangeo.errors import InputError


@pytest.mark.parametrize("lazy", [False, True])
def test_a_constant_stays_what_it_is_in_float32(lazy: bool) -> None:
    time = xr.date_range("1991-01-01", "2020-12-31T23", freq="h", use_cftime=False)
    constant = np.float32(300.1)
    hourly = xr.DataArray(np.full(time.size, constant), coords={"time": time}, dims="time")
    hourly = hourly.chunk(time=50_000) if lazy else hourly
    year = analysis.climatology(hourly, period="1991/2020")
    assert year.dtype == "float64"
    np.testing.assert_allclose(year, constant, rtol=1e-12)
    assert lazy is (year.chunks is not None)


def test_the_anomaly_of_a_constant_is_zero_in_its_own_dtype() -> None:
    time = xr.date_range("1991-01-01", "2020-12-31", freq="D", use_cftime=False)
    field = xr.DataArray(np.full(time.size, np.float32(300.1)), coords={"time": time}, dims="time")
    left = analysis.anomaly(field.to_dataset(name="t"))["t"]
    assert left.dtype == "float32"
    assert float(abs(left).max()) == 0


def test_the_index_of_float32_is_that_of_float64(sst) -> None:
    field = sst(np.sin(np.arange(48) / 5), units="K").astype("float32")
    index = analysis.nino34(field)
    np.testing.assert_allclose(index, analysis.nino34(field.astype("float64")), atol=2e-5)


def test_integers_give_their_anomalies_whole(sst) -> None:
    counts = sst().copy(data=np.broadcast_to(np.arange(48)[:, None, None], sst().shape))
    left = analysis.anomaly(counts.assign_attrs(units="1"))
    np.testing.assert_allclose(left[:, 0, 0], np.repeat([-18.0, -6, 6, 18], 12))


def test_a_hole_in_the_base_period_is_refused_and_named() -> None:
    time = xr.date_range("1991-01", "2020-12", freq="MS", use_cftime=False)
    field = xr.DataArray(np.zeros(time.size), coords={"time": time}, dims="time")
    ends = field.where((field.time.dt.year == 1991) | (field.time.dt.year == 2020), drop=True)
    with pytest.raises(InputError, match="do not cover the base period 1991/2020") as refusal:
        analysis.climatology(ends, period="1991/2020")
    assert "1992-01, 1992-02" in refusal.value.found
    assert "and 330 more" in refusal.value.found
    with pytest.raises(InputError, match="nothing in 2005-07"):
        analysis.anomaly(field.drop_sel(time=["2005-07-01"]), climatology="1991/..")
    label = analysis.climatology(ends).attrs["climatology"]
    assert label == "own months 1991-01..2020-12 (24 months)"


def test_a_period_that_the_data_do_not_meet_at_all(sst) -> None:
    for verb in (analysis.anomaly, analysis.nino34):
        with pytest.raises(InputError, match="do not cover the base period 1961/1990") as refusal:
            verb(sst(), climatology="1961/1990")
        assert refusal.value.found.startswith("data of 2000-01..2003-12 (48 months)")


def stamped(place: str, calendar: str = "standard") -> xr.Dataset:
    """Two years of monthly fields with the value of their month, stamped somewhere in it."""
    cf = calendar != "standard"
    edges = xr.date_range("2000-01", periods=25, freq="MS", calendar=calendar, use_cftime=cf)
    bounds = np.stack([edges[:-1].values, edges[1:].values], axis=1)
    stamps = {"start": bounds[:, 0], "end": bounds[:, 1]}.get(
        place, bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) / 2
    )
    lat, lon = np.arange(-5.0, 6, 5), np.arange(185.0, 250, 5)
    month = np.tile(np.arange(1.0, 13), 2) + np.repeat([0, 2], 12)
    return xr.Dataset(
        {
            "sst": (("time", "lat", "lon"), np.broadcast_to(month[:, None, None], (24, 3, 13)),
                    {"units": "degC", "standard_name": "sea_surface_temperature"}),
            "time_bnds": (("time", "nbnd"), bounds),
        },
        coords={"time": ("time", stamps, {"bounds": "time_bnds"}), "lat": lat, "lon": lon},
    )  # fmt: skip


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day"])
@pytest.mark.parametrize("place", ["start", "middle", "end"])
def test_a_step_belongs_to_the_month_of_its_bounds(place: str, calendar: str) -> None:
    ds = stamped(place, calendar)
    year = analysis.climatology(ds)["sst"]
    np.testing.assert_array_equal(year.isel(lat=0, lon=0), np.arange(2.0, 14))
    assert year.attrs["climatology"] == "own months 2000-01..2001-12 (24 months)"
    first = analysis.climatology(ds, period="2000")["sst"]
    np.testing.assert_array_equal(first.isel(lat=0, lon=0), np.arange(1.0, 13))

    left = analysis.anomaly(ds, climatology="2000")
    np.testing.assert_allclose(left["sst"][:, 0, 0], np.repeat([0.0, 2], 12), atol=1e-12)
    xr.testing.assert_identical(left.coords.to_dataset(), ds.coords.to_dataset())
    index = analysis.nino34(ds, climatology=list(range(1, 13)), window=1)
    np.testing.assert_allclose(index, np.repeat([0.0, 2], 12), atol=1e-12)
    xr.testing.assert_identical(index["time"].variable, ds["time"].variable)


def test_bounds_that_an_array_carries_count_and_those_in_the_encoding() -> None:
    ds = stamped("end")
    ds["time"].encoding["bounds"] = ds["time"].attrs.pop("bounds")
    np.testing.assert_array_equal(analysis.climatology(ds)["sst"][:, 0, 0], np.arange(2.0, 14))
    assert "time_bnds" not in analysis.climatology(ds)
    series = ds["sst"].isel(lat=0, lon=0).expand_dims(nbnd=2, axis=1)
    carrying = series.assign_coords(time_bnds=ds["time_bnds"])
    np.testing.assert_array_equal(analysis.climatology(carrying)[:, 0], np.arange(2.0, 14))


def test_a_stamp_outside_its_bounds_is_refused() -> None:
    ds = stamped("end")
    ds["time_bnds"] = ds["time_bnds"] - np.timedelta64(40, "D")
    for verb in (analysis.climatology, analysis.anomaly, analysis.nino34):
        with pytest.raises(InputError, match="contradict each other") as refusal:
            verb(ds)
        assert "2000-02-01" in refusal.value.found
    assert analysis.climatology(ds.drop_vars("time_bnds")).sizes["month"] == 12


def test_nothing_along_time_and_dates_as_data_are_refused(sst) -> None:
    field = sst()
    without = xr.Dataset({"depth": field.isel(time=0, drop=True)}, coords={"time": field.time})
    year = analysis.climatology(field)
    for verb in (analysis.climatology, analysis.anomaly):
        with pytest.raises(InputError, match="no variable lies along 'time'"):
            verb(without)
    dated = field.to_dataset().assign(when=("time", field.time.values))
    with pytest.raises(InputError, match=r"not numbers(?s:.*)'when'"):
        analysis.anomaly(dated, climatology=year)
