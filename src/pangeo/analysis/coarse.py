"""The same lazy array in few, large Dask chunks, each of which reads a run of stored chunks."""

from __future__ import annotations

import itertools
import math
import uuid
import warnings
from collections.abc import Collection, Hashable
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from dask.base import tokenize
from dask.graph_manipulation import bind

from pangeo.errors import FallbackWarning
from pangeo.storage import Piece, find_stored

CHUNK = 64 * 2**20  # bytes of decoded values in a chunk
SHARED = 2**28  # bytes that may be held from one pass to the next
BATCH = 16 * 2**20  # of those that are decoded at a time


def coarse(
    variable: xr.Variable, nbytes: int = CHUNK, whole: Collection[Hashable] = ()
) -> xr.Variable:
    """The variable in chunks of about so many bytes, read from the store without more tasks.

    Parameters
    ----------
    whole
        Dimensions that are not cut.

    Returns
    -------
    As it is where it is in memory or computed by Dask; there ``whole`` is seen to by Dask.
    """
    pieces = find_stored(variable)
    if pieces is None:
        variable = in_chunks(variable)
        if variable.chunks is not None and whole:
            return variable.chunk({dim: -1 if dim in whole else "auto" for dim in variable.dims})
        return variable
    reader, chunks = _reading(pieces, variable, nbytes, whole)
    name = "coarse-" + tokenize(getattr(variable._data, "name", None) or uuid.uuid4().hex, chunks)
    array = da.from_array(
        reader, chunks=chunks, name=name, asarray=False, inline_array=True, fancy=False,
        meta=np.empty((0,) * variable.ndim, variable.dtype),
    )  # fmt: skip
    return xr.Variable(variable.dims, array, variable.attrs, variable.encoding)


def reading(variable: xr.Variable) -> tuple[Reader, tuple[tuple[int, ...], ...]] | None:
    """What reads the variable from its store, and coarse chunks for it; None if nothing does."""
    pieces = find_stored(variable)
    return None if pieces is None else _reading(pieces, variable, CHUNK, ())


def _reading(
    pieces: list[Piece], variable: xr.Variable, nbytes: int, whole: Collection[Hashable]
) -> tuple[Reader, tuple[tuple[int, ...], ...]]:
    chunks = _chunks(pieces, variable, nbytes, {variable.dims.index(dim) for dim in whole})
    return Reader(pieces, variable.shape, np.dtype(variable.dtype)), chunks


def for_next_pass(data: da.Array, after: Any) -> da.Array:
    """The same array for a pass that follows another, made again where it is large.

    Of one that both share Dask holds every chunk, from the first pass to the second.
    """
    return bind(data, after) if data.nbytes > SHARED else data


def in_chunks(variable: xr.Variable) -> xr.Variable:
    """What lies in another kind of file: read piece by piece too, which is slower, and said."""
    lazy = not isinstance(variable._data, np.ndarray | da.Array) and not variable._in_memory
    if not lazy or variable.nbytes <= CHUNK:
        return variable
    warnings.warn(
        f"{variable.nbytes / 1e9:.3g} GB are in no Zarr store, and are read through xarray in "
        "Dask chunks, with more tasks and memory; make a store of them with pangeo.ingest",
        FallbackWarning,
        stacklevel=3,
    )
    return variable.chunk(dict.fromkeys(variable.dims, "auto"))


class Reader:
    """What Dask cuts: reads and decodes the part that is asked for, a few chunks at a time."""

    def __init__(self, pieces: list[Piece], shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.pieces, self.shape, self.dtype, self.ndim = pieces, shape, dtype, len(shape)

    def __getitem__(self, key: tuple[slice | int, ...]) -> np.ndarray:
        spans = [each if isinstance(each, slice) else slice(each, each + 1) for each in key]
        wanted = [each.indices(size)[:2] for each, size in zip(spans, self.shape, strict=True)]
        out = np.empty([max(0, stop - start) for start, stop in wanted], self.dtype)
        for piece in self.pieces:
            box = [
                (max(start, first), min(stop, first + size))
                for (start, stop), first, size in zip(
                    wanted, piece.start, piece.stored.shape, strict=True
                )
            ]
            if all(stop > start for start, stop in box):
                self._fill(out, piece, box, [start for start, _ in wanted])
        return out[tuple(slice(None, None, k.step) if isinstance(k, slice) else 0 for k in key)]

    def _fill(self, out: np.ndarray, piece: Piece, box: list[Any], begin: list[int]) -> None:
        """A box of one piece, in slabs along its first dimension that are cut between chunks."""
        row = math.prod(stop - start for start, stop in box[1:]) * self.dtype.itemsize
        unit = piece.stored.unit[0] if box else 1
        step = max(unit, BATCH // max(1, row) // unit * unit)
        first, last = box[0] if box else (0, 1)
        offset = int(piece.stored.left[0][0]) % unit if box else 0
        edge = piece.start[0] - offset if box else 0
        for low in range(edge + (first - edge) // step * step, last, step):
            slab = [(max(low, first), min(low + step, last)), *box[1:]] if box else []
            inside = tuple(
                slice(a - start, b - start) for (a, b), start in zip(slab, piece.start, strict=True)
            )
            place = tuple(
                slice(a - start, b - start) for (a, b), start in zip(slab, begin, strict=True)
            )
            out[place] = piece.stored.decode(piece.stored.read(inside))


def _chunks(
    pieces: list[Piece], variable: xr.Variable, nbytes: int, whole: set[int]
) -> tuple[tuple[int, ...], ...]:
    """Runs of stored chunks: grown along the dimension that is cut most, until they are large."""
    main = max(pieces, key=lambda piece: math.prod(piece.stored.shape))
    edges = [
        _edges(main, axis, size) if axis not in whole else [0, size]
        for axis, size in enumerate(variable.shape)
    ]
    sizes = [int(np.diff(each).max(initial=1)) for each in edges]
    room = nbytes / (math.prod(sizes) * variable.dtype.itemsize)
    for axis in sorted(range(variable.ndim), key=lambda each: -len(edges[each])):
        grown = min(variable.shape[axis], max(sizes[axis], int(sizes[axis] * room)))
        room *= sizes[axis] / max(1, grown)
        sizes[axis] = grown
    while whole and math.prod(sizes) * variable.dtype.itemsize > 2 * nbytes:
        axis = max((n for n in range(variable.ndim) if n not in whole), key=lambda n: sizes[n])
        if sizes[axis] == 1:
            break
        sizes[axis] = math.ceil(sizes[axis] / 2)
        edges[axis] = [*range(0, variable.shape[axis], sizes[axis]), variable.shape[axis]]
    return tuple(_joined(edges[axis], sizes[axis]) for axis in range(variable.ndim))


def _edges(piece: Piece, axis: int, size: int) -> list[int]:
    where, unit = piece.stored.left[axis], piece.stored.unit[axis]
    inner = np.flatnonzero(np.diff(where // unit)) + 1 + piece.start[axis]
    outer = {0, piece.start[axis], piece.start[axis] + where.size, size}
    return sorted({*inner.tolist(), *outer})


def _joined(edges: list[int], size: int) -> tuple[int, ...]:
    """Between these edges, chunks of at most a size, or of one that is between two edges."""
    cuts = [0]
    for edge, following in itertools.pairwise(edges[1:]):
        if following - cuts[-1] > size:
            cuts.append(edge)
    if len(edges) > 1 and cuts[-1] != edges[-1]:
        cuts.append(edges[-1])
    return tuple(np.diff(cuts).tolist()) or (0,)
