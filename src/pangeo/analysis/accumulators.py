"""What is kept of the values that were read: sums that can be added to, and to each other.

Each accumulator is made empty for some rows (groups of steps) and columns (cells), takes blocks of
values, absorbs others of its kind, and says in the end what it is for. Values are those stored: a
packed field is summed as integers, exactly, and unpacked in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Packing:
    """How the numbers of a block are to be understood: value = scale * number + offset."""

    scale: float = 1.0
    offset: float = 0.0
    missing: Any = None


@dataclass(frozen=True, slots=True)
class Block:
    """Values as they are stored, (steps, cells), with the row of each step and column of each."""

    values: np.ndarray
    labels: np.ndarray
    cells: np.ndarray | None = None
    """None: each cell is a column of its own."""
    weights: np.ndarray | None = None
    """Of each cell; None: all the same."""
    missing: Any = None
    at: np.ndarray | None = None
    """Which step of the whole each one is."""

    @property
    def gap(self) -> tuple[Any, bool]:
        """What means missing, in the type of the values, and whether anything does."""
        if self.missing is None:
            return self.values.dtype.type(0), False
        return self.values.dtype.type(self.missing), True

    def mapped(self) -> tuple[np.ndarray, np.ndarray]:
        """Column and weight of each cell."""
        size = self.values.shape[1]
        cells = np.arange(size) if self.cells is None else self.cells
        return cells, np.ones(size) if self.weights is None else self.weights


type Fields = list[np.ndarray]


class Sums:
    """Count, weight and sum; for means, sums and counts."""

    nbytes = 12  # of a cell

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted

    def dtype(self, shown: np.dtype[Any]) -> np.dtype[Any]:
        """Of the result."""
        return np.dtype("int64" if self.wanted == "count" else "float64")

    def empty(self, shape: tuple[int, int], dtype: np.dtype[Any], *, mapped: bool) -> Fields:
        """Accumulators of nothing, for values of a type, each of whose cells may be mapped."""
        if mapped:
            return [np.zeros(shape, "int64"), np.zeros(shape), np.zeros(shape)]
        exact = dtype.kind in "iu" and dtype.itemsize <= 4
        return [np.zeros(shape, "int32"), np.zeros(shape, "int64" if exact else "float64")]

    def add(self, fields: Fields, block: Block) -> None:
        """Count the values of a block in."""
        from pangeo.analysis import kernels

        if len(fields) == 2:
            kernels.add_sums(block.values, block.labels, *block.gap, *fields)
        else:
            kernels.add_weighted(block.values, block.labels, *block.mapped(), *block.gap, *fields)

    def absorb(self, fields: Fields, rows: Any, other: Fields) -> None:
        """Add what another has."""
        for mine, theirs in zip(fields, other, strict=True):
            mine[rows] += theirs

    def finish(self, fields: Fields, packing: Packing, decode: Callable[[Any], Any]) -> np.ndarray:
        """The statistic; NaN where there is no value, but for sums and counts, which are 0."""
        count, total = fields[0], fields[-1].astype("float64")
        weight = fields[1] if len(fields) == 3 else count.astype("float64")
        if self.wanted == "count":
            return count.astype("int64")
        if self.wanted == "sum":
            return total * packing.scale + packing.offset * weight
        with np.errstate(invalid="ignore", divide="ignore"):
            total /= weight
        if packing.scale != 1:
            total *= packing.scale
        if packing.offset:
            total += packing.offset
        return total


class Spread:
    """Count, weight, mean and sum of squares about it; for standard deviations."""

    nbytes = 40

    def dtype(self, shown: np.dtype[Any]) -> np.dtype[Any]:
        """Of the result."""
        return np.dtype("float64")

    def empty(self, shape: tuple[int, int], dtype: np.dtype[Any], *, mapped: bool) -> Fields:
        """Accumulators of nothing."""
        return [np.zeros(shape, "int64"), *(np.zeros(shape) for _ in range(4))]

    def add(self, fields: Fields, block: Block) -> None:
        """Count the values of a block in."""
        from pangeo.analysis import kernels

        kernels.add_spread(block.values, block.labels, *block.mapped(), *block.gap, *fields)

    def absorb(self, fields: Fields, rows: Any, other: Fields) -> None:
        """Add what another has, moved to the origin of this one; an empty one takes theirs."""
        count, weight, origin, first, second = fields
        n, w, o, f, s = other
        mine = np.where(count[rows] > 0, origin[rows], o)
        shift = np.where(n > 0, o - mine, 0)
        second[rows] += s + 2 * shift * f + shift * shift * w
        first[rows] += f + shift * w
        origin[rows] = mine
        count[rows] += n
        weight[rows] += w

    def finish(self, fields: Fields, packing: Packing, decode: Callable[[Any], Any]) -> np.ndarray:
        """The standard deviation of what there is (divided by the number of values)."""
        _, weight, _, first, second = fields
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = second / weight - (first / weight) ** 2
            deviation: np.ndarray = np.sqrt(np.maximum(variance, 0)) * abs(packing.scale)
            return np.where(weight > 0, deviation, np.nan)


class Extremes:
    """The lowest and the highest value, as they are stored."""

    nbytes = 24

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted

    def dtype(self, shown: np.dtype[Any]) -> np.dtype[Any]:
        """Of the result."""
        return shown

    def empty(self, shape: tuple[int, int], dtype: np.dtype[Any], *, mapped: bool) -> Fields:
        """Accumulators of nothing."""
        return [np.zeros(shape, "int64"), np.zeros(shape, dtype), np.zeros(shape, dtype)]

    def add(self, fields: Fields, block: Block) -> None:
        """Look at the values of a block."""
        from pangeo.analysis import kernels

        cells, _ = block.mapped()
        kernels.add_extremes(block.values, block.labels, cells, *block.gap, *fields)

    def absorb(self, fields: Fields, rows: Any, other: Fields) -> None:
        """Add what another has."""
        count, low, high = fields
        n, lower, higher = other
        mine = count[rows] > 0
        low[rows] = np.where(mine & ((n == 0) | (low[rows] <= lower)), low[rows], lower)
        high[rows] = np.where(mine & ((n == 0) | (high[rows] >= higher)), high[rows], higher)
        count[rows] += n

    def finish(self, fields: Fields, packing: Packing, decode: Callable[[Any], Any]) -> np.ndarray:
        """The value as it is shown; NaN where there is none."""
        count, low, high = fields
        wants_low = (self.wanted == "min") == (packing.scale > 0)
        values: np.ndarray = np.asarray(decode(low if wants_low else high))
        if (count == 0).any():
            values = np.where(count > 0, values, values.dtype.type(np.nan)
                              if values.dtype.kind == "f" else np.nan)  # fmt: skip
        return values


class Ends(Extremes):
    """Both extremes and the count, from one reading."""

    results = 3

    def __init__(self) -> None:
        super().__init__("both")

    def dtype(self, shown: np.dtype[Any]) -> np.dtype[Any]:
        """Of the result."""
        return np.dtype("float64")

    def finish(self, fields: Fields, packing: Packing, decode: Callable[[Any], Any]) -> np.ndarray:
        """Along a first axis: lowest, highest, and how many."""
        ends = [Extremes(each).finish(fields, packing, decode) for each in ("min", "max")]
        return np.stack([each.astype("float64") for each in (*ends, fields[0])])


class Products:
    """Sums of each cell's values, those of a series, their squares and products."""

    nbytes = 64
    results = 6

    def __init__(self, other: np.ndarray) -> None:
        self.other = other

    def dtype(self, shown: np.dtype[Any]) -> np.dtype[Any]:
        """Of the result."""
        return np.dtype("float64")

    def empty(self, shape: tuple[int, int], dtype: np.dtype[Any], *, mapped: bool) -> Fields:
        """Accumulators of nothing."""
        return [np.zeros(shape, "int64"), *(np.zeros(shape) for _ in range(6))]

    def add(self, fields: Fields, block: Block) -> None:
        """Count the values of a block in."""
        from pangeo.analysis import kernels

        other = self.other[block.at]
        kernels.add_products(block.values, block.labels, other, *block.gap, *fields)

    def absorb(self, fields: Fields, rows: Any, other: Fields) -> None:
        """Add what another has, moved to the origin of this one."""
        count, origin, x, y, xx, yy, xy = fields
        n, o, ox, oy, oxx, oyy, oxy = other
        mine = np.where(count[rows] > 0, origin[rows], o)
        shift = np.where(n > 0, o - mine, 0)
        xx[rows] += oxx + 2 * shift * ox + shift * shift * n
        xy[rows] += oxy + shift * oy
        x[rows] += ox + shift * n
        y[rows] += oy
        yy[rows] += oyy
        origin[rows] = mine
        count[rows] += n

    def finish(self, fields: Fields, packing: Packing, decode: Callable[[Any], Any]) -> np.ndarray:
        """Along a first axis: n, mean x, mean y, and about these sums of xx, yy and xy."""
        count, origin, x, y, xx, yy, xy = fields
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, along = x / count, y / count
            squares = np.maximum(xx - x * mean, 0) * packing.scale**2
            return np.stack(
                [
                    count.astype("float64"),
                    (origin + mean) * packing.scale + packing.offset,
                    along,
                    squares,
                    np.maximum(yy - y * along, 0),
                    (xy - x * along) * packing.scale,
                ]
            )


type Accumulator = Sums | Spread | Extremes | Products


@dataclass(frozen=True, slots=True)
class State:
    """Accumulators of some of the groups."""

    groups: np.ndarray
    """Which, ascending."""
    fields: Fields


def together(
    accumulator: Accumulator, states: Sequence[State], groups: np.ndarray | None = None
) -> State:
    """Several states as one, of these groups or of those that any of them has."""
    if groups is None:
        groups = np.unique(np.concatenate([each.groups for each in states]))
    shape = (groups.size, states[0].fields[0].shape[1])
    fields = [np.zeros(shape, each.dtype) for each in states[0].fields]
    for each in states:
        rows = np.searchsorted(groups, each.groups)
        contiguous = rows.size > 0 and rows[-1] - rows[0] == rows.size - 1
        where: Any = slice(rows[0], rows[-1] + 1) if contiguous else rows
        accumulator.absorb(fields, where, each.fields)
    return State(groups, fields)
