"""``ingest``: from source files to a named, analysis-ready dataset."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata

import icechunk
import xarray as xr

from pangeo.catalogs import Entry, describe, publish
from pangeo.config import ingest_memory, workspace
from pangeo.errors import InputError, SourceError, StoreError
from pangeo.ingestion.corrections import Attributes, plain
from pangeo.ingestion.jobs import Progress
from pangeo.ingestion.order import Mode, Order, order_for
from pangeo.ingestion.recipe import Recipe
from pangeo.ingestion.rehearsal import rehearse
from pangeo.ingestion.report import IngestReport, Status
from pangeo.ingestion.results import as_source
from pangeo.ingestion.shapes import LAYOUT, SERIES, Chunks
from pangeo.ingestion.sources import FilesLike, find_files
from pangeo.ingestion.version import volume, write_anew, write_steps
from pangeo.storage import (
    Lease,
    Location,
    Stage,
    drop_staged,
    hold_lease,
    is_damage,
    new_repository,
    open_repository,
    reason_of,
)

_MODES = ("create", "append", "update", "replace")


def ingest(
    sources: FilesLike | xr.Dataset | xr.DataArray,
    name: str,
    *,
    mode: Mode = "create",
    variables: str | Sequence[str] | None = None,
    title: str | None = None,
    layouts: Sequence[str] | None = None,
    chunks: Chunks | None = None,
    attributes: Attributes | None = None,
    progress: Progress | None = None,
    dry_run: bool = False,
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
        NetCDF files: a path, a glob (``"data/**/*.nc"`` looks into folders of folders), a
        directory or a list of them. Several files are joined along time. Or a Dataset or
        DataArray, lazy or not: a result becomes a dataset, computed chunk by chunk.
    name
        The name that the dataset will have in the catalogue.
    mode
        ``"create"`` makes a new dataset; the same files again change nothing.
        ``"append"`` adds the steps of files that begin after the dataset ends, and passes
        over files that it has. ``"update"`` also puts late and corrected steps in their
        place. ``"replace"`` puts a new version in place of the whole. Each makes one new
        version, and the earlier ones stay readable. Where there is no dataset of the name,
        each makes it.
    variables
        Only these variables, with the coordinates that belong to them; all by default.
    title
        A line that describes the dataset; by default the files' own title.
    layouts
        ``"map"``, whole space and few times in a chunk, is always made. ``"series"``, long
        time and small space, makes a point through time cheap. By default both are made
        where a point would touch many chunks of ``map``.
    chunks
        Sizes of stored chunks along some dimensions, for one layout or both:
        ``{"map": {"time": 1}, "series": {"time": 365}}``; what is not given is chosen to suit.
        In ``series`` the size along time is also that of the block by which it grows.
    attributes
        What the files should have said, by variable: ``{"time": {"units": "hours since
        2000-01-01", "calendar": None}}`` sets the units and removes the calendar. It takes
        the place of what they do say before anything is judged, in the files added later too.
    progress
        Called as the data are written, with the bytes done and the bytes in all.
    dry_run
        Look at everything and write nothing: the report says what would be made, in which
        chunks, about how large on disk and in about how much time.

    Returns
    -------
    IngestReport
        What was read, written and stated anew; ``print`` it.

    Raises
    ------
    SourceError
        When a file cannot be ingested as it is; names file, variable and the way out.
    InputError
        When an argument cannot be understood, or names a variable that a file does not have.
    DatasetExistsError
        When the name belongs to a dataset made of other sources.
    StoreError
        When somebody else is writing the same dataset, or its store is damaged.

    Examples
    --------
    >>> import pangeo
    >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    >>> report.variables
    {'surface_temperature': {'time': 54, 'latitude': 18, 'longitude': 432}}
    """
    started = time.perf_counter()
    _check_choice("mode", mode, _MODES)
    for layout in layouts or ():
        _check_choice("layouts", layout, (LAYOUT, SERIES))
    location = Location(workspace(), name)
    if isinstance(sources, (xr.Dataset, xr.DataArray)):
        files, passed_over = [as_source(sources)], list[str]()
    else:
        files, passed_over = find_files(sources)
    chosen = [variables] if isinstance(variables, str) else variables
    only = None if chosen is None else list(chosen)
    recipe = Recipe(files, only, title, layouts, chunks, plain(attributes), passed_over)
    if dry_run:
        order = order_for(location, recipe, mode)
        return rehearse(location, order, recipe, started)
    with hold_lease(location.lease) as lease:
        order = order_for(location, recipe, mode)
        status: Status = "unchanged" if order is None else order.status
        if order is not None:
            is_new = status == "created"
            place = new_repository(location, lease) if is_new else _existing(location)
            with place as repository:
                _carry_out(location, repository, order, recipe, lease, progress)
        entry = _described(location)
    return _report(entry, status, time.perf_counter() - started)


@contextmanager
def _existing(location: Location) -> Iterator[icechunk.Repository]:
    yield open_repository(location)


def _check_choice(argument: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(
            f"cannot ingest with {argument}={value!r}",
            found=f"{argument}={value!r}",
            expected=f"one of {', '.join(map(repr, choices))}",
            fix=f"correct {argument}, or leave it out",
        )


def _carry_out(
    location: Location,
    repository: icechunk.Repository,
    order: Order,
    recipe: Recipe,
    lease: Lease,
    progress: Progress | None,
) -> None:
    with _all_or_nothing(location, repository):
        stage = _begin(repository, recipe, order)
        if stage.is_ready:
            pass  # killed between its last commit and the moment that makes it visible
        elif order.stored is None or order.said is None:
            write_anew(stage, order.found, order.steps, recipe, progress)
        else:
            write_steps(stage, order.stored, order.said, order.found, order.steps, progress)
        describe(location, stage.session.store, "not committed yet")  # or it must not be
        for file in order.files:
            file.check_unchanged()
        lease.check()
        stage.publish(f"{order.status} from {len(order.files)} file(s)")


def _begin(repository: icechunk.Repository, recipe: Recipe, order: Order) -> Stage:
    """A new version, or the one that a killed ingest of the same was making."""
    key = [order.status, recipe.as_dict(), ingest_memory(), metadata.version("pangeo")]
    return Stage(repository, key, volume(order.found, order.steps))


@contextmanager
def _all_or_nothing(location: Location, repository: icechunk.Repository) -> Iterator[None]:
    """Say in our words what went wrong with sources or disk.

    What was staged stays, to be gone on with, unless a source is not what it was.
    """
    try:
        yield
    except SourceError:
        drop_staged(repository)
        raise
    except (OSError, ValueError, icechunk.IcechunkError) as error:
        if isinstance(error, ValueError) and not is_damage(error):
            raise
        raise StoreError(
            "could not write the dataset; nothing was committed",
            found=reason_of(error),
            expected="sources that can be read to their end, room on the disk of the workspace, "
            "and no other writer",
            fix="free space or restore the source, and run the same again; it goes on from what "
            "it had staged. If that is not it, see whether the dataset itself, or one that the "
            f"source was made of, is damaged: `pangeo verify {location.name}`",
        ) from error


def _described(location: Location) -> Entry:
    try:
        return publish(location)
    except StoreError as error:
        raise StoreError(
            f"{location.name!r} is committed, but could not be described",
            found=error.found,
            expected=error.expected,
            fix=f"{error.fix}. Then run the same again: "
            "nothing but the description in the catalogue is left to do",
        ) from error


def _report(entry: Entry, status: Status, seconds: float) -> IngestReport:
    return IngestReport(
        name=entry.name,
        status=status,
        version=entry.version,
        sources=[source["path"] for source in entry.sources],
        variables=entry.variables,
        chunks={
            layout: {name: of[name] for name in entry.variables if name in of}
            for layout, of in entry.chunks.items()
        },
        nbytes=entry.nbytes,
        notes=entry.notes,
        seconds=seconds,
    )
