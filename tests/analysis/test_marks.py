"""What is said of a result: attributes, bounds and types that are true of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pangeo import analysis
from pangeo.analysis.coarse import coarse
from pangeo.errors import InputError

MONTHS = pd.date_range("2000-01-01", periods=24, freq="MS")
ATTRS = {
    "units": "K", "standard_name": "sea_surface_temperature",
    "valid_min": 270.0, "units_metadata": "temperature: on_scale",
}  # fmt: skip


@pytest.fixture
def field() -> xr.DataArray:
    values = 280 + np.random.default_rng(0).normal(size=(24, 3))
    return xr.DataArray(values, {"time": MONTHS}, ("time", "x"), "sst", ATTRS)


def test_a_count_is_no_temperature(field: xr.DataArray) -> None:
    for found in (analysis.count(field, "time"), analysis.resample(field, "year", "count")):
        assert found.attrs["units"] == "1"
        assert not {"standard_name", "valid_min", "units_metadata"} & set(found.attrs)


def test_a_spread_has_not_the_range_of_the_field(field: xr.DataArray) -> None:
    for found in (
        analysis.std(field, "time"), analysis.resample(field, "year", "std"),
        analysis.rolling(field, 3, "std"),
    ):  # fmt: skip
        assert "valid_min" not in found.attrs  # readers would mask all of it
        assert found.attrs["units_metadata"] == "temperature: difference"
    assert analysis.mean(field, "time").attrs["valid_min"] == 270
    assert analysis.rolling(field, 3, "max").attrs["valid_min"] == 270


def test_bounds_stay_where_steps_do(field: xr.DataArray) -> None:
    """Stamped with the end of its month, a step is dated by its bounds alone."""
    end = MONTHS + pd.DateOffset(months=1)
    bounds = ("time", "bnds"), np.stack([MONTHS, end], axis=-1)
    field = field.assign_coords(time=("time", end, {"bounds": "time_bnds"}))
    ds = xr.Dataset({"sst": field, "time_bnds": bounds})
    smooth = analysis.rolling(ds, 1)
    xr.testing.assert_identical(smooth.time_bnds, ds.time_bnds)
    xr.testing.assert_allclose(analysis.climatology(smooth), analysis.climatology(ds))
    assert "time_bnds" in analysis.rolling(ds.set_coords("time_bnds"), 1).coords
    years = analysis.resample(ds, "year")
    assert list(years.data_vars) == ["sst"]
    assert "bounds" not in years.time.attrs


@pytest.mark.parametrize("lazy", [False, True])
def test_an_integer_is_never_missing(lazy: bool) -> None:
    time = pd.to_datetime(["2000-01-05", "2000-03-02"])
    field = xr.DataArray([[1], [2]], {"time": time}, ("time", "x"), "v")
    found = analysis.resample(field.chunk() if lazy else field, "month", "min")
    assert found.dtype == found.compute().dtype == "float64"
    np.testing.assert_array_equal(found.squeeze(), [1, np.nan, 2])


def test_more_modes_than_complete_cells_are_refused(field: xr.DataArray) -> None:
    gaps = field.where((field.x == 0) | (field.time > MONTHS[0])).where(field.x != 1)
    with pytest.raises(InputError, match="fewer than 2 cells"):
        analysis.eof(gaps.assign_coords(x=[0, 1, 2]), 2)


def test_of_no_step_the_mean_is_missing(field: xr.DataArray) -> None:
    none = field.isel(time=slice(0))
    assert np.isnan(analysis.mean(none, "time")).all()
    assert (analysis.sum(none, "time") == 0).all()
    for verb in (analysis.climatology, analysis.anomaly, analysis.trend):
        with pytest.raises(InputError, match="no step along 'time'"):
            verb(none)
    with pytest.raises(InputError, match="no step along 'time'"):
        analysis.resample(none, "year")


def test_parts_of_coarse_chunks_are_those_of_the_array(
    tmp_path: object, field: xr.DataArray
) -> None:
    path = f"{tmp_path}/f.zarr"
    field.expand_dims(y=4).to_dataset().to_zarr(path, consolidated=False)
    variable = xr.open_zarr(path, consolidated=False).sst.variable
    few = coarse(variable, 500)
    for key in (
        (1, slice(None, None, -2), slice(3)), (slice(1, 4, 2), 5, 2),
        ([2, 0, 1], slice(5, 20), 1), (slice(3), [7, 1, 1], slice(2)),
    ):  # fmt: skip
        np.testing.assert_array_equal(few[key].values, variable[key].values)
