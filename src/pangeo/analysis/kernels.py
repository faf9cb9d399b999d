"""What happens to each number: compiled loops over a block of stored values.

A block is (steps, cells), packed or not. ``labels`` gives the row of the accumulators to which
each step belongs, -1 for none; ``cells`` their column for each cell. A value is left out where it
is NaN or, with ``has_missing``, equals ``missing``. Accumulators change in place. Kernels release
the GIL and are compiled once for each type, then loaded from a cache.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

_kernel: Any = numba.njit(nogil=True, cache=True, error_model="numpy")

STRIP = 4096  # cells at a time, so that accumulators stay in the cache from step to step


@_kernel
def add_sums(
    block: Any, labels: Any, missing: Any, has_missing: bool, count: Any, total: Any
) -> None:
    """Number and sum of the values, cell by cell."""
    steps, size = block.shape
    for start in range(0, size, STRIP):
        stop = min(start + STRIP, size)
        for step in range(steps):
            row = labels[step]
            if row < 0:
                continue
            values = block[step, start:stop]
            counts, totals = count[row, start:stop], total[row, start:stop]
            if has_missing:
                for n in range(stop - start):
                    value = values[n]
                    there = (value == value) & (value != missing)
                    counts[n] += there
                    totals[n] += value if there else 0
            else:
                for n in range(stop - start):
                    value = values[n]
                    there = value == value
                    counts[n] += there
                    totals[n] += value if there else 0


@_kernel
def add_weighted(
    block: Any, labels: Any, cells: Any, weights: Any, missing: Any, has_missing: bool,
    count: Any, weight: Any, total: Any,
) -> None:  # fmt: skip
    """Number, weight and weighted sum of the values of several cells together."""
    steps, size = block.shape
    for step in range(steps):
        row = labels[step]
        if row < 0:
            continue
        for n in range(size):
            value = block[step, n]
            if value != value or (has_missing and value == missing):
                continue
            column = cells[n]
            count[row, column] += 1
            weight[row, column] += weights[n]
            total[row, column] += weights[n] * value


@_kernel
def add_spread(
    block: Any, labels: Any, cells: Any, weights: Any, missing: Any, has_missing: bool,
    count: Any, weight: Any, origin: Any, first: Any, second: Any,
) -> None:  # fmt: skip
    """Weighted sums of the differences from a first value, and of their squares.

    As the first value is one of them, no large mean cancels.
    """
    steps, size = block.shape
    for step in range(steps):
        row = labels[step]
        if row < 0:
            continue
        for n in range(size):
            value = block[step, n]
            if value != value or (has_missing and value == missing):
                continue
            column = cells[n]
            if count[row, column] == 0:
                origin[row, column] = value
            difference = np.float64(value) - origin[row, column]
            count[row, column] += 1
            weight[row, column] += weights[n]
            first[row, column] += weights[n] * difference
            second[row, column] += weights[n] * difference * difference


@_kernel
def add_extremes(
    block: Any, labels: Any, cells: Any, missing: Any, has_missing: bool,
    count: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """The lowest and the highest value, in the type of the block."""
    steps, size = block.shape
    for step in range(steps):
        row = labels[step]
        if row < 0:
            continue
        for n in range(size):
            value = block[step, n]
            if value != value or (has_missing and value == missing):
                continue
            column = cells[n]
            if count[row, column] == 0:
                low[row, column] = value
                high[row, column] = value
            elif value < low[row, column]:
                low[row, column] = value
            elif value > high[row, column]:
                high[row, column] = value
            count[row, column] += 1


@_kernel
def add_products(
    block: Any, labels: Any, other: Any, missing: Any, has_missing: bool,
    count: Any, origin: Any, x: Any, y: Any, xx: Any, yy: Any, xy: Any,
) -> None:  # fmt: skip
    """Sums and products of each cell's values with those of a series, where both are there."""
    steps, size = block.shape
    for step in range(steps):
        row = labels[step]
        along = other[step]
        if row < 0 or along != along:
            continue
        for n in range(size):
            value = block[step, n]
            if value != value or (has_missing and value == missing):
                continue
            if count[row, n] == 0:
                origin[row, n] = value
            difference = np.float64(value) - origin[row, n]
            count[row, n] += 1
            x[row, n] += difference
            y[row, n] += along
            xx[row, n] += difference * difference
            yy[row, n] += along * along
            xy[row, n] += difference * along


@_kernel
def add_histogram(
    block: Any, missing: Any, has_missing: bool, low: Any, width: Any, below: Any, bins: Any
) -> None:
    """How many values lie below ``low``, and in each of the equal bins of ``width`` from there."""
    steps, size = block.shape
    number = bins.shape[0]
    for step in range(steps):
        for n in range(size):
            value = block[step, n]
            if value != value or (has_missing and value == missing):
                continue
            if value < low[n]:
                below[n] += 1
            elif width[n] > 0:
                place = math.floor((value - low[n]) / width[n])
                if place < number:
                    bins[np.int64(place), n] += 1
            elif value == low[n]:
                bins[0, n] += 1
