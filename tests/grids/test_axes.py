"""What an axis is, whatever its dtype, and what is said where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pangeo import analysis
from pangeo.errors import AxisError, InputError
from pangeo.grids import find_axes, is_regular_axis, select_box


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int8", "float32"])
def test_an_axis_of_any_dtype(dtype: str) -> None:
    values = np.array([30, 10, 20], dtype)
    ascending, descending = np.sort(values), np.sort(values)[::-1]
    for order, regular in ((ascending, True), (descending, True), (values, False)):
        assert is_regular_axis(xr.DataArray(order, dims="lon", coords={"lon": order})["lon"]) is (
            regular
        )


def test_unsigned_axes_on_the_whole_way() -> None:
    lon = np.arange(0, 360, 5, dtype="uint16")
    lat = np.arange(0, 11, 5, dtype="uint8")[::-1]
    field = xr.DataArray(np.broadcast_to(lon, (3, 72)), coords={"lat": lat, "lon": lon})
    assert list(select_box(field, (-10, 0, 5, 10)).lon.values) == [-10, -5, 0, 5]
    assert float(analysis.mean(field, bbox=(10, 0, 20, 10))) == pytest.approx(15)


def test_what_is_missing_is_named_as_it_is_written() -> None:
    field = xr.DataArray([1.0], dims="x")
    with pytest.raises(AxisError, match="units='degrees_east'"):
        select_box(field, (0, 0, 1, 1))
    with pytest.raises(AxisError, match="units='degrees_north'"):
        select_box(field.assign_coords(lon=("x", [1.0])), (0, 0, 1, 1))


@pytest.mark.parametrize("thing", ["x", 3, None, [1, 2], np.zeros(3)])
def test_what_is_not_of_xarray_is_refused_by_every_verb(thing: object) -> None:
    for verb in (analysis.mean, analysis.climatology, analysis.anomaly, analysis.nino34, find_axes):
        with pytest.raises(InputError, match="no data of xarray"):
            verb(thing)


def test_an_axis_without_a_value_is_no_date() -> None:
    empty = xr.Dataset(coords={"step": ("step", np.array([], object))})
    assert find_axes(empty).time is None
