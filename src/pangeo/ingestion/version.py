"""Write one version of a dataset in one session: every layout, then the description."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.config import ingest_memory
from pangeo.ingestion.corrections import Attributes
from pangeo.ingestion.joining import Scan, common_attributes
from pangeo.ingestion.ledger import Ledger, fields_along, read_ledger
from pangeo.ingestion.series import SERIES, create_series, fill_series, fill_timeless
from pangeo.ingestion.sources import SourceFile
from pangeo.ingestion.steps import Steps, gaps
from pangeo.ingestion.write import LAYOUT, Progress, create_layout, fill_map, resize_along
from pangeo.storage import map_chunks, series_block, write_description


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the user asked for; a dataset made by the same recipe needs not be made again."""

    files: Sequence[SourceFile]
    variables: Sequence[str] | None
    title: str | None
    layouts: Sequence[str] | None
    attributes: Attributes | None
    notes: list[str]
    """What was passed over when the files were looked for."""

    def as_dict(self) -> dict[str, Any]:
        """The recipe as the store remembers it."""
        return {
            "sources": [file.sha256 for file in self.files],
            "variables": sorted(self.variables) if self.variables is not None else None,
            "layouts": list(self.layouts) if self.layouts is not None else None,
            "attributes": self.attributes,
        }


def write_anew(
    session: icechunk.Session, found: Scan, steps: Steps, recipe: Recipe, progress: Progress | None
) -> None:
    """Make every layout from the files, in place of whatever the session held."""
    store, reference, time = session.store, found.reference, found.time
    chunks = {str(name): map_chunks(each, time) for name, each in reference.variables.items()}
    create_layout(store, LAYOUT, reference, chunks, time, steps.times)
    group = zarr.open_group(store, path=LAYOUT, mode="a")
    ledger = Ledger.begin(fields_along(reference, time), steps, None)
    fill_map(group, found, steps, None, ledger, progress)
    ledger.write(store)
    layouts: dict[str, Any] = {LAYOUT: {"chunks": chunks}}
    root = zarr.open_group(store, mode="a")
    if SERIES in root:
        del root[SERIES]
    if time is not None and _wants_series(group, recipe):
        block = series_block(steps.times.size)
        chunks = create_series(store, reference, time, block)
        fill_timeless(store, time)
        fill_series(store, time, block, steps.changed, ingest_memory())
        layouts[SERIES] = {"chunks": chunks, "block": block}
    write_description(
        store,
        {
            "title": recipe.title or str(reference.attrs.get("title", "")),
            "recipe": recipe.as_dict(),
            "sources": [piece.ledger_line() for piece in found.pieces],
            "layouts": layouts,
            "time": time,
            "variables": [str(name) for name in reference.variables],
            "packing": _packing(reference),
            "text": found.pieces[0].text,
            "notes": recipe.notes + found.notes,
            **_of_now(group, steps, reference, time),
        },
    )


def write_steps(
    session: icechunk.Session,
    stored: xr.Dataset,
    said: dict[str, Any],
    found: Scan,
    steps: Steps,
    progress: Progress | None,
) -> None:
    """Add or correct steps of the dataset that the session holds and ``said`` describes."""
    store, time = session.store, said["time"]
    group = zarr.open_group(store, path=LAYOUT, mode="a")
    for _, array in group.arrays():
        resize_along(array, time, steps.times.size)
    fields = fields_along(found.reference, time)
    ledger = Ledger.begin(fields, steps, read_ledger(store, fields))
    fill_map(group, found, steps, stored, ledger, progress)
    ledger.write(store)
    left_out = _leave_out_stale(store, stored, found.reference, list(said["layouts"]))
    if SERIES in said["layouts"]:
        block = said["layouts"][SERIES]["block"]
        fill_series(store, time, block, steps.changed, ingest_memory())
    write_description(
        store,
        {
            **said,
            "sources": said["sources"] + [piece.ledger_line() for piece in found.pieces],
            "notes": list(dict.fromkeys(said["notes"] + found.notes + left_out)),
            **_of_now(group, steps, found.reference, time),
        },
    )


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


def _wants_series(group: zarr.Group, recipe: Recipe) -> bool:
    """The user's choice, else whether a point through time would touch many chunks."""
    if recipe.layouts is not None:
        return SERIES in recipe.layouts
    return any(array.nchunks >= 32 and array.nbytes >= 32 * 2**20 for _, array in group.arrays())


def _packing(reference: xr.Dataset) -> dict[str, dict[str, str]]:
    """The types of scale and offset, which JSON forgets and decoding depends on."""
    return {
        str(name): {
            key: str(np.asarray(variable.attrs[key]).dtype)
            for key in ("scale_factor", "add_offset")
            if key in variable.attrs
        }
        for name, variable in reference.variables.items()
        if np.asarray(variable.attrs.get("scale_factor", 0.0)).dtype == "float32"
        or np.asarray(variable.attrs.get("add_offset", 0.0)).dtype == "float32"
    }


def _of_now(
    group: zarr.Group, steps: Steps, reference: xr.Dataset, time: str | None
) -> dict[str, Any]:
    """What is told anew of every version."""
    return {
        "gaps": gaps(steps.times, reference[time].attrs) if time is not None else [],
        "ingested_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "software": f"pangeo {metadata.version('pangeo')}",
        "bytes": sum(array.nbytes for _, array in group.arrays()),
    }
