"""``verify``: whether a dataset still is what its sources said, chunk by chunk."""

from __future__ import annotations

import datetime as dt
import time as clock
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from typing import Any

import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.catalogs import publish
from pangeo.config import workspace
from pangeo.errors import PangeoError, StoreError
from pangeo.ingestion.conversion import agree
from pangeo.ingestion.jobs import Arrays, Job, cores, on_threads
from pangeo.ingestion.joining import distance_between, noise_of
from pangeo.ingestion.ledger import Counted, Ledger, Seen, count, counted_names, read_ledger
from pangeo.ingestion.scan import Piece, look_at
from pangeo.ingestion.shapes import LAYOUT
from pangeo.ingestion.sources import SourceFile, find_files
from pangeo.ingestion.steps import gaps
from pangeo.ingestion.write import chunk_regions, job_of
from pangeo.storage import (
    Location,
    complete,
    is_sealed,
    open_raw,
    open_repository,
    read_description,
    reading,
    readonly_store,
    reason_of,
    write_document,
)

# What Zarr and Icechunk raise on a chunk that is damaged or lost.
_UNREADABLE = (ValueError, RuntimeError, OSError, icechunk.IcechunkError)

# Compared with each source, per field: so many points in each of so many steps.
POINTS, STEPS = 1000, 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: whether it holds, and what was found."""

    what: str
    """What was looked at."""
    holds: bool
    """Whether it is as it should be."""
    found: str
    """What was found, in words."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What ``verify`` found; true where everything holds, printed as a line for each check."""

    name: str
    """The dataset."""
    version: str
    """The snapshot id of the version that was read."""
    verified_at: str
    """When it was done, ISO 8601, UTC."""
    checks: list[Check]
    """What was looked at, one by one."""
    seconds: float
    """How long it took."""

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    def __bool__(self) -> bool:
        return self.holds

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {**asdict(self), "holds": self.holds}

    def __str__(self) -> str:
        verdict = "verified" if self.holds else "NOT as ingested"
        lines = [f"{self.name}: {verdict}, version {self.version}, {self.seconds:.1f} s"]
        lines += [
            f"  {'ok ' if each.holds else 'BAD'}  {each.what}: {each.found}" for each in self.checks
        ]
        return "\n".join(lines)


def verify(name: str, *, version: str | None = None, against_sources: bool = False) -> VerifyReport:
    """Tell whether every chunk of a dataset is there and holds what ingest put into it.

    Reads the whole dataset. Checks that attributes and shapes are as they were written, that
    no chunk is missing, that each one's checksum is right, that every layout holds at every
    step as many values with the same lowest and highest as ingest counted, each in its place,
    and that time only grows. The result is kept beside the dataset as ``certificate.json``,
    unless a version was named, and ``pangeo info`` shows it; where that cannot be written, the
    report says so.

    Parameters
    ----------
    name
        The dataset.
    version
        A snapshot id or a tag; the newest version by default.
    against_sources
        Also compare random points with the source files, where they still are what was
        ingested.

    Returns
    -------
    VerifyReport
        True where everything holds; ``print`` it.

    Raises
    ------
    DatasetNotFoundError
        When there is no dataset or no version of that name.
    StoreError
        When the store is so damaged that its versions cannot be told.

    Examples
    --------
    >>> import pangeo
    >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    >>> bool(pangeo.verify("sst-ostia", against_sources=True))
    True
    """
    started = clock.perf_counter()
    location = Location(workspace(), name)
    with reading(location):
        store, snapshot = readonly_store(open_repository(location), location, version)
    checks: list[Check] = []
    try:
        checks.extend(_checks(store, against_sources))
    except Exception as error:  # on damage Icechunk, Zarr and xarray raise anything
        checks.append(Check("all else", False, f"cannot be read: {reason_of(error)}"))
    seconds = round(clock.perf_counter() - started, 3)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    report = VerifyReport(name, snapshot, now, checks, seconds)
    if version is None:  # a look at an earlier one must not hide what is known of the newest
        _keep(location, report)
    return report


def _keep(location: Location, report: VerifyReport) -> None:
    """Put the certificate beside the data; what was found is not lost where that cannot be."""
    try:
        write_document(location.certificate, report.as_dict())
        with nullcontext() if report.holds else suppress(StoreError):
            publish(location)  # the catalogue points to it; what is damaged stays as described
    except StoreError as error:
        report.checks.append(Check("certificate", True, f"is not kept: {error.found}"))


def _checks(store: icechunk.IcechunkStore, against_sources: bool) -> Iterator[Check]:
    said, sealed = read_description(store), is_sealed(store)
    found = "attributes and shapes are " + ("" if sealed else "not ") + "as ingest wrote them"
    yield Check("description", sealed, found)
    for layout in said["layouts"]:
        yield from _check_layout(store.session, said, layout)
    yield _check_time(store, said["time"])
    if against_sources:
        yield from _check_sources(store, said)


def _check_layout(session: icechunk.Session, said: dict[str, Any], layout: str) -> Iterator[Check]:
    group = zarr.open_group(session.store, path=layout, mode="r")
    missing = {
        name: lost for name, array in group.arrays() if (lost := _missing(session, layout, array))
    }
    total = sum(array.nchunks for _, array in group.arrays())
    found = "; ".join(f"{name} lacks {lost}" for name, lost in missing.items())
    yield Check(f"{layout}: chunks", not missing, found or f"all {total} are in the manifests")
    account, torn = _count_again(session.store, layout, said["time"])
    where = "; ".join(torn[:3]) + (f" and {len(torn) - 3} more" if len(torn) > 3 else "")
    yield Check(f"{layout}: checksums", not torn, where or "every chunk reads")
    try:
        kept = read_ledger(session.store, account.seen)
    except _UNREADABLE as error:
        yield Check(f"{layout}: ledger", False, reason_of(error))
        return
    for name, seen in sorted(account.seen.items()):  # in any order, as Zarr gives them
        steps = seen.valid.size
        other = np.flatnonzero(seen.differs(kept.seen[name].until(steps)))
        found = f"{other.size} steps differ, the first is {other[0]}" if other.size else ""
        what = f"{layout}: values of {name}"
        yield Check(what, not other.size, found or f"as ingested at {steps} step(s)")


def _missing(session: icechunk.Session, layout: str, array: zarr.Array[Any]) -> int:
    """How many chunks of an array are not stored; ingest stores every one."""

    async def stored() -> set[tuple[int, ...]]:
        path = f"/{layout}/{array.basename}"
        return {tuple(where) async for where in session.chunk_coordinates(path)}

    there = complete(stored())
    return sum(where not in there for where in np.ndindex(array.cdata_shape))


def _count_again(
    store: icechunk.IcechunkStore, layout: str, time: str | None
) -> tuple[Ledger, list[str]]:
    """Read every chunk: what is seen in all but the axes, and what cannot be read."""
    arrays, raw, torn = Arrays(store), open_raw(store, layout), list[str]()
    dims = {name: raw[name].dims for name in counted_names(raw)}
    along = {name: dims[name].index(time) if time in dims[name] else None for name in dims}
    account = Ledger(
        {name: Seen.nothing(1 if along[name] is None else raw.sizes[time]) for name in dims}
    )

    def read(arrays: Arrays, job: Job) -> Counted | None:
        name = job.array.removeprefix(f"{layout}/")
        try:
            values = np.asarray(arrays[job.array][job.region])
        except _UNREADABLE as error:
            torn.append(f"{name} at {_words(job.region)}: {reason_of(error)}")
            return None
        if name not in along:
            return None
        return count(name, along[name], job.region, values, raw[name].attrs)

    paths = [f"{layout}/{name}" for name in raw.variables]
    jobs = [job_of(arrays, path, each) for path in paths for each in chunk_regions(arrays[path])]
    for _, counted in on_threads(arrays, read, jobs, 2 * cores()):
        if counted is not None:
            account.add(counted)
    return account, torn


def _words(region: tuple[slice, ...]) -> str:
    return "[" + ", ".join(f"{each.start}:{each.stop}" for each in region) + "]"


def _check_time(store: icechunk.IcechunkStore, time: str | None) -> Check:
    if time is None:
        return Check("time", True, "the dataset has no dated axis")
    axis = open_raw(store, LAYOUT)[time]
    back = np.flatnonzero(np.diff(axis.values) <= 0)
    if back.size:
        return Check("time", False, f"step {back[0] + 1} is not after the one before")
    words = [f"{axis.size} steps, each after the one before", *gaps(axis.values, axis.attrs)]
    return Check("time", True, "; ".join(words))


def _check_sources(store: icechunk.IcechunkStore, said: dict[str, Any]) -> list[Check]:
    """Compare random points of each source that is still what was ingested; the newest first."""
    raw = open_raw(store, LAYOUT)
    stored = raw[said["time"]].values if said["time"] else np.zeros(0, "int64")
    settled: set[int] = set()  # times that a later source gave; an earlier one may differ there
    compared, other, gone = 0, [], 0
    for line in reversed(said["sources"]):
        file = _unchanged(line)
        if file is None:
            gone += 1
            continue
        piece = look_at(file, said["recipe"]["variables"], said["recipe"].get("attributes"))
        (piece,), _ = agree([piece], raw)
        mine = np.array([when not in settled for when in piece.times.tolist()], bool)
        settled |= set(piece.times.tolist())
        there = np.searchsorted(stored, piece.times).clip(max=max(stored.size - 1, 0))
        compared += 1
        if not np.array_equal(stored[there], piece.times):
            other.append(f"steps of {file.path.name} are not in the dataset")
            continue
        other += [
            f"{name} of {file.path.name}"
            for name in raw.variables
            if not _same_points(piece, raw, str(name), mine, there)
        ]
    what = "random points of the sources"
    found = f"{compared} of {len(said['sources'])} sources compared"
    found += f", {gone} are gone or have changed" if gone else ""
    return [Check(what, not other, "; ".join(other[:5]) or found)]


def _unchanged(line: dict[str, Any]) -> SourceFile | None:
    try:
        (file,), _ = find_files(line["path"])
    except PangeoError:
        return None
    return file if file.sha256 == line["sha256"] else None


def _same_points(
    piece: Piece, raw: xr.Dataset, name: str, mine: np.ndarray, there: np.ndarray
) -> bool:
    """Whether a field has the same stored numbers at random points of random steps."""
    random = np.random.default_rng()
    source, stored = piece.raw.variables[name], raw.variables[name]
    if piece.time not in source.dims:
        return distance_between(source, stored) <= noise_of(raw, name)
    along = source.dims.index(piece.time)
    before = (slice(None),) * along
    for step in random.permutation(np.flatnonzero(mine))[:STEPS]:
        ours, theirs = source[(*before, int(step))], stored[(*before, int(there[step]))]
        if not _agree(ours.values, theirs.values, random):
            return False
    return True


def _agree(left: np.ndarray, right: np.ndarray, random: np.random.Generator) -> bool:
    points = random.integers(0, left.size, POINTS)
    is_float = left.dtype.kind == "f"
    return np.array_equal(left.ravel()[points], right.ravel()[points], equal_nan=is_float)
