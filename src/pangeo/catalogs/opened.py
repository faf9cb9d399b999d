"""A version of a dataset that is open: its layouts, and parts of its fields from any of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import icechunk
import numpy as np
import xarray as xr

from pangeo.catalogs.layouts import decode_layout, in_chunks, open_layout, raw_blocks, raw_map
from pangeo.catalogs.routing import Cost, costs

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
        if name == "map":
            return self._in_chunks("map").copy()
        return open_layout(self._store, self.said, name, self._chunks, self._decoders, self._raw)

    def _lazy(self, part: str) -> xr.Dataset:
        """All of ``"map"``, or what is in the full ``"blocks"`` of the other layout; no Dask."""
        if part not in self._open:
            raw = self._raw if part == "map" else raw_blocks(self._store, self.said, self._raw)
            self._open[part] = decode_layout(raw, self.said, self._decoders)
        return self._open[part]

    def _in_chunks(self, part: str) -> xr.Dataset:
        key = f"{part} in chunks"
        if key not in self._open:
            self._open[key] = in_chunks(self._lazy(part), self._chunks)
        return self._open[key]

    def costs(self, wanted: Iterable[tuple[str, Positions]]) -> list[Cost]:
        """What fields cost, each at its positions, from each layout; the cheapest first."""
        whole = self._lazy("map").variables
        offers = costs(self.said, [(name, whole[name], at) for name, at in wanted])
        return sorted(offers, key=lambda each: each.price)

    def field(self, layout: str, name: str, at: Positions) -> xr.Variable:
        """The values of a field at these positions, lazy.

        Where each dimension was selected by itself, these are in the order in which they are
        stored; else the dimensions of the positions tell.
        """
        if not is_orthogonal(at.values()):
            return self.layout(layout).variables[name].isel(at)
        time = self.said["time"]
        if layout != "series" or time not in at:
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
        joined: xr.Variable = xr.Variable.concat(pieces, time)  # type: ignore[no-untyped-call]
        return joined

    def _piece(self, part: str, name: str, at: Positions) -> xr.Variable:
        """Cut first and given to Dask then, which else might read all of its chunk for a step.

        Dask pushes a slice through another slice in many cases, and never through a join.
        """
        whole = self._in_chunks(part).variables[name]
        sizes = {dim: each[0] for dim, each in zip(whole.dims, whole.chunks or (), strict=True)}
        lazy = self._lazy(part).variables[name]
        cut = lazy.isel({dim: _as_slice(where.values) for dim, where in at.items()})
        return cut.chunk({dim: _runs(at[str(dim)].values // sizes[dim]) for dim in cut.dims})

    def __deepcopy__(self, memo: object) -> Opened:
        return self  # nothing in it changes


def is_orthogonal(at: Iterable[xr.Variable]) -> bool:
    """Whether each dimension was selected by itself."""
    dims = [dim for each in at for dim in each.dims]
    return len(dims) == len(set(dims)) and all(each.ndim <= 1 for each in at)


def _runs(numbers: np.ndarray) -> tuple[int, ...]:
    """How often each number follows itself: the Dask chunks that keep to the chunks stored."""
    ends = np.flatnonzero(np.diff(numbers)) + 1
    return tuple(np.diff([0, *ends, numbers.size]).tolist())


def _as_slice(where: np.ndarray) -> Any:
    """Positions in a row as a slice, of which Dask makes fewer tasks."""
    in_a_row = where.ndim == 1 and where.size and (np.diff(where) == 1).all()
    return slice(int(where[0]), int(where[-1]) + 1) if in_a_row else where
