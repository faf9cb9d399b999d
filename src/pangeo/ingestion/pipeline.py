"""``ingest``: from source files to a named, analysis-ready dataset."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from importlib import metadata
from typing import Any, Literal

import icechunk

from pangeo.catalogs import Entry, publish
from pangeo.config import workspace
from pangeo.errors import DatasetExistsError, DatasetNotFoundError, InputError
from pangeo.ingestion.report import IngestReport, Status
from pangeo.ingestion.scan import Scan, scan
from pangeo.ingestion.sources import SourceFile, SourcesLike, find_sources
from pangeo.ingestion.write import LAYOUT, Progress, write_layout
from pangeo.storage import (
    BRANCH,
    Lease,
    Location,
    hold_lease,
    new_repository,
    open_repository,
    read_description,
    readonly_store,
    write_description,
)

type Mode = Literal["create", "replace"]


def ingest(
    sources: SourcesLike,
    name: str,
    *,
    mode: Mode = "create",
    variables: Sequence[str] | None = None,
    title: str | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Make a named, analysis-ready dataset of source files, and put it in the catalogue.

    Every file is looked at before the first byte is written; what cannot be understood is
    refused. Values are stored bit for bit as the files hold them, packed ones packed; only
    the time axis is stated anew, on one epoch. Data, description and source digests become
    visible in one commit or not at all, so an ingest killed at any moment leaves nothing
    half done, and running it again repairs what it left.

    Parameters
    ----------
    sources
        NetCDF files: a path, a glob, a directory or a list of them. Several files are
        joined along time.
    name
        The name that the dataset will have in the catalogue.
    mode
        ``"create"`` makes a new dataset; the same files again change nothing.
        ``"replace"`` puts a new version in place of an existing dataset; the earlier
        version stays readable.
    variables
        Only these variables, with their coordinates; all by default.
    title
        A line that describes the dataset; by default the files' own title.
    progress
        Called as the data are written with the steps done and the steps in all.

    Returns
    -------
    IngestReport
        What was read, written and stated anew; ``print`` it.

    Raises
    ------
    SourceError
        When a file cannot be ingested as it is; names file, variable and the way out.
    DatasetExistsError
        When the name belongs to a dataset made of other sources.
    StoreError
        When somebody else is writing the same dataset.

    Examples
    --------
    >>> import pangeo
    >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    >>> report.variables
    {'surface_temperature': {'time': 54, 'latitude': 18, 'longitude': 432}}
    """
    started = time.perf_counter()
    if mode not in ("create", "replace"):
        raise InputError(
            "cannot ingest in this mode",
            found=f"mode={mode!r}",
            expected="'create' or 'replace'",
            fix="use mode='create' for a new dataset",
        )
    location = Location(workspace(), name)
    files = find_sources(sources)
    recipe = {
        "sources": [file.sha256 for file in files],
        "variables": sorted(variables) if variables is not None else None,
        "title": title,
    }
    with hold_lease(location.lease) as lease:
        current = _current(location)
        status = _status(name, current, recipe, mode)
        if status == "created":
            found = scan(files, variables)
            with new_repository(location) as repository:
                _commit(repository, found, files, recipe, lease, progress)
        elif status == "replaced":
            found = scan(files, variables)
            _commit(open_repository(location), found, files, recipe, lease, progress)
        entry = publish(location)
    return _report(entry, status, time.perf_counter() - started)


def _current(location: Location) -> dict[str, Any] | None:
    """What the newest version says of itself; None before the first commit."""
    try:
        repository = open_repository(location)
    except DatasetNotFoundError:
        return None
    store, _ = readonly_store(repository, location)
    return read_description(store)


def _status(
    name: str, current: dict[str, Any] | None, recipe: dict[str, Any], mode: Mode
) -> Status:
    if current is None:
        return "created"
    if current["recipe"] == recipe:
        return "unchanged"
    if mode == "replace":
        return "replaced"
    raise DatasetExistsError(
        f"{name!r} already exists and is made of something else",
        found=f"a dataset of {len(current['sources'])} file(s), ingested {current['ingested_at']}",
        expected="a new name, or the same files, variables and title as before",
        fix="choose another name, or put a new version in its place with mode='replace'",
    )


def _commit(
    repository: icechunk.Repository,
    found: Scan,
    files: Sequence[SourceFile],
    recipe: dict[str, Any],
    lease: Lease,
    progress: Progress | None,
) -> None:
    dataset = found.dataset
    session = repository.writable_session(BRANCH)
    chunks = write_layout(session.store, dataset, progress)
    description = {
        "title": recipe["title"] or str(dataset.attrs.get("title", "")),
        "ingested_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "software": f"pangeo {metadata.version('pangeo')}",
        "recipe": recipe,
        "sources": [file.ledger_line() for file in files],
        "layouts": {LAYOUT: {"chunks": chunks}},
        "bytes": sum(variable.nbytes for variable in dataset.variables.values()),
        "notes": found.notes,
    }
    write_description(session.store, description)
    lease.check()
    session.commit(f"ingest {len(files)} file(s)")


def _report(entry: Entry, status: Status, seconds: float) -> IngestReport:
    return IngestReport(
        name=entry.name,
        status=status,
        version=entry.version,
        sources=[source["path"] for source in entry.sources],
        variables=entry.variables,
        chunks={name: entry.chunks[LAYOUT][name] for name in entry.variables},
        nbytes=entry.nbytes,
        notes=entry.notes,
        seconds=seconds,
    )
