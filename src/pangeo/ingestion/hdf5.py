"""Read arrays of HDF5 files on many threads, and tell in a moment whether two files are alike.

The HDF5 library does one thing at a time, however many threads ask. But the chunks that
NetCDF-4 files are made of are plain zlib, and the library says where they lie: so they are
read and inflated here, beside it. What is stored in any other way is left to the library.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr
from h5py import h5a, h5d, h5f, h5g, h5i, h5o, h5r, h5s, h5t, h5z
from xarray.backends import BackendArray
from xarray.core import indexing
from zlib_ng import zlib_ng

from pangeo.errors import SourceError
from pangeo.ingestion.inflated import Inflated
from pangeo.ingestion.readers import Glance

type Slices = tuple[slice, ...]


class HDF5Array(BackendArray):
    """An array of numbers in the root group of a file, read when it is indexed.

    Holds no open file, so that thousands of them cost nothing, and can be sent to a worker.
    """

    def __init__(self, path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.path, self.name, self.shape, self.dtype = path, name, shape, dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key: tuple[int | slice, ...]) -> Any:
        """Whole numbers and slices that go forward, for xarray turns the others around."""
        spans = [
            range(size)[each] if isinstance(each, slice) else range(size)[each:][:1]
            for each, size in zip(key, self.shape, strict=True)
        ]
        box = tuple(slice(span[0], span[-1] + 1) if span else slice(0, 0) for span in spans)
        inside = tuple(
            slice(None, None, span.step) if isinstance(each, slice) else 0
            for each, span in zip(key, spans, strict=True)
        )
        return _read_box(self.path, self.name, self.dtype, box)[inside]


def lazy(path: Path, name: str, dims: Iterable[str], shape: tuple[int, ...], dtype: Any,
         attrs: Any = None) -> xr.Variable:  # fmt: skip
    """A variable that is read when it is used."""
    array = HDF5Array(path, name, shape, np.dtype(dtype))
    return xr.Variable(tuple(dims), indexing.LazilyIndexedArray(array), attrs)


@dataclass(frozen=True, slots=True)
class Chunks:
    """Where the chunks of an array lie in the file, and how they are packed."""

    shape: tuple[int, ...]
    places: dict[tuple[int, ...], tuple[int, int]]
    """Byte offset and size by the position of the chunk's first cell."""
    is_deflated: bool
    is_shuffled: bool
    fill: Any


SMALL = 2**16  # bytes: time and its bounds
_ADDRESSES = {b"DIMENSION_LIST", b"REFERENCE_LIST"}  # which say where in the file something is


def glance(path: Path, varying: Mapping[str, tuple[str, ...]]) -> Glance:
    """A look at the root group: everything but ``varying``, names with dimensions, is digested."""
    likeness, variables = hashlib.sha256(), {}
    file = h5f.open(os.fsencode(path), h5f.ACC_RDONLY)
    try:
        root = h5g.open(file, b"/")
        attrs = dict(_attributes(root))
        for key in root:
            member, name = h5o.open(root, key), key.decode()
            likeness.update(repr((key, type(member).__name__)).encode())
            if not isinstance(member, h5d.DatasetID):
                continue
            kind = (member.dtype.descr, h5py.check_enum_dtype(member.dtype))
            said = (member.shape, kind, _dimensions(member), *_attributes(member))
            likeness.update(repr(said).encode())
            if name not in varying or member.dtype.itemsize * math.prod(member.shape) <= SMALL:
                values = np.empty(member.shape, member.dtype)
                member.read(h5s.ALL, h5s.ALL, values)
                if name in varying:
                    variables[name] = xr.Variable(varying[name], values)
                else:
                    likeness.update(
                        repr(values.tolist()).encode()
                        if values.dtype.hasobject
                        else values.reshape(-1).view("uint8")
                    )
            else:
                variables[name] = lazy(path, name, varying[name], member.shape, member.dtype)
    finally:
        file.close()
    return Glance(likeness.digest(), attrs, variables)


def _dimensions(array: h5d.DatasetID) -> list[bytes]:
    """The names of the dimensions."""
    if not h5a.exists(array, b"DIMENSION_LIST"):
        return []
    attribute = h5a.open(array, b"DIMENSION_LIST")
    scales = np.empty(attribute.shape, attribute.dtype)
    attribute.read(scales)
    return [h5i.get_name(h5r.dereference(each[0], array)) for each in scales]


def _attributes(owner: Any) -> Iterator[tuple[str, str]]:
    for number in range(h5a.get_num_attrs(owner)):
        attribute = h5a.open(owner, index=number)
        if attribute.name not in _ADDRESSES:
            value = np.empty(attribute.shape, attribute.dtype)
            attribute.read(value)
            yield attribute.name.decode(), repr((value.dtype.str, value.tolist()))


def _read_box(path: Path, name: str, dtype: np.dtype[Any], box: Slices) -> np.ndarray:
    try:
        chunks = _layouts(path, path.stat().st_mtime_ns).get(name)
        if chunks is not None and all(each.start < each.stop for each in box):
            return _gather(path, name, chunks, dtype, box)
        with h5py.File(path, "r") as file:
            return np.asarray(file[name][box])
    except Exception as error:  # zlib's own, those of HDF5 and those below
        raise SourceError(
            f"cannot read {name!r} of {path}",
            found=str(error),
            expected="a file that is complete, and stays as it was when it was looked at",
            fix="copy or download the file again",
        ) from error


INFLATED = Inflated()


def _gather(path: Path, name: str, chunks: Chunks, dtype: np.dtype[Any], box: Slices) -> np.ndarray:
    out = np.empty([each.stop - each.start for each in box], dtype)
    handle = os.open(path, os.O_RDONLY)
    modified = os.fstat(handle).st_mtime_ns
    try:
        for corner in _corners(box, chunks.shape):
            inner, outer = _overlap(corner, chunks.shape, box)
            place = chunks.places.get(corner)
            if place is None:  # never written
                out[outer] = chunks.fill
            else:
                inflate = partial(_inflate, handle, place, chunks, dtype)
                is_whole = all(each.stop - each.start == size
                               for each, size in zip(inner, chunks.shape, strict=True))  # fmt: skip
                key = (path, modified, name, corner)
                out[outer] = (inflate() if is_whole else INFLATED.get(key, inflate))[inner]
    finally:
        os.close(handle)
    return out


def _inflate(
    handle: int, place: tuple[int, int], chunks: Chunks, dtype: np.dtype[Any]
) -> np.ndarray:
    (offset, size), count = place, math.prod(chunks.shape)
    data: Any = os.pread(handle, size, offset)
    if len(data) < size:
        raise OSError(f"the file ends at byte {offset + len(data)}, within a chunk")
    if chunks.is_deflated:
        data = zlib_ng.decompress(data, bufsize=count * dtype.itemsize)
    if len(data) != count * dtype.itemsize:
        raise OSError(f"a chunk of {len(data)} bytes, expected {count * dtype.itemsize}")
    if chunks.is_shuffled and dtype.itemsize > 1:
        planes = np.frombuffer(data, "uint8").reshape(dtype.itemsize, count)
        data = np.empty((count, dtype.itemsize), "uint8")
        for byte, plane in enumerate(planes):  # a plane at a time: twice as fast as a transpose
            data[:, byte] = plane
    return np.frombuffer(data, dtype).reshape(chunks.shape)


@lru_cache(maxsize=64)
def _layouts(path: Path, modified: int) -> dict[str, Chunks]:
    """The chunks of every array of the root group, but of those that only the library can read."""
    with h5py.File(path, "r") as file:
        if file.userblock_size:
            return {}  # from where the library does not count
        own = [name for name in file if isinstance(file.get(name, getlink=True), h5py.HardLink)]
        members = [file[name] for name in own if isinstance(file[name], h5py.Dataset)]
        found = {each.name[1:]: _chunks_of(each) for each in members if each.chunks is not None}
    return {name: chunks for name, chunks in found.items() if chunks is not None}


def _chunks_of(dataset: h5py.Dataset) -> Chunks | None:
    if dataset.id.get_type() != h5t.py_create(dataset.dtype):
        return None  # numbers of an odd width, which the library makes plain ones
    plan = dataset.id.get_create_plist()
    filters = [plan.get_filter(number)[0] for number in range(plan.get_nfilters())]
    if filters not in ([], [h5z.FILTER_DEFLATE], [h5z.FILTER_SHUFFLE, h5z.FILTER_DEFLATE]):
        return None
    stored: list[Any] = []
    dataset.id.chunk_iter(stored.append)
    if any(each.filter_mask for each in stored):
        return None  # some were not worth compressing
    return Chunks(
        dataset.chunks,
        {tuple(each.chunk_offset): (each.byte_offset, each.size) for each in stored},
        h5z.FILTER_DEFLATE in filters,
        h5z.FILTER_SHUFFLE in filters,
        dataset.fillvalue,
    )


def _corners(box: Slices, chunk: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return itertools.product(
        *(
            range(each.start // size * size, each.stop, size)
            for each, size in zip(box, chunk, strict=True)
        )
    )


def _overlap(corner: tuple[int, ...], chunk: tuple[int, ...], box: Slices) -> tuple[Slices, Slices]:
    """Where a chunk and a box meet: seen from the chunk, seen from the box."""
    meeting = [
        (low, max(low, each.start), min(low + size, each.stop), each.start)
        for low, size, each in zip(corner, chunk, box, strict=True)
    ]
    inner = tuple(slice(start - low, stop - low) for low, start, stop, _ in meeting)
    outer = tuple(slice(start - origin, stop - origin) for _, start, stop, origin in meeting)
    return inner, outer
