"""The mean over an area is the mean over the sphere."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pangeo import analysis, samples
from pangeo.errors import AxisError, InputError, SelectionError

GLOBE = {"lat": np.arange(-89.5, 90), "lon": np.arange(0.5, 360)}


def globe(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(np.broadcast_to(values, (180, 360)), dims=("lat", "lon"), coords=GLOBE)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (np.full((180, 1), 7.0), 7.0),
        (np.sin(np.deg2rad(GLOBE["lat"]))[:, None] ** 2, 1 / 3),  # the integral over the sphere
        (np.sin(np.deg2rad(GLOBE["lat"]))[:, None], 0.0),
        (np.cos(np.deg2rad(GLOBE["lon"]))[None, :] ** 2, 1 / 2),
    ],
)
def test_it_is_the_integral_over_the_sphere(field: np.ndarray, expected: float) -> None:
    assert float(analysis.mean(globe(field))) == pytest.approx(expected, abs=1e-4)


def test_missing_cells_have_no_weight() -> None:
    field = globe(np.where(GLOBE["lat"] > 0, 5.0, np.nan)[:, None])
    assert float(analysis.mean(field)) == pytest.approx(5)
    assert np.isnan(analysis.mean(field.where(False)))


def test_one_half_missing_is_the_mean_of_the_other_half() -> None:
    """Against a quotient of sums that is written out."""
    rng = np.random.default_rng(1)
    lat = np.array([80.0, 60, 40])
    values = rng.normal(size=(3, 4))
    values[0, 1] = values[2, 3] = np.nan
    field = xr.DataArray(values, coords={"lat": lat, "lon": [0.0, 90, 180, 270]})
    heights = np.sin(np.deg2rad([90, 70, 50])) - np.sin(np.deg2rad([70, 50, 30]))
    total = weight = 0.0
    for row, height in zip(values, heights, strict=True):
        for value in row:
            if not np.isnan(value):
                total, weight = total + height * value, weight + height
    assert float(analysis.mean(field)) == pytest.approx(total / weight)


@given(
    hnp.arrays("float64", (3, 4), elements=st.floats(-1e3, 1e3)),
    st.integers(0, 3),
    st.booleans(),
)
def test_it_does_not_depend_on_how_the_axes_are_written(
    values: np.ndarray, turn: int, flip: bool
) -> None:
    field = xr.DataArray(values, coords={"lat": [-60.0, 0, 60], "lon": [0.0, 90, 180, 270]})
    expected = float(analysis.mean(field))
    assert values.min() - 1e-9 <= expected <= values.max() + 1e-9
    other = field.roll(lon=turn).assign_coords(lon=[-180.0, -90, 0, 90])
    other = other.isel(lat=slice(None, None, -1)) if flip else other
    assert float(analysis.mean(other)) == pytest.approx(expected)
    assert float(analysis.mean(other.transpose("lon", "lat"))) == pytest.approx(expected)


def test_a_box_across_the_dateline(sst) -> None:
    field = sst().isel(time=0).copy()
    field[:] = field.lon.values  # each meridian its own value
    assert float(analysis.mean(field, bbox=(170, -30, -170, 30))) == pytest.approx((175 + 185) / 2)


def test_attributes_stay_and_the_method_is_said(sst) -> None:
    field = sst()
    averaged = analysis.mean(field)
    assert averaged.attrs == field.attrs | {"cell_methods": "time: mean area: mean"}
    assert averaged.name == "sst"
    assert averaged.time.attrs == field.time.attrs
    boxed = analysis.mean(field, bbox=(0, -10, 50, 10))
    assert boxed.attrs["cell_methods"].startswith("time: mean area: mean (comment: box ")


def test_a_dataset_keeps_what_is_not_on_the_grid(sst) -> None:
    field = sst()
    field.lat.attrs["bounds"] = "lat_bnds"
    ds = xr.Dataset(
        {
            "sst": field,
            "zonal": field.isel(lon=0, drop=True),
            "lat_bnds": (("lat", "bnds"), np.zeros((6, 2))),
            "time_bnds": (("time", "bnds"), np.zeros((48, 2), "datetime64[ns]")),
            "crs": ((), 0, {"grid_mapping_name": "latitude_longitude"}),
        },
        attrs={"title": "t"},
    )
    averaged = analysis.mean(ds)
    assert list(averaged.data_vars) == ["sst", "zonal", "time_bnds", "crs"]
    xr.testing.assert_identical(averaged["sst"], analysis.mean(field))
    np.testing.assert_allclose(averaged["zonal"], averaged["sst"])
    xr.testing.assert_identical(averaged["time_bnds"].variable, ds["time_bnds"].variable)
    assert averaged["crs"].attrs == ds["crs"].attrs
    assert averaged.attrs == ds.attrs


def test_it_stays_lazy(sst, no_compute) -> None:
    field = sst(np.arange(48.0)).chunk(time=12, lon=6)
    with no_compute():
        averaged = analysis.mean(field, bbox=(100, -20, -100, 20))
        both = analysis.mean(field.to_dataset())
    assert averaged.chunks is not None
    assert both["sst"].chunks is not None
    xr.testing.assert_allclose(
        averaged.compute(), analysis.mean(field.compute(), bbox=(100, -20, -100, 20))
    )


def test_float32_is_summed_in_float64(sst) -> None:
    field = sst(units="K").astype("float32")
    assert analysis.mean(field).dtype == "float64"


def test_what_cannot_be_averaged_is_refused(sst) -> None:
    field = sst()
    names = xr.Dataset({"flag": (("lat", "lon"), np.full((6, 36), "a"))}).assign_coords(
        lat=field.lat, lon=field.lon
    )
    with pytest.raises(InputError, match="flag"):
        analysis.mean(names)
    with pytest.raises(AxisError, match="no longitude axis"):
        analysis.mean(field.isel(lon=0, drop=True))
    with pytest.raises(SelectionError, match="holds no cell"):
        analysis.mean(field, bbox=(0, 60, 10, 70))
    with pytest.raises(AxisError, match="weight by area"):
        analysis.mean(samples.open("nemo_2015_01")["tos"])


def test_a_constant_stays_what_it_is_in_float32() -> None:
    field = globe(np.full((180, 1), 300.1, "float32"))
    assert float(analysis.mean(field)) == pytest.approx(float(np.float32(300.1)), abs=1e-9)


@pytest.mark.parametrize("first", ["zonal mean", "one meridian"])
def test_what_is_left_of_a_grid_is_weighted_too(first: str) -> None:
    field = xr.DataArray(
        np.arange(12.0).reshape(4, 3) ** 2,
        {
            "lat": ("lat", [60.0, 20, -20, -60], {"units": "degrees_north"}),
            "lon": ("lon", [0.0, 120, 240], {"units": "degrees_east"}),
        },
    )
    line = analysis.zonal_mean(field) if first == "zonal mean" else field.isel(lon=1)
    whole = analysis.mean(field if first == "zonal mean" else field.isel(lon=[1]))
    np.testing.assert_allclose(analysis.mean(line, "lat"), whole)
    circle = analysis.mean(field, "lat")
    np.testing.assert_allclose(analysis.mean(circle, "lon"), analysis.mean(field))
