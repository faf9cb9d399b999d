"""Which chunks are read together: coarse tasks that each hold little.

A task reads some steps of some cells, several chunks at a time, and accumulates them for the groups
that the steps belong to. How they are cut:

1. Cells into tiles, of whole chunks, until the accumulators of all groups for a tile, and one
   row of its chunks, are small. A tile is never less than a chunk, which would be read twice.
2. Where the accumulators of a tile are still too large, groups into sets of neighbours.
3. Steps of a tile and a set into runs of about ``TASK`` bytes, cut between chunks.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pangeo.analysis.source import Box

# Bytes that a task holds: what it reads at a time, and its accumulators.
BUFFER, STATE = 32 * 2**20, 32 * 2**20
TASK = 128 * 2**20  # of stored values that a task reads, one buffer after the other
REREAD = 1.25  # how often a chunk may be read, on average, before larger accumulators are better


@dataclass(frozen=True, slots=True)
class Run:
    """The steps of one box that one task reads."""

    box: int
    steps: np.ndarray
    """Positions along the first dimension of the box, ascending."""


def tiles(boxes: Sequence[Box], shape: tuple[int, ...], state: float) -> list[list[int]]:
    """Edges of the tiles along each dimension but the first.

    Parameters
    ----------
    boxes
        The boxes of an array whose first dimension is that of the steps.
    shape
        Of the array.
    state
        Bytes of the accumulators of a cell, of all groups.
    """
    main = max(boxes, key=lambda box: math.prod(box.shape))
    unit = [min(size, n) for size, n in zip(main.unit[1:], shape[1:], strict=True)]
    depth = min(main.unit[0], shape[0]) * main.itemsize
    counts = [math.ceil(n / size) for n, size in zip(shape[1:], unit, strict=True)]
    sizes = list(counts)

    def cells() -> int:
        return math.prod(n * size for n, size in zip(sizes, unit, strict=True))

    while max(sizes, default=1) > 1 and (cells() * state > STATE or cells() * depth > BUFFER):
        largest = max(range(len(sizes)), key=lambda axis: sizes[axis])
        sizes[largest] = math.ceil(sizes[largest] / 2)
    edges = []
    for axis, (n, size) in enumerate(zip(sizes, unit, strict=True), 1):
        first = int(main.left[axis][0]) % main.unit[axis] if main.shape[axis] else 0
        cuts = {0, shape[axis], *range(n * size - first, shape[axis], n * size)}
        cuts |= {box.start[axis] for box in boxes}
        edges.append(sorted(cut for cut in cuts if 0 <= cut <= shape[axis]))
    return edges


def group_sets(
    boxes: Sequence[Box], labels: np.ndarray, number: int, cells: int, state: int
) -> list[tuple[int, int]]:
    """First and last of the groups that are accumulated together, in sets that are small."""
    for limit in (STATE, 4 * STATE):
        several = max(1, limit // max(1, cells * state))
        sets = [(first, min(first + several, number)) for first in range(0, number, several)]
        if len(sets) == 1 or _rereads(boxes, labels, sets) <= REREAD:
            break
    return sets


def _rereads(boxes: Sequence[Box], labels: np.ndarray, sets: list[tuple[int, int]]) -> float:
    """How often a chunk is read, on average, when each set of groups is read by itself."""
    touched, whole = 0, 0
    for box in boxes:
        chunk = box.left[0] // box.unit[0]
        mine = labels[box.start[0] : box.start[0] + box.shape[0]]
        whole += np.unique(chunk[mine >= 0]).size
        touched += sum(
            np.unique(chunk[(mine >= first) & (mine < last)]).size for first, last in sets
        )
    return touched / max(1, whole)


def runs(
    boxes: Sequence[Box], labels: np.ndarray, groups: tuple[int, int], cells: int
) -> list[Run]:
    """The tasks that read the steps of a set of groups."""
    found = []
    for number, box in enumerate(boxes):
        mine = labels[box.start[0] : box.start[0] + box.shape[0]]
        steps = np.flatnonzero((mine >= groups[0]) & (mine < groups[1]))
        if not steps.size:
            continue
        step = cells * box.itemsize
        several = max(1, TASK // max(1, step))
        found += [Run(number, part) for part in _cut(box, steps, several)]
    return found


def batches(box: Box, steps: np.ndarray, cells: int) -> Iterator[slice]:
    """Steps in a row that are read at once: what fits into a buffer, and at least a chunk."""
    step = cells * box.itemsize
    several = max(1, BUFFER // max(1, step))
    ends = np.flatnonzero(np.diff(steps) > 1) + 1
    for row in np.split(steps, ends):
        for part in _cut(box, row, several):
            yield slice(int(part[0]), int(part[-1]) + 1)


def _cut(box: Box, steps: np.ndarray, several: int) -> list[np.ndarray]:
    """Steps in parts of at most so many, or of one chunk, cut between chunks."""
    chunk = box.left[0][steps] // box.unit[0]
    starts = [0, *(np.flatnonzero(np.diff(chunk) != 0) + 1), steps.size]
    cuts, first = [0], 0
    for start, after in itertools.pairwise(starts):
        if after - first > several and start > first:
            cuts.append(start)
            first = start
    return [steps[a:b] for a, b in itertools.pairwise([*cuts, steps.size])]


def box_tile(box: Box, tile: Sequence[slice]) -> tuple[slice, ...] | None:
    """The part of a tile that lies in a box, in its own positions; None where none does."""
    key: list[Any] = []
    for axis, part in enumerate(tile, 1):
        start, stop = part.start - box.start[axis], part.stop - box.start[axis]
        if stop <= 0 or start >= box.shape[axis]:
            return None
        key.append(slice(max(start, 0), min(stop, box.shape[axis])))
    return tuple(key)
