"""A stranger's reader comes in by the same door as ours."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.ingestion import readers as door
from pangeo.ingestion import readers as public_readers


class TableReader:
    """Reads lines of numbers after a first line ``TABLE``."""

    formats = "tables of numbers"

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"TABLE")

    def open(self, path: Path) -> xr.Dataset:
        numbers = np.loadtxt(path, skiprows=1)
        return xr.Dataset({"height": ("step", numbers, {"units": "m"})})


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    inside = door.__wrapped__.__globals__
    ours = inside["entry_points"](group="pangeo.readers")
    entry = EntryPoint("table", f"{__name__}:TableReader", "pangeo.readers")
    monkeypatch.setattr(EntryPoint, "load", _load)
    monkeypatch.setitem(inside, "entry_points", lambda group: [*ours, entry])
    door.cache_clear()
    yield
    door.cache_clear()


_real_load = EntryPoint.load


def _load(entry: EntryPoint) -> object:
    return TableReader if entry.name == "table" else _real_load(entry)


def test_ours_is_registered() -> None:
    assert list(public_readers()) == ["netcdf"]


@pytest.mark.usefixtures("plugin")
def test_a_plugin_reads_its_format(tmp_path: Path) -> None:
    path = tmp_path / "levels.txt"
    path.write_text("TABLE\n1.5\n2.5\n")
    pangeo.ingest(path, "levels")
    assert pangeo.open("levels").height.values.tolist() == [1.5, 2.5]
    assert pangeo.catalog()["levels"].sources[0]["format"] == "table"


@pytest.mark.usefixtures("plugin")
def test_a_refusal_lists_the_formats_of_plugins(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"????")
    with pytest.raises(pangeo.PangeoError, match="NetCDF-4/HDF5 or tables of numbers"):
        pangeo.ingest(path, "x")
