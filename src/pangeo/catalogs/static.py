"""The catalogue of a workspace: static STAC JSON beside the data."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.expiry import ExpireReport, expire
from pangeo.catalogs.found import Entries
from pangeo.catalogs.health import CheckReport, check_dataset
from pangeo.catalogs.opening import open_dataset
from pangeo.catalogs.publishing import find_entry, link_all, newest_entry
from pangeo.catalogs.question import Question
from pangeo.catalogs.searching import rebuild_index, search_workspace
from pangeo.catalogs.table import table_html
from pangeo.catalogs.versions import history, remove, rollback
from pangeo.catalogs.versions import tag as give_tag
from pangeo.storage import Location, Version, locations, open_repository
from pangeo.types import BBoxLike, TimeLike


class Catalog:
    """The datasets of a workspace; ``pangeo.catalog()`` gives the user's own.

    As the last line of a cell it shows itself as a table.

    Examples
    --------
    >>> import pangeo
    >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    >>> [entry.name for entry in pangeo.catalog().entries]
    ['sst-ostia']
    """

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    @property
    def entries(self) -> list[Entry]:
        """Every dataset with a committed version, by name; see also ``unreadable``."""
        return self._look()[0]

    @property
    def unreadable(self) -> dict[str, Exception]:
        """The datasets that ``entries`` leaves out because they are damaged, and why."""
        return self._look()[1]

    def __getitem__(self, name: str) -> Entry:
        """The entry of the newest version; DatasetNotFoundError where there is none."""
        return newest_entry(Location(self.workspace, name))

    def search(
        self,
        text: str | None = None,
        *,
        variable: str | None = None,
        bbox: BBoxLike | None = None,
        time: TimeLike | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Entries[Entry]:
        """The datasets that answer everything asked, as ``pangeo.search`` gives them."""
        question = Question.of(text, variable, bbox, time, properties)
        return search_workspace(self.workspace, question)

    def open(
        self,
        name: str,
        *,
        version: str | None = None,
        time: TimeLike | None = None,
        bbox: BBoxLike | None = None,
        variables: Sequence[str] | None = None,
        layout: str = "auto",
        chunks: str | Mapping[str, int] = "auto",
    ) -> xr.Dataset:
        """A dataset by its name, as ``pangeo.open`` gives it."""
        return open_dataset(
            Location(self.workspace, name),
            version=version, time=time, bbox=bbox, variables=variables,
            layout=layout, chunks=chunks,
        )  # fmt: skip

    def history(self, name: str) -> list[Version]:
        """The versions of a dataset, newest first: snapshot id, when, what was done, tags.

        After the newest and those that led to it come those that only a tag keeps, such as
        the ones that a rollback set aside.
        """
        return history(Location(self.workspace, name))

    def tag(self, name: str, tag: str, version: str | None = None) -> Version:
        """Give a version a name for good, by default the newest: ``expire`` never forgets it.

        ``pangeo.open(name, version=tag)`` opens it. A tag never moves and is never reused.

        Raises
        ------
        InputError
            When the tag is taken, or could be taken for the id of a version.
        DatasetNotFoundError
            When there is no dataset or no version of that name.
        """
        return give_tag(Location(self.workspace, name), tag, version)

    def rollback(self, name: str, version: str) -> Entry:
        """Make an earlier version the newest one; those after it stay readable under tags."""
        return rollback(Location(self.workspace, name), version)

    def expire(self, name: str, older_than: dt.timedelta | str) -> ExpireReport:
        """Forget the versions older than an age, and free the disk of what they alone held.

        The newest version and every tagged one are kept. What a rollback set aside goes when
        it was set aside longer ago than that. Files of the last day stay in any case, as
        another program may just be writing them.

        Parameters
        ----------
        name
            The dataset.
        older_than
            A timedelta, or a text: ``"12h"``, ``"30d"``, ``"8w"``.

        Raises
        ------
        StoreError
            When somebody is writing the dataset, or files cannot be removed.
        """
        return expire(Location(self.workspace, name), older_than)

    def remove(self, name: str) -> None:
        """Take a dataset with all its versions away; its sources are not touched.

        One that is damaged goes too, and so does what an ingest left that never ended.

        Raises
        ------
        DatasetNotFoundError
            When there is no dataset of that name.
        StoreError
            When somebody is writing it, or its files cannot be removed.
        """
        remove(Location(self.workspace, name))

    def check(self) -> CheckReport:
        """Whether the data of every dataset can be reached, and if not, why.

        Opens the newest version of each, reads the metadata of every layout and one chunk of
        its data, and sees whether the files of all others are there; ``verify`` reads
        everything. Descriptions that are missing, stale or changed by hand are written again.

        Returns
        -------
        CheckReport
            True where all is well; a ``Health`` for each dataset, with what to do where
            something is not, ``repaired`` the names of those that were described again,
            ``unreachable`` those whose data cannot be read, with the reason.

        Examples
        --------
        >>> import pangeo
        >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
        >>> pangeo.catalog().check()
        sst-ostia: well
        """
        found = [check_dataset(location) for location in locations(self.workspace)]
        if self.workspace.is_dir():
            if os.access(self.workspace, os.W_OK):  # a colleague's is only looked at
                link_all(self.workspace)
            rebuild_index(self.workspace)
        return CheckReport([each for each in found if each is not None])

    def _look(self) -> tuple[list[Entry], dict[str, Exception]]:
        entries, damaged = [], {}
        for location in locations(self.workspace):
            try:
                entry = find_entry(location)
                if entry is not None and not location.store.is_dir():
                    open_repository(location)  # which tells that it is lost
            except Exception as error:  # one bad dataset must not hide the others
                damaged[location.name] = error
            else:
                entries += [entry] if entry is not None else []
        return entries, damaged

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        names = [entry.name for entry in self.entries]
        return f"<pangeo.Catalog {self.workspace}: {', '.join(names) or 'no datasets'}>"

    def _repr_html_(self) -> str:
        entries, damaged = self._look()
        said = [f"cannot be read: {', '.join(damaged)}; see check()"] if damaged else []
        if not entries:
            said.append(f'no datasets in {self.workspace}; make one: pangeo.ingest(FILE, "NAME")')
        return table_html(entries, said)
