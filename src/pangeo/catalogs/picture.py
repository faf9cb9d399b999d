"""The card of an entry as a picture, drawn with matplotlib."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pangeo.catalogs import wording
from pangeo.catalogs.described import Described
from pangeo.catalogs.timeline import Timeline, timeline
from pangeo.catalogs.worldmap import land_rings, rectangles
from pangeo.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
MOST_VARIABLES = 12

# Inches, but for the letters that have room in a line.
WIDTH, MARGIN, LINE, GAP = 9.0, 0.35, 0.2, 0.16
MAP_WIDTH, LABEL = 3.4, 0.75
FACT_LETTERS, SIZE = 60, 8.5
MONOSPACE = 0.68  # of the size of its letters: how wide each of them is
INK, QUIET, MARK = "#222222", "#6b6b6b", "#b82f5e"
COLOURS: dict[wording.State, str] = {
    "yes": "#25733a", "not yet": INK, "older": INK, "FAILED": "#c92a2a", "": INK
}  # fmt: skip


def write_picture(entry: Described, path: Path) -> None:
    """Write the card into a file, in the format that its ending names."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(
            "cannot write a picture of that format",
            found=f"a file that ends with {path.suffix!r}",
            expected=f"one of {', '.join(FORMATS)}",
            fix=f"for example {path.with_suffix('.png').name}",
        )
    if not path.absolute().parent.is_dir():
        raise InputError(
            f"cannot write the picture {path}",
            found=f"no folder {path.absolute().parent}",
            expected="a file in a folder that is there",
            fix=f"make it: Path({str(path.parent)!r}).mkdir(parents=True)",
        )
    draw_card(entry).savefig(path, dpi=200)


def draw_card(entry: Described) -> Figure:
    """The card as a figure, as high as what it says."""
    from matplotlib.figure import Figure

    facts = [(label, _wrapped(text)) for label, text in wording.facts(entry).items()]
    when = timeline(*entry.interval, entry.notes)
    bar = 3 * LINE if when else 0
    lines = sum(len(texts) for _, texts in facts)
    body = max(lines * LINE + bar, MAP_WIDTH / 2 if entry.bbox else 0) + LINE
    rows = _variable_rows(entry)
    head = textwrap.wrap(entry.title, 80, max_lines=2, placeholder=" …")
    top = MARGIN + 0.26 * len(head) + 1.6 * LINE
    figure = Figure(figsize=(WIDTH, top + body + (len(rows) + 2.6) * LINE))
    sheet = _Sheet(figure)
    sheet.text(MARGIN, MARGIN + 0.08, "\n".join(head), size=13, weight="bold", linespacing=1.25)
    sheet.text(MARGIN, top - LINE, entry.name, color=QUIET, family="monospace")
    if entry.bbox is not None:
        _draw_map(sheet.axes(MARGIN, top, MAP_WIDTH, MAP_WIDTH / 2), entry.bbox)
    _write_facts(sheet, entry, facts, when, top)
    _write_variables(sheet, rows, top + body)
    line = entry.opening_line
    # A long address is written smaller, for half of it would open nothing.
    size = min(SIZE, 72 * (WIDTH - 2 * MARGIN) / (MONOSPACE * len(line)))
    sheet.text(MARGIN, sheet.height - MARGIN, line, family="monospace", size=size)
    return figure


class _Sheet:
    """A figure measured in inches from its upper left corner."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.height = float(figure.get_figheight())

    def text(self, x: float, y: float, text: str, **style: Any) -> None:
        """Text whose first line begins there; no letter has a meaning of its own."""
        style = {"size": SIZE, "color": INK, "va": "top", "parse_math": False, **style}
        self.figure.text(x / WIDTH, 1 - (y - 0.07) / self.height, text, **style)

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        place = (x / WIDTH, 1 - (y + height) / self.height, width / WIDTH, height / self.height)
        return self.figure.add_axes(place)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, FACT_LETTERS, max_lines=3, placeholder=" …") or [""]


def _draw_map(axes: Axes, bbox: tuple[float, float, float, float]) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Rectangle

    axes.add_collection(PolyCollection(land_rings(), facecolor="#bdbdbd"))
    for west, south, east, north in rectangles(bbox):
        frame = Rectangle((west, south), east - west, north - south)
        frame.set(facecolor=(*_rgb(MARK), 0.3), edgecolor=MARK, linewidth=1.2)
        axes.add_patch(frame)
    axes.set(xlim=(-180, 180), ylim=(-90, 90), xticks=range(-120, 180, 60), facecolor="#f6f6f6")
    axes.set_yticks(range(-60, 90, 30))
    axes.grid(color="#dddddd", linewidth=0.4)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelbottom=False, labelleft=False)
    axes.spines[:].set_color("#cccccc")


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)


def _write_facts(
    sheet: _Sheet,
    entry: Described,
    facts: Sequence[tuple[str, list[str]]],
    time: Timeline | None,
    top: float,
) -> None:
    left = MARGIN if entry.bbox is None else MARGIN + MAP_WIDTH + 0.3
    state, y = wording.verdict(entry).state, top + 0.07
    for label, lines in facts:
        sheet.text(left, y, label, color=QUIET)
        colour = COLOURS[state] if label == "Verified" else INK
        for line in lines:
            sheet.text(left + LABEL, y, line, color=colour)
            y += LINE
        if label == "Time" and time:
            width = WIDTH - MARGIN - left - LABEL
            _draw_time(sheet.axes(left + LABEL, y, width, LINE), time)
            y += 3 * LINE


def _draw_time(axes: Axes, line: Timeline) -> None:
    axes.broken_barh([(low, high - low) for low, high in line.bars], (0, 1), facecolor=MARK)
    axes.axhline(0.5, color="#dddddd", linewidth=1.5, zorder=0)
    axes.set(xlim=(0, 100), ylim=(-0.3, 1.2), yticks=[])
    axes.set_xticks(*zip(*line.ticks, strict=True))
    axes.tick_params(colors=QUIET, labelsize=7.5, length=2)
    axes.spines[:].set_visible(False)


def _variable_rows(entry: Described) -> list[tuple[str, ...]]:
    """Header and one row for each variable, cut so that they have room beside one another."""
    known = wording.variables(entry)
    columns = wording.columns(known[:MOST_VARIABLES])
    rows = [tuple(columns), *zip(*columns.values(), strict=True)]
    widths = [max(map(_inches, column)) for column in zip(*rows, strict=True)]
    room = WIDTH - 2 * MARGIN - GAP * (len(widths) - 1)
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= LINE / 2
    cut = [tuple(map(_cut, row, widths)) for row in rows]
    if len(known) > MOST_VARIABLES:
        cut.append((f"and {len(known) - MOST_VARIABLES} more", *[""] * (len(rows[0]) - 1)))
    return cut


def _cut(text: str, width: float) -> str:
    if _inches(text) <= width:
        return text
    while text and _inches(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


@functools.cache
def _inches(text: str) -> float:
    """How wide a text is drawn; letters are not of one width."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(size=SIZE)
    width, *_ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72


def _write_variables(sheet: _Sheet, rows: Sequence[tuple[str, ...]], top: float) -> None:
    x = MARGIN
    for column in zip(*rows, strict=True):
        for number, text in enumerate(column):
            sheet.text(x, top + number * LINE, text, color=INK if number else QUIET)
        x += max(map(_inches, column)) + GAP
