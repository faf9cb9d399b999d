"""Fields whose results are known beforehand, and a scheduler that refuses to work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import dask
import numpy as np
import pytest
import xarray as xr

LON = np.arange(5.0, 360, 10)
LAT = np.arange(-25.0, 26, 10)


@pytest.fixture
def no_compute() -> Callable[[], AbstractContextManager[None]]:
    """A block in which any computation by dask is an error."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("something was computed")

    @contextmanager
    def block() -> Iterator[None]:
        with dask.config.set(scheduler=refuse):
            yield

    return block


@pytest.fixture
def sst() -> Callable[..., xr.DataArray]:
    """Makes monthly temperatures: a cycle of the year plus a signal that is given."""

    def make(
        signal: Any = 0.0,
        *,
        months: int = 48,
        start: str = "2000-01",
        calendar: str = "standard",
        lon: np.ndarray = LON,
        lat: np.ndarray = LAT,
        units: str = "degC",
    ) -> xr.DataArray:
        time = xr.date_range(
            start, periods=months, freq="MS", calendar=calendar, use_cftime=calendar != "standard"
        )
        cycle = 2 * np.cos(2 * np.pi * (np.asarray(time.month) - 3) / 12)
        values = np.broadcast_to(
            (26 + cycle + signal)[:, None, None], (months, lat.size, lon.size)
        ).copy()
        return xr.DataArray(
            values + (273.15 if units == "K" else 0),
            dims=("time", "lat", "lon"),
            coords={
                "time": ("time", time, {"standard_name": "time"}),
                "lat": ("lat", lat, {"units": "degrees_north"}),
                "lon": ("lon", lon, {"units": "degrees_east"}),
            },
            name="sst",
            attrs={
                "standard_name": "sea_surface_temperature",
                "units": units,
                "cell_methods": "time: mean",
                "history": "made for a test",
                "valid_range": [-2.0, 40.0],
            },
        )

    return make
