"""Trends, percentiles, modes, maps against a series: against scipy, numpy, and known answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from pangeo import analysis
from pangeo.errors import InputError, SelectionError

STEPS = 360


@pytest.fixture(params=[None, {"time": 77, "lat": 2}], ids=["memory", "dask"])
def field(request: pytest.FixtureRequest) -> xr.DataArray:
    rng = np.random.default_rng(3)
    values = rng.normal(280, 3, (STEPS, 4, 6)) + 0.02 * np.arange(STEPS)[:, None, None]
    values[rng.random(values.shape) < 0.05] = np.nan
    values[:, 0, 0] = np.nan
    made = xr.DataArray(
        values,
        {
            "time": pd.date_range("1990-01-01", periods=STEPS, freq="MS"),
            "lat": ("lat", [-60.0, -20, 20, 60], {"units": "degrees_north"}),
            "lon": ("lon", np.arange(0.0, 360, 60), {"units": "degrees_east"}),
        },
        ("time", "lat", "lon"),
        "t",
        {"units": "K"},
    )
    return made if request.param is None else made.chunk(request.param)


def days(field: xr.DataArray) -> np.ndarray:
    return (field.time.values - field.time.values[0]) / np.timedelta64(1, "D")


def test_a_trend_is_that_of_scipy(field: xr.DataArray) -> None:
    ours = analysis.trend(field, per="year", autocorrelation=False).compute()
    cell = field.values[:, 2, 3]
    there = ~np.isnan(cell)
    theirs = stats.linregress(days(field)[there] / 365.2425, cell[there])
    found = ours.isel(lat=2, lon=3)
    np.testing.assert_allclose(
        [found.slope, found.intercept, found.stderr, found.p_value],
        [theirs.slope, theirs.intercept, theirs.stderr, theirs.pvalue],
        rtol=1e-8,
    )
    assert int(found.n) == there.sum()
    assert ours.slope.attrs["units"] == "K year-1"
    assert np.isnan(ours.slope[0, 0])


def test_memory_of_a_series_makes_a_trend_less_sure() -> None:
    """An AR(1) series of r = 0.8 has a ninth as many independent values."""
    rng = np.random.default_rng(5)
    values = np.zeros((20000, 3))
    for step in range(1, len(values)):
        values[step] = 0.8 * values[step - 1] + rng.normal(size=3)
    time = pd.date_range("1950-01-01", periods=len(values))
    field = xr.DataArray(values, {"time": time}, ("time", "x"), "t")
    found = analysis.trend(field)
    np.testing.assert_allclose(found.n_effective, len(values) / 9, rtol=0.1)
    alone = analysis.trend(field, autocorrelation=False)
    np.testing.assert_allclose(found.stderr / alone.stderr, 3, rtol=0.06)


@pytest.mark.filterwarnings("ignore:All-NaN slice")  # of the numpy that is compared with
def test_percentiles_are_those_of_numpy(field: xr.DataArray) -> None:
    ours = analysis.percentile(field, [0, 10, 50, 99, 100])
    theirs = field.compute().quantile([0, 0.1, 0.5, 0.99, 1], "time")
    np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-12)
    assert ours.attrs["percentile_error"] == "exact"


@pytest.mark.filterwarnings("ignore:All-NaN slice")  # of the numpy that is compared with
def test_streamed_percentiles_keep_the_error_that_they_say(field: xr.DataArray) -> None:
    wanted = [0, 10, 50, 99, 100]
    ours = analysis.percentile(field, wanted, exact=False).values
    values = field.compute()
    theirs = values.quantile(np.array(wanted) / 100, "time", method="lower").values
    spread = (values.max("time") - values.min("time")).values
    error = np.abs(ours - theirs) / spread
    assert np.nanmax(error) <= 1.001 / 2048
    assert np.isnan(ours[:, 0, 0]).all()


def test_correlation_and_regression_are_those_of_scipy(field: xr.DataArray) -> None:
    series = field.compute().isel(lat=3, lon=3, drop=True)
    r = analysis.correlation(field, series).values
    slope = analysis.regression(field, series).values
    for j, i in ((1, 1), (2, 5), (3, 3)):
        x, y = series.values, field.values[:, j, i]
        both = ~np.isnan(x) & ~np.isnan(y)
        theirs = stats.linregress(x[both], y[both])
        np.testing.assert_allclose([slope[j, i], r[j, i]], [theirs.slope, theirs.rvalue], rtol=1e-8)


def test_a_series_that_lacks_steps_is_refused(field: xr.DataArray) -> None:
    with pytest.raises(InputError, match="lacks steps"):
        analysis.correlation(field, field.isel(lat=1, lon=1, time=slice(5, None)).compute())


def test_modes_that_are_known_are_found() -> None:
    rng = np.random.default_rng(2)
    lat, lon = np.arange(-75.0, 90, 30), np.arange(0.0, 360, 45)
    first = np.cos(np.deg2rad(lon))[None, :] * np.ones((lat.size, 1))
    second = np.sin(np.deg2rad(lon))[None, :] * np.ones((lat.size, 1))
    t = np.arange(240)
    a, b = 3 * np.sin(2 * np.pi * t / 24), 1 * np.cos(2 * np.pi * t / 40)
    values = a[:, None, None] * first + b[:, None, None] * second
    values += rng.normal(0, 1e-3, values.shape)
    field = xr.DataArray(
        values,
        {"time": pd.date_range("2000-01-01", periods=240, freq="MS"), "lat": lat, "lon": lon},
        ("time", "lat", "lon"),
        attrs={"units": "K"},
    )
    found = analysis.eof(field, 2)
    expected = np.array([a.var(), b.var()]) / (a.var() + b.var())
    np.testing.assert_allclose(found.variance_fraction, expected, rtol=1e-4)
    for mode, (pattern, series) in enumerate(((first, a), (second, b))):
        ours = found.pattern.isel(mode=mode).values
        sign = np.sign((ours * pattern).sum())
        np.testing.assert_allclose(sign * ours, pattern * series.std(), atol=1e-2)
        np.testing.assert_allclose(
            sign * found.series.isel(mode=mode), series / series.std(), atol=1e-2
        )
    many = field.chunk({"time": 50})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pangeo.analysis.modes.EXACT_BYTES", 0)
        streamed = analysis.eof(many, 2)
    np.testing.assert_allclose(streamed.pattern, found.pattern, atol=1e-3)


def test_a_mean_along_a_circle_and_a_section(field: xr.DataArray) -> None:
    values = field.compute()
    np.testing.assert_allclose(analysis.zonal_mean(field), values.mean("lon"))
    weights = np.cos(np.deg2rad(values.lat))
    ours = analysis.hovmoller(field, bbox=(-1, -61, 301, 61))
    assert ours.dims == ("time", "lon")
    # Cells of 40 and 80 degrees: their areas are not just cosines.
    band = values.sel(lat=[-20, 20]).weighted(weights).mean("lat")
    np.testing.assert_allclose(
        analysis.hovmoller(field, bbox=(-1, -21, 301, 21)).transpose(*band.dims), band
    )


def test_what_lies_in_a_polygon(field: xr.DataArray) -> None:
    whole = analysis.region(field, [(-10, -90), (130, -90), (130, 0), (-10, 0)])
    assert whole.sizes["lat"] == 2
    assert sorted(whole.lon.values % 360) == [0, 60, 120]
    triangle = analysis.region(field, [(-10, -70), (130, -70), (-10, 0)])
    inside = triangle.notnull().any("time").values
    assert inside.sum() < 6
    with pytest.raises(SelectionError, match="no cell lies in the polygon"):
        analysis.region(field, [(-1, -61), (59, -61), (61, -21)])
    with pytest.raises(InputError, match="cannot understand the polygon"):
        analysis.region(field, [(1, 2)])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: analysis.trend(f, per="fortnight"), "per what the trend"),
        (lambda f: analysis.percentile(f, 101), "cannot take these percentiles"),
        (lambda f: analysis.resample(f, "fortnight"), "which freq"),
        (lambda f: analysis.resample(f, "year", "mode"), "which statistic"),
        (lambda f: analysis.rolling(f, 0), "running statistic"),
        (lambda f: analysis.eof(f, 0), "so many modes"),
        (lambda f: analysis.mean(f, "depth"), "no dimension 'depth'"),
        (lambda f: analysis.climatology(f, by="moon"), "of which cycle"),
        (lambda f: analysis.climatology(f, smooth=2), "cannot smooth"),
        (lambda f: analysis.index(f, "nino5"), "no such index"),
    ],
)
def test_what_cannot_be_done_is_refused(field: xr.DataArray, call: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call(field)  # type: ignore[operator]
