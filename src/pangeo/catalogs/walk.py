"""The links of a catalogue of others, followed as far as is needed, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched, islice
from threading import Lock
from typing import Any

from pangeo.catalogs.assets import data_assets, other_data
from pangeo.catalogs.foreign_entry import ForeignEntry
from pangeo.errors import StoreError
from pangeo.storage import read_json, resolve

AT_ONCE = 8  # documents asked for at the same time
MOST = 100_000  # documents of a catalogue: one that never ends must end some time


@dataclass(frozen=True, slots=True)
class _Link:
    address: str
    parent: str


class Walk:
    """Goes breadth first, some documents at a time, and remembers how far it came.

    Threads take turns. An interruption loses nothing: a document stays pending until all that
    it says was taken, and taking it twice is the same as taking it once.
    """

    def __init__(self, address: str, root: Mapping[str, Any]) -> None:
        self.unreadable: dict[str, Exception] = {}
        """Of the documents that were met, those that cannot be read, and why."""
        self._root = address
        self._lock = Lock()
        self._seen = {address}
        self._items: set[str] = set()  # read for their collection, and seen by nobody else
        self._pending: dict[str, _Link] = {}
        self._entries: dict[str, ForeignEntry] = {}
        self._names: dict[str, str] = {}  # the address of each
        self._take(root, _Link(address, ""))

    @property
    def found(self) -> list[ForeignEntry]:
        """The entries that were met so far, in their order."""
        return list(self._entries.values())

    @property
    def is_finished(self) -> bool:
        """Whether no link is left."""
        return not self._pending

    def finish(self) -> None:
        """Follow every link that is left."""
        while self._advance():
            pass

    def find(self, name: str) -> ForeignEntry | None:
        """The entry of a name; links are followed until it is met."""
        while name not in self._names:
            if not self._advance():
                return None
        return self._entries[self._names[name]]

    def read(self, hrefs: Sequence[str]) -> list[ForeignEntry] | None:
        """The entries at these hrefs of the root, ahead of the walk; None where one is missing."""
        said = {"links": [{"rel": "item", "href": href} for href in hrefs[:MOST]]}
        links = self._links(said, self._root, ("item",))
        entries = [self._entry_of(content, link) for link, content in self._read(links)]
        found = [each for each in entries if each is not None]
        return found if len(found) == len(hrefs) else None

    def _advance(self) -> bool:
        """Take the next few documents; False where none are left."""
        with self._lock:
            links = list(islice(self._pending.values(), AT_ONCE))
            contents = dict(self._read(links))
            for link in links:
                if link in contents:
                    self._take(contents[link], link)
                del self._pending[link.address]
            return bool(links)

    def _take(self, content: Mapping[str, Any], link: _Link) -> None:
        """Remember what a document describes, and where it leads."""
        # The items of a collection are read when its entry is asked for them.
        rels = ("child",) if content.get("type") == "Collection" else ("child", "item")
        for each in self._links(content, link.address, rels):
            if each.address not in self._seen and self._has_room(each):
                self._pending[each.address] = each
                self._seen.add(each.address)
        entry = self._entry_of(content, link)
        if entry is not None:
            self._entries[link.address] = entry
            self._names[entry.name] = link.address

    def _within_room(self, items: Sequence[_Link]) -> list[_Link]:
        """As many items of a collection as may be read; the others are named as not followed."""
        with self._lock:
            within = []
            for each in items:
                if each.address in self._items or self._has_room(each):
                    self._items.add(each.address)
                    within.append(each)
            return within

    def _has_room(self, link: _Link) -> bool:
        if len(self._seen) + len(self._items) < MOST:
            return True
        self.unreadable[link.address] = _too_many(self._root, link)
        return False

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
                    self.unreadable[link.address] = content
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
                self.unreadable[str(each.get("href"))] = error
            else:
                found.append(_Link(address, str(content.get("id", ""))))
        return found

    def _entry_of(self, content: Mapping[str, Any], link: _Link) -> ForeignEntry | None:
        """The entry that a document describes; None where it describes no data that we open."""
        if content.get("type") not in ("Collection", "Feature"):
            return None
        items = self._links(content, link.address, ("item",))
        if not items and not data_assets(content.get("assets")):
            if (kinds := other_data(content.get("assets"))) and not self._links(
                content, link.address, ("child",)
            ):
                self.unreadable[link.address] = _not_opened(content, link, kinds)
            return None
        name = self._name(str(content.get("id") or link.address), link)
        return ForeignEntry(name, link.address, content, self._reader_of(items), self._root)

    def _reader_of(self, items: list[_Link]) -> Callable[[], Iterator[ForeignEntry]]:
        def read() -> Iterator[ForeignEntry]:
            for link, content in self._read(self._within_room(items)):
                name = str(content.get("id") or link.address)
                yield ForeignEntry(name, link.address, content, lambda: iter(()), link.address)

        return read

    def _name(self, identifier: str, link: _Link) -> str:
        """The id; after the parent's where another has it, and with a number where even so."""
        candidates = [identifier, f"{link.parent}/{identifier}"]
        number = 2
        while self._names.get(candidates[0], link.address) != link.address:
            candidates = [*candidates[1:], f"{link.parent}/{identifier}/{number}"]
            number += 1
        return candidates[0]


def _not_opened(content: Mapping[str, Any], link: _Link, kinds: Sequence[str]) -> StoreError:
    return StoreError(
        f"cannot open the data of {content.get('id')!r}",
        found=f"{', '.join(kinds)}, described by {link.address}",
        expected="an asset that is Zarr, Icechunk or NetCDF",
        fix="open them yourself, with what reads such data",
    )


def _too_many(root: str, link: _Link) -> StoreError:
    return StoreError(
        f"did not follow {link.address}",
        found=f"{MOST} documents so far",
        expected=f"a catalogue at {root} that ends before",
        fix="open the part of it that you need",
    )
