"""The catalogue of a workspace: static STAC JSON beside the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.opening import open_dataset
from pangeo.catalogs.publishing import find_entry, locations, publish, read_collection
from pangeo.errors import DatasetNotFoundError
from pangeo.storage import Location
from pangeo.types import BBoxLike, TimeLike


class Catalog:
    """The datasets of a workspace; ``pangeo.catalog()`` gives the user's own.

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
        """Every dataset with a committed version, by name."""
        found = [find_entry(location) for location in locations(self.workspace)]
        return [entry for entry in found if entry is not None]

    def __getitem__(self, name: str) -> Entry:
        """The entry of a name; DatasetNotFoundError where there is none."""
        location = Location(self.workspace, name)
        return find_entry(location) or publish(location)  # which explains what is missing

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

    def check(self) -> list[str]:
        """Write again every description that is missing or stale; returns their names."""
        repaired = []
        for location in locations(self.workspace):
            before = read_collection(location) or {}
            try:
                entry = publish(location)
            except DatasetNotFoundError:
                continue  # an ingest that never ended
            if before.get("pangeo:snapshot") != entry.version:
                repaired.append(location.name)
        return repaired

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        names = [entry.name for entry in self.entries]
        return f"<pangeo.Catalog {self.workspace}: {', '.join(names) or 'no datasets'}>"
