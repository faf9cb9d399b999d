"""Write one version of a dataset in one session: every layout, then the description."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.config import ingest_memory
from pangeo.ingestion.carrying import Phase, carry_out
from pangeo.ingestion.jobs import Arrays, Progress
from pangeo.ingestion.joining import Scan, common_attributes
from pangeo.ingestion.ledger import Ledger, counted_names, read_ledger
from pangeo.ingestion.recipe import Recipe
from pangeo.ingestion.results import FromResult, ResultReader
from pangeo.ingestion.series import FromMap, band_bytes, create_series, series_jobs
from pangeo.ingestion.shapes import LAYOUT, SERIES, advise
from pangeo.ingestion.steps import Steps, gaps
from pangeo.ingestion.write import FromFiles, create_layout, map_jobs, resize_along
from pangeo.storage import Stage, write_description


def volume(found: Scan, steps: Steps) -> int:
    """How many bytes one layout takes of the steps that are to be written."""
    sizes = {**found.reference.sizes, found.time: int(steps.changed.sum())}
    return sum(
        math.prod(sizes[dim] for dim in each.dims) * each.dtype.itemsize
        for each in found.reference.variables.values()
    )


def write_anew(
    stage: Stage, found: Scan, steps: Steps, recipe: Recipe, progress: Progress | None
) -> None:
    """Make every layout from the files, in place of whatever the dataset held."""
    store, reference, time = stage.session.store, found.reference, found.time
    shapes = advise(reference, time, steps.times.size, recipe.layouts, recipe.chunks)
    if stage.done is None:
        create_layout(store, LAYOUT, reference, shapes.map, time, steps.times)
        root = zarr.open_group(store, mode="a")
        if SERIES in root:
            del root[SERIES]
        if time is not None and shapes.series is not None:
            create_series(store, reference, time, shapes.series)
    ledger = Ledger.begin(reference, time, steps, None)
    phases: list[Phase] = [
        (_to_map(found, steps, None), map_jobs(Arrays(store), found, steps, ledger, is_new=True))
    ]
    if time is not None and shapes.series is not None:
        phases.append(_to_series(store, time, shapes.block, steps))
    carry_out(stage, phases, ledger, progress)
    write_description(
        stage.session.store,
        {
            "title": recipe.title or str(reference.attrs.get("title", "")),
            "recipe": recipe.as_dict(),
            "sources": [piece.ledger_line() for piece in found.pieces],
            "layouts": shapes.as_dict(),
            "time": time,
            "variables": [str(name) for name in reference.variables],
            "packing": _packing(reference),
            "text": found.pieces[0].text,
            "notes": recipe.notes + found.notes,
            **_of_now(stage.session.store, steps, reference, time),
        },
    )


def write_steps(
    stage: Stage,
    stored: xr.Dataset,
    said: dict[str, Any],
    found: Scan,
    steps: Steps,
    progress: Progress | None,
) -> None:
    """Add or correct steps of the dataset that ``said`` describes and ``stored`` holds."""
    store, time = stage.session.store, said["time"]
    arrays, before = Arrays(store), read_ledger(store, counted_names(found.reference))
    ledger = Ledger.begin(found.reference, time, steps, before)
    if stage.done is None:
        for name in stored.variables:
            resize_along(arrays[f"{LAYOUT}/{name}"], time, steps.times.size)
        arrays[f"{LAYOUT}/{time}"][:] = steps.times
    phases: list[Phase] = [
        (_to_map(found, steps, stored), map_jobs(arrays, found, steps, ledger, is_new=False))
    ]
    if SERIES in said["layouts"]:
        phases.append(_to_series(store, time, said["layouts"][SERIES]["block"], steps))
    carry_out(stage, phases, ledger, progress)
    store = stage.session.store
    left_out = _leave_out_stale(store, stored, found.reference, list(said["layouts"]))
    write_description(
        store,
        {
            **said,
            "sources": said["sources"] + [piece.ledger_line() for piece in found.pieces],
            "notes": list(dict.fromkeys(said["notes"] + found.notes + left_out)),
            **_of_now(store, steps, found.reference, time),
        },
    )


def _to_map(found: Scan, steps: Steps, stored: xr.Dataset | None) -> FromFiles:
    if isinstance(found.pieces[0].file.reader, ResultReader):
        return FromResult(found, steps, stored, in_one_go=True)
    return FromFiles(found, steps, stored)


def _to_series(store: icechunk.IcechunkStore, time: str, block: int, steps: Steps) -> Phase:
    return FromMap(), series_jobs(store, time, block, steps.changed, band_bytes(ingest_memory()))


def _leave_out_stale(
    store: icechunk.IcechunkStore, stored: xr.Dataset, new: xr.Dataset, layouts: Sequence[str]
) -> list[str]:
    """Drop attributes that hold for what was stored and not for the new steps; says which."""
    common, notes = common_attributes([stored, new])
    stale = {"": stored.attrs.keys() - common.attrs.keys()}
    stale |= {
        str(name): stored[name].attrs.keys() - common[name].attrs.keys()
        for name in stored.variables
    }
    root = zarr.open_group(store, mode="a")
    for layout in layouts:
        for name, keys in stale.items():
            node = root.get(f"{layout}/{name}".rstrip("/"))
            if node is not None and keys:
                kept = node.attrs.asdict()
                node.attrs.put({key: value for key, value in kept.items() if key not in keys})
    return notes


def _packing(reference: xr.Dataset) -> dict[str, dict[str, str]]:
    """The types of scale and offset, which JSON forgets and decoding depends on."""
    return {
        str(name): {
            key: str(np.asarray(variable.attrs[key]).dtype)
            for key in ("scale_factor", "add_offset")
            if key in variable.attrs
        }
        for name, variable in reference.variables.items()
        if any(
            np.asarray(variable.attrs.get(key, 0.0)).dtype != "float64"
            for key in ("scale_factor", "add_offset")
        )
    }


_SOFTWARE = ("pangeo", "icechunk", "zarr", "xarray", "numpy")


def _of_now(
    store: icechunk.IcechunkStore, steps: Steps, reference: xr.Dataset, time: str | None
) -> dict[str, Any]:
    """What is told anew of every version."""
    group = zarr.open_group(store, path=LAYOUT, mode="r")
    return {
        "gaps": gaps(steps.times, reference[time].attrs) if time is not None else [],
        "ingested_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "software": ", ".join(f"{name} {metadata.version(name)}" for name in _SOFTWARE),
        "bytes": sum(array.nbytes for _, array in group.arrays()),
    }
