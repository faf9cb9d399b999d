"""Selections that are made after opening, read from the layout that suits them.

``pangeo.open`` leaves with every field where its values come from. A later selection through
``ds.pangeo`` looks there: a field that is still as it was opened is taken from the layout in
which the selected part is cheaper. It is found again by position, not by its coordinates, so
that it may have been given others. What was computed since is selected as xarray does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import icechunk
import numpy as np
import xarray as xr

from pangeo.catalogs.layouts import open_layout, raw_map
from pangeo.catalogs.routing import Cost, costs, positions

ORIGIN = "pangeo_origin"  # the key in the encoding of a variable; no file format knows it

type Cut = Callable[[Any], Any]
"""A selection: from a Dataset to a part of it."""


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
        self._layouts: dict[str, xr.Dataset] = {}

    def layout(self, name: str) -> xr.Dataset:
        """The whole dataset from one layout."""
        if name not in self._layouts:
            self._layouts[name] = open_layout(
                self._store, self.said, name, self._chunks, self._decoders, self._raw
            )
        return self._layouts[name].copy()  # else what is said of a part would be said of all

    def costs(self, wanted: Iterable[tuple[str, Mapping[str, xr.Variable]]]) -> list[Cost]:
        """What fields cost, each at its positions, from each layout; the cheapest first."""
        whole = self.layout("map").variables
        offers = costs(self.said, [(name, whole[name], at) for name, at in wanted])
        return sorted(offers, key=lambda each: each.price)

    def __deepcopy__(self, memo: object) -> Opened:
        return self  # nothing in it changes


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where the values of a field come from."""

    opened: Opened
    layout: str
    name: str
    at: tuple[xr.Variable, ...]
    """The position along each dimension that is stored; 0-d where one was taken."""
    array: str
    """How Dask calls what was opened: an array of another name is another one."""

    def then(self, dims: tuple[Any, ...], at: Mapping[Any, xr.Variable]) -> dict[str, xr.Variable]:
        """Where along the stored dimensions a part lies of what has these dimensions now."""
        whole = self.opened.layout("map").variables[self.name]
        now, composed = iter(dims), {}
        for stored, before in zip(whole.dims, self.at, strict=True):
            part = at[next(now)] if before.ndim else xr.Variable((), 0)
            composed[str(stored)] = xr.Variable(
                part.dims, np.atleast_1d(before.values)[part.values]
            )
        return composed


def with_origins(
    dataset: xr.Dataset, opened: Opened, layout: str, at: Mapping[str, xr.Variable]
) -> xr.Dataset:
    """Leave with every field that Dask holds where its values come from."""
    for name, variable in dataset.data_vars.items():
        stored = opened.layout("map").variables[name].dims
        _leave_origin(
            variable.variable, opened, layout, str(name), [at[str(dim)] for dim in stored]
        )
    return dataset


def _leave_origin(
    variable: xr.Variable, opened: Opened, layout: str, name: str, at: Sequence[xr.Variable]
) -> None:
    variable.encoding.pop(ORIGIN, None)
    if variable.chunks is not None and _is_orthogonal(at):
        origin = _Origin(opened, layout, name, tuple(at), variable.data.name)
        variable.encoding[ORIGIN] = origin


def _is_orthogonal(at: Iterable[xr.Variable]) -> bool:
    """Whether each dimension was selected by itself."""
    dims = [dim for each in at for dim in each.dims]
    return len(dims) == len(set(dims)) and all(each.ndim <= 1 for each in at)


def select[T: (xr.Dataset, xr.DataArray)](obj: T, cut: Cut) -> T:
    """What ``cut`` takes of an object, lazy, from the layout in which that part is cheaper.

    Parameters
    ----------
    obj
        What was opened, or was made of it.
    cut
        A selection that goes by coordinates and positions alone, such as ``sel`` and ``isel``.
    """
    if isinstance(obj, xr.DataArray):
        alone = obj.to_dataset(name=ORIGIN)
        return select(alone, cut)[ORIGIN].rename(obj.name)
    part: xr.Dataset = cut(obj)
    origins = {name: each for name in obj.data_vars if (each := _origin(obj.variables[name]))}
    if not origins:
        return part
    moved = positions(obj, cut)
    for opened in {id(each.opened): each.opened for each in origins.values()}.values():
        fields = {
            name: (each, each.then(obj.variables[name].dims, moved))
            for name, each in origins.items()
            if each.opened is opened
        }
        part = _rerouted(part, opened, fields)
    return part


def _origin(variable: xr.Variable) -> _Origin | None:
    """Where the values come from, if nothing was done to them."""
    origin = variable.encoding.get(ORIGIN)
    is_as_opened = origin is not None and getattr(variable.data, "name", None) == origin.array
    return origin if is_as_opened else None


def _rerouted(
    part: xr.Dataset, opened: Opened, fields: Mapping[Any, tuple[_Origin, dict[str, xr.Variable]]]
) -> xr.Dataset:
    offers = opened.costs([(origin.name, at) for origin, at in fields.values()])
    for name, (origin, at) in fields.items():
        variable = part.variables[name]
        if origin.layout != offers[0].layout:
            whole = opened.layout(offers[0].layout).variables[origin.name]
            values = _taken(whole, at, variable.dims)
            rerouted = xr.Variable(variable.dims, values, variable.attrs, whole.encoding)
            part = part.assign({name: rerouted})
        _leave_origin(
            part.variables[name], opened, offers[0].layout, origin.name, list(at.values())
        )
    return part.assign_attrs(as_attributes(offers))


def _taken(whole: xr.Variable, at: Mapping[str, xr.Variable], dims: tuple[Any, ...]) -> Any:
    """The values at these positions, in this order of dimensions."""
    if not _is_orthogonal(at.values()):
        return whole.isel(at).transpose(*dims).data
    return whole.isel({dim: _as_slice(where.values) for dim, where in at.items()}).data


def _as_slice(where: np.ndarray) -> Any:
    """Positions in a row as a slice, of which Dask makes fewer tasks."""
    in_a_row = where.ndim == 1 and where.size and (np.diff(where) == 1).all()
    return slice(int(where[0]), int(where[-1]) + 1) if in_a_row else where


def as_attributes(offers: Sequence[Cost]) -> dict[str, str]:
    """The layout that was taken, and what it was compared with."""
    return {
        "pangeo_layout": offers[0].layout,
        "pangeo_layout_costs": "; ".join(map(str, offers)),
    }
