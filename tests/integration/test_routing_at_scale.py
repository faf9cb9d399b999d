"""Routing on a store of the size of a product: 2000 days at a quarter of a degree."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import dask.array
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pangeo

DAYS, ROWS, COLUMNS = 2000, 720, 1440
QUESTIONS: dict[str, dict[str, Any]] = {
    "a point through time": {"bbox": (200.1, 30.1, 200.2, 30.2)},
    "a map": {"time": "2001-05-01"},
}


def product() -> xr.Dataset:
    """Waves with noise, int16, made when it is asked for: 4.1 GB, about a half when compressed."""
    latitude, longitude = np.arange(-89.875, 90, 0.25), np.arange(0.125, 360, 0.25)
    wave = 3000 * np.cos(np.radians(latitude))[:, None] * np.sin(np.radians(3 * longitude))
    noise = np.random.default_rng(0).integers(-20, 20, (ROWS + 64, COLUMNS + 64))

    def day(block_info: Any = None) -> np.ndarray:
        step = block_info[None]["array-location"][0][0]
        y, x = step % 61, step % 53
        return (wave + noise[y : y + ROWS, x : x + COLUMNS]).astype("int16")[None]

    values = dask.array.map_blocks(
        day, chunks=((1,) * DAYS, (ROWS,), (COLUMNS,)), dtype="int16",
        meta=np.zeros((0, 0, 0), "int16"),
    )  # fmt: skip
    coords = {
        "time": pd.date_range("2000-01-01", periods=DAYS),
        "lat": ("lat", latitude, {"units": "degrees_north"}),
        "lon": ("lon", longitude, {"units": "degrees_east"}),
    }
    return xr.Dataset({"sla": (("time", "lat", "lon"), values, {"units": "1e-4 m"})}, coords)


@pytest.mark.soak
def test_bytes_read(
    count_reads: Callable[[str], AbstractContextManager[list[tuple[str, int]]]],
) -> None:
    pangeo.ingest(product(), "daily", layouts=["map", "series"])
    for question, asked in QUESTIONS.items():
        nbytes: dict[str, int] = {}
        for layout in ("auto", "map", "series"):
            opened = pangeo.open("daily", layout=layout, **asked)
            with count_reads("sla") as seen:
                opened.sla.load()
            nbytes[layout] = sum(size for _, size in seen)
            print(f"{question}, layout={layout!r}: {len(seen)} chunks, {nbytes[layout]} bytes")
        best, worst = sorted((nbytes["map"], nbytes["series"]))
        assert nbytes["auto"] <= 1.05 * best
        assert worst >= 50 * nbytes["auto"]
