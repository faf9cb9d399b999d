"""Entries as a table: one set of columns for the terminal and for a notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from pangeo.catalogs import wording
from pangeo.catalogs.card import CLASS_OF, pieces, style
from pangeo.catalogs.described import Described
from pangeo.catalogs.markup import Element, element, to_html

MOST_ROWS = 100  # of a table that shows itself; the command line prints all
GAP = 2  # blanks between two columns
LONG_NAME = 3  # a name of more than a third of the width has a line of its own


@dataclass(frozen=True, slots=True)
class Column:
    """What a table says of each entry, and how it gives way where there is no room."""

    header: str
    text: Callable[[Described], str]
    shortest: int | None = None
    """To how many letters it may be cut; None: it is shown whole or left out."""


def _title(entry: Described) -> str:
    return "" if entry.title == entry.name else entry.title


COLUMNS = {
    "name": Column("name", lambda entry: entry.name),
    "title": Column("title", _title, shortest=24),
    "variables": Column("variables", lambda entry: ", ".join(entry.variables), shortest=12),
    "time": Column("time", wording.period),
    "box": Column("W, S, E, N", wording.box),
    "size": Column("size", lambda entry: wording.size(entry.nbytes)),
    "layouts": Column("layouts", lambda entry: ", ".join(entry.chunks)),
    "verified": Column("verified", lambda entry: wording.verdict(entry).state),
}
# The name is there to be copied and always stays; the others give way from the last.
IMPORTANCE = ("name", "time", "variables", "size", "box", "verified", "title", "layouts")


def table_text(entries: Sequence[Described], width: int, most: int = MOST_ROWS) -> str:
    """The entries as lines of text, with as many columns as have room in the width.

    No line is longer than the width, unless a name is: a long name has a line of its own.
    That a verification failed stands behind the name where its column has no room.
    """
    rows = [
        {key: wording.printable(column.text(entry)) for key, column in COLUMNS.items()}
        for entry in entries[:most]
    ]
    widths = _widths(rows, width)
    if "verified" not in widths:
        for row in rows:
            row["name"] += " FAILED" * (row["verified"] == "FAILED")
        widths = _widths(rows, width)
    lines = [_line({key: COLUMNS[key].header for key in widths}, widths)]
    for row in rows:
        if cell_len(row["name"]) > widths["name"]:
            lines.append(row["name"])
            row["name"] = ""
        lines.append(_line(row, widths))
    return "\n".join([*lines, *_more(entries, most)])


def _widths(rows: list[dict[str, str]], width: int) -> dict[str, int]:
    """The columns that have room, in their order, and how wide each is."""
    longest = {key: max(cell_len(row[key]) for row in rows) for key in COLUMNS}
    names = [cell_len(row["name"]) for row in rows]
    fitting = [each for each in names if each <= width // LONG_NAME]
    longest["name"] = max(fitting, default=len("name"))
    widths: dict[str, int] = {}
    spare = width + GAP
    for key in filter(longest.get, IMPORTANCE):
        column = COLUMNS[key]
        needed = max(len(column.header), min(longest[key], column.shortest or longest[key]))
        if widths and needed + GAP > spare:
            break
        widths[key] = needed
        spare -= needed + GAP
    _share(spare, longest, widths)
    return {key: widths[key] for key in COLUMNS if key in widths}


def _share(spare: int, longest: dict[str, int], widths: dict[str, int]) -> None:
    """What is left of the width, shared by the columns that were cut."""
    wants = {key: longest[key] - width for key, width in widths.items() if longest[key] > width}
    while wants and spare > 0:
        least = min(wants, key=wants.__getitem__)
        more = min(wants[least], spare // len(wants))
        widths[least] += more
        spare -= more
        del wants[least]


def _line(row: dict[str, str], widths: dict[str, int]) -> str:
    cells = []
    for key, room in widths.items():
        text = row[key]
        if cell_len(text) > room:
            text = set_cell_size(text, room - 1).rstrip(" ,") + "…"
        padded = set_cell_size(text, room)
        cells.append(text.rjust(room) if key == "size" else padded)
    return (" " * GAP).join(cells).rstrip()


def table_html(entries: Sequence[Described], said: Sequence[str] = ()) -> str:
    """The entries as a table of HTML, which a notebook shows; below it what is ``said``."""
    rows = [element("tr", *_cells(entry)) for entry in entries[:MOST_ROWS]]
    titles = ("name", "variables", "time", "region", "size", "layouts", "verified")
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    made = element("table", element("thead", head), element("tbody", *rows), class_="pangeo-rows")
    wide = element("div", *([made] if rows else []), class_="pangeo-wide")
    lines = [element("p", line) for line in (*_more(entries, MOST_ROWS), *said)]
    return to_html(element("div", style(), wide, *lines, class_="pangeo-table"))


def _cells(entry: Described) -> list[Element]:
    title = [element("div", _title(entry), class_="pangeo-small")] if _title(entry) else []
    state = wording.verdict(entry).state
    return [
        element("th", element("code", entry.name), *title, scope="row", class_="pangeo-first"),
        element("td", _shortened(list(entry.variables))),
        element("td", *pieces(wording.period(entry))),
        element("td", *pieces(wording.region(entry))),
        element("td", *pieces(wording.size(entry.nbytes))),
        element("td", *pieces(", ".join(entry.chunks))),
        element("td", element("span", state, class_=f"pangeo-whole {CLASS_OF[state]}")),
    ]


def _shortened(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most + 1 else ""
    return ", ".join(names[:most] if more else names) + more


def _more(entries: Sequence[Described], most: int) -> list[str]:
    hidden = len(entries) - most
    return [f"and {hidden} more"] if hidden > 0 else []
