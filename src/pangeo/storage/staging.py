"""A version in the making: nobody sees it before it is whole.

What is written in one session becomes visible with its commit. A long ingest works in
several, on a branch of its own, where one that is killed is gone on with; readers see the
branch ``main`` alone, which moves once, at the end.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import icechunk
import zarr

from pangeo.errors import StoreError

BRANCH = "main"
STAGING = "staging"
STAGED = "pangeo_staged"  # the attribute of the root group that says how far it is

# Written from one commit on the staging branch to the next. Each of them lists all chunks
# anew; what was written after the last one is lost with the process.
STAGE_BYTES = 4 * 2**30


class Stage:
    """The session in which a version is made, and how much of it is done."""

    def __init__(self, repository: icechunk.Repository, key: Any, nbytes: int) -> None:
        """Go on with what a killed ingest left under the same key, or begin anew.

        ``key`` is anything that JSON can say: all that what is written depends on. ``nbytes``
        is how much will be written.
        """
        self._repository = repository
        self._base = repository.lookup_branch(BRANCH)
        said = json.dumps([key, self._base], default=str)
        self._key = hashlib.sha256(said.encode()).hexdigest()
        self.done, self._plan, self.is_ready = self._left()
        self._is_first = self.done is None
        if self.done is None:
            drop_staged(repository)
        self._branch = STAGING if nbytes >= STAGE_BYTES else BRANCH
        if self._branch == STAGING and self.done is None:
            repository.create_branch(STAGING, self._base)
        self.session = repository.writable_session(self._branch)
        self._bytes = 0

    def _left(self) -> tuple[int | None, str | None, bool]:
        """How many jobs a killed ingest of the same key did, of which plan; whether that is all.

        It is all when the version is committed to its branch and only has to be published.
        """
        if not is_left(self._repository):
            return None, None, False
        store = self._repository.readonly_session(STAGING).store
        said: Any = zarr.open_group(store, mode="r").attrs.get(STAGED, {})
        if said.get("key") != self._key:
            return None, None, False
        return said["done"], said["plan"], said.get("ready", False)

    def check_plan(self, plan: str) -> None:
        """Raise StoreError where what was done so far is of another plan of jobs."""
        if self._plan not in (None, plan):
            drop_staged(self._repository)
            raise StoreError(
                "cannot go on with what an earlier run of this ingest left",
                found="work that was cut into other pieces, as by another version of Pangeo",
                expected="the same pieces in the same order",
                fix="run the same again: it begins anew",
            )
        self._plan = plan

    def is_due(self, nbytes: int) -> bool:
        """Whether it is time to keep what was written, after so many bytes more."""
        self._bytes += nbytes
        return self._branch == STAGING and self._bytes >= STAGE_BYTES

    def keep(self, done: int) -> None:
        """Commit what was written so far to the branch, and go on in a new session."""
        root = zarr.open_group(self.session.store, mode="a")
        root.attrs[STAGED] = {"key": self._key, "done": done, "plan": self._plan}
        self._commit("staged")
        self.session = self._repository.writable_session(STAGING)
        self._bytes = 0

    def publish(self, message: str) -> None:
        """Make it the newest version, in one step."""
        if self._branch == BRANCH:
            self.session.commit(message)
            return
        snapshot = self._repository.lookup_branch(STAGING) if self.is_ready else None
        if snapshot is None:
            root = zarr.open_group(self.session.store, mode="a")
            root.attrs[STAGED] = {
                "key": self._key, "done": self.done or 0, "plan": self._plan, "ready": True
            }  # fmt: skip
            snapshot = self._commit(message)
        self._repository.reset_branch(BRANCH, snapshot, from_snapshot_id=self._base)
        self._repository.delete_branch(STAGING)

    def _commit(self, message: str) -> str:
        """One commit on the branch, however often: the history is of versions, not of stages."""
        commit = self.session.commit if self._is_first else self.session.amend
        self._is_first = False
        return str(commit(message))


def drop_staged(repository: icechunk.Repository) -> None:
    """Forget what a killed ingest left."""
    if STAGING in repository.list_branches():
        repository.delete_branch(STAGING)


def is_left(repository: icechunk.Repository) -> bool:
    """Whether an ingest left something to go on with."""
    return STAGING in repository.list_branches() and repository.lookup_branch(
        STAGING
    ) != repository.lookup_branch(BRANCH)
