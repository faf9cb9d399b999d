"""Small files of the kinds that people have."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from pangeo.errors import PangeoError

type MakeFile = Callable[..., Path]


def field(year: int = 2000, *, days: int = 3, seed: int = 0) -> xr.Dataset:
    """A packed field as producers write it: int16 with scale, offset and fill value."""
    packed = np.random.default_rng(seed).integers(-2000, 2000, (days, 4, 6), "int16")
    packed[:, 0, 0] = -32767
    return xr.Dataset(
        {
            "sla": (
                ("time", "lat", "lon"),
                packed,
                {
                    "standard_name": "sea_surface_height_above_sea_level",
                    "units": "m",
                    "scale_factor": 1e-3,
                    "add_offset": 0.5,
                    "_FillValue": np.int16(-32767),
                },
            )
        },
        coords={
            "time": (
                "time",
                np.arange(days, dtype="float64"),
                {"units": f"days since {year}-01-01"},
            ),
            "lat": ("lat", np.linspace(30, 33, 4), {"units": "degrees_north"}),
            "lon": ("lon", np.linspace(0, 5, 6), {"units": "degrees_east"}),
        },
        attrs={"title": "a small field"},
    )


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    """Writes ``field(...)``, changed by a function if one is given, and returns the path."""

    def make(
        name: str = "a.nc",
        change: Callable[[xr.Dataset], xr.Dataset] = lambda dataset: dataset,
        format: str = "NETCDF4",
        **options: Any,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        engine: Any = "h5netcdf" if format == "NETCDF4" else "scipy"
        change(field(**options)).to_netcdf(path, engine=engine, format=format)  # type: ignore[call-overload]
        return path

    return make


@pytest.fixture
def offered() -> Callable[[PangeoError], list[dict[str, Any]]]:
    """Reads what an error says that one could type: each value of the keyword attributes."""

    def read(error: PangeoError) -> list[dict[str, Any]]:
        return [ast.literal_eval(each) for each in re.findall(r"attributes=(\{.*?\}\})", error.fix)]

    return read
