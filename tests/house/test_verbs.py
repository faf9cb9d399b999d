"""Every public verb answers when called, whatever was imported before it.

A submodule with the name of a function takes its place in the package once it is imported;
the second call then meets a module.
"""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pangeo

ROOMS = ("analysis", "ocean", "plot", "samples")

# In an order in which each finds what it needs; ``sst`` is opened by name.
CALLS = {
    "ingest": "assert pangeo.ingest('sst.nc', NAME).status == 'created'",
    "verify": "assert pangeo.verify(NAME)",
    "open": "sst = pangeo.open(NAME).sst; assert sst.shape == (24, 3, 6)",
    "catalog": "assert NAME in [entry.name for entry in pangeo.catalog().entries]",
    "search": "assert NAME in pangeo.search(variable='SST').names",
    "cluster": "with pangeo.cluster(workers=1, cores=1) as client:\n"
    "    assert client.submit(sum, [1, 2]).result() == 3",
    "doctor": "assert pangeo.doctor('local', cores=1)",
    "analysis.mean": "assert abs(pangeo.analysis.mean(sst).values - 300).max() < 1e-9",
    "analysis.climatology": "assert pangeo.analysis.climatology(sst).sizes['month'] == 12",
    "analysis.anomaly": "assert not pangeo.analysis.anomaly(sst).values.any()",
    "analysis.nino34": "index = pangeo.analysis.nino34(sst); assert index.units == 'degC'",
    "ocean.geostrophic_currents": "currents = pangeo.ocean.geostrophic_currents(height)",
    "ocean.relative_vorticity": "assert pangeo.ocean.relative_vorticity(currents).units == 's-1'",
    "ocean.eddy_kinetic_energy": "assert pangeo.ocean.eddy_kinetic_energy(currents).max() == 0",
    "ocean.mean_kinetic_energy": "assert pangeo.ocean.mean_kinetic_energy(currents).name == 'mke'",
    "ocean.density": "assert 1000 < pangeo.ocean.density(profile).max() < 1100",
    "ocean.quality_control": "assert pangeo.ocean.quality_control(profile).TEMP.count() == 1",
    "ocean.decode_flags": "assert pangeo.ocean.decode_flags(flag).good.all()",
    "plot.map": "assert pangeo.plot.map(sst.isel(time=0)).axes",
    "plot.hovmoller": "assert pangeo.plot.hovmoller(sst.isel(lat=0)).axes",
    "plot.section": "assert pangeo.plot.section(column.T).axes",
    "plot.profile": "assert pangeo.plot.profile(column[:, 0]).axes",
    "analysis.std": "assert not pangeo.analysis.std(sst, 'time').values.any()",
    "analysis.min": "assert float(pangeo.analysis.min(sst, ...)) == 300",
    "analysis.max": "assert float(pangeo.analysis.max(sst, ...)) == 300",
    "analysis.sum": "assert float(pangeo.analysis.sum(sst, 'time').max()) == 7200",
    "analysis.count": "assert int(pangeo.analysis.count(sst, 'time').min()) == 24",
    "analysis.index": "assert not pangeo.analysis.index(sst, 'oni')[1:-1].values.any()",
    "analysis.trend": "assert not pangeo.analysis.trend(sst).slope.values.any()",
    "analysis.percentile": "assert (pangeo.analysis.percentile(sst, 50) == 300).all()",
    "analysis.resample": "assert pangeo.analysis.resample(sst, 'year').sizes['time'] == 2",
    "analysis.rolling": "assert int(pangeo.analysis.rolling(sst, 3).count('time')[0, 0]) == 22",
    "analysis.zonal_mean": "assert pangeo.analysis.zonal_mean(sst).dims == ('time', 'lat')",
    "analysis.hovmoller": "assert pangeo.analysis.hovmoller(sst).dims == ('time', 'lon')",
    "analysis.region": "corners = [(180, -5), (240, -5), (210, 5)]\n"
    "assert pangeo.analysis.region(sst, corners).isnull().any()",
    "analysis.regression": "assert pangeo.analysis.regression(sst, index).isnull().all()",
    "analysis.correlation": "assert pangeo.analysis.correlation(sst, index).isnull().all()",
    "analysis.eof": "varied = sst + sst.time.dt.month\n"
    "assert pangeo.analysis.eof(varied, 2).pattern.sizes['mode'] == 2",
    "plot.series": "assert pangeo.plot.series(index).axes",
    "samples.names": "name = pangeo.samples.names()[0]",
    "samples.path": "assert pangeo.samples.path(name).is_file()",
    "samples.open": "assert pangeo.samples.open(name).data_vars",
}


# What the calls are made with, besides ``sst``.
GIVEN = """
import numpy as np, xarray as xr
axes = {"time": np.array(["2000-01-01", "2000-01-02"], "M8[ns]"), "lat": np.arange(30., 40),
        "lon": np.arange(0., 10)}
height = xr.DataArray(np.zeros((2, 10, 10)), axes, name="adt", attrs={"units": "m"})
profile = xr.Dataset({"TEMP": ("z", [10., 9.], {"units": "degC"}), "TEMP_QC": ("z", [1, 4]),
                      "PSAL": ("z", [35., 35.]), "PRES": ("z", [1., 2.], {"units": "dbar"})},
                     {"lon": 0., "lat": 40.})
column = xr.DataArray(np.eye(3), {"depth": [0., 10, 20], "lat": [0., 1, 2]}, name="t")
flag = xr.DataArray([0], dims="z", attrs={"flag_meanings": "good bad", "flag_values": [0, 1]})
"""


def public_functions() -> set[str]:
    rooms = {"": pangeo, **{f"{room}.": getattr(pangeo, room) for room in ROOMS}}
    return {
        f"{prefix}{name}"
        for prefix, room in rooms.items()
        for name in room.__all__
        if callable(getattr(room, name)) and not isinstance(getattr(room, name), type)
    }


def test_every_public_function_is_called_here() -> None:
    assert set(CALLS) == public_functions()


@pytest.mark.parametrize("calls_first", [True, False], ids=["calls first", "imports first"])
def test_every_verb_answers(tmp_path: Path, calls_first: bool) -> None:
    months = pd.date_range("2000-01-01", periods=24, freq="MS")
    coords = {
        "time": months,
        "lat": ("lat", [4.0, 0.0, -4.0], {"units": "degrees_north"}),
        "lon": ("lon", np.arange(185.0, 240, 10), {"units": "degrees_east"}),
    }
    sst = xr.DataArray(np.full((24, 3, 6), 300.0), coords, attrs={"units": "K"}, name="sst")
    sst.to_dataset().to_netcdf(tmp_path / "sst.nc", engine="h5netcdf")

    modules = [module.name for module in pkgutil.walk_packages(pangeo.__path__, "pangeo.")]
    imports = [f"import {name}" for name in modules if not name.endswith("__main__")]
    calls = list(CALLS.values())
    lines = [
        "import pangeo",
        *GIVEN.splitlines(),
        "NAME = 'one'",
        *(calls if calls_first else imports),
    ]
    lines += [*imports, "NAME = 'two'", *calls]
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
