"""Real files of many kinds: each is stored as it reads, or refused with a reason that is true."""

from __future__ import annotations

import warnings
from pathlib import Path

import iris_sample_data
import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import SourceError

SAMPLES = Path(iris_sample_data.__file__).parent / "sample_data"

OUTCOMES: dict[str, str | None] = {
    "sst/ersstv5_mnmean_2010_2020.nc": None,
    "sst/coads_climatology.cdf": "hour since 0000-01-01",
    "wind/monthly_navy_winds.cdf": None,
    "altimetry_l4/nrt_global_allsat_phy_l4_20190223_20190226.nc": None,
    "altimetry_l4/dt_med_allsat_phy_l4_2005T2.nc": None,
    "insitu/loopers_lumpkin_med.nc": None,
    "altimetry_along_track/S6A_LR_RED_114_121_20231217.nc": "/data_01/ku",
    "altimetry_along_track/GSFC-alt_ssh20220101.nc": None,
    "insitu/argo_5900446_prof.nc": None,
    "insitu/argo_3902131_Sprof.nc": None,
    "oxygen/woa05_o2_annual_2deg.nc": None,
    "ocean/levitus_climatology.cdf": None,
    "ocean/nemo_1m_20150101_grid-T.nc": None,
    "ocean/roms_grid.nc": None,
    "ocean/roms_ocean_his_0001.nc": None,
    "ocean/tos_ocean_bipolar_grid.nc": None,
    "atmos/eraint_uvz.nc": None,
    "atmos/era5-2mt-2019-03-uk.grib": "GRIB",
    "atmos/tas_rotated_grid_EUR11.nc": None,
    "swath/ascat_20150702_084200_metopa_l2.nc": None,
    "mask/land-110m.json": "NetCDF-3, NetCDF-4/HDF5",
    "mask/woa_basin_mask.nc": None,
    "mask/etopo40.cdf": None,
}

SAMPLE_OUTCOMES: dict[str, str | None] = {
    "A1B_north_america.nc": None,
    "NEMO/nemo_1m_20150101-20150201_grid-T.nc": None,
    "SOI_Darwin.nc": None,
    "atlantic_profiles.nc": None,
    "hybrid_height.nc": None,
    "mesh_C4_synthetic_float.nc": None,
    "orca2_votemper.nc": None,
    "ostia_monthly.nc": None,
    "rotated_pole.nc": None,
    "space_weather.nc": None,
    "toa_brightness_stereographic.nc": None,
    "vlstr_type.nc": None,
    "polar_stereo.grib2": "GRIB",
    "air_temp.pp": "NetCDF-3, NetCDF-4/HDF5",
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_reference_file(name: str, data_folder: Path, workspace: Path) -> None:
    check(data_folder / name, OUTCOMES[name], workspace)


@pytest.mark.parametrize("name", SAMPLE_OUTCOMES)
def test_a_sample_file(name: str, workspace: Path) -> None:
    check(SAMPLES / name, SAMPLE_OUTCOMES[name], workspace)


def check(path: Path, refusal: str | None, workspace: Path) -> None:
    if refusal is not None:
        with pytest.raises(SourceError, match=refusal):
            pangeo.ingest(path, "real")
        assert not (workspace / "datasets" / "real").exists(), "a half-made entry was left"
        return
    pangeo.ingest(path, "real")
    engine = "h5netcdf" if path.read_bytes()[:1] == b"\x89" else "scipy"
    found = pangeo.open("real")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", xr.SerializationWarning
        )  # defects of the file, mended in ours
        with xr.open_dataset(path, engine=engine, decode_timedelta=False) as expected:
            check_same(found, expected)


def check_same(found: xr.Dataset, expected: xr.Dataset) -> None:
    held = {name: each for name, each in expected.variables.items() if 0 not in each.shape}
    assert set(found.variables) == set(held)
    for name, wanted in held.items():
        got = found.variables[name]
        if wanted.dtype.kind in "UO" and got.dtype == object:  # text of any length
            got = got.astype(wanted.dtype)
        assert got.dtype == wanted.dtype, name
        assert got.dims == wanted.dims, name
        if wanted.dtype == object:
            assert got.equals(wanted), name
        elif wanted.dtype.kind == "M":
            assert (abs(got.values - wanted.values) <= np.timedelta64(1, "us")).all(), name
        else:
            np.testing.assert_array_equal(got.values, wanted.values, err_msg=str(name))
        if "_FillValue" not in str(wanted.encoding):
            assert got.attrs.get("units") == wanted.attrs.get("units"), name


def test_ten_files_a_year_each_are_one_dataset(data_folder: Path) -> None:
    pangeo.ingest(data_folder / "cmip6", "ta")
    found = pangeo.open("ta")
    assert found.sizes["time"] == 120
    last = sorted((data_folder / "cmip6").iterdir())[-1]
    with xr.open_dataset(last, engine="h5netcdf") as expected:
        xr.testing.assert_equal(found.ta.isel(time=slice(-12, None)).load(), expected.ta.load())


def test_text_of_a_real_file_reads_as_it_was(data_folder: Path) -> None:
    path = data_folder / "insitu" / "argo_5900446_prof.nc"
    report = pangeo.ingest(path, "argo")
    found = pangeo.open("argo")
    assert set(found.PLATFORM_NUMBER.values) == {b"5900446 "}
    assert set(found.DIRECTION.values) == {b"A"}
    assert any("HISTORY_ACTION left out: it has no values" in note for note in report.notes)
    assert pangeo.verify("argo", against_sources=True)


def test_chosen_variables_of_a_track(data_folder: Path) -> None:
    path = data_folder / "altimetry_along_track" / "GSFC-alt_ssh20220101.nc"
    pangeo.ingest(path, "gsfc", variables=["ssh", "nasa_flag"])
    found = pangeo.open("gsfc")
    with xr.open_dataset(path, engine="h5netcdf") as expected:
        np.testing.assert_array_equal(found.ssh.values, expected.ssh.values)
    assert found.sizes["time"] == 60090
