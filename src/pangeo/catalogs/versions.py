"""The versions of a dataset: list them, go back to one, take the dataset away."""

from __future__ import annotations

import shutil
import uuid

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.publishing import link_all, publish
from pangeo.storage import (
    BRANCH,
    Location,
    Version,
    hold_lease,
    open_repository,
    readonly_store,
    versions,
)


def history(location: Location) -> list[Version]:
    """The versions of a dataset, newest first."""
    return versions(open_repository(location))


def rollback(location: Location, version: str) -> Entry:
    """Make an earlier version the newest one again.

    The versions that came after it stay readable, each under a tag, and can be gone back to.
    """
    with hold_lease(location.lease) as lease:
        repository = open_repository(location)
        _, wanted = readonly_store(repository, location, version)
        newest = repository.lookup_branch(BRANCH)
        for later in versions(repository):
            if later.snapshot == wanted:
                break
            tag = f"before-rollback-{later.snapshot}"
            if tag not in repository.list_tags():
                repository.create_tag(tag, snapshot_id=later.snapshot)
        lease.check()
        if wanted != newest:
            repository.reset_branch(BRANCH, wanted, from_snapshot_id=newest)
        return publish(location)


def remove(location: Location) -> None:
    """Take a dataset with all its versions away; its sources are not touched."""
    open_repository(location)  # or say that there is none
    aside = location.folder.with_name(f".{location.name}.{uuid.uuid4().hex}")
    with hold_lease(location.lease) as lease:
        lease.check()
        location.folder.rename(aside)  # in one step, so that no half of it is ever seen
    shutil.rmtree(aside)
    link_all(location.workspace)
