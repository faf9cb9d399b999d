"""Statistics of a real file against those of the Climate Data Operators."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo import analysis

pytestmark = pytest.mark.skipif(
    shutil.which("cdo") is None, reason="needs CDO; on Debian, as root: make servers"
)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample of OSTIA, in a file that CDO reads as it is."""
    path = tmp_path_factory.mktemp("cdo") / "sst.nc"
    sst = pangeo.samples.open("ostia_monthly").surface_temperature.load().astype("float64")
    plain = sst.reset_coords(drop=True).rename("sst")
    plain.time.encoding = {"units": "days since 2000-01-01", "dtype": "float64"}
    plain.attrs = {"units": "K"}
    plain.to_netcdf(path, engine="scipy", encoding={"sst": {"_FillValue": -1e30}})
    return path


def by_cdo(real: Path, *operators: str) -> np.ndarray:
    out = real.with_name("-".join(operators).replace(",", "_") + ".nc")
    command = ["cdo", "-s", "-O", *[f"-{each}" for each in operators], str(real), str(out)]
    subprocess.run(command, check=True, capture_output=True)
    with xr.open_dataset(out, engine="scipy") as ds:
        return ds.sst.load().values.squeeze()


@pytest.mark.parametrize(
    ("operators", "ours"),
    [
        (["timmean"], lambda sst: analysis.mean(sst, "time")),
        (["timstd"], lambda sst: analysis.std(sst, "time")),
        (["timmin"], lambda sst: analysis.min(sst, "time")),
        (["timmax"], lambda sst: analysis.max(sst, "time")),
        (["ymonmean"], lambda sst: analysis.climatology(sst)),
        (["zonmean"], lambda sst: analysis.zonal_mean(sst)),
        (["fldmean"], lambda sst: analysis.mean(sst)),
        (["yearmean"], lambda sst: analysis.resample(sst, "year")),
        (["yearmax"], lambda sst: analysis.resample(sst, "year", "max")),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_it_is_that_of_cdo(
    real: Path, operators: list[str], ours: Callable[[xr.DataArray], xr.DataArray]
) -> None:
    pangeo.ingest(real, "real")
    found = ours(pangeo.open("real").sst).compute()
    tolerance = 1e-5 if operators == ["fldmean"] else 1e-9  # its cells end a little elsewhere
    np.testing.assert_allclose(found.values, by_cdo(real, *operators), rtol=tolerance)


def test_an_anomaly_is_that_of_cdo(real: Path) -> None:
    out = real.with_name("left.nc")
    command = ["cdo", "-s", "-O", "ymonsub", str(real), "-ymonmean", str(real), str(out)]
    subprocess.run(command, check=True, capture_output=True)
    pangeo.ingest(real, "real")
    found = analysis.anomaly(pangeo.open("real").sst).compute()
    with xr.open_dataset(out, engine="scipy") as ds:
        np.testing.assert_allclose(found.values, ds.sst.values, atol=1e-9)


def test_a_trend_is_that_of_cdo(real: Path) -> None:
    """CDO counts steps, so the steps are made equal."""
    sst = xr.open_dataset(real, engine="scipy").sst.load()
    days = np.datetime64("2000-01-01", "ns") + np.arange(sst.sizes["time"]) * np.timedelta64(1, "D")
    found = analysis.trend(sst.assign_coords(time=days), per="day")
    a, b = real.with_name("a.nc"), real.with_name("b.nc")
    subprocess.run(["cdo", "-s", "-O", "trend", str(real), str(a), str(b)], check=True)
    with xr.open_dataset(b, engine="scipy") as ds:
        np.testing.assert_allclose(found.slope.values, ds.sst.values.squeeze(), atol=1e-9)
