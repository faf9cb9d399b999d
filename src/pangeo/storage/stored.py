"""Which stored chunks stand behind a lazy array, and how they decode.

A reduction that knows them reads and decodes each of them once, in the memory of a few, where
one that sees only a lazy array of floats does with what Dask has cut. Followed are what xarray
and Dask do between a store and an array as it was opened: decoding, selection by position, and
joining. Anything else makes other numbers of what is stored, and ends the search.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
import zarr
from dask._task_spec import Alias, DataNode, Task, TaskRef
from dask.array.chunk import getitem
from dask.array.core import getter, getter_inline, getter_nofancy
from xarray.backends.zarr import ZarrArrayWrapper
from xarray.coding import variables as coding
from xarray.coding.common import _ElementwiseFunctionArray
from xarray.core import indexing

type Decoder = Callable[[Any], Any]
type Keys = tuple[Any, ...]

_GETTERS = {getter, getter_inline, getter_nofancy, getitem, operator.getitem}
_MASK: Any = coding._apply_mask
_SCALE: Any = coding._scale_offset_decoding
_WRAPPERS = (
    indexing.ImplicitToExplicitIndexingAdapter,
    indexing.MemoryCachedArray,
    indexing.CopyOnWriteArray,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A part of a stored array, and how it decodes."""

    array: zarr.Array[Any] = field(repr=False)
    at: tuple[np.ndarray, ...]
    """The positions taken along each stored dimension, in their order; 0-d where one was taken."""
    decoders: tuple[Decoder, ...]
    """What xarray does to the stored values, first to last."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the part."""
        return tuple(each.size for each in self.at if each.ndim)

    @property
    def unit(self) -> tuple[int, ...]:
        """The stored sizes of what is read as a whole, along the dimensions that are left."""
        stored: tuple[int, ...] = self.array.shards or self.array.chunks
        return tuple(size for size, each in zip(stored, self.at, strict=True) if each.ndim)

    @property
    def left(self) -> tuple[np.ndarray, ...]:
        """The positions along the dimensions that are left."""
        return tuple(each for each in self.at if each.ndim)

    def take(self, key: Keys) -> Stored:
        """A part of the part: a slice, positions or one position along each dimension."""
        keys = iter(key)
        at = tuple(each[next(keys)] if each.ndim else each for each in self.at)
        return Stored(self.array, tuple(map(np.asarray, at)), self.decoders)

    def read(self, key: Keys) -> np.ndarray:
        """The stored values of a part of the part, undecoded."""
        where = tuple(_as_key(each) for each in self.take(key).at)
        if all(isinstance(each, (slice, int)) for each in where):
            return np.asarray(self.array[where])
        return np.asarray(self.array.oindex[where])

    def decode(self, raw: np.ndarray) -> np.ndarray:
        """Stored values as xarray shows them."""
        return decoded(self.decoders, raw)

    @property
    def packing(self) -> tuple[float, float, Any] | None:
        """Scale, offset and the value that means missing (or None), where that is all there is."""
        scale, offset, missing, scaled = 1.0, 0.0, None, False
        for decoder in self.decoders:
            said = decoder.keywords if isinstance(decoder, partial) else {}
            function = decoder.func if isinstance(decoder, partial) else decoder
            fills = list(said.get("encoded_fill_values", ()))
            if function is _MASK and not scaled and len(fills) == 1:
                missing = fills[0]
            elif function is _SCALE and not scaled:
                scaled = True
                scale = 1.0 if said["scale_factor"] is None else float(said["scale_factor"])
                offset = 0.0 if said["add_offset"] is None else float(said["add_offset"])
            else:
                return None
        if self.array.dtype.kind not in "iuf" or not self.array.dtype.isnative:
            return None
        return scale, offset, missing


def decoded(decoders: tuple[Decoder, ...], raw: np.ndarray) -> np.ndarray:
    """Stored values as xarray shows them, with the decoders of a ``Stored``."""
    values: Any = raw
    for decoder in decoders:
        values = decoder(values)
    return np.asarray(values)


def _as_key(where: np.ndarray) -> Any:
    if not where.ndim:
        return int(where)
    if where.size and (np.diff(where) == 1).all():
        return slice(int(where[0]), int(where[-1]) + 1)
    return where


@dataclass(frozen=True, slots=True)
class Piece:
    """A box of a lazy array, and where it is stored."""

    start: tuple[int, ...]
    """Where along each dimension of the lazy array it begins."""
    stored: Stored


def find_stored(variable: xr.Variable) -> list[Piece] | None:
    """The stored arrays behind a lazy variable, whose boxes fill it; None where there are none.

    Nothing is read. None is also the answer where anything was computed of what is stored,
    where it is in memory already, and where dimensions were selected together or reordered.

    Examples
    --------
    >>> import xarray as xr
    >>> find_stored(xr.Variable("x", [1, 2])) is None
    True
    """
    data = variable._data
    if not isinstance(data, da.Array):
        alone = _of_lazy(data)
        found = None if alone is None else [Piece((0,) * variable.ndim, alone)]
    else:
        found = _of_dask(data)
    if found is None or any(each.stored.array.dtype.kind not in "iufb" for each in found):
        return None
    return found


def _of_lazy(data: Any) -> Stored | None:
    """What stands behind a lazy array of xarray."""
    decoders: list[Decoder] = []
    while True:
        if isinstance(data, _ElementwiseFunctionArray):
            decoders.insert(0, data.func)
            data = data.array
        elif isinstance(data, _WRAPPERS):
            data = data.array
        elif isinstance(data, indexing.LazilyIndexedArray):
            return _of_backend(data.array, data.key.tuple, decoders)
        else:
            return _of_backend(data, None, decoders)


def _of_backend(backend: Any, key: Keys | None, decoders: list[Decoder]) -> Stored | None:
    if not isinstance(backend, ZarrArrayWrapper):
        return None
    array: zarr.Array[Any] = backend._array
    at = tuple(np.arange(size) for size in array.shape)
    whole = Stored(array, at, tuple(decoders))
    return whole if key is None else whole.take(key)


def _of_dask(data: da.Array) -> list[Piece] | None:
    """What stands behind each block of a Dask array, and then behind boxes of blocks."""
    graph = dict(data.__dask_graph__())
    known: dict[Hashable, Any] = {}
    if not data.ndim:
        alone = _follow(graph, (data.name,), known)
        return None if alone is None else [Piece((), alone)]
    blocks: Any = np.empty(data.numblocks, dtype=object)
    for place in np.ndindex(*data.numblocks):
        block = _follow(graph, (data.name, *place), known)
        if not isinstance(block, Stored) or block.shape != data.blocks[place].shape:
            return None
        blocks[place] = block
    starts = [np.concatenate([[0], np.cumsum(sizes)[:-1]]) for sizes in data.chunks]
    return _boxes(blocks, starts)


def _follow(graph: Mapping[Any, Any], key: Hashable, known: dict[Hashable, Any]) -> Stored | None:
    """What stands behind a key of a graph, as far as nothing but selection and decoding made it."""
    if key not in known:
        known[key] = _made_of(graph, graph.get(key), known)
    found: Stored | None = known[key]
    return found


def _made_of(graph: Mapping[Any, Any], task: Any, known: dict[Hashable, Any]) -> Stored | None:
    if isinstance(task, Alias):
        return _follow(graph, task.target, known)
    if isinstance(task, TaskRef):
        return _follow(graph, task.key, known)
    if isinstance(task, DataNode):
        return _of_lazy(task.value)
    if isinstance(task, Task):
        function, arguments = task.func, list(task.args)
    elif isinstance(task, tuple) and task and callable(task[0]):
        function, arguments = task[0], list(task[1:])
    elif isinstance(task, Hashable) and task in graph:
        return _follow(graph, task, known)
    else:
        return _of_lazy(task)
    inner = _made_of(graph, arguments[0], known) if arguments else None
    if inner is None:
        return None
    if function in _GETTERS:
        key = arguments[1].value if isinstance(arguments[1], DataNode) else arguments[1]
        return _selected(inner, key)
    if _is_decoder(function) and len(arguments) == 1:
        return Stored(inner.array, inner.at, (*inner.decoders, function))
    return None


def _is_decoder(function: Any) -> bool:
    return isinstance(function, partial) and function.func in (_MASK, _SCALE)


def _selected(inner: Stored, key: Any) -> Stored | None:
    keys = key if isinstance(key, tuple) else (key,)
    if len(keys) != len(inner.shape):
        return None
    arrays = [each for each in keys if not isinstance(each, (slice, int, np.integer))]
    if len(arrays) > 1 or any(np.ndim(each) != 1 for each in arrays):
        return None
    return inner.take(tuple(keys))


def _boxes(blocks: Any, starts: list[np.ndarray]) -> list[Piece] | None:
    """The blocks that come from one array, joined to boxes."""
    names = np.empty(blocks.shape, dtype=object)
    for place in np.ndindex(*blocks.shape):
        block: Stored = blocks[place]
        names[place] = (id(block.array), tuple(map(repr, block.decoders)))
    pieces = []
    for name in dict.fromkeys(names.flat):
        where = [np.unique(each) for each in np.nonzero(_equals(names, name))]
        box = blocks[np.ix_(*where)]
        if not all((np.diff(each) == 1).all() for each in where) or not _is_box(box):
            return None
        at = _joined(box)
        if at is None:
            return None
        first: Stored = box.flat[0]
        start = tuple(int(start[each[0]]) for start, each in zip(starts, where, strict=True))
        pieces.append(Piece(start, Stored(first.array, at, first.decoders)))
    return pieces


def _equals(names: np.ndarray, name: Any) -> np.ndarray:
    return np.fromiter((each == name for each in names.flat), bool).reshape(names.shape)


def _is_box(box: np.ndarray) -> bool:
    return len({id(each.array) for each in box.flat}) == 1


def _joined(box: Any) -> tuple[np.ndarray, ...] | None:
    """The positions of a box of blocks, which are those along each of its sides."""
    first: Stored = box.flat[0]
    left = [number for number, each in enumerate(first.at) if each.ndim]
    sides = [
        [box[tuple(i if axis == side else 0 for axis in range(box.ndim))].at[stored]
         for i in range(box.shape[side])]
        for side, stored in enumerate(left)
    ]  # fmt: skip
    for place in np.ndindex(*box.shape):
        block: Stored = box[place]
        for stored, each in enumerate(block.at):
            wanted = sides[left.index(stored)][place[left.index(stored)]] if each.ndim else None
            expected = first.at[stored] if wanted is None else wanted
            if each is not expected and not np.array_equal(each, expected):
                return None
    joined = {stored: np.concatenate(side) for stored, side in zip(left, sides, strict=True)}
    return tuple(joined.get(stored, each) for stored, each in enumerate(first.at))
