"""When a dataset is: its time as a bar on an axis of round dates, as SVG."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pangeo.catalogs.markup import Element, element

BEYOND = 0.1  # of the interval: as far as the axis goes on to a round date, on either side
LEAST = 1.0  # percent of the axis: as narrow as a bar or a gap is drawn, so that it is seen

# From fine to coarse: the unit of a step, how many of it, and how many steps have room.
_STEPS = [
    *(("h", count, 4) for count in (1, 3, 6, 12)),
    *(("D", count, 4) for count in (1, 2, 5, 10)),
    *(("M", count, 3) for count in (1, 2, 3, 6)),
    *(("Y", count * 10**power, 5) for power in range(7) for count in (1, 2, 5)),
]
_MOMENT = re.compile(r"(-?\d{4,})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d))?")
_GAP = re.compile(r"steps are missing between (\S+(?: [\d:]+)?) and (\S+(?: [\d:]+)??)(?:,|$)")


@dataclass(frozen=True, slots=True)
class Timeline:
    """A bar on an axis: what is drawn, in percent of the length of the axis."""

    bars: list[tuple[float, float]]
    """Where each part begins and ends; between two of them steps are missing."""
    ticks: list[tuple[float, str]]
    """Where the round dates are, and how they are written."""


def timeline(start: str | None, end: str | None, notes: Sequence[str] = ()) -> Timeline | None:
    """The interval, and the gap in it that the notes of an ingest tell.

    None where an end is open, or is no date: others write descriptions too.
    """
    first, last = moment(start or ""), moment(end or "")
    if first is None or last is None or last < first:
        return None
    ticks, unit = _axis(first, last)
    begin = min(first, ticks[0])
    length = (max(last, ticks[-1]) - begin).astype(float)

    def place(at: np.datetime64) -> float:
        return float((at - begin).astype(float) / length * 100)

    bars = [_widened(place(first), place(last))]
    for gap in filter(None, map(_GAP.search, notes)):
        before, after = map(moment, gap.groups())
        if before is None or after is None:
            continue
        left, right = _widened(place(before), place(after))
        low, high = bars.pop()
        bars += [(low, max(left, low)), (min(right, high), high)]
    return Timeline(bars, [(place(tick), _label(tick, unit)) for tick in ticks])


def moment(text: str) -> np.datetime64 | None:
    """A date of any calendar on our own: the 30th of February is drawn on its last day.

    None where it is not written as STAC writes it.
    """
    match = _MOMENT.match(text)
    if match is None:
        return None
    year, month, day, *clock = (int(number or 0) for number in match.groups())
    first = np.datetime64(year - 1970, "Y").astype("M8[M]") + np.timedelta64(month - 1, "M")
    last = (first + np.timedelta64(1, "M")).astype("M8[D]") - np.timedelta64(1, "D")
    date = min(first.astype("M8[D]") + np.timedelta64(day - 1, "D"), last)
    hours, minutes, seconds = clock
    return np.datetime64(date, "s") + np.timedelta64(hours * 3600 + minutes * 60 + seconds, "s")


def _widened(low: float, high: float) -> tuple[float, float]:
    if high - low >= LEAST:
        return low, high
    low = min(max((low + high - LEAST) / 2, 0.0), 100.0 - LEAST)
    return low, low + LEAST


def _axis(first: np.datetime64, last: np.datetime64) -> tuple[np.ndarray, str]:
    """Round dates in the interval or close to it, and their unit; of a single date its year."""
    if first == last:
        year = first.astype("M8[Y]")
        months = year.astype("M8[M]") + np.arange(0, 13, 4).astype("m8[M]")
        return months.astype("M8[s]"), "M"
    beyond = np.timedelta64(int((last - first).astype(int) * BEYOND), "s")
    for unit, count, room in _STEPS:
        around = _ticks(first, last, unit, count).astype("M8[s]")
        ticks = around[(around >= first - beyond) & (around <= last + beyond)]
        if not ticks.size:  # within an hour
            return around, unit
        if ticks.size <= room + 1:
            break
    return ticks, unit


def _ticks(first: np.datetime64, last: np.datetime64, unit: str, count: int) -> Any:
    epoch = 1970 if unit == "Y" else 0  # so that years are round, not years since 1970
    low = (first.astype(f"M8[{unit}]").astype(int) + epoch) // count
    end = last.astype(f"M8[{unit}]")
    high = -(-(end.astype(int) + epoch + int(end.astype("M8[s]") < last)) // count)
    # Too many for any axis are not made: a long interval in hours.
    numbers = np.arange(low, min(high, low + 10) + 1) * count - epoch
    return numbers.astype(f"M8[{unit}]")


def _label(tick: np.datetime64, unit: str) -> str:
    text = str(tick.astype(f"M8[{unit}]"))
    return {"Y": text, "M": text, "D": text[-5:], "h": f"{text[-2:]}:00"}[unit]


def _anchor(place: float) -> str:
    """So that a label close to an end of the axis stays within it."""
    return "start" if place < 8 else "end" if place > 92 else "middle"


def time_bar(line: Timeline, title: str) -> Element:
    """The bar and its axis as wide as there is room, its letters always of one size."""
    return element(
        "svg",
        element("title", title),
        element("rect", x=0, y=7, width="100%", height=2, fill_opacity=0.15),
        *(
            element("rect", x=f"{low:.2f}%", y=2, width=f"{high - low:.2f}%", height=12, rx=2,
                    class_="pangeo-period")
            for low, high in line.bars
        ),
        *(
            element("rect", x=f"{place:.2f}%", y=18, width=1, height=4, fill_opacity=0.4)
            for place, _ in line.ticks
        ),
        *(
            element("text", label, x=f"{place:.2f}%", y=34, text_anchor=_anchor(place))
            for place, label in line.ticks
        ),
        role="img", width="100%", height=38, fill="currentColor", class_="pangeo-time",
    )  # fmt: skip
