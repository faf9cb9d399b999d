"""The versions of a dataset: list them, name one, go back to one, take the dataset away."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import icechunk

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.projection import describe
from pangeo.catalogs.publishing import link_all, publish
from pangeo.errors import InputError, StoreError
from pangeo.storage import (
    BRANCH,
    Location,
    Version,
    hold_lease,
    not_found,
    open_repository,
    reading,
    readonly_store,
    reason_of,
    versions,
    writing_to,
)

SET_ASIDE = "before-rollback-"  # how the tags begin that rollback gives
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SNAPSHOT = re.compile(r"[0-9A-HJKMNP-TV-Z]{20}")  # how Icechunk writes the id of a version


def history(location: Location) -> list[Version]:
    """The versions of a dataset, newest first; after them those that only a tag keeps."""
    with reading(location):
        return versions(open_repository(location))


def tag(location: Location, name: str, version: str | None = None) -> Version:
    """The version of that id or tag, the newest by default, under one more name for good."""
    if not _is_free_to_choose(name):
        raise InputError(
            "cannot name a version so",
            found=f"tag={name!r}",
            expected="up to 100 letters, digits, '.', '_' and '-', the first a letter or digit; "
            f"nothing that looks like the id of a version or begins with {SET_ASIDE!r}",
            fix="choose another tag, such as 'paper-2026'",
        )
    with hold_lease(location.lease) as lease, reading(location):
        repository = open_repository(location)
        _, snapshot = readonly_store(repository, location, version)
        lease.check()
        try:
            with _changing(location):
                repository.create_tag(name, snapshot_id=snapshot)
        except icechunk.AlreadyExistsError as error:
            raise InputError(
                f"{location.name!r} has a version tagged {name!r}, and a tag never moves",
                found=f"{name!r} means version {repository.lookup_tag(name)}",
                expected="a tag that is new to this dataset",
                fix="choose another tag",
            ) from error
        publish(location)  # the newest version is described with its tags
        return next(each for each in versions(repository) if each.snapshot == snapshot)


def _is_free_to_choose(name: object) -> bool:
    """Whether a tag can be told from an id, and from the tags that come and go by themselves."""
    return (
        isinstance(name, str)
        and _TAG.fullmatch(name) is not None
        and _SNAPSHOT.fullmatch(name) is None
        and not name.startswith(SET_ASIDE)
    )


def rollback(location: Location, version: str) -> Entry:
    """Make an earlier version the newest one again.

    Those that came after it are set aside: each stays readable under a tag, and can be gone
    back to, until ``expire`` finds that this was long ago.
    """
    with hold_lease(location.lease) as lease, reading(location):
        repository = open_repository(location)
        store, wanted = readonly_store(repository, location, version)
        describe(location, store, wanted)  # or it is damaged too, and nothing must change
        newest = repository.lookup_branch(BRANCH)
        staying = {each.id for each in repository.ancestry(snapshot_id=wanted)}
        lease.check()
        for later in versions(repository):
            if later.snapshot not in staying and not later.tags:
                # Taken once already where an expire was stopped that was to forget it.
                with suppress(icechunk.AlreadyExistsError), _changing(location):
                    repository.create_tag(SET_ASIDE + later.snapshot, snapshot_id=later.snapshot)
        if wanted != newest:
            with _changing(location):
                repository.reset_branch(BRANCH, wanted, from_snapshot_id=newest)
        return publish(location)


@contextmanager
def _changing(location: Location) -> Iterator[None]:
    """Tell a disk that takes no more from a store that is damaged."""
    with writing_to(location.folder):
        try:
            yield
        except icechunk.AlreadyExistsError:
            raise
        except icechunk.IcechunkError as error:
            raise OSError(reason_of(error)) from error


def remove(location: Location) -> None:
    """Take a dataset with all its versions away; its sources are not touched.

    Nothing of it is looked at: what is damaged, or was never made to the end, goes too.
    """
    if not location.folder.is_dir():
        raise not_found(location, f"no dataset at {location.folder}")
    aside = location.folder.with_name(f".{location.name}.{uuid.uuid4().hex}")
    with hold_lease(location.lease) as lease, writing_to(location.folder.parent):
        lease.check()
        location.folder.rename(aside)  # in one step, so that no half of it is ever seen
    try:
        shutil.rmtree(aside)
    except OSError as error:
        raise StoreError(
            f"{location.name!r} is no dataset any more, but files of it are left",
            found=f"{error.filename or aside}: {error.strerror or error.args[0]}",
            expected="a folder with files that this user may remove",
            fix=f"remove by hand what is left: {aside}",
        ) from error
    finally:
        link_all(location.workspace)
