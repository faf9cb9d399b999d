"""How arrays are laid on disk: chunk shapes, compression, checksums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr
import zarr.codecs

# Before compression: large enough to stream, small enough for a worker; and the smallest
# that is worth a request.
CHUNK_BYTES = 8 * 2**20
SMALL_BYTES = 64 * 2**10
SERIES_BYTES = 2**20


def map_chunks(variable: xr.Variable, time: str | None) -> tuple[int, ...]:
    """The chunk shape of the ``map`` layout: whole space, few times.

    One time step, so that appending one never writes another again; several only where a step
    is so small that the chunk would be all overhead. Space is cut, largest dimension first,
    only where one step is larger than a chunk.
    """
    chunks = dict(zip(variable.dims, variable.shape, strict=True))
    if time in chunks:
        chunks[time] = 1
    while math.prod(chunks.values()) * variable.dtype.itemsize > CHUNK_BYTES:
        largest = max(chunks, key=lambda dim: chunks[dim])
        chunks[largest] = math.ceil(chunks[largest] / 2)
    if time in chunks:
        step_bytes = math.prod(chunks.values()) * variable.dtype.itemsize
        # A power of two, so that the chunks of one variable are whole chunks of another.
        chunks[time] = 2 ** (max(1, SMALL_BYTES // step_bytes).bit_length() - 1)
    return tuple(chunks[dim] for dim in variable.dims)


def series_block(steps: int) -> int:
    """How many steps a block of the ``series`` layout has: up to 512.

    Blocks of equal length, so that next to none of the steps that there are is left over: what
    fills no block has to be read from ``map``. A dataset of a few steps is one that grows.
    """
    return 512 if steps < 32 else steps // math.ceil(steps / 512)


def series_chunks(variable: xr.Variable, time: str, block: int) -> tuple[int, ...]:
    """The chunk shape of the ``series`` layout: a whole block of time, small space."""
    chunks = dict(zip(variable.dims, variable.shape, strict=True))
    if time not in chunks:
        return tuple(chunks.values())
    chunks[time] = block
    while math.prod(chunks.values()) * variable.dtype.itemsize > SERIES_BYTES:
        largest = max((dim for dim in chunks if dim != time), key=lambda dim: chunks[dim])
        if chunks[largest] == 1:
            break
        chunks[largest] = math.ceil(chunks[largest] / 2)
    return tuple(chunks.values())


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
    if fill is None:
        # xarray would give floats NaN, which no file said, and files added later do not say.
        encoding["_FillValue"] = None
    elif np.isscalar(fill) and _fits(fill, variable.dtype):
        encoding["fill_value"] = fill  # so that chunks with nothing but land take no room
    return encoding


def _fits(fill: Any, dtype: np.dtype[Any]) -> bool:
    """Whether a fill value is a value of the type; on ``_Unsigned`` data it need not be."""
    if dtype.kind in "iu":
        return bool(np.iinfo(dtype).min <= fill <= np.iinfo(dtype).max)
    return dtype.kind == "f"
