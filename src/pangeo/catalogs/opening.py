"""From a name to lazy xarray: version, layout, variables, interval and box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import icechunk
import xarray as xr

from pangeo.errors import InputError
from pangeo.grids import select_box, select_time
from pangeo.storage import Location, open_repository, read_description, readonly_store
from pangeo.types import BBoxLike, TimeLike


def open_dataset(
    location: Location,
    *,
    version: str | None = None,
    time: TimeLike | None = None,
    bbox: BBoxLike | None = None,
    variables: Sequence[str] | None = None,
    layout: str = "auto",
    chunks: str | Mapping[str, int] | None = "auto",
) -> xr.Dataset:
    """The dataset at a location; see ``pangeo.open`` for the options."""
    store, snapshot = readonly_store(open_repository(location), location, version)
    layouts = list(read_description(store)["layouts"])
    dataset = open_layout(store, _choose(layouts, layout), {} if chunks == "auto" else chunks)
    if variables is not None:
        dataset = _only(dataset, variables)
    if time is not None:
        dataset = select_time(dataset, time)
    if bbox is not None:
        dataset = select_box(dataset, bbox)
    dataset.attrs |= {"pangeo_dataset": location.name, "pangeo_version": snapshot}
    return dataset


def open_layout(
    store: icechunk.IcechunkStore, layout: str, chunks: str | Mapping[str, int] | None = None
) -> xr.Dataset:
    """A layout of an open store as lazy xarray; only metadata and coordinates are read."""
    dataset = xr.open_dataset(
        cast(Any, store),  # a Zarr store, which xarray takes and its annotation leaves out
        engine="zarr",
        group=layout,
        consolidated=False,
        chunks=chunks,
        decode_timedelta=False,
    )
    return dataset.set_coords(_described_by_others(dataset))


def _described_by_others(dataset: xr.Dataset) -> list[str]:
    """Bounds and grid mappings: they belong to other variables and must travel with them."""
    names: list[str] = []
    for variable in dataset.variables.values():
        for link in ("bounds", "climatology", "grid_mapping"):
            said = str(variable.attrs.get(link) or variable.encoding.get(link) or "")
            names += [name for name in said.replace(":", " ").split() if name in dataset]
    return names


def _choose(layouts: list[str], wanted: str) -> str:
    if wanted == "auto":
        return layouts[0]
    if wanted not in layouts:
        raise InputError(
            f"no layout {wanted!r}",
            found=f"layouts {layouts}",
            expected="'auto' or one of these",
            fix="leave layout out: the one that suits is chosen",
        )
    return wanted


def _only(dataset: xr.Dataset, variables: Sequence[str]) -> xr.Dataset:
    names: list[Any] = [variables] if isinstance(variables, str) else list(variables)
    missing = [name for name in names if name not in dataset.variables]
    if missing:
        raise InputError(
            f"no variable {missing[0]!r} in the dataset",
            found=f"variables {sorted(map(str, dataset.data_vars))}",
            expected="names of variables of the dataset",
            fix="correct the list given as variables",
        )
    return dataset[names]
