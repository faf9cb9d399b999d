"""From a name to lazy xarray: version, layout, variables, interval and box."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import icechunk
import numpy as np
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
    said = read_description(store)
    wanted = _choose(list(said["layouts"]), layout)
    dataset = open_layout(store, "map", chunks)
    if wanted == "series":
        dataset = _with_series(dataset, open_layout(store, "series", chunks), said["time"])
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
    """A layout of an open store as lazy xarray; only metadata and axes are read."""
    dataset = xr.open_dataset(
        cast(Any, store),  # a Zarr store, which xarray takes and its annotation leaves out
        engine="zarr",
        group=layout,
        consolidated=False,
        chunks=None if chunks == "auto" else chunks,
        decode_timedelta=False,
    )
    dataset = dataset.set_coords(_described_by_others(dataset))
    return _in_dask_chunks(dataset) if chunks == "auto" else dataset


TASK_BYTES = 16 * 2**20  # of stored values in one Dask chunk: few tasks, and small for a worker


def _in_dask_chunks(dataset: xr.Dataset) -> xr.Dataset:
    """Give fields Dask chunks of several stored ones; small variables stay lazy as they are."""
    fields = {name: each for name, each in dataset.variables.items() if each.ndim > 1}
    if not fields:
        return dataset.chunk()
    largest = max(fields.values(), key=lambda each: each.nbytes)
    stored = dict(zip(largest.dims, largest.encoding["chunks"], strict=True))
    first = largest.dims[0]
    itemsize = np.dtype(largest.encoding["dtype"]).itemsize
    several = max(1, TASK_BYTES // (math.prod(stored.values()) * itemsize))
    sizes = {first: several * stored[first]}
    return dataset.assign(
        {
            name: each.chunk(
                {
                    dim: sizes.get(dim, chunk)
                    for dim, chunk in zip(each.dims, each.encoding["chunks"], strict=True)
                }
            )
            for name, each in fields.items()
        }
    )


def _described_by_others(dataset: xr.Dataset) -> list[str]:
    """Bounds and grid mappings: they belong to other variables and must travel with them."""
    names: list[str] = []
    for variable in dataset.variables.values():
        for link in ("bounds", "climatology", "grid_mapping"):
            said = str(variable.attrs.get(link) or variable.encoding.get(link) or "")
            names += [name for name in said.replace(":", " ").split() if name in dataset]
    return names


def _with_series(whole: xr.Dataset, series: xr.Dataset, time: str) -> xr.Dataset:
    """The fields of the series layout, followed by the steps that only ``map`` has so far."""
    steps = series.sizes[time]
    fields = [
        name for name, each in series.variables.items() if time in each.dims and each.ndim > 1
    ]
    if steps == 0:
        return whole
    later = whole[fields].isel({time: slice(steps, None)})
    if not later.sizes[time]:
        return whole.assign({name: series.variables[name] for name in fields})
    joined = xr.concat(
        [series[fields].drop_vars(time), later.drop_vars(time)], dim=time, data_vars="all",
        coords="minimal", compat="override", join="override", combine_attrs="override",
    )  # fmt: skip
    return whole.assign({name: joined.variables[name] for name in fields})


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
