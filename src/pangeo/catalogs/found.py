"""What a search found: entries in order, each read when it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from pangeo.catalogs.described import Described
from pangeo.catalogs.table import table_html, table_text
from pangeo.errors import DatasetNotFoundError

WIDTH = 80  # letters in a line of the table
SHOWN = 20  # entries that the table of a longer result shows


class Entries[T: Described](Sequence[T]):
    """Entries that a search found, in its order; printed as a table, in a notebook too.

    A sequence: it has a length, and can be indexed, by number or by name, sliced and gone
    through; ``"sst" in found`` asks for a name. The description of an entry is read when it is
    taken out, so that a long result costs nothing.
    """

    def __init__(
        self, names: Sequence[str], read: Callable[[str], T], missed: str = "no entries"
    ) -> None:
        self.names = list(names)
        """The names to open them by."""
        self._read = read
        self._missed = missed

    def then(self, others: Entries[T]) -> Entries[T]:
        """These, then the others but those of a name that is among these."""
        new = [name for name in others.names if name not in self.names]
        both = {**dict.fromkeys(new, others._read), **dict.fromkeys(self.names, self._read)}
        missed = f"{self._missed}\nof the group: {others._missed}"
        return Entries([*self.names, *new], lambda name: both[name](name), missed)

    @overload
    def __getitem__(self, index: int | str) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Entries[T]: ...
    def __getitem__(self, index: int | str | slice) -> T | Entries[T]:
        if isinstance(index, slice):
            return Entries(self.names[index], self._read)
        if isinstance(index, str) and index not in self.names:
            raise DatasetNotFoundError(
                f"the search did not find {index!r}",
                found=f"{len(self.names)} other datasets",
                expected=f"one of {', '.join(self.names[:SHOWN])}" if self.names else "a dataset",
                fix=f"list the names: found.names; or ask the whole catalogue: catalog[{index!r}]",
            )
        return self._read(index if isinstance(index, str) else self.names[index])

    def __contains__(self, entry: object) -> bool:
        """Whether it found an entry, or one of that name."""
        return (entry if isinstance(entry, str) else getattr(entry, "name", None)) in self.names

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        """The table; where nothing was found, why."""
        return table_text(self, WIDTH, SHOWN) if self.names else self._missed

    def _repr_html_(self) -> str:
        return table_html(self, [] if self.names else self._missed.splitlines())
