"""Reductions over data of any size: read, decode and accumulate in one go.

One function serves means, extremes, spreads and products; over time, space or both; as a whole or
for groups of steps. Its result is lazy where the data are.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Hashable, Sequence
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from dask._task_spec import List, Task, TaskRef
from dask.base import tokenize
from dask.highlevelgraph import HighLevelGraph

from pangeo.analysis.accumulators import Accumulator, Block, Packing, State, together
from pangeo.analysis.coarse import in_chunks
from pangeo.analysis.runs import batches, box_tile, group_sets, runs, tiles
from pangeo.analysis.source import Box, Source, for_kernels, stored_source

FAN_IN = 4  # states that are put together at a time

type Parts = dict[tuple[int, ...], list[Any]]
"""For each block of the result, the keys of the states that it is made of."""


def reduce_groups(
    variable: xr.Variable,
    dim: Hashable,
    labels: np.ndarray,
    number: int,
    accumulator: Accumulator,
    *,
    over: Collection[Hashable] = (),
    weights: np.ndarray | None = None,
) -> Any:
    """A statistic of the groups of steps along ``dim``, and over other dimensions where asked.

    Parameters
    ----------
    variable
        In memory, in Dask chunks, or lazy.
    dim
        The dimension of the steps.
    labels
        The group of each step, from 0; -1 for steps that are left out.
    number
        How many groups there are.
    accumulator
        What is kept of each group.
    over
        Other dimensions that are reduced.
    weights
        Of the cells, in the shape of the other dimensions; None where all weigh the same.

    Returns
    -------
    numpy.ndarray or dask.array.Array
        (group, *other dimensions that are left), after an axis of the several results where an
        accumulator has such; in Dask where ``variable`` is.
    """
    labels = np.asarray(labels, "int64")
    kept = [each not in over for each in variable.dims if each != dim]
    work = Work(accumulator, labels, number, kept, weights)
    if variable._in_memory and not isinstance(variable._data, da.Array):
        axis = variable.dims.index(dim)
        return _in_memory(work, np.moveaxis(np.asarray(variable.values), axis, 0))
    source = stored_source(variable, dim)
    if source is not None:
        order = [dim, *(each for each in variable.dims if each != dim)]
        lazy = _from_store(work, source, tuple(variable.sizes[each] for each in order), variable)
    else:
        data = in_chunks(variable).chunk().data
        lazy = _from_dask(work, da.moveaxis(data, variable.dims.index(dim), 0))
    return lazy if isinstance(variable._data, da.Array) else lazy.compute()


class Work:
    """What a reduction is to do with the blocks, wherever these come from."""

    def __init__(
        self,
        accumulator: Accumulator,
        labels: np.ndarray,
        number: int,
        kept: Sequence[bool],
        weights: np.ndarray | None,
    ) -> None:
        self.accumulator, self.labels, self.number = accumulator, labels, number
        self.kept, self.weights = kept, weights
        self.mapped = weights is not None or not all(kept)

    def left(self, shape: Sequence[int]) -> tuple[int, ...]:
        """What is left of the shape of cells."""
        return tuple(size for size, kept in zip(shape, self.kept, strict=True) if kept)

    def start(self, groups: np.ndarray, shape: Sequence[int], dtype: np.dtype[Any]) -> State:
        """A state of nothing, for cells of this shape."""
        size = (groups.size, math.prod(self.left(shape)))
        return State(groups, self.accumulator.empty(size, dtype, mapped=self.mapped))

    def add(
        self, state: State, values: np.ndarray, first: int, weights: np.ndarray | None, missing: Any
    ) -> None:
        """Count values in, (steps, *cells), that begin at a step of the whole."""
        shape = values.shape[1:]
        at = np.arange(first, first + values.shape[0])
        labels, rows = self.labels[at], np.searchsorted(state.groups, self.labels[at])
        rows[rows == state.groups.size] = 0
        rows[state.groups[rows] != labels] = -1
        block = Block(
            np.ascontiguousarray(values.reshape(values.shape[0], math.prod(shape))),
            rows,
            self._columns(shape) if self.mapped else None,
            None if weights is None else np.ascontiguousarray(weights.ravel()),
            missing,
            at,
        )
        self.accumulator.add(state.fields, block)

    def _columns(self, shape: Sequence[int]) -> np.ndarray:
        """Which cell of the result each cell belongs to."""
        left = [size if kept else 1 for size, kept in zip(shape, self.kept, strict=True)]
        columns = np.arange(math.prod(left)).reshape(left)
        return np.broadcast_to(columns, tuple(shape)).ravel()

    def finish(
        self, state: State, shape: Sequence[int], packing: Packing, decode: Any
    ) -> np.ndarray:
        """The result for cells of this shape."""
        result = self.accumulator.finish(state.fields, packing, decode)
        return result.reshape(*result.shape[:-1], *self.left(shape))


def _in_memory(work: Work, values: np.ndarray) -> np.ndarray:
    shown, values = values.dtype, for_kernels(values)
    state = work.start(np.arange(work.number), values.shape[1:], values.dtype)
    work.add(state, values, 0, work.weights, None)
    return work.finish(state, values.shape[1:], Packing(), lambda low: low.astype(shown))


def _from_store(
    work: Work, source: Source, shape: tuple[int, ...], variable: xr.Variable
) -> da.Array:
    kept = [axis for axis, each in enumerate(work.kept, 1) if each]
    per_cell = work.accumulator.nbytes * (work.number if kept else 0)
    edges = tiles(source.boxes, shape, per_cell)
    largest = [int(np.diff(each).max(initial=1)) for each in edges]
    sets = group_sets(
        source.boxes, work.labels, work.number, math.prod(work.left(largest)),
        work.accumulator.nbytes,
    )  # fmt: skip
    identity = getattr(variable._data, "name", None) or [each.stored.at for each in source.boxes]
    name = f"{type(work.accumulator).__name__.lower()}-" + tokenize(
        identity, work.labels, work.number, work.kept, work.weights, vars(work.accumulator),
        [(id(each.stored.array), each.order) for each in source.boxes],
    )  # fmt: skip
    graph: dict[Any, Any] = {(f"{name}-box", n): box for n, box in enumerate(source.boxes)}
    graph[f"{name}-work"] = work
    parts: Parts = {}
    for place, tile in _tiles(edges):
        cells = math.prod(each.stop - each.start for each in tile)
        for number, groups in enumerate(sets):
            found = parts.setdefault((number, *_kept(work, place)), [])
            for run in runs(source.boxes, work.labels, groups, cells):
                key = box_tile(source.boxes[run.box], tile)
                if key is None:
                    continue
                weights = None if work.weights is None else work.weights[tile]
                part = (f"{name}-read", number, *place, len(found))
                graph[part] = Task(
                    part, _read_run, TaskRef(f"{name}-work"), TaskRef((f"{name}-box", run.box)),
                    run.steps, key, weights, source.packing.missing,
                )  # fmt: skip
                found.append(part)
    return _assembled(work, name, graph, parts, edges, sets, source, [])


def _read_run(
    work: Work, box: Box, steps: np.ndarray, key: tuple[slice, ...], weights: Any, missing: Any
) -> State:
    """Read the steps of a run, as many at a time as fit into a buffer, and accumulate them."""
    shape = tuple(each.stop - each.start for each in key)
    groups = np.unique(work.labels[steps + box.start[0]])
    state = None
    for batch in batches(box, steps, math.prod(shape)):
        values = box.read((batch, *key))
        if state is None:
            state = work.start(groups, shape, values.dtype)
        work.add(state, values, box.start[0] + batch.start, weights, missing)
    assert state is not None  # a run has steps
    return state


def _from_dask(work: Work, data: da.Array) -> da.Array:
    edges = [[0, *np.cumsum(sizes).tolist()] for sizes in data.chunks[1:]]
    starts = np.concatenate([[0], np.cumsum(data.chunks[0])])
    largest = [max(sizes, default=1) for sizes in data.chunks[1:]]
    several = max(1, 2**27 // max(1, math.prod(work.left(largest)) * work.accumulator.nbytes))
    sets = [(n, min(n + several, work.number)) for n in range(0, work.number, several)]
    name = f"{type(work.accumulator).__name__.lower()}-" + tokenize(
        data.name, work.labels, work.number, work.kept, work.weights, vars(work.accumulator)
    )
    graph: dict[Any, Any] = {f"{name}-work": work}
    parts: Parts = {}
    for place, tile in _tiles(edges):
        weights = None if work.weights is None else work.weights[tile]
        for number, groups in enumerate(sets):
            found = parts.setdefault((number, *_kept(work, place)), [])
            for n, first in enumerate(starts[:-1].tolist()):
                mine = work.labels[first : starts[n + 1]]
                if not ((mine >= groups[0]) & (mine < groups[1])).any():
                    continue
                part = (f"{name}-block", number, *place, n)
                graph[part] = Task(
                    part, _add_block, TaskRef(f"{name}-work"), TaskRef((data.name, n, *place)),
                    first, groups, weights,
                )  # fmt: skip
                found.append(part)
    source = Source([], Packing(), _Shown(data.dtype), for_kernels(np.empty(0, data.dtype)).dtype)
    return _assembled(work, name, graph, parts, edges, sets, source, [data])


class _Shown:
    """Back to the type that the data had before the kernels."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return values.astype(self.dtype)


def _add_block(
    work: Work, values: np.ndarray, first: int, groups: tuple[int, int], weights: Any
) -> State:
    values = for_kernels(np.asarray(values))
    mine = np.unique(work.labels[first : first + values.shape[0]])
    mine = mine[(mine >= groups[0]) & (mine < groups[1])]
    state = work.start(mine, values.shape[1:], values.dtype)
    work.add(state, values, first, weights, None)
    return state


def _tiles(edges: list[list[int]]) -> list[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Each tile: its place among the others, and its cells."""
    places = itertools.product(*(range(len(each) - 1) for each in edges))
    return [
        (place, tuple(slice(each[n], each[n + 1]) for each, n in zip(edges, place, strict=True)))
        for place in places
    ]


def _kept(work: Work, place: Sequence[int]) -> tuple[int, ...]:
    return tuple(n for n, kept in zip(place, work.kept, strict=True) if kept)


def _assembled(
    work: Work, name: str, graph: dict[Any, Any], parts: Parts, edges: list[list[int]],
    sets: list[tuple[int, int]], source: Source, dependencies: list[Any],
) -> da.Array:  # fmt: skip
    """The Dask array of the results, each of whose blocks is made of its states as a tree."""
    sides = [np.diff(each).tolist() for each in edges]
    kept_sides = [side for side, kept in zip(sides, work.kept, strict=True) if kept]
    several = getattr(work.accumulator, "results", None)
    for place, found in parts.items():
        first, last = sets[place[0]]
        level = 0
        while len(found) > FAN_IN:
            level += 1
            found = _merged(work, name, graph, (*place, level), found)
        shape = tuple(side[n] for side, n in zip(kept_sides, place[1:], strict=True))
        key = (name, *((0,) if several else ()), *place)
        graph[key] = Task(
            key, _finished, TaskRef(f"{name}-work"), List(*map(TaskRef, found)),
            (first, last), shape, source.packing, source.decode, source.read_as,
        )  # fmt: skip
    chunks = (tuple(last - first for first, last in sets), *map(tuple, kept_sides))
    if several:
        chunks = ((several,), *chunks)
    dtype = work.accumulator.dtype(source.decode(np.empty(0, source.read_as)).dtype)
    layer = HighLevelGraph.from_collections(name, graph, dependencies=dependencies)
    return da.Array(layer, name, chunks, dtype=dtype)


def _merged(
    work: Work, name: str, graph: dict[Any, Any], place: tuple[int, ...], found: list[Any]
) -> list[Any]:
    merged = []
    for n in range(0, len(found), FAN_IN):
        key = (f"{name}-merge", *place, n)
        states = List(*map(TaskRef, found[n : n + FAN_IN]))
        graph[key] = Task(key, together, work.accumulator, states)
        merged.append(key)
    return merged


def _finished(
    work: Work, states: list[State], groups: tuple[int, int], shape: tuple[int, ...],
    packing: Packing, decode: Any, dtype: np.dtype[Any],
) -> np.ndarray:  # fmt: skip
    wanted = np.arange(*groups)
    if not states:
        size = (wanted.size, math.prod(shape))
        states = [State(wanted, work.accumulator.empty(size, dtype, mapped=work.mapped))]
    state = together(work.accumulator, states, wanted)
    result = work.accumulator.finish(state.fields, packing, decode)
    return result.reshape(*result.shape[:-1], *shape)
