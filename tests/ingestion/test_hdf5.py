"""Arrays read beside the HDF5 library hold what the library reads."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import pangeo
from pangeo.errors import SourceError
from pangeo.ingestion import hdf5

FILTERS: list[dict[str, Any]] = [
    {},
    {"compression": "gzip"},
    {"compression": "gzip", "shuffle": True},
    {"compression": "lzf"},
    {"compression": "gzip", "fletcher32": True},
    {"scaleoffset": 0},
]
DTYPES = ["int8", "int16", ">i2", "uint16", "int32", ">f4", "float32", "float64", "int64"]


@st.composite
def parts(draw: st.DrawFn, size: int) -> slice | int:
    """A number or a slice; not one that selects nothing backwards, which xarray does not take."""
    if draw(st.booleans()):
        return draw(st.integers(-size, size - 1))
    start = draw(st.integers(0, size - 1))
    stop = draw(st.integers(start, size))
    if draw(st.booleans()):
        return slice(start, stop, draw(st.sampled_from([None, 1, 2, 3])))
    return slice(stop - 1, start - 1 if start else None, -1) if stop > start else slice(0, 0)


@given(data=st.data())
def test_any_part_of_any_array_is_what_the_library_reads(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 12), min_size=1, max_size=3).map(tuple))
    chunks = data.draw(st.one_of(st.none(), st.tuples(*(st.integers(1, size) for size in shape))))
    filters = data.draw(st.sampled_from(FILTERS)) if chunks else {}
    dtype = np.dtype(data.draw(st.sampled_from(DTYPES)))
    if "scaleoffset" in filters and dtype.kind == "f":
        filters = {}
    key = tuple(data.draw(parts(size)) for size in shape)
    values = np.random.default_rng(0).integers(-100, 100, shape).astype(dtype)
    written = data.draw(st.sampled_from([0, 1, shape[0]]))  # what is not is the fill value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.h5"
        with h5py.File(path, "w") as file:
            array = file.create_dataset("a", shape, dtype, chunks=chunks, fillvalue=7, **filters)
            array[:written] = values[:written]
        with h5py.File(path) as file:
            expected = np.asarray(file["a"][...])
        dims = [f"d{number}" for number in range(len(shape))]
        found = hdf5.lazy(path, "a", dims, shape, dtype)[key].values
        assert found.dtype == dtype or found.ndim == 0
        np.testing.assert_array_equal(found, expected[key])


def write(path: Path, **options: Any) -> np.ndarray:
    values = np.random.default_rng(0).integers(0, 9, (40, 50)).astype("int16")
    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=values, chunks=(10, 50), **options)
    return values


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_chunk_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.h5"
    write(path, compression="gzip")
    array = hdf5.lazy(path, "a", "yx", (40, 50), "int16")
    with h5py.File(path) as file:
        chunk = file["a"].id.get_chunk_info(3)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: chunk.byte_offset + 5]
    else:
        content[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    assert array[0].values.shape == (50,)  # where the chunks are is known by now
    modified = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(modified, modified))
    with pytest.raises(SourceError, match="cannot read 'a' of "):
        array[30:].values  # noqa: B018  # reading is what is tested


def test_a_file_with_something_before_it_is_left_to_the_library(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    values = np.arange(12, dtype="int16").reshape(3, 4)
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("a", data=values, chunks=(1, 4), compression="gzip")
    np.testing.assert_array_equal(hdf5.lazy(path, "a", "yx", (3, 4), "int16").values, values)


def test_the_library_is_asked_only_for_where_the_chunks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.h5"
    values = write(path, compression="gzip", shuffle=True)
    opened: list[Path] = []
    real = h5py.File
    monkeypatch.setattr(hdf5.h5py, "File", lambda *args: opened.append(args[0]) or real(*args))
    array = hdf5.lazy(path, "a", "yx", values.shape, values.dtype)
    for row in range(40):
        np.testing.assert_array_equal(array[row].values, values[row])
    assert opened == [path]


def test_numbers_of_an_odd_width_are_left_to_the_library(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    kind = h5py.h5t.STD_I16LE.copy()
    kind.set_precision(12)
    values = np.arange(-8, 0, dtype="int16")
    with h5py.File(path, "w") as file:
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((4,))
        space = h5py.h5s.create_simple((8,))
        array = h5py.h5d.create(file.id, b"a", kind, space, plan)
        array.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    np.testing.assert_array_equal(hdf5.lazy(path, "a", "x", (8,), "int16").values, values)


def test_an_array_of_another_file_is_read_there(tmp_path: Path) -> None:
    other, path = tmp_path / "other.h5", tmp_path / "a.h5"
    values = np.arange(12, dtype="int16").reshape(3, 4)
    with h5py.File(other, "w") as file:
        file.create_dataset("filler", data=np.ones(1000))
        file.create_dataset("v", data=values, chunks=(1, 4))
    with h5py.File(path, "w") as file:
        file.create_dataset("here", data=np.zeros(1000), chunks=(10,))
        file["v"] = h5py.ExternalLink("other.h5", "/v")
    np.testing.assert_array_equal(hdf5.lazy(path, "v", "yx", (3, 4), "int16").values, values)


def test_a_file_chunked_along_time_is_inflated_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.nc"
    values = np.random.default_rng(0).integers(0, 99, (64, 40, 50)).astype("int16")
    coords = {"time": np.arange("2000-01-01", "2000-03-05", dtype="M8[D]").astype("M8[ns]")}
    field = xr.DataArray(values, coords, ("time", "y", "x"), name="v")
    encoding = {"v": {"zlib": True, "chunksizes": (64, 10, 10)}}
    field.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    inflated: list[int] = []
    real = hdf5.zlib_ng.decompress
    monkeypatch.setattr(
        hdf5.zlib_ng, "decompress",
        lambda data, **options: inflated.append(len(data)) or real(data, **options),
    )  # fmt: skip
    pangeo.ingest(path, "v", chunks={"map": {"time": 1}})
    np.testing.assert_array_equal(pangeo.open("v").v.values, values)
    assert 20 <= len(inflated) <= 20 * 4, "threads may begin with the same one"
