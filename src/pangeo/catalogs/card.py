"""An entry as a card of HTML, which a notebook shows: no script, nothing from elsewhere."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from importlib import resources

from pangeo.catalogs import wording
from pangeo.catalogs.described import Described
from pangeo.catalogs.markup import Element, element, to_html
from pangeo.catalogs.timeline import time_bar, timeline
from pangeo.catalogs.worldmap import world_map

MOST_VARIABLES = 10  # of more, the others are folded away
MOST_SOURCES = 50

CLASS_OF: dict[wording.State, str] = {
    "yes": "pangeo-good",
    "not yet": "pangeo-open",
    "older": "pangeo-open",
    "FAILED": "pangeo-bad",
    "": "pangeo-open",
}


def card_html(entry: Described) -> str:
    """The card: where, when and what an entry is, whether it was verified, how to open it."""
    heading = [element("div", entry.title, class_="pangeo-title")]
    if entry.title != entry.name:
        heading.append(element("code", entry.name, class_="pangeo-name"))
    body = element("div", *_map(entry), _facts(entry), class_="pangeo-body")
    copy = element("div", element("code", entry.opening_line), class_="pangeo-copy")
    parts = (style(), *heading, body, *_variables(entry), copy, *_folded(entry))
    return to_html(element("div", *parts, class_="pangeo-card"))


@functools.cache
def _css() -> str:
    return resources.files("pangeo.catalogs").joinpath("card.css").read_text()


def style() -> Element:
    """The style of cards and tables; saying it twice on a page does no harm."""
    return element("style", _css())


def _map(entry: Described) -> list[Element]:
    if entry.bbox is None:
        return []
    return [world_map(entry.bbox, f"Extent of {entry.name}: {wording.region(entry)}")]


def _facts(entry: Described) -> Element:
    facts: dict[str, list[Element | str]] = {
        label: [text] for label, text in wording.facts(entry).items()
    }
    facts["Time"] += _time(entry)
    state = wording.verdict(entry).state
    if state:
        facts["Verified"] = [element("span", *facts["Verified"], class_=CLASS_OF[state])]
    rows = (
        element("div", element("span", label), element("div", *content), class_="pangeo-fact")
        for label, content in facts.items()
    )
    return element("div", *rows, class_="pangeo-facts")


def _time(entry: Described) -> list[Element]:
    line = timeline(*entry.interval, entry.notes)
    if line is None:
        return []
    title = f"Time of {entry.name}: {wording.period(entry)}"
    return [time_bar(line, title)]


def _variables(entry: Described) -> Iterator[Element]:
    known = wording.variables(entry)
    if not known:
        return
    yield _table(known[:MOST_VARIABLES])
    rest = known[MOST_VARIABLES:]
    if rest:
        yield _details(f"{len(rest)} more variables", _table(rest))


def _table(variables: Sequence[wording.VariableWords]) -> Element:
    columns = wording.columns(variables)
    titles = (element("th", title, scope="col") for title in columns)
    rows = []
    for name, *texts in zip(*columns.values(), strict=True):
        first = element("th", element("code", name), scope="row")
        rows.append(element("tr", first, *(element("td", *pieces(text)) for text in texts)))
    body = (element("thead", element("tr", *titles)), element("tbody", *rows))
    return element("div", element("table", *body, class_="pangeo-rows"), class_="pangeo-wide")


def pieces(text: str) -> list[Element | str]:
    """The text with no place to break a line, but after a comma and between two dates."""
    parts = re.split(r"(?<=[,.]) ", text)
    spans = [element("span", part, class_="pangeo-whole") for part in parts]
    return [each for span in spans for each in (span, " ")]


def _folded(entry: Described) -> Iterator[Element]:
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
            f"{len(notes)} note{'s' * (len(notes) != 1)}",
            *(element("p", note) for note in notes),
        )


def _details(summary: str, *content: Element) -> Element:
    return element("details", element("summary", summary), *content)
