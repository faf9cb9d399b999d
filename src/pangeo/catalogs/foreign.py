"""A catalogue of others: any static STAC catalogue, read where it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any, NoReturn

import xarray as xr

from pangeo.catalogs.assets import data_assets
from pangeo.catalogs.foreign_entry import ForeignEntry
from pangeo.catalogs.health import CheckReport, Health, reason_of
from pangeo.catalogs.question import Question
from pangeo.catalogs.searching import search_documents
from pangeo.errors import DatasetNotFoundError, InputError, StoreError
from pangeo.storage import address_of, is_remote, read_json, resolve
from pangeo.types import BBoxLike, TimeLike

AT_ONCE = 8  # documents asked for at the same time
MOST = 100_000  # documents of a catalogue: one that never ends must end some time


@dataclass(frozen=True, slots=True)
class _Link:
    address: str
    parent: str


class ReadOnlyCatalog:
    """The datasets of a catalogue that others keep; ``pangeo.catalog(url)`` gives it.

    Follows the links of the catalogue when asked, to other catalogues too, and remembers what it
    has read: open the catalogue again to see what is new.
    """

    def __init__(self, address: str, root: Mapping[str, Any]) -> None:
        self.address = address
        """The path or URL of its root document."""
        self._unreadable: dict[str, Exception] = {}
        self._found: dict[str, ForeignEntry] = {}
        self._walk = self._entries(root)

    @property
    def entries(self) -> list[ForeignEntry]:
        """Every dataset that is found along the links, in their order; see also ``unreadable``."""
        for _ in self._walk:
            pass
        return list(self._found.values())

    @property
    def unreadable(self) -> dict[str, Exception]:
        """The documents that links lead to and that cannot be read, by address, and why."""
        for _ in self._walk:
            pass
        return dict(self._unreadable)

    def search(
        self,
        text: str | None = None,
        *,
        variable: str | None = None,
        bbox: BBoxLike | None = None,
        time: TimeLike | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> list[ForeignEntry]:
        """The entries that answer everything asked, best first; asks as ``pangeo.search`` does.

        All links are followed before, once.
        """
        question = Question.of(text, variable, bbox, time, properties)
        entries = {entry.name: entry for entry in self.entries}
        found = search_documents({name: each.stac for name, each in entries.items()}, question)
        return [entries[name] for name in found]

    def __getitem__(self, name: str) -> ForeignEntry:
        """The entry of that name; links are followed until it is found."""
        if name in self._found:
            return self._found[name]
        for entry in self._walk:
            if entry.name == name:
                return entry
        names = list(self._found)
        raise DatasetNotFoundError(
            f"no dataset named {name!r} in {self.address}",
            found=f"{len(names)} dataset(s), {len(self._unreadable)} document(s) unreadable",
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

    def history(self, name: str) -> NoReturn:
        """Refused, as are ``tag``, ``rollback``, ``expire`` and ``remove``: it is not yours."""
        self._refuse("list the versions of", name)

    def tag(self, name: str, tag: str, version: str | None = None) -> NoReturn:
        """Refused."""
        self._refuse("tag a version of", name)

    def rollback(self, name: str, version: str) -> NoReturn:
        """Refused."""
        self._refuse("roll back", name)

    def expire(self, name: str, older_than: object) -> NoReturn:
        """Refused."""
        self._refuse("expire versions of", name)

    def remove(self, name: str) -> NoReturn:
        """Refused."""
        self._refuse("remove", name)

    def _refuse(self, verb: str, name: str) -> NoReturn:
        raise InputError(
            f"cannot {verb} {name!r}: the catalogue is kept by others",
            found=f"a catalogue at {self.address}, which is only read",
            expected="a workspace folder on this machine",
            fix=f"make a dataset of your own of it: pangeo.ingest(catalog.open({name!r}), NAME)",
        )

    def _entries(self, root: Mapping[str, Any]) -> Iterator[ForeignEntry]:
        """Follow the links breadth first, each once, some documents at a time."""
        documents: Iterable[tuple[_Link, Mapping[str, Any]]] = [(_Link(self.address, ""), root)]
        seen = {self.address}
        while documents:
            found: dict[str, _Link] = {}
            for link, content in documents:
                entry = self._entry_of(content, link)
                if entry is not None:
                    yield entry
                # The items of a collection are read when its entry is asked for them.
                rels = ("child",) if content.get("type") == "Collection" else ("child", "item")
                links = self._links(content, link.address, rels)
                found |= {each.address: each for each in links if each.address not in seen}
            room = MOST - len(seen)
            for address in list(found)[room:]:
                self._unreadable[address] = _too_many(self.address, found.pop(address))
            seen |= found.keys()
            documents = self._read(list(found.values())) if found else ()

    def _read(self, links: Sequence[_Link]) -> Iterator[tuple[_Link, dict[str, Any]]]:
        def read(link: _Link) -> dict[str, Any] | Exception:
            try:
                return read_json(link.address)
            except StoreError as error:
                return error

        for some in batched(links, AT_ONCE):
            with ThreadPoolExecutor(AT_ONCE) as threads:
                contents = list(threads.map(read, some))
            for link, content in zip(some, contents, strict=True):
                if isinstance(content, Exception):
                    self._unreadable[link.address] = content
                else:
                    yield link, content

    def _links(self, content: Mapping[str, Any], base: str, rels: Sequence[str]) -> list[_Link]:
        links = content.get("links")
        found = []
        for each in links if isinstance(links, list) else []:
            if not isinstance(each, dict) or each.get("rel") not in rels:
                continue
            try:
                address = resolve(base, str(each.get("href", "")))
            except StoreError as error:
                self._unreadable[str(each.get("href"))] = error
            else:
                found.append(_Link(address, str(content.get("id", ""))))
        return found

    def _entry_of(self, content: Mapping[str, Any], link: _Link) -> ForeignEntry | None:
        """The entry that a document describes; None where it describes no data that we open."""
        if content.get("type") not in ("Collection", "Feature"):
            return None
        items = self._links(content, link.address, ("item",))
        if not items and not data_assets(content.get("assets")):
            return None
        name = self._name(str(content.get("id") or link.address), link.parent)
        entry = ForeignEntry(name, link.address, content, self._reader_of(items))
        self._found[name] = entry
        return entry

    def _reader_of(self, items: list[_Link]) -> Callable[[], Iterator[ForeignEntry]]:
        def read() -> Iterator[ForeignEntry]:
            for link, content in self._read(items):
                name = str(content.get("id") or link.address)
                yield ForeignEntry(name, link.address, content, lambda: iter(()))

        return read

    def _name(self, identifier: str, parent: str) -> str:
        """The id; after the parent's where another has it, and with a number where even so."""
        candidates = [identifier, f"{parent}/{identifier}"]
        number = 2
        while candidates[0] in self._found:
            candidates = [*candidates[1:], f"{parent}/{identifier}/{number}"]
            number += 1
        return candidates[0]

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


def _too_many(root: str, link: _Link) -> StoreError:
    return StoreError(
        f"did not follow {link.address}",
        found=f"{MOST} documents so far",
        expected=f"a catalogue at {root} that ends before",
        fix="open the part of it that you need",
    )


def _checked(entry: ForeignEntry) -> Health:
    """Whether every asset opens; for a collection of scenes, whether its first item does."""
    try:
        for layout in entry.assets:
            entry.to_xarray(layout=layout, chunks=None)
        if not entry.assets:
            entry.items[0].to_xarray(chunks=None)
    except Exception as error:  # whatever it is, the others are to be seen to
        return Health(entry.name, reachable=False, reason=reason_of(error))
    return Health(entry.name, reachable=True)
