"""The Niño 3.4 index of fields whose index is known."""

from __future__ import annotations

import threading

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from pangeo import analysis, samples
from pangeo.errors import AxisError, InputError, SelectionError

SIGNAL = np.sin(np.arange(48) / 5)
AT_180W = np.arange(-175.0, 180, 10)


def expected(signal: np.ndarray, window: int = 3) -> np.ndarray:
    """The signal less the mean of its month, and a trailing mean, in plain loops."""
    anomaly = np.array([value - signal[i % 12 :: 12].mean() for i, value in enumerate(signal)])
    index = np.full(signal.size, np.nan)
    for last in range(window - 1, signal.size):
        index[last] = anomaly[last - window + 1 : last + 1].mean()
    return index


@pytest.mark.parametrize("window", [1, 3, 5, 48])
def test_it_is_the_running_mean_of_the_anomaly(sst, window: int) -> None:
    index = analysis.nino34(sst(SIGNAL), window=window)
    assert index.dims == ("time",)
    np.testing.assert_allclose(index, expected(SIGNAL, window), atol=1e-12)


@pytest.mark.parametrize("calendar", ["noleap", "360_day", "proleptic_gregorian"])
def test_in_any_calendar(sst, calendar: str) -> None:
    index = analysis.nino34(sst(SIGNAL, calendar=calendar))
    np.testing.assert_allclose(index, expected(SIGNAL), atol=1e-12)


@pytest.mark.parametrize("units", ["K", "degC"])
@pytest.mark.parametrize("flip", [1, -1])
@pytest.mark.parametrize("lon", [np.arange(5.0, 360, 10), AT_180W, AT_180W[::-1], AT_180W + 205])
def test_whatever_the_axes(sst, units: str, flip: int, lon: np.ndarray) -> None:
    """The signal is in the box alone, so that a cell too many or too few would show."""
    field = sst(SIGNAL, units=units, lon=lon)
    inside = (abs(field.lat) <= 5) & ((field.lon % 360) >= 190) & ((field.lon % 360) <= 240)
    field = field.where(inside, 0.0).isel(lat=slice(None, None, flip))
    index = analysis.nino34(field)
    np.testing.assert_allclose(index, expected(SIGNAL), atol=1e-10)
    assert index.attrs["units"] == "degC"


def test_gaps_do_not_bias(sst) -> None:
    """A cold cell that is missing in half of the months changes nothing."""
    field = sst(SIGNAL)
    with_cold = field.copy()
    with_cold[::2, 2, 20] = np.nan
    with_cold[1::2, 2, 20] -= 15
    gap = field.copy()
    gap[5:, 2, 20] = np.nan
    # The cell's own anomalies stay; only its offset must not enter.
    index = analysis.nino34(with_cold, window=1)
    np.testing.assert_allclose(index, expected(SIGNAL, 1), atol=0.1)
    assert abs(float(analysis.nino34(gap, window=1)[10]) - expected(SIGNAL, 1)[10]) < 0.1


def test_a_missing_month_is_not_averaged_across(sst) -> None:
    field = sst(SIGNAL)
    with pytest.raises(InputError, match="a gap: nothing in 2000-11, 2000-12") as refusal:
        analysis.nino34(field.drop_isel(time=[10, 11]))
    assert "resample(time='MS').mean()" in refusal.value.fix
    mended = field.drop_isel(time=[10, 11]).resample(time="MS").mean()
    index = analysis.nino34(mended)
    missing = np.flatnonzero(np.isnan(index.values))
    assert list(missing) == [0, 1, 10, 11, 12, 13]


def test_what_is_not_monthly_is_refused(sst) -> None:
    field = sst(SIGNAL)
    daily = field.isel(time=[0] * 60).assign_coords(
        time=xr.date_range("2000-01-01", periods=60, freq="D", use_cftime=False)
    )
    with pytest.raises(InputError, match="several steps in 2000-01, 2000-02"):
        analysis.nino34(daily)
    with pytest.raises(InputError, match="go back in time"):
        analysis.nino34(field.isel(time=slice(None, None, -1)))


def test_the_climatology_that_was_used_is_said(sst) -> None:
    field = sst(SIGNAL)
    own = analysis.nino34(field)
    based = analysis.nino34(field, climatology="2001/2002")
    given = analysis.nino34(field, climatology=analysis.climatology(field))
    assert own.attrs["climatology"] == "own months 2000-01..2003-12 (48 months)"
    assert based.attrs["climatology"] == "base period 2001-01..2002-12 (24 months)"
    assert given.attrs["climatology"] == "given"
    xr.testing.assert_allclose(given, own)
    base = SIGNAL.reshape(4, 12)[1:3].mean(axis=0)
    anomaly = SIGNAL - np.tile(base, 4)
    np.testing.assert_allclose(based[2], anomaly[:3].mean(), atol=1e-12)


@pytest.mark.parametrize("units", ["K", "degC"])
def test_twelve_numbers_are_a_climatology(sst, units: str) -> None:
    field = sst(SIGNAL, units=units)
    box = (-170, -5, -120, 5)
    numbers = analysis.mean(analysis.climatology(sst(SIGNAL)), bbox=box)
    index = analysis.nino34(field, climatology=numbers)
    np.testing.assert_allclose(index, expected(SIGNAL), atol=1e-10)
    xr.testing.assert_allclose(analysis.nino34(field, climatology=numbers.to_dataset()), index)


def test_the_variable_is_found_by_what_it_is(sst) -> None:
    field = sst(SIGNAL)
    other = field.rename("air").assign_attrs(standard_name="air_temperature")
    index = analysis.nino34(xr.Dataset({"air": other, "sst": field + 0}))
    np.testing.assert_allclose(index, expected(SIGNAL), atol=1e-12)
    alone = field.rename("t").drop_attrs().assign_attrs(units="degC")
    alone = alone.assign_coords(lat=field.lat, lon=field.lon)
    np.testing.assert_allclose(analysis.nino34(alone.to_dataset()), index)
    nameless = other.rename("u").drop_attrs(deep=False)
    with pytest.raises(InputError, match=r"\{'air': 'air_temperature', 'u': 'no standard_name'\}"):
        analysis.nino34(xr.Dataset({"air": other, "u": nameless}))
    with pytest.raises(InputError, match="cannot tell which variable"):
        analysis.nino34(xr.Dataset({"a": field, "b": field}))


def test_a_curvilinear_grid_is_refused_as_such() -> None:
    with pytest.raises(AxisError, match="'nav_lon' is not an axis of a latitude-longitude grid"):
        analysis.nino34(samples.open("nemo_2015_01"))


@pytest.mark.parametrize("units", ["degF", "1", None])
def test_other_units_are_refused(sst, units: str | None) -> None:
    field = sst(SIGNAL).assign_attrs(units=units)
    if units is None:
        del field.attrs["units"]
    with pytest.raises(InputError, match="cannot tell the temperatures in 'sst'"):
        analysis.nino34(field)


def test_levels_are_refused(sst) -> None:
    deep = sst(SIGNAL).expand_dims(depth=[0.5, 10.0], axis=1)
    with pytest.raises(InputError, match="2 levels along 'depth'"):
        analysis.nino34(deep)


def test_a_part_of_the_box_is_refused(sst) -> None:
    field = sst(SIGNAL, lat=np.arange(-24.5, 25))
    for part in (
        field.sel(lat=slice(-3, 5)),
        field.sel(lat=slice(-5, 3)),
        field.sel(lon=slice(0, 220)),
        field.sel(lon=slice(205, 360)),
    ):
        with pytest.raises(InputError, match="only a part of the Niño"):
            analysis.nino34(part)
    with pytest.raises(SelectionError):
        analysis.nino34(field.sel(lon=slice(0, 100)))


@pytest.mark.parametrize("window", [0, -1, 49, 2.5, "3"])
def test_a_window_that_is_none_is_refused(sst, window: object) -> None:
    with pytest.raises(InputError, match="running mean"):
        analysis.nino34(sst(SIGNAL), window=window)


def test_where_it_comes_from_survives(sst) -> None:
    ds = sst(SIGNAL).to_dataset().assign_attrs(pangeo_dataset="ostia", pangeo_version="ABC")
    attrs = analysis.nino34(ds).attrs
    assert attrs["pangeo_dataset"] == "ostia"
    assert attrs["pangeo_version"] == "ABC"
    assert attrs["history"] == "made for a test"
    assert attrs["cell_methods"] == "time: mean area: mean"
    assert attrs["units_metadata"] == "temperature: difference"
    assert "standard_name" not in attrs
    assert attrs["window"] == 3
    assert "5N-5S, 170W-120W" in attrs["definition"]
    assert "3-month running mean, labelled by its last month" in attrs["definition"]
    assert attrs["window_label"] == "last month"
    assert "window_label" not in analysis.nino34(ds, window=1).attrs
    assert "Trenberth" in attrs["references"]


def test_the_result_can_be_written(sst, tmp_path) -> None:
    index = analysis.nino34(sst(SIGNAL))
    index.to_netcdf(tmp_path / "index.nc", engine="h5netcdf")
    back = xr.open_dataarray(tmp_path / "index.nc", engine="h5netcdf")
    np.testing.assert_allclose(back, index)
    assert back.attrs["long_name"] == "Niño 3.4 index"


def test_it_stays_lazy(sst, no_compute) -> None:
    field = sst(SIGNAL).chunk(time=1).assign_coords(run=("time", np.arange(48)))
    year = analysis.climatology(field)
    with no_compute():
        lazy = [
            analysis.nino34(field),
            analysis.nino34(field.to_dataset(), climatology="2001/2002"),
            analysis.nino34(field, climatology=year),
        ]
    assert all(index.chunks == ((48,),) for index in lazy)
    np.testing.assert_allclose(lazy[0], expected(SIGNAL), atol=1e-12)


@pytest.mark.parametrize("climatology", [None, "2001/2002"])
def test_only_the_chunks_of_the_box_are_read_and_each_once(sst, climatology: str | None) -> None:
    field = sst(SIGNAL)
    read: list[tuple[slice, ...]] = []
    lock = threading.Lock()

    class Source:
        """An array that notes what is asked of it."""

        shape, dtype, ndim = field.shape, field.dtype, field.ndim

        def __getitem__(self, key: tuple[slice, ...]) -> np.ndarray:
            with lock:
                read.append(key)
            return field.values[key]

    chunks = (12, 2, 5)  # 4 in time, 3 in latitude, 8 in longitude
    source = da.from_array(Source(), chunks=chunks, name="source", meta=np.empty((0, 0, 0)))
    analysis.nino34(field.copy(data=source), climatology=climatology).compute()
    # The box lies in the second chunk of latitude, and in the fourth and fifth of longitude.
    starts = sorted((key[0].start, key[1].start, key[2].start) for key in read)
    assert starts == sorted((time, 2, lon) for time in (0, 12, 24, 36) for lon in (15, 20))


def test_the_graph_does_not_explode(sst) -> None:
    field = sst(np.zeros(480), months=480).chunk(time=1)
    index = analysis.nino34(field)
    assert len(index.__dask_graph__()) < 25 * 480
