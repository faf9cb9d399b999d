"""What two results share, and what is held between two passes over the same data."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pangeo import analysis
from pangeo.analysis.coarse import Reader

STEPS, CHUNK = 400, 20000


def test_results_of_one_square_array_are_not_mistaken_for_each_other(tmp_path: Path) -> None:
    values = np.arange(36, dtype="int16").reshape(6, 6) ** 2
    ds = xr.Dataset({"a": (("y", "x"), values)})
    ds.to_zarr(tmp_path / "a.zarr", consolidated=False, encoding={"a": {"chunks": (2, 2)}})
    a = xr.open_zarr(tmp_path / "a.zarr", consolidated=False).a
    lazy = [analysis.mean(a, dim, weighted=False) for dim in ("x", "y")]
    rows, columns = dask.compute(*lazy)
    np.testing.assert_allclose(rows, values.mean(axis=1))
    np.testing.assert_allclose(columns, values.mean(axis=0))


class Held:
    """How many chunks were read, and how many of them were alive at a time."""

    def __init__(self) -> None:
        self.now = self.most = self.read = 0
        self.lock = threading.RLock()

    def one(self, values: np.ndarray) -> None:
        base = values
        while isinstance(base.base, np.ndarray):
            base = base.base
        with self.lock:
            self.now, self.read = self.now + 1, self.read + 1
            self.most = max(self.most, self.now)
        weakref.finalize(base, self.gone)

    def gone(self) -> None:
        with self.lock:
            self.now -= 1


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    found = Held()
    read: Any = Reader.__getitem__

    def watched(reader: Reader, key: Any) -> np.ndarray:
        values: np.ndarray = read(reader, key)
        found.one(values)
        return values

    monkeypatch.setattr(Reader, "__getitem__", watched)
    for module in ("percentiles", "modes"):
        whole = __import__(f"pangeo.analysis.{module}", fromlist=["coarse"]).coarse
        monkeypatch.setattr(
            f"pangeo.analysis.{module}.coarse", lambda variable, whole=whole: whole(variable, CHUNK)
        )
    return found


@pytest.fixture
def stored(tmp_path: Path) -> xr.DataArray:
    rng = np.random.default_rng(0)
    ds = xr.Dataset(
        {"f": (("time", "lat", "lon"), rng.normal(size=(STEPS, 8, 12)).astype("float32"))},
        {
            "time": pd.date_range("2000-01-01", periods=STEPS),
            "lat": ("lat", np.arange(-70.0, 71, 20), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(0.0, 360, 30), {"units": "degrees_east"}),
        },
    )
    ds.to_zarr(tmp_path / "f.zarr", consolidated=False, encoding={"f": {"chunks": (10, 8, 12)}})
    return xr.open_zarr(tmp_path / "f.zarr", consolidated=False).f


def test_percentiles_hold_no_chunk_from_pass_to_pass(stored: xr.DataArray, held: Held) -> None:
    wanted = [10, 50, 90]
    with dask.config.set(scheduler="threads", num_workers=2):
        found = analysis.percentile(stored, wanted, exact=False).compute()
    assert held.read == 2 * 8  # passes, after that for the extremes
    assert held.most <= 4
    values = stored.values.astype("float64")
    lower = np.percentile(values, wanted, axis=0, method="lower")
    assert (np.abs(found.values - lower) <= 1.001 / 2048 * np.ptp(values, axis=0)).all()


def test_modes_hold_no_chunk_from_pass_to_pass(
    stored: xr.DataArray, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pangeo.analysis.modes.EXACT_BYTES", 0)
    with dask.config.set(scheduler="threads", num_workers=2):
        found = analysis.eof(stored, 2).compute()
    assert held.read == 10 * 8
    assert held.most <= 4
    monkeypatch.undo()
    exact = analysis.eof(stored, 2)
    np.testing.assert_allclose(found.variance_fraction, exact.variance_fraction, rtol=0.02)


def test_rounding_takes_no_percentile_out_of_its_bin() -> None:
    """Of values so close together that rounding moves the edges of bins."""
    rng = np.random.default_rng(4)
    values = 1e9 + rng.integers(0, 64, (500, 40)) * 2.0**-21
    time = pd.date_range("2000-01-01", periods=500)
    field = xr.DataArray(values, {"time": time}, ("time", "x"), "v").chunk({"time": 100})
    found = analysis.percentile(field, [3, 50, 99], exact=False).values
    lower = np.percentile(values, [3, 50, 99], axis=0, method="lower")
    # A bin of the first pass is 32 times as wide as the error that is promised.
    assert (np.abs(found - lower) <= np.ptp(values, axis=0) / 512).all()


@pytest.mark.parametrize("verb", ["anomaly", "trend"])
def test_what_was_computed_is_not_held_from_pass_to_pass(
    stored: xr.DataArray, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    held = Held()

    def work(block: np.ndarray) -> np.ndarray:
        values = block + 1.0
        held.one(values)
        return values

    made = stored.data.map_blocks(work, dtype="float64", meta=np.empty((0, 0, 0)))
    field, values = stored.copy(data=made), stored.compute() + 1.0
    monkeypatch.setattr("pangeo.analysis.coarse.SHARED", 0)
    options: dict[str, Any] = {"by": "hour"} if verb == "anomaly" else {}
    whole = getattr(analysis, verb)(values, **options)
    with dask.config.set(scheduler="threads", num_workers=2):
        lazy = getattr(analysis, verb)(field, **options)
        found = lazy.std("time").compute() if verb == "anomaly" else lazy.compute()
    expected = whole.std("time") if verb == "anomaly" else whole
    xr.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert held.read == 2 * STEPS / 10
    assert held.most <= 6
