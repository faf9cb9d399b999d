"""What a search found: entries in order, each read when it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from pangeo.catalogs.entry import Entry

SHOWN = 20  # entries that the table of a longer result shows
WIDEST = 40  # characters for the variables of an entry


class Entries(Sequence[Entry]):
    """Entries that a search found, in its order; printed as a table.

    A sequence: it has a length, and can be indexed, sliced and gone through. The description
    of an entry is read when it is taken out, so that a long result costs nothing.
    """

    def __init__(
        self, names: Sequence[str], read: Callable[[str], Entry], missed: str = "no entries"
    ) -> None:
        self.names = list(names)
        """The names to open them by."""
        self._read = read
        self._missed = missed

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Entries: ...
    def __getitem__(self, index: int | slice) -> Entry | Entries:
        if isinstance(index, slice):
            return Entries(self.names[index], self._read)
        return self._read(self.names[index])

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        """The table; where nothing was found, why."""
        if not self.names:
            return self._missed
        rows = [("name", "variables", "time", "W, S, E, N")]
        rows += [_row(entry) for entry in self[:SHOWN]]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        if len(self) > SHOWN:
            lines.append(f"... and {len(self) - SHOWN} more")
        return "\n".join(lines)


def _row(entry: Entry) -> tuple[str, str, str, str]:
    variables = ", ".join(entry.variables)
    if len(variables) > WIDEST:
        variables = variables[: WIDEST - 3] + "..."
    start, end = (each and each[:10] for each in entry.interval)
    period = f"{start or '..'} .. {end or '..'}" if start or end else "no dates"
    box = ", ".join(f"{number:.4g}" for number in entry.bbox) if entry.bbox else "no position"
    return entry.name, variables, period, box
