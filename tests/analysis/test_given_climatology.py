"""A mean year that is given: as numbers, in another convention, without units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pangeo import analysis
from pangeo.errors import InputError

SIGNAL = np.sin(np.arange(48) / 5)
CYCLE = 26 + 2 * np.cos(2 * np.pi * (np.arange(1, 13) - 3) / 12)
BACKWARDS = pd.Series(CYCLE[::-1], index=range(12, 0, -1))


@pytest.mark.parametrize(
    "numbers",
    [list(CYCLE), tuple(CYCLE), CYCLE, pd.Series(CYCLE, index=range(1, 13)), BACKWARDS],
    ids=["list", "tuple", "array", "series", "backwards"],
)
def test_twelve_numbers_are_january_to_december(sst, numbers: object) -> None:
    field = sst(SIGNAL)
    index = analysis.nino34(field, climatology=numbers, window=1)
    np.testing.assert_allclose(index, SIGNAL, atol=1e-12)
    assert index.attrs["climatology"] == "given"
    left = analysis.anomaly(field, climatology=numbers)
    np.testing.assert_allclose(left[:, 0, 0], SIGNAL, atol=1e-12)


@pytest.mark.parametrize(
    "misfit",
    [
        CYCLE[:11], [*CYCLE, 1.0], CYCLE.reshape(3, 4), ["Jan"] * 12, 5, {"a": 1}, object(),
        pd.Series(CYCLE), pd.Series(CYCLE, index=list("abcdefghijkl")),
    ],
)  # fmt: skip
def test_what_is_no_climatology_is_refused_as_that(sst, misfit: object) -> None:
    for verb in (analysis.anomaly, analysis.nino34):
        with pytest.raises(InputError, match="cannot understand the climatology") as refusal:
            verb(sst(), climatology=misfit)
        assert "twelve numbers" in refusal.value.expected


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_convention_of_longitude_does_not_matter(sst, dtype: str) -> None:
    lon = (np.arange(5.0, 360, 10) + 0.1).astype(dtype)
    field = sst(SIGNAL, lon=lon)
    field = field + field.lon / 100  # each meridian its own normal
    field = field.assign_attrs(units="degC")
    year = analysis.climatology(field)
    signed = year.assign_coords(lon=(year.lon + 180) % 360 - 180).sortby("lon")
    expected = analysis.anomaly(field, climatology=year)
    left = analysis.anomaly(field, climatology=signed)
    xr.testing.assert_allclose(left, expected)
    xr.testing.assert_identical(left.coords.to_dataset(), field.coords.to_dataset())
    index = analysis.nino34(field, climatology=signed)
    xr.testing.assert_allclose(index, analysis.nino34(field, climatology=year))


def test_other_cells_are_refused_in_whole_words(sst) -> None:
    field = sst()
    year = analysis.climatology(field)
    with pytest.raises(InputError, match="36 of 36 cells along 'lon' missing") as refusal:
        analysis.anomaly(field, climatology=year.assign_coords(lon=year.lon - 180.5))
    assert "the data have 5.0 .. 355.0, the climatology -175.5 .. 174.5" in refusal.value.found
    with pytest.raises(InputError, match="2 of 6 cells along 'lat' missing"):
        analysis.anomaly(field, climatology=year.isel(lat=slice(1, 5)))
    twice = xr.concat([year, year.isel(lat=[0])], "lat")
    with pytest.raises(InputError, match="is not on the grid"):
        analysis.anomaly(field, climatology=twice)


@pytest.mark.parametrize(("data", "numbers"), [("degC", CYCLE + 273.15), ("K", CYCLE)])
def test_numbers_that_cannot_be_in_the_units_of_the_data_are_refused(
    sst, data: str, numbers: np.ndarray
) -> None:
    year = xr.DataArray(numbers, coords={"month": range(1, 13)})
    for given in (numbers, year):
        with pytest.raises(InputError, match="cannot tell the units of the climatology"):
            analysis.nino34(sst(SIGNAL, units=data), climatology=given)
    right = year.assign_attrs(units="K" if data == "degC" else "degC")
    index = analysis.nino34(sst(SIGNAL, units=data), climatology=right, window=1)
    np.testing.assert_allclose(index, SIGNAL, atol=1e-10)


def test_without_units_nothing_is_computed_to_guess_them(sst, no_compute) -> None:
    field = sst(SIGNAL)
    year = analysis.climatology(field).drop_attrs(deep=False).chunk()
    with no_compute(), pytest.raises(InputError, match="not computed yet"):
        analysis.anomaly(field, climatology=year)
    flux = field.assign_attrs(units="W m-2")  # no temperature: nothing to confuse
    np.testing.assert_allclose(analysis.anomaly(flux, climatology=year)[:, 0, 0],
                               analysis.anomaly(flux)[:, 0, 0], atol=1e-10)  # fmt: skip
