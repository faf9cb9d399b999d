"""What NOAA publishes: its sea-surface temperature, and the indices made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr


@pytest.fixture(scope="module")
def ersst(data_folder: Path) -> xr.DataArray:
    file = data_folder / "sst" / "ersstv5_mnmean_2010_2020.nc"
    return xr.open_dataset(file, engine="h5netcdf")["sst"].load()


@pytest.fixture(scope="module")
def noaa_table(data_folder: Path) -> xr.DataArray:
    """Monthly means on the first of the month, in NOAA's own columns."""
    table = np.loadtxt(data_folder / "sst" / "cpc_ersst5.nino.mth.91-20.ascii", skiprows=2)
    time = [np.datetime64(f"{int(row[0])}-{int(row[1]):02d}-01", "ns") for row in table]
    return xr.DataArray(table, {"time": time}, ("time", "column"))
