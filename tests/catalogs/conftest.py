"""Small datasets with several versions, whose values tell which is which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import icechunk
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pangeo

type Deliver = Callable[..., str]


def field(seed: int) -> np.ndarray:
    """The values of one delivery: noise, so that every chunk is a file of its own."""
    return np.random.default_rng(seed).normal(size=(2, 30, 40))


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Ingest two days of ``field(seed)`` into ``sla``; returns the version that this made."""

    def deliver(seed: int, mode: str = "replace", first_day: str = "2000-01-01") -> str:
        coords = {
            "time": pd.date_range(first_day, periods=2),
            "lat": ("lat", np.arange(30.0), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(40.0), {"units": "degrees_east"}),
        }
        path = tmp_path / f"delivery-{seed}.nc"
        ds = xr.Dataset({"sla": (("time", "lat", "lon"), field(seed), {"units": "m"})}, coords)
        ds.to_netcdf(path, engine="h5netcdf")
        return pangeo.ingest(path, "sla", mode=mode).version  # type: ignore[arg-type]

    return deliver


def stored_chunks_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the chunks that are asked of any Icechunk store from now on, as they come."""
    keys: list[str] = []
    for method in ("get", "get_ranges", "get_partial_values"):
        original: Any = getattr(icechunk.IcechunkStore, method)

        def counted(self: Any, key: Any, *args: Any, _of: Any = original, **options: Any) -> Any:
            keys.extend([str(key)] if "/c" in str(key) else [])
            return _of(self, key, *args, **options)

        monkeypatch.setattr(icechunk.IcechunkStore, method, counted)
    return keys
