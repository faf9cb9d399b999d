"""``ingest``: from source files to a named, analysis-ready dataset."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from typing import Any, Literal

import icechunk
import xarray as xr

from pangeo.catalogs import Entry, describe, publish
from pangeo.config import ingest_memory, workspace
from pangeo.errors import (
    DatasetExistsError,
    DatasetNotFoundError,
    InputError,
    SourceError,
    StoreError,
)
from pangeo.ingestion.jobs import Progress
from pangeo.ingestion.joining import scan
from pangeo.ingestion.report import IngestReport, Status
from pangeo.ingestion.results import as_source
from pangeo.ingestion.shapes import LAYOUT, SERIES, Chunks
from pangeo.ingestion.sources import FilesLike, SourceFile, find_files
from pangeo.ingestion.steps import appended, from_files, updated
from pangeo.ingestion.version import Recipe, volume, write_anew, write_steps
from pangeo.storage import (
    Lease,
    Location,
    Stage,
    drop_staged,
    hold_lease,
    new_repository,
    open_raw,
    open_repository,
    read_description,
    readonly_store,
)

type Mode = Literal["create", "append", "update", "replace"]
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
    progress
        Called as the data are written, with the bytes done and the bytes in all.

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
    _check_choice("mode", mode, _MODES)
    for layout in layouts or ():
        _check_choice("layouts", layout, (LAYOUT, SERIES))
    location = Location(workspace(), name)
    if isinstance(sources, (xr.Dataset, xr.DataArray)):
        files, passed_over = [as_source(sources)], list[str]()
    else:
        files, passed_over = find_files(sources)
    chosen = [variables] if isinstance(variables, str) else variables
    recipe = Recipe(
        files, None if chosen is None else list(chosen), title, layouts, chunks, passed_over
    )
    with hold_lease(location.lease) as lease:
        said = _said_of(location)
        if said is None:
            with new_repository(location, lease) as repository:
                status = _make(location, repository, recipe, lease, progress, "created")
        elif mode == "replace":
            repository = open_repository(location)
            status = _make(location, repository, recipe, lease, progress, "replaced")
        elif mode == "create" and _is_made_by(said, recipe):
            status = "unchanged"
        elif mode == "create":
            raise _taken(name, said, recipe)
        else:
            status = _extend(location, said, recipe, lease, progress, mode)
        entry = _described(location)
    return _report(entry, status, time.perf_counter() - started)


def _check_choice(argument: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(
            f"cannot ingest with {argument}={value!r}",
            found=f"{argument}={value!r}",
            expected=f"one of {', '.join(map(repr, choices))}",
            fix=f"correct {argument}, or leave it out",
        )


def _said_of(location: Location) -> dict[str, Any] | None:
    """What the newest version says of itself; None before the first commit."""
    try:
        repository = open_repository(location)
    except DatasetNotFoundError:
        return None
    store, _ = readonly_store(repository, location)
    return read_description(store)


def _is_made_by(said: dict[str, Any], recipe: Recipe) -> bool:
    """Whether a dataset holds just these files, however they came into it."""
    held = {source["sha256"] for source in said["sources"]}
    asked, before = recipe.as_dict(), said["recipe"]
    return held == set(asked["sources"]) and all(
        asked[key] == before.get(key) for key in ("variables", "layouts", "chunks")
    )


def _make(
    location: Location,
    repository: icechunk.Repository,
    recipe: Recipe,
    lease: Lease,
    progress: Progress | None,
    status: Status,
) -> Status:
    found = scan(recipe.files, recipe.variables)
    with _all_or_nothing(repository):
        steps = from_files(found.pieces)
        stage = _begin(repository, recipe, status, volume(found, steps))
        write_anew(stage, found, steps, recipe, progress)
        message = f"{status} from {len(recipe.files)} file(s)"
        _commit(location, stage, recipe.files, lease, message)
    return status


def _extend(
    location: Location,
    said: dict[str, Any],
    recipe: Recipe,
    lease: Lease,
    progress: Progress | None,
    mode: Mode,
) -> Status:
    """Append or update; files that the ledger knows by their digest are passed over."""
    asked, before = recipe.as_dict(), said["recipe"]
    for key in ("variables", "layouts", "chunks"):
        if asked[key] is not None and asked[key] != before.get(key):
            raise _settled(location.name, key, before.get(key), asked[key])
    files = _new_files(recipe.files, said["sources"], mode)
    if not files:
        return "unchanged"
    repository = open_repository(location)
    store, _ = readonly_store(repository, location)
    stored = open_raw(store, LAYOUT)
    found = scan(files, said["recipe"]["variables"], stored)
    if said["time"] is None:
        raise _undated(location.name)
    merge = appended if mode == "append" else updated
    steps = merge(stored[said["time"]].values, found.pieces)
    with _all_or_nothing(repository):
        stage = _begin(repository, recipe, mode, volume(found, steps))
        write_steps(stage, stored, said, found, steps, progress)
        _commit(location, stage, files, lease, f"{mode} {len(files)} file(s)")
    return "appended" if mode == "append" else "updated"


def _new_files(
    files: Sequence[SourceFile], ledger: Sequence[dict[str, Any]], mode: Mode
) -> list[SourceFile]:
    """The files to take: those that the ledger does not know, and those to be gone back to.

    An update that names a file whose steps a later one has replaced, and not that later one,
    wants it back.
    """
    last = {line["sha256"]: number for number, line in enumerate(ledger)}
    named = {file.sha256 for file in files}

    def is_settled(file: SourceFile) -> bool:
        if file.sha256 not in last:
            return False
        known = ledger[last[file.sha256]]
        later = ledger[last[file.sha256] + 1 :]
        return mode == "append" or not any(
            line["sha256"] not in named and _overlap(line["times"], known["times"])
            for line in later
        )

    return [file for file in files if not is_settled(file)]


def _overlap(some: Sequence[int], others: Sequence[int]) -> bool:
    return some[0] <= others[1] and others[0] <= some[1]


def _settled(name: str, key: str, before: object, asked: object) -> InputError:
    return InputError(
        f"cannot change the {key} of {name!r} while adding steps to it",
        found=f"{key}={asked!r}",
        expected=f"{key}={before!r}, as it was made" if before else f"no {key}, as it was made",
        fix=f"leave {key} out, or put a new version in its place with mode='replace'",
    )


def _begin(repository: icechunk.Repository, recipe: Recipe, what: str, nbytes: int) -> Stage:
    """A new version, or the one that a killed ingest of the same was making."""
    key = [what, recipe.as_dict(), ingest_memory(), metadata.version("pangeo")]
    return Stage(repository, key, nbytes)


def _commit(
    location: Location, stage: Stage, files: Sequence[SourceFile], lease: Lease, message: str
) -> None:
    describe(location, stage.session.store, "not committed yet")  # or it must not be committed
    for file in files:
        file.check_unchanged()
    lease.check()
    stage.publish(message)


@contextmanager
def _all_or_nothing(repository: icechunk.Repository) -> Iterator[None]:
    """Say in our words what went wrong with sources or disk.

    What was staged stays, to be gone on with, unless a source is not what it was.
    """
    try:
        yield
    except SourceError:
        drop_staged(repository)
        raise
    except (OSError, icechunk.IcechunkError) as error:
        raise StoreError(
            "could not write the dataset; nothing was committed",
            found=(str(error).strip() or type(error).__name__).splitlines()[0],
            expected="sources that can be read to their end, room on the disk of the workspace, "
            "and no other writer",
            fix="free space or restore the source, and run the same again; it goes on from what "
            "it had staged",
        ) from error


def _described(location: Location) -> Entry:
    try:
        return publish(location)
    except StoreError as error:
        raise StoreError(
            f"{location.name!r} is committed and can be opened, but could not be described",
            found=error.found,
            expected=error.expected,
            fix="free space or correct the permissions, and run the same again: "
            "nothing but the description in the catalogue is left to do",
        ) from error


def _taken(name: str, said: dict[str, Any], recipe: Recipe) -> DatasetExistsError:
    before, now = said["recipe"], recipe.as_dict()
    other = ", ".join(key for key in now if before.get(key) != now[key])
    return DatasetExistsError(
        f"{name!r} already exists and was made otherwise",
        found=f"a dataset of {len(said['sources'])} file(s), ingested {said['ingested_at']}, "
        f"with other {other}",
        expected="a new name, or the same files, variables and layouts as before",
        fix="choose another name, add steps with mode='append' or 'update', "
        "or put a new version in its place with mode='replace'",
    )


def _undated(name: str) -> InputError:
    return InputError(
        f"cannot add steps to {name!r}",
        found="a dataset without a dated time axis",
        expected="a dataset that grows along time",
        fix="put a new version in its place with mode='replace'",
    )


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
