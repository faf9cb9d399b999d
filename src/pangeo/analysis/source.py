"""Where the values of an array come from: a store, Dask, or memory; and how they are handed out.

A source is a list of boxes that fill the array. Each hands out blocks of (steps, cells) for the
kernels: of a stored box the stored values, undecoded where that is enough to know them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from pangeo.analysis.accumulators import Packing
from pangeo.storage import Stored, decoded, find_stored

type Keys = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A box of an array: where it begins, and what it is read from."""

    start: tuple[int, ...]
    shape: tuple[int, ...]
    stored: Stored
    order: tuple[int, ...]
    """Which dimension of what is stored each one is."""
    packed: bool
    """Whether it is handed out as it is stored."""

    @property
    def unit(self) -> tuple[int, ...]:
        """The sizes of what is read as a whole."""
        return tuple(self.stored.unit[axis] for axis in self.order)

    @property
    def left(self) -> tuple[np.ndarray, ...]:
        """The stored positions along each dimension."""
        return tuple(self.stored.left[axis] for axis in self.order)

    @property
    def itemsize(self) -> int:
        """Bytes of a stored value."""
        return int(self.stored.array.dtype.itemsize)

    def read(self, key: Keys) -> np.ndarray:
        """The values of a part, for a kernel."""
        where = [key[self.order.index(axis)] for axis in range(len(key))]
        raw = self.stored.read(tuple(where))
        return for_kernels(raw if self.packed else self.stored.decode(raw)).transpose(self.order)


@dataclass(frozen=True, slots=True)
class Source:
    """What an array is read from."""

    boxes: list[Box]
    packing: Packing
    decode: Callable[[np.ndarray], np.ndarray]
    """From values as they are handed out to those that the array shows."""
    read_as: np.dtype[Any]
    """The type of what is handed out."""


def for_kernels(values: np.ndarray) -> np.ndarray:
    """Values in a type of which there are kernels: no booleans, halves, or foreign byte order."""
    kind, size = values.dtype.kind, values.dtype.itemsize
    wanted = "int8" if kind == "b" else "float32" if (kind, size) == ("f", 2) else None
    if kind == "f" and size > 8:
        wanted = "float64"
    return values.astype(wanted or values.dtype.newbyteorder("="), copy=False)


def stored_source(variable: xr.Variable, first: Hashable) -> Source | None:
    """The store behind a lazy variable, one dimension first; None where there is none."""
    pieces = find_stored(variable)
    if not pieces:
        return None
    packings = [each.stored.packing for each in pieces]
    dtypes = {each.stored.array.dtype for each in pieces}
    alike = len(dtypes) == 1 and all(each == packings[0] for each in packings)
    packed = packings[0] is not None and alike and _fits(packings[0][2], *dtypes)
    axis = variable.dims.index(first)
    order = (axis, *(other for other in range(variable.ndim) if other != axis))
    boxes = [
        Box(_in(order, each.start), _in(order, each.stored.shape), each.stored, order, packed)
        for each in pieces
    ]
    if packed and packings[0]:
        decoders, (dtype,) = pieces[0].stored.decoders, dtypes
        return Source(boxes, Packing(*packings[0]), partial(decoded, decoders), dtype)
    shown = for_kernels(np.empty(0, variable.dtype)).dtype
    return Source(boxes, Packing(), partial(np.asarray, dtype=variable.dtype), shown)


def _in(order: tuple[int, ...], values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(values[axis] for axis in order)


def _fits(missing: Any, dtype: np.dtype[Any]) -> bool:
    """Whether what means missing is a value of the type, and means the same in it."""
    if dtype.kind not in "iuf" or (dtype.kind == "f" and dtype.itemsize not in (4, 8)):
        return False
    if missing is None:
        return True
    with np.errstate(all="ignore"):
        typed = np.asarray(missing).astype(dtype)
    return bool(typed == missing or (missing != missing and dtype.kind == "f"))
