"""What flags mean, and what a filter by them leaves and counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pangeo import ocean
from pangeo.errors import InputError

FLOAT = "insitu/argo_3902131_Sprof.nc"
TRACK = "altimetry_along_track/GSFC-alt_ssh20220101.nc"
PASS = "altimetry_along_track/S6A_LR_RED_114_121_20231217.nc"


def test_the_oxygen_of_a_float_with_and_without(data_folder: Path) -> None:
    raw = xr.open_dataset(data_folder / FLOAT)[["DOXY", "DOXY_QC", "TEMP", "TEMP_QC"]]
    assert float(raw.DOXY.min()) < -5e5  # µmol kg-1: what nobody flags as good
    assert float(raw.DOXY.max()) > 1e6
    strict = ocean.quality_control(raw)
    assert int(strict.DOXY.count()) == 0
    assert strict.DOXY.attrs["quality_removed"] == int(raw.DOXY.count()) == 56835
    assert strict.DOXY.attrs["quality_removed_flags"] == "54912 of flag 3, 1923 of flag 4"
    lenient = ocean.quality_control(raw, keep=(1, 2, 3))
    assert lenient.DOXY.attrs["quality_removed"] == 1923
    assert 0 < float(lenient.DOXY.min()) < float(lenient.DOXY.max()) < 600
    assert lenient.DOXY.attrs["quality_kept"] == "1, 2, 3"
    assert lenient.DOXY.attrs["units"] == raw.DOXY.attrs["units"]
    assert int(lenient.TEMP.count()) + lenient.TEMP.attrs["quality_removed"] == int(
        raw.TEMP.count()
    )


def test_altimetry_along_a_track(data_folder: Path) -> None:
    raw = xr.open_dataset(data_folder / TRACK)
    good = ocean.quality_control(raw, flags={"ssh": "nasa_flag"})
    expected = raw.ssh.where(raw.nasa_flag == 0)
    xr.testing.assert_equal(good.ssh, expected)
    assert good.ssh.attrs["quality_removed"] == int(raw.ssh.count()) - int(expected.count()) > 0
    assert good.ssh.attrs["quality_removed_flags"].endswith("of flag bad")
    xr.testing.assert_identical(good.ssh_smoothed, raw.ssh_smoothed)


def test_variables_that_name_their_flag(data_folder: Path) -> None:
    raw = xr.open_dataset(data_folder / PASS, group="data_01")
    good = ocean.quality_control(raw)
    name = "rad_water_vapor"
    expected = raw[name].where(raw[f"{name}_qual"] == 0)
    xr.testing.assert_equal(good[name], expected)
    assert good[name].attrs["quality_flag"] == f"{name}_qual"
    surface = ocean.decode_flags(raw.surface_classification_flag)
    assert int(surface.land.sum()) == int((raw.surface_classification_flag == 1).sum()) > 0


@given(st.lists(st.sampled_from([b"1", b"2", b"3", b"4", b"9", b" "]), min_size=1, max_size=30))
def test_every_value_is_left_or_counted(flags: list[bytes]) -> None:
    ds = xr.Dataset(
        {
            "TEMP": ("N_LEVELS", np.arange(len(flags), dtype="float32")),
            "TEMP_QC": ("N_LEVELS", np.array(flags, dtype="S1")),
        }
    )
    good = ocean.quality_control(ds).TEMP
    assert int(good.count()) + good.attrs["quality_removed"] == len(flags)
    assert int(good.count()) == sum(flag in (b"1", b"2") for flag in flags)
    assert good.dtype == "float32"


@pytest.mark.parametrize("form", [np.array(["1", "4"]), np.array([1, 4]), np.array([1.0, np.nan])])
def test_flags_are_read_in_any_type(form: np.ndarray) -> None:
    ds = xr.Dataset({"TEMP": ("z", [5.0, 6.0]), "TEMP_QC": ("z", form)})
    good = ocean.quality_control(ds)
    np.testing.assert_array_equal(good.TEMP, [5, np.nan])


def test_a_bad_position_goes_with_its_flag() -> None:
    ds = xr.Dataset(
        {
            "LATITUDE": ("N_PROF", [1.0, 2.0]),
            "LONGITUDE": ("N_PROF", [1.0, 2.0]),
            "POSITION_QC": ("N_PROF", [b"4", b"1"]),
            "JULD": ("N_PROF", np.array(["2001-01-01", "2001-01-02"], "M8[ns]")),
            "JULD_QC": ("N_PROF", [b"1", b"4"]),
        }
    )
    good = ocean.quality_control(ds)
    np.testing.assert_array_equal(good.LONGITUDE, [np.nan, 2])
    assert np.isnat(good.JULD.values[1])
    assert not np.isnat(good.JULD.values[0])


def test_flags_to_keep_by_their_meaning() -> None:
    said = {"flag_values": [0, 1, 2], "flag_meanings": "good doubtful bad"}
    ds = xr.Dataset(
        {"sla": ("t", [1.0, 2, 3], {"ancillary_variables": "q"}), "q": ("t", [0, 1, 2], said)}
    )
    np.testing.assert_array_equal(ocean.quality_control(ds).sla, [1, np.nan, np.nan])
    both = ocean.quality_control(ds, keep=["good", "doubtful"]).sla
    np.testing.assert_array_equal(both, [1, 2, np.nan])
    np.testing.assert_array_equal(ocean.quality_control(ds, keep=[2]).sla, [np.nan, np.nan, 3])
    with pytest.raises(InputError, match="no such flag to keep"):
        ocean.quality_control(ds, keep=["fine"])


def test_where_nothing_is_flagged_it_says_how() -> None:
    with pytest.raises(InputError, match="no variable that has a flag"):
        ocean.quality_control(xr.Dataset({"sst": ("x", [1.0])}))
    with pytest.raises(InputError, match="no variable \\['nope'\\]"):
        ocean.quality_control(xr.Dataset({"sst": ("x", [1.0])}), flags={"sst": "nope"})


def test_bits_and_values_of_cf() -> None:
    """The third example of CF 1.11, section 3.5: a bit, and a number in two others."""
    flag = xr.DataArray([1, 2, 14, 6], dims="t", name="status", attrs={
        "flag_masks": [1, 2, 12, 12, 12], "flag_values": [1, 2, 4, 8, 12],
        "flag_meanings": "low_battery hardware_fault offline calibration maintenance",
    })  # fmt: skip
    decoded = ocean.decode_flags(flag)
    assert decoded.low_battery.values.tolist() == [True, False, False, False]
    assert decoded.hardware_fault.values.tolist() == [False, True, True, True]
    assert decoded.offline.values.tolist() == [False, False, False, True]
    assert decoded.maintenance.values.tolist() == [False, False, True, False]


def test_a_missing_flag_means_nothing() -> None:
    said = {"flag_masks": [1, 2], "flag_meanings": "rain ice"}
    flag = xr.DataArray([3.0, np.nan], dims="t", name="f", attrs=said)
    decoded = ocean.decode_flags(flag)
    assert decoded.rain.values.tolist() == [True, False]
    with pytest.raises(InputError, match="cannot tell what the flags"):
        ocean.decode_flags(flag.assign_attrs(flag_masks=[1]))
