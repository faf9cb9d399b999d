"""How arrays are laid on disk: chunk shapes, compression, checksums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr
import zarr.codecs

CHUNK_BYTES = 8 * 2**20  # before compression: large enough to stream, small enough for a worker


def map_chunks(variable: xr.Variable, time: str | None) -> tuple[int, ...]:
    """The chunk shape of the ``map`` layout: whole space, as many times as fit.

    Space is cut, largest dimension first, only where one time step is larger than a chunk.
    """
    chunks = dict(zip(variable.dims, variable.shape, strict=True))
    if time in chunks:
        chunks[time] = 1
    while math.prod(chunks.values()) * variable.dtype.itemsize > CHUNK_BYTES:
        largest = max(chunks, key=lambda dim: chunks[dim])
        chunks[largest] = math.ceil(chunks[largest] / 2)
    if time in chunks:
        step_bytes = math.prod(chunks.values()) * variable.dtype.itemsize
        chunks[time] = min(variable.sizes[time], max(1, CHUNK_BYTES // step_bytes))
    return tuple(chunks[dim] for dim in variable.dims)


def array_encoding(variable: xr.Variable, chunks: tuple[int, ...]) -> dict[str, Any]:
    """The Zarr encoding of an array: zstd after a byte shuffle, with a crc32c checksum.

    Icechunk does not notice a flipped bit by itself; the checksum codec does, at every read.
    """
    encoding: dict[str, Any] = {
        "chunks": chunks or None,
        "compressors": (
            zarr.codecs.BloscCodec(
                cname="zstd", clevel=3, shuffle="shuffle", typesize=variable.dtype.itemsize
            ),
            zarr.codecs.Crc32cCodec(),
        ),
    }
    fill = variable.attrs.get("_FillValue")
    if fill is not None and np.isscalar(fill):
        encoding["fill_value"] = fill  # so that chunks with nothing but land take no room
    return encoding
