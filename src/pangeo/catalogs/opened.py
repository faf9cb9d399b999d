"""A version of a dataset that is open: its layouts, and parts of its fields from any of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import icechunk
import numpy as np
import xarray as xr

from pangeo.catalogs.layouts import decode_layout, in_chunks, open_layout, raw_blocks, raw_map
from pangeo.catalogs.routing import Cost, costs, is_read_from_series

type Positions = Mapping[str, xr.Variable]
"""The position along each dimension of what is taken."""


class Opened:
    """A version of a dataset, with its layouts as lazy xarray, each opened once."""

    def __init__(
        self,
        store: icechunk.IcechunkStore,
        said: Mapping[str, Any],
        chunks: str | Mapping[str, int] | None,
        decoders: Mapping[str, Any],
    ) -> None:
        self.said = said
        self._store, self._chunks, self._decoders = store, chunks, decoders
        self._raw = raw_map(store, said)
        self._open: dict[str, xr.Dataset] = {}

    def layout(self, name: str) -> xr.Dataset:
        """The whole dataset from one layout; a new object, as the caller will change it."""
        return self._in_chunks(name).copy()

    def _lazy(self, part: str) -> xr.Dataset:
        """All of ``"map"``, or what is in the full ``"blocks"`` of the other layout; no Dask."""
        if part not in self._open:
            raw = self._raw if part == "map" else raw_blocks(self._store, self.said, self._raw)
            self._open[part] = decode_layout(raw, self.said, self._decoders)
        return self._open[part]

    def _in_chunks(self, part: str) -> xr.Dataset:
        key = f"{part} in chunks"
        if key not in self._open:
            self._open[key] = (
                open_layout(self._store, self.said, part, self._chunks, self._decoders, self._raw)
                if part == "series"
                else in_chunks(self._lazy(part), self._chunks)
            )
        return self._open[key]

    def costs(self, wanted: Iterable[tuple[str, Positions]]) -> list[Cost]:
        """What fields cost, each at its positions, from each layout; the cheapest first."""
        whole = self._lazy("map").variables
        offers = costs(self.said, [(name, whole[name], at) for name, at in wanted])
        return sorted(offers, key=lambda each: each.price)

    def field(self, layout: str, name: str, at: Positions) -> xr.Variable:
        """The values of a field at these positions, lazy, with the dimensions of the positions."""
        whole = self._lazy("map").variables[name]
        if not is_orthogonal(at.values()):
            return _pointwise(self._in_chunks(layout).variables[name], at)
        taken = self._orthogonal(layout, name, at, is_read_from_series(whole, self.said["time"]))
        return _with_dims(taken, [where.dims[0] for where in at.values() if where.ndim])

    def _orthogonal(self, layout: str, name: str, at: Positions, has_blocks: bool) -> xr.Variable:
        time = self.said["time"]
        if layout != "series" or not has_blocks:
            return self._piece("map", name, at)
        full, steps = self._lazy("blocks").sizes[time], np.atleast_1d(at[time].values)
        if (steps < full).all():
            return self._piece("blocks", name, at)
        if (steps >= full).all():
            return self._piece("map", name, at)
        # In whatever order the steps are: runs of those that are in blocks, and of the others.
        ends = [0, *(np.flatnonzero(np.diff(steps < full)) + 1), steps.size]
        pieces = [
            self._piece(
                "blocks" if steps[first] < full else "map",
                name,
                {**at, time: at[time][first:end]},
            )
            for first, end in itertools.pairwise(ends)
        ]
        # Without Dask xarray would read what it joins.
        pieces = [each if each.chunks is not None else each.chunk() for each in pieces]
        joined: xr.Variable = xr.Variable.concat(pieces, time)  # type: ignore[no-untyped-call]
        return joined

    def _piece(self, part: str, name: str, at: Positions) -> xr.Variable:
        """Cut first and given to Dask then, which else might read all of its chunk for a step.

        Dask pushes a slice through another slice in many cases, and never through a join.
        """
        lazy = self._lazy(part).variables[name]
        cut = lazy.isel({dim: _as_slice(where.values) for dim, where in at.items()})
        chunks = self._in_chunks(part).variables[name].chunks
        if chunks is None:
            return cut
        sizes = {dim: each[0] for dim, each in zip(lazy.dims, chunks, strict=True)}
        return cut.chunk({dim: _runs(at[str(dim)].values // sizes[dim]) for dim in cut.dims})

    def __deepcopy__(self, memo: object) -> Opened:
        return self  # nothing in it changes


def is_orthogonal(at: Iterable[xr.Variable]) -> bool:
    """Whether each dimension was selected by itself."""
    dims = [dim for each in at for dim in each.dims]
    return len(dims) == len(set(dims)) and all(each.ndim <= 1 for each in at)


def _pointwise(whole: xr.Variable, at: Positions) -> xr.Variable:
    """Of dimensions that are selected together; a dimension by itself stays a slice.

    Given as positions, it would be spread out over the points, and be in the graph for each.
    """
    shared = [dim for where in at.values() for dim in set(where.dims)]
    alone = {
        dim: where
        for dim, where in at.items()
        if where.ndim == 1 and shared.count(where.dims[0]) == 1
    }
    new = {dim: f"new {dim}" for dim in shared}  # which may be what a stored one is called
    keys = {
        dim: _as_slice(where.values)
        if dim in alone
        else xr.Variable([new[each] for each in where.dims], where.values)
        for dim, where in at.items()
    }
    taken = whole.isel(keys)
    old: dict[Any, Any] = {name: dim for dim, name in new.items()}
    old |= {dim: where.dims[0] for dim, where in alone.items()}
    return _with_dims(taken, [old.get(dim, dim) for dim in taken.dims])


def _with_dims(variable: xr.Variable, dims: list[Any]) -> xr.Variable:
    """A variable with its dimensions called otherwise; not by ``data``, which would be read."""
    variable = variable.copy(deep=False)
    variable.dims = dims
    return variable


def _runs(numbers: np.ndarray) -> tuple[int, ...]:
    """How often each number follows itself: the Dask chunks that keep to the chunks stored."""
    ends = np.flatnonzero(np.diff(numbers)) + 1
    return tuple(np.diff([0, *ends, numbers.size]).tolist())


def _as_slice(where: np.ndarray) -> Any:
    """Positions in a row as a slice, of which Dask makes fewer tasks."""
    in_a_row = where.ndim == 1 and where.size and (np.diff(where) == 1).all()
    return slice(int(where[0]), int(where[-1]) + 1) if in_a_row else where
