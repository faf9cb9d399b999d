"""The layouts of an open store as lazy xarray: decoded, joined, in Dask chunks that suit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import icechunk
import numpy as np
import xarray as xr

from pangeo.catalogs.routing import is_read_from_series
from pangeo.errors import InputError
from pangeo.grids import linked_names
from pangeo.storage import open_raw

# The options of xarray.decode_cf that say how numbers are read.
DECODERS = (
    "mask_and_scale", "decode_times", "decode_timedelta", "use_cftime", "concat_characters",
    "decode_coords",
)  # fmt: skip
TASK_BYTES = 16 * 2**20  # of stored values in one Dask chunk: few tasks, and small for a worker


def open_layout(
    store: icechunk.IcechunkStore,
    said: Mapping[str, Any],
    layout: str,
    chunks: str | Mapping[str, int] | None = None,
    decoders: Mapping[str, Any] | None = None,
    raw: xr.Dataset | None = None,
) -> xr.Dataset:
    """A layout of an open store; only metadata and axes are read.

    Parameters
    ----------
    said
        The description that the store carries.
    layout
        ``"map"`` or ``"series"``; the latter is completed from ``map`` by the steps of the
        block that is not full.
    chunks
        ``"auto"``: several stored chunks to a Dask chunk; a mapping; None: no Dask.
    decoders
        Options for ``xarray.decode_cf``.
    raw
        What ``raw_map`` gives, if that is at hand.
    """
    raw = raw_map(store, said) if raw is None else raw
    if layout == "series":
        raw = _completed(_raw_series(store, raw), raw, said)
    return in_chunks(decode_layout(raw, said, decoders or {}), chunks)


def raw_blocks(
    store: icechunk.IcechunkStore, said: Mapping[str, Any], raw: xr.Dataset
) -> xr.Dataset:
    """The steps that the full blocks of ``series`` hold, undecoded; ``raw`` is all of ``map``."""
    series = _raw_series(store, raw)
    steps = max((each.sizes.get(said["time"], 0) for each in series.variables.values()), default=0)
    return _completed(series, raw.isel({said["time"]: slice(steps)}), said)


def _raw_series(store: icechunk.IcechunkStore, raw: xr.Dataset) -> xr.Dataset:
    """Without its axes, which are those of ``map`` and would be read from the store again."""
    return open_raw(store, "series", without=list(raw.xindexes))


def raw_map(store: icechunk.IcechunkStore, said: Mapping[str, Any]) -> xr.Dataset:
    """The layout that has everything, undecoded, its variables in the order that sources had."""
    raw = open_raw(store, "map")
    return raw[[name for name in said["variables"] if name in raw.variables]]


def decode_layout(
    raw: xr.Dataset, said: Mapping[str, Any], decoders: Mapping[str, Any]
) -> xr.Dataset:
    """What is stored as xarray shows it: decoded, and what belongs to others a coordinate."""
    for name, types in said["packing"].items():
        if name in raw.variables:
            # JSON has made a double of them, and the type of the result hangs on theirs.
            typed = {key: np.dtype(of).type(raw[name].attrs[key]) for key, of in types.items()}
            raw[name].attrs |= typed
    text = {name: _characters(raw[name]) for name in said["text"] if name in raw.variables}
    dataset = xr.decode_cf(raw.assign(text), **{"decode_timedelta": False, **decoders})
    return dataset.set_coords(_described_by_others(dataset))


def _characters(stored: xr.DataArray) -> xr.DataArray:
    """Text as the file had it: stored as bytes, for xarray to join into words."""
    characters = stored.copy(data=np.asarray(stored.values).view("S1"))
    if "fill_character" in stored.attrs:
        characters.attrs["_FillValue"] = characters.attrs.pop("fill_character").encode("latin-1")
    return characters


def _described_by_others(dataset: xr.Dataset) -> list[str]:
    """Bounds and grid mappings: they belong to other variables and must travel with them."""
    links = ("bounds", "climatology", "grid_mapping")
    named = (name for each in dataset.variables.values() for name in linked_names(each, links))
    return [name for name in named if name in dataset]


def in_chunks(dataset: xr.Dataset, chunks: str | Mapping[str, int] | None) -> xr.Dataset:
    """A dataset given to Dask; see ``open_layout`` for the options."""
    if chunks is None:
        return dataset
    if chunks != "auto":
        return dataset.chunk(known_dims(chunks, dataset))
    fields = {
        name: each
        for name, each in dataset.variables.items()
        if name not in dataset.xindexes
        and each.chunks is None
        and (each.ndim > 1 or each.nbytes > TASK_BYTES)
        and len(_stored(each)) == each.ndim  # text has lost a dimension
    }
    small = [name for name in dataset.data_vars if name not in fields]
    dataset = dataset.assign({name: _in_one(dataset.variables[name]) for name in small})
    if not fields:
        return dataset
    largest = max(fields.values(), key=lambda each: each.nbytes)
    stored = dict(zip(largest.dims, _stored(largest), strict=True))
    first = largest.dims[0]
    itemsize = np.dtype(largest.encoding.get("dtype", largest.dtype)).itemsize
    several = max(1, TASK_BYTES // (math.prod(stored.values()) * itemsize))
    sizes = {first: several * stored[first]}
    return dataset.assign({name: _chunked(each, sizes) for name, each in fields.items()})


def known_dims(chunks: object, dataset: xr.Dataset) -> Mapping[Any, int]:
    """Chunks that somebody asks for; an InputError where they are none of the dataset."""
    if isinstance(chunks, Mapping) and chunks.keys() <= dataset.sizes.keys():
        return chunks
    raise InputError(
        "cannot cut the dataset into these Dask chunks",
        found=f"chunks={chunks!r}",
        expected=f"'auto', or sizes for some of the dimensions {list(dataset.sizes)}",
        fix="leave chunks out, or correct them",
    )


def _stored(variable: xr.Variable) -> tuple[int, ...]:
    """What is stored as one object: a shard, where there are some, else a chunk."""
    shape: tuple[int, ...] = variable.encoding.get("shards") or variable.encoding["chunks"]
    return shape


def _in_one(variable: xr.Variable) -> xr.Variable:
    return variable.chunk() if variable.chunks is None else variable


def _chunked(variable: xr.Variable, sizes: Mapping[Any, int]) -> xr.Variable:
    stored = zip(variable.dims, _stored(variable), strict=True)
    return variable.chunk({dim: sizes.get(dim, chunk) for dim, chunk in stored})


def _completed(series: xr.Dataset, whole: xr.Dataset, said: Mapping[str, Any]) -> xr.Dataset:
    """The fields of the series layout, followed by the steps that only ``map`` has so far.

    Both undecoded: decoded one by one, the two parts may come out in different types. Dates,
    bounds of time among them, are left to ``map`` for the same reason.
    """
    time = said["time"]
    fields = [name for name, each in series.variables.items() if is_read_from_series(each, time)]
    steps = series.sizes[time] if fields else 0
    if steps == 0:
        return whole
    if steps == whole.sizes[time]:
        return whole.assign({name: series.variables[name] for name in fields})
    parts = [series[fields], whole[fields].isel({time: slice(steps, None)})]
    joined = xr.concat(
        [in_chunks(part.drop_vars(time, errors="ignore"), "auto") for part in parts], dim=time,
        data_vars="all", coords="minimal", compat="override", join="override",
        combine_attrs="override",
    )  # fmt: skip
    return whole.assign({name: joined.variables[name] for name in fields})
