"""A dry run: what an ingest would make, from a look at the files and a sample of their chunks."""

from __future__ import annotations

import math
import time
from typing import Any

import zarr.storage

from pangeo.catalogs.layouts import decode_layout
from pangeo.ingestion.jobs import Arrays, Job, cores
from pangeo.ingestion.ledger import Ledger
from pangeo.ingestion.order import Order
from pangeo.ingestion.recipe import Recipe
from pangeo.ingestion.report import Estimate, IngestReport
from pangeo.ingestion.results import ResultReader
from pangeo.ingestion.shapes import LAYOUT, SERIES, advise
from pangeo.ingestion.write import FromFiles, create_layout, map_jobs
from pangeo.storage import Location


def rehearse(
    location: Location, order: Order | None, recipe: Recipe, started: float
) -> IngestReport:
    """The report of an ingest that is not done."""
    if order is None:
        return IngestReport(location.name, "unchanged", seconds=time.perf_counter() - started)
    found, layouts = order.found, _layouts(order, recipe)
    sizes = {**found.reference.sizes, found.time: order.steps.times.size}
    dataset = decode_layout(found.reference, {"packing": {}, "text": found.pieces[0].text}, {})
    variables = {
        str(name): {str(dim): int(sizes[dim]) for dim in each.dims}
        for name, each in dataset.data_vars.items()
    }
    return IngestReport(
        name=location.name,
        status="planned",
        sources=[str(file.path) for file in order.files],
        variables=variables,
        chunks={
            layout: {
                name: list(said["chunks"][name]) for name in variables if name in said["chunks"]
            }
            for layout, said in layouts.items()
        },
        nbytes=sum(
            math.prod(sizes[dim] for dim in each.dims) * each.dtype.itemsize
            for each in found.reference.variables.values()
        ),
        notes=recipe.notes + found.notes,
        seconds=time.perf_counter() - started,
        estimate=_estimate(order, layouts),
    )


def _layouts(order: Order, recipe: Recipe) -> dict[str, dict[str, Any]]:
    """The layouts that the dataset has or would get."""
    if order.said is not None:
        layouts: dict[str, dict[str, Any]] = order.said["layouts"]
        return layouts
    found, steps = order.found, order.steps.times.size
    return advise(found.reference, found.time, steps, recipe.layouts, recipe.chunks).as_dict()


def _estimate(order: Order, layouts: dict[str, dict[str, Any]]) -> Estimate | None:
    """What the chunks will take, measured on a few that are made in memory and forgotten.

    None for a Dataset, of which no part can be had without computing it.
    """
    found = order.found
    if isinstance(found.pieces[0].file.reader, ResultReader):
        return None
    store: Any = zarr.storage.MemoryStore()
    create_layout(
        store, LAYOUT, found.reference, layouts[LAYOUT]["chunks"], found.time, order.steps.times
    )
    arrays = Arrays(store)
    steps = order.steps
    ledger = Ledger.begin(found.reference, found.time, steps, None)
    work = FromFiles(found, steps, order.stored)
    taken, seconds = 0.0, 0.0
    for jobs in _by_array(map_jobs(arrays, found, steps, ledger, is_new=order.stored is None)):
        before, started = _held(store), time.perf_counter()
        sample = [jobs[number] for number in {0, len(jobs) // 2, len(jobs) - 1}]
        for job in sample:
            work(arrays, job)
        share = sum(job.nbytes for job in jobs) / sum(job.nbytes for job in sample)
        taken += (_held(store) - before) * share
        seconds += (time.perf_counter() - started) * share
    both = 2 if SERIES in layouts else 1
    return Estimate(round(both * taken), both * seconds / cores())


def _by_array(jobs: list[Job]) -> list[list[Job]]:
    of: dict[str, list[Job]] = {}
    for job in jobs:
        of.setdefault(job.array, []).append(job)
    return list(of.values())


def _held(store: Any) -> int:
    return sum(len(each) for each in store._store_dict.values())
