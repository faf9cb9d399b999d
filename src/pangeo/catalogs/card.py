"""An entry as a card of HTML, which a notebook shows: no script, nothing from elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from pangeo.catalogs import wording
from pangeo.catalogs.markup import Element, element, to_html
from pangeo.catalogs.timeline import time_bar, timeline
from pangeo.catalogs.worldmap import world_map

if TYPE_CHECKING:
    from pangeo.catalogs.entry import Entry

MOST_VARIABLES = 10  # of more, the others are folded away
MOST_SOURCES = 50

CLASS_OF: dict[wording.State, str] = {
    "yes": "pangeo-good",
    "not yet": "pangeo-open",
    "older": "pangeo-open",
    "FAILED": "pangeo-bad",
}


def card_html(entry: Entry) -> str:
    """The card: where, when and what an entry is, whether it was verified, how to open it."""
    title = element("div", entry.title, class_="pangeo-title")
    name = element("code", entry.name, class_="pangeo-name")
    body = element("div", *_map(entry), _facts(entry), class_="pangeo-body")
    copy = element("div", element("code", opening_line(entry)), class_="pangeo-copy")
    parts = (style(), title, name, body, *_variables(entry), copy, *_folded(entry))
    return to_html(element("div", *parts, class_="pangeo-card"))


def opening_line(entry: Entry) -> str:
    """The line of Python that opens the entry."""
    return f'pangeo.open("{entry.name}")'


@functools.cache
def _css() -> str:
    return resources.files("pangeo.catalogs").joinpath("card.css").read_text()


def style() -> Element:
    """The style of cards and tables; saying it twice on a page does no harm."""
    return element("style", _css())


def _map(entry: Entry) -> list[Element]:
    if entry.bbox is None:
        return []
    return [world_map(entry.bbox, f"Extent of {entry.name}: {wording.region(entry)}")]


def _facts(entry: Entry) -> Element:
    facts = [
        _fact("Time", wording.period(entry), *_time(entry)),
        _fact("Region", wording.region(entry)),
        _fact("Size", f"{wording.size(entry.nbytes)} before compression"),
        _fact("Verified", *_verdict(entry)),
        _fact("Version", element("code", entry.version), *_updated(entry)),
        *(_fact(label, text) for label, text in wording.origin(entry)),
    ]
    return element("div", *facts, class_="pangeo-facts")


def _fact(label: str, *content: Element | str) -> Element:
    return element(
        "div", element("span", label), element("div", *content), class_="pangeo-fact"
    )  # fmt: skip


def _time(entry: Entry) -> list[Element]:
    start, end = entry.interval
    if start is None or end is None:
        return []
    title = f"Time of {entry.name}: {wording.period(entry)}"
    return [time_bar(timeline(start, end, entry.notes), title)]


def _verdict(entry: Entry) -> list[Element | str]:
    verdict = wording.verdict(entry)
    state = element("span", verdict.state, class_=CLASS_OF[verdict.state])
    if verdict.state == "not yet":
        return [state, ": ", element("code", f'pangeo.verify("{entry.name}")')]
    version = f"version {verdict.version}, " if verdict.state == "older" else ""
    return [state, f": {version}{verdict.when[:10]}, {verdict.found}"]


def _updated(entry: Entry) -> list[str]:
    updated = entry.stac.get("pangeo:updated")
    return [f", {str(updated)[:10]}"] if updated else []


def _variables(entry: Entry) -> Iterator[Element]:
    known, layouts = wording.variables(entry), list(entry.chunks)
    yield _table(known[:MOST_VARIABLES], layouts)
    rest = known[MOST_VARIABLES:]
    if rest:
        yield _details(f"{len(rest)} more variables", _table(rest, layouts))


def _table(variables: Sequence[wording.VariableWords], layouts: Sequence[str]) -> Element:
    titles = ["Variable", "Dimensions", "Units", "Standard name"]
    titles += [f"Chunks, {layout}" for layout in layouts]
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    rows = []
    for each in variables:
        dims = ", ".join(map(_unbroken, each.dimensions.split(", ")))
        chunks = [_unbroken(each.chunks.get(layout, "")) for layout in layouts]
        name = element("th", element("code", each.name), scope="row")
        cells = (element("td", text) for text in (dims, each.units, each.meaning, *chunks))
        rows.append(element("tr", name, *cells))
    body = (element("thead", head), element("tbody", *rows))
    return element("div", element("table", *body, class_="pangeo-rows"), class_="pangeo-wide")


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _folded(entry: Entry) -> Iterator[Element]:
    sources, notes = entry.sources, entry.notes
    if sources:
        shown = [str(each["path"]) for each in sources[-MOST_SOURCES:]]  # the newest
        if len(sources) > len(shown):
            shown.append(f"and {len(sources) - len(shown)} more")
        yield _details(
            f"{len(sources)} source{'s' * (len(sources) != 1)}",
            *(element("p", element("code", line)) for line in shown),
        )
    if notes:
        yield _details(
            f"{len(notes)} note{'s' * (len(notes) != 1)} of the ingest",
            *(element("p", note) for note in notes),
        )


def _details(summary: str, *content: Element) -> Element:
    return element("details", element("summary", summary), *content)
