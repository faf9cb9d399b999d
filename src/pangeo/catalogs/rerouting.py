"""Selections that are made after opening, read from the layout that suits them.

``pangeo.open`` leaves with every field where its values come from. A later selection through
``ds.pangeo`` looks there: a field that is still as it was opened is taken from the layout in
which the selected part is cheaper. It is found again by position, not by its coordinates, so
that it may have been given others. What was computed since is selected as xarray does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pangeo.catalogs.opened import Opened, Positions, is_orthogonal
from pangeo.catalogs.routing import cut_at, positions

ORIGIN = "pangeo_origin"  # the key in the encoding of a variable; no file format knows it

type Cut = Callable[[Any], Any]
"""A selection: from a Dataset to a part of it."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where the values of a field come from."""

    opened: Opened
    name: str
    at: Positions
    """Along each dimension that is stored, in their order; 0-d where one was taken."""
    layers: tuple[str, ...]
    """How Dask calls the steps to what was opened: one step more, or none, is something else."""

    def then(self, dims: tuple[Any, ...], at: Mapping[Any, xr.Variable]) -> dict[str, xr.Variable]:
        """Where along the stored dimensions a part lies of what has these dimensions now."""
        now, composed = iter(dims), {}
        for stored, before in self.at.items():
            part = at[next(now)] if before.ndim else xr.Variable((), 0)
            composed[stored] = xr.Variable(part.dims, np.atleast_1d(before.values)[part.values])
        return composed


def with_origins(dataset: xr.Dataset, opened: Opened) -> xr.Dataset:
    """Leave with every field that Dask holds where its values come from: all of what is stored."""
    at = {str(dim): xr.Variable(dim, np.arange(size)) for dim, size in dataset.sizes.items()}
    for name, field in dataset.data_vars.items():
        _leave_origin(field.variable, opened, str(name), {dim: at[dim] for dim in _dims(field)})
    return dataset


def _dims(field: xr.DataArray) -> list[str]:
    return [str(dim) for dim in field.dims]


def _leave_origin(variable: xr.Variable, opened: Opened, name: str, at: Positions) -> None:
    variable.encoding.pop(ORIGIN, None)
    if variable.chunks is not None and is_orthogonal(at.values()):
        origin = _Origin(opened, name, at, tuple(variable.data.dask.layers))
        variable.encoding[ORIGIN] = origin


def select_opened(whole: xr.Dataset, opened: Opened, cut: Cut) -> xr.Dataset:
    """As ``select``, of a dataset that is as it was opened, whether Dask holds it or not."""
    part, at = cut_at(whole, cut)
    fields = {
        name: (str(name), {dim: at[dim] for dim in _dims(field)})
        for name, field in whole.data_vars.items()
        if "sample_dimension" not in field.attrs  # what a cut counts anew is not what is stored
    }
    return _rerouted(part, opened, fields)


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
            name: (each.name, each.then(obj.variables[name].dims, moved))
            for name, each in origins.items()
            if each.opened is opened
        }
        part = _rerouted(part, opened, fields)
    return part


def _origin(variable: xr.Variable) -> _Origin | None:
    """Where the values come from, if nothing was done to them, nor were they loaded."""
    origin: _Origin | None = variable.encoding.get(ORIGIN)
    if origin is None or variable.chunks is None:
        return None
    return origin if tuple(variable.data.dask.layers) == origin.layers else None


def _rerouted(
    part: xr.Dataset, opened: Opened, fields: Mapping[Any, tuple[str, Positions]]
) -> xr.Dataset:
    """The part with each of these fields from the cheapest layout: its stored name, and where."""
    offers, taken = opened.costs(fields.values()), {}
    for shown, (name, at) in fields.items():
        # From the whole also where the layout stays: Dask does not join one slice with another.
        variable = part.variables[shown]
        field = opened.field(offers[0].layout, name, at).transpose(*variable.dims)
        field.attrs = dict(variable.attrs)
        _leave_origin(field, opened, name, at)
        taken[shown] = field
    return part.assign(taken).assign_attrs(
        pangeo_layout=offers[0].layout, pangeo_layout_costs="; ".join(map(str, offers))
    )
