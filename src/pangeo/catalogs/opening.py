"""From a name to lazy xarray: version, layout, variables, interval and box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import icechunk
import xarray as xr

from pangeo.catalogs.opened import Opened
from pangeo.catalogs.rerouting import select_opened, with_origins
from pangeo.errors import InputError
from pangeo.grids import linked_names, places, select_part
from pangeo.storage import (
    Location,
    open_repository,
    read_description,
    reading,
    readonly_store,
)
from pangeo.types import BBoxLike, TimeLike

LINKS = ("coordinates", "bounds", "climatology", "grid_mapping")


def open_dataset(
    location: Location,
    *,
    version: str | None = None,
    time: TimeLike | None = None,
    bbox: BBoxLike | None = None,
    variables: Sequence[str] | None = None,
    layout: str = "auto",
    chunks: str | Mapping[str, int] | None = "auto",
    **decoders: Any,
) -> xr.Dataset:
    """The dataset at a location; see ``pangeo.open`` for the options, xarray for decoders."""
    with reading(location):
        store, snapshot = readonly_store(open_repository(location), location, version)
        dataset = open_version(
            store, time=time, bbox=bbox, variables=variables, layout=layout, chunks=chunks,
            **decoders,
        )  # fmt: skip
    provenance = {"pangeo_dataset": location.name, "pangeo_version": snapshot}
    for each in dataset.data_vars.values():
        each.attrs |= provenance
    return dataset.assign_attrs(provenance)


def open_version(
    store: icechunk.IcechunkStore,
    *,
    time: TimeLike | None,
    bbox: BBoxLike | None,
    variables: Sequence[str] | None,
    layout: str,
    chunks: str | Mapping[str, int] | None,
    **decoders: Any,
) -> xr.Dataset:
    """What an open store of ours holds, wherever it lies."""
    said = read_description(store)
    layouts = list(said["layouts"])
    opened = Opened(store, said, chunks, decoders)

    def cut(obj: xr.Dataset) -> xr.Dataset:
        return select_part(obj, time=time, bbox=bbox)

    chosen = _known(layouts, layout)
    whole = opened.layout(chosen).assign_attrs(pangeo_layout=chosen)
    if variables is not None:
        whole = only(whole, variables)
    if layout != "auto" or len(layouts) == 1:
        return cut(whole)
    if time is None and bbox is None:
        return with_origins(whole, opened)
    return select_opened(whole, opened, cut)


def _known(layouts: list[str], wanted: str) -> str:
    if wanted != "auto" and wanted not in layouts:
        raise InputError(
            f"no layout {wanted!r}",
            found=f"layouts {layouts}",
            expected="'auto' or one of these",
            fix="leave layout out: the one that suits is chosen",
        )
    return layouts[0] if wanted == "auto" else wanted


def only(dataset: xr.Dataset, variables: Sequence[str]) -> xr.Dataset:
    """The variables with what belongs to them: coordinates, positions, bounds, grid mappings."""
    names: list[Any] = [variables] if isinstance(variables, str) else _listed(variables)
    missing = [name for name in names if name not in dataset.variables]
    if missing:
        raise InputError(
            f"no variable {missing[0]!r} in the dataset",
            found=f"variables {sorted(map(str, dataset.data_vars))}",
            expected="names of variables of the dataset",
            fix="correct the list given as variables",
        )
    kept = dataset[names]
    placing = [name for name in places(dataset) if set(dataset[name].dims) <= set(kept.dims)]
    kept = dataset[[*kept.data_vars, *placing]]
    while True:
        linked = {
            name
            for variable in kept.variables.values()
            for name in linked_names(variable, LINKS)
            if name in dataset.variables and name not in kept.variables
        }
        if not linked:
            return kept
        kept = dataset[[*kept.variables, *sorted(linked)]]


def _listed(variables: object) -> list[str]:
    if isinstance(variables, Iterable):
        names = list(variables)
        if all(isinstance(name, str) for name in names):
            return names
    raise InputError(
        "cannot tell which variables are meant",
        found=f"variables={variables!r}",
        expected="a name, or a list of names",
        fix="for example variables=['sst']",
    )
