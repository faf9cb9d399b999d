"""``expire``: forget old versions of a dataset and free the disk of what they alone held."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import icechunk

from pangeo.catalogs.publishing import publish
from pangeo.catalogs.versions import SET_ASIDE
from pangeo.errors import InputError, StoreError
from pangeo.storage import (
    Location,
    hold_lease,
    open_repository,
    reason_of,
    versions,
    writing_to,
)

# Younger files stay, whatever is asked for: a program that writes with Icechunk alone knows
# nothing of our lease, and until it commits, nothing refers to what it has written.
SAFE_AGE = dt.timedelta(days=1)

# No months, for they differ in length, nor minutes, for "3m" would be taken for months.
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class ExpireReport:
    """What ``expire`` forgot and freed; printed as a line, ``as_dict`` for JSON."""

    name: str
    """The dataset."""
    forgotten: list[str]
    """The snapshot ids of the versions that are no more, newest first."""
    files: int
    """How many files were removed."""
    nbytes: int
    """How many bytes they took on disk."""

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        line = (
            f"{self.name}: {len(self.forgotten)} version(s) forgotten, "
            f"{self.files} file(s) removed, {self.nbytes / 1e6:.1f} MB freed"
        )
        if self.forgotten and not self.files:
            line += f"\n  files younger than {SAFE_AGE.days} day stay for now: run it again later"
        return line


def expire(location: Location, older_than: dt.timedelta | str) -> ExpireReport:
    """Forget the versions older than an age, but for the newest and those with a tag.

    A version that a rollback set aside is forgotten when it was set aside that long ago. Then
    whatever no version refers to is removed, unless it is younger than ``SAFE_AGE``; what a
    killed ingest left is among it, but for what a long one staged, which can be gone on with.
    Stopped at any moment, it leaves every version that it keeps as it was.
    """
    before = dt.datetime.now(dt.UTC) - SAFE_AGE
    limit = _limit(older_than)
    with hold_lease(location.lease) as lease, _said_plainly(location):
        repository = open_repository(location)
        known = [each.snapshot for each in versions(repository)]
        lease.check()
        _give_up_set_aside(repository, limit)
        repository.expire_snapshots(limit)
        kept = {each.snapshot for each in versions(repository)}
        lease.check()
        removed = repository.garbage_collect(before)
        if removed.objects_failed_to_delete:
            raise OSError("; ".join(removed.delete_errors))
        torn = _remove_torn(location.store, before)
    with writing_to(location.folder):
        location.collection.unlink(missing_ok=True)  # it says how much room the store takes
    publish(location)
    objects = (
        removed.snapshots_deleted,
        removed.transaction_logs_deleted,
        removed.manifests_deleted,
        removed.chunks_deleted,
    )
    return ExpireReport(
        location.name,
        [each for each in known if each not in kept],
        sum(objects) + len(torn),
        removed.bytes_deleted + sum(torn),
    )


def _limit(older_than: dt.timedelta | str) -> dt.datetime:
    """The moment before which a version is old."""
    with suppress(OverflowError):  # an age of more years than the calendar has
        age = _age_of(older_than) if isinstance(older_than, str) else older_than
        if isinstance(age, dt.timedelta) and age >= dt.timedelta(0):
            return dt.datetime.now(dt.UTC) - age
    raise InputError(
        "cannot tell how old a version may be",
        found=f"older_than={older_than!r}",
        expected="a timedelta, or hours, days or weeks as text: '12h', '30d', '8w'",
        fix="for example older_than='30d'; '0d' keeps the newest version and tagged ones only",
    )


def _age_of(text: str) -> dt.timedelta | None:
    parts = re.fullmatch(r"(\d+) ?([hdw])", text)
    return dt.timedelta(**{_UNITS[parts[2]]: int(parts[1])}) if parts else None


def _give_up_set_aside(repository: icechunk.Repository, limit: dt.datetime) -> None:
    """Take the tags away that rollback gave before ``limit``, from versions that have no other.

    Never from the newest version: it stays, and a tag that was taken away cannot come back.
    """
    given = {
        update.kind.name: update.updated_at
        for update in repository.ops_log()
        if isinstance(update.kind, icechunk.UpdateType.TagCreated)
    }
    for each in versions(repository)[1:]:
        if all(tag.startswith(SET_ASIDE) and given.get(tag, limit) < limit for tag in each.tags):
            for tag in each.tags:
                repository.delete_tag(tag)


def _remove_torn(store: Path, before: dt.datetime) -> list[int]:
    """Remove what a killed writer left of files half written; returns the sizes.

    They bear a "#" in their names, and Icechunk, which cannot see them, never removes them.
    """
    sizes = []
    for path in store.rglob("*#*"):
        found = path.stat()
        if found.st_mtime < before.timestamp():
            path.unlink()
            sizes.append(found.st_size)
    return sizes


@contextmanager
def _said_plainly(location: Location) -> Iterator[None]:
    try:
        yield
    except (OSError, icechunk.IcechunkError) as error:
        raise StoreError(
            f"could not clean up {location.name!r} to the end",
            found=reason_of(error),
            expected="a store that can be read, and files that may be removed",
            fix="nothing that is kept was touched: see what `pangeo verify "
            f"{location.name}` finds, correct the permissions, and run the same again",
        ) from error
