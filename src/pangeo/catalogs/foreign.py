"""A catalogue of others: any static STAC catalogue, read where it lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import xarray as xr

from pangeo.catalogs.foreign_entry import ForeignEntry
from pangeo.catalogs.found import Entries
from pangeo.catalogs.health import CheckReport, Health
from pangeo.catalogs.question import Question
from pangeo.catalogs.searching import search_documents, search_served
from pangeo.catalogs.walk import Walk
from pangeo.errors import DatasetNotFoundError, InputError, StoreError
from pangeo.storage import address_of, is_remote, read_json, reason_of
from pangeo.types import BBoxLike, TimeLike


def _refusing(verb: str) -> Callable[..., NoReturn]:
    """A method that works on a catalogue of your own alone."""

    def refuse(self: ReadOnlyCatalog, name: str, *_: object, **__: object) -> NoReturn:
        """Refused: the catalogue is not yours."""
        raise InputError(
            f"cannot {verb} {name!r}: the catalogue is kept by others",
            found=f"a catalogue at {self.address}, which is only read",
            expected="a workspace folder on this machine",
            fix=f"make a dataset of your own of it: pangeo.ingest(catalog.open({name!r}), NAME)",
        )

    return refuse


class ReadOnlyCatalog:
    """The datasets of a catalogue that others keep; ``pangeo.catalog(url)`` gives it.

    Follows the links of the catalogue when asked, to other catalogues too, and remembers what it
    has read: open the catalogue again to see what is new.
    """

    def __init__(self, address: str, root: Mapping[str, Any]) -> None:
        self.address = address
        """The path or URL of its root document."""
        self._walk = Walk(address, root)

    @property
    def entries(self) -> list[ForeignEntry]:
        """Every dataset that is found along the links, in their order; see also ``unreadable``."""
        self._walk.finish()
        return self._walk.found

    @property
    def unreadable(self) -> dict[str, Exception]:
        """The documents that links lead to and that cannot be read, by address, and why."""
        self._walk.finish()
        return dict(self._walk.unreadable)

    def search(
        self,
        text: str | None = None,
        *,
        variable: str | None = None,
        bbox: BBoxLike | None = None,
        time: TimeLike | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Entries[ForeignEntry]:
        """The entries that answer everything asked, as ``pangeo.search`` gives them.

        All links are followed before, once; but a workspace that is served together with its
        index is asked by that, and only what was found is read.
        """
        question = Question.of(text, variable, bbox, time, properties)
        served = None if self._walk.is_finished else search_served(self.address, question)
        hits = None if served is None else self._walk.read(served[0])
        if served is not None and hits is not None:
            entries, missed = {entry.name: entry for entry in hits}, served[1]
            return Entries(list(entries), entries.__getitem__, missed)
        entries = {entry.name: entry for entry in self.entries}
        documents = {
            name: {**each.stac, "cube:variables": each.said_of_variables}
            for name, each in entries.items()
        }
        names, missed = search_documents(documents, question)
        return Entries(names, entries.__getitem__, missed)

    def __getitem__(self, name: str) -> ForeignEntry:
        """The entry of that name; links are followed until it is found."""
        entry = self._walk.find(name)
        if entry is not None:
            return entry
        names = [each.name for each in self.entries]
        raise DatasetNotFoundError(
            f"no dataset named {name!r} in {self.address}",
            found=f"{len(names)} dataset(s), {len(self.unreadable)} document(s) unreadable",
            expected=f"one of {', '.join(names[:20])}" if names else "a dataset",
            fix="list the names: [entry.name for entry in catalog.entries]",
        )

    def open(
        self,
        name: str,
        *,
        version: str | None = None,
        time: TimeLike | None = None,
        bbox: BBoxLike | None = None,
        variables: Sequence[str] | None = None,
        layout: str = "auto",
        chunks: str | Mapping[str, int] | None = "auto",
    ) -> xr.Dataset:
        """A dataset by its name; the options are those of ``ForeignEntry.to_xarray``."""
        return self[name].to_xarray(
            version=version, time=time, bbox=bbox, variables=variables,
            layout=layout, chunks=chunks,
        )  # fmt: skip

    def check(self) -> CheckReport:
        """Whether the data of every entry can be opened; nothing is written or repaired."""
        return CheckReport([_checked(entry) for entry in self.entries])

    history = _refusing("list the versions of")
    tag = _refusing("tag a version of")
    rollback = _refusing("roll back")
    expire = _refusing("expire versions of")
    remove = _refusing("remove")

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        kind = "elsewhere" if is_remote(self.address) else "on this machine"
        return f"<pangeo.ReadOnlyCatalog {kind}: {self.address}>"


def open_catalog(place: str | Path) -> ReadOnlyCatalog:
    """The static STAC catalogue at a path or URL: of its root document, or of their folder.

    Raises
    ------
    StoreError
        When there is none.
    """
    address = address_of(place).rstrip("/")
    names = [] if address.endswith(".json") else ["/catalog.json", "/collection.json"]
    refusal: StoreError | None = None
    for candidate in [*(address + name for name in names), address]:
        try:
            root = read_json(candidate)
        except StoreError as error:
            refusal = refusal or error  # that of the likeliest place
            continue
        if root.get("type") in ("Catalog", "Collection", "Feature"):
            return ReadOnlyCatalog(candidate, root)
        raise StoreError(
            f"no STAC catalogue at {candidate}",
            found=f"JSON of type {root.get('type')!r}",
            expected="a Catalog, a Collection or an Item of STAC",
            fix="give the address of its catalog.json",
        )
    assert refusal is not None
    raise refusal


def _checked(entry: ForeignEntry) -> Health:
    """Whether every asset opens; of a collection of scenes, the first that can be read."""
    try:
        for layout in entry.assets:
            entry.to_xarray(layout=layout, chunks=None)
        if not entry.assets:
            item = next(entry.each_item(), None)
            if item is None:
                return Health(entry.name, reachable=False, reason="none of its items can be read")
            item.to_xarray(chunks=None)
    except Exception as error:  # whatever it is, the others are to be seen to
        return Health(entry.name, reachable=False, reason=reason_of(error))
    return Health(entry.name, reachable=True)
