"""The time of a dataset on its axis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pangeo
from pangeo.catalogs.timeline import moment, timeline

from .conftest import Deliver
from .entries import described
from .pages import Page, bars, svg


def percent(date: str, first: str, last: str) -> float:
    begin, end = np.datetime64(first), np.datetime64(last)
    return float((np.datetime64(date) - begin) / (end - begin) * 100)


@pytest.mark.parametrize(
    ("interval", "axis"),
    [
        (("2006-04-16T00:00:00Z", "2010-09-16T00:00:00Z"), ("2006-01-01", "2011-01-01")),
        (("1993-01-01T00:00:00Z", "2023-12-01T00:00:00Z"), ("1990-01-01", "2023-12-01")),
        (("2024-01-28T00:00:00Z", "2024-02-09T00:00:00Z"), ("2024-01-28", "2024-02-09")),
        (("2024-01-28T06:00:00Z", "2024-01-28T18:00:00Z"), ("2024-01-28T06", "2024-01-28T18")),
        (("0850-01-01T00:00:00Z", "1849-12-31T00:00:00Z"), ("0800-01-01", "1849-12-31")),
    ],
)
def test_the_bar_is_when_it_is(interval: tuple[str, str], axis: tuple[str, str]) -> None:
    ((low, high),) = bars(described(interval=interval)._repr_html_())
    assert low == pytest.approx(percent(interval[0][:-1], *axis), abs=0.02)
    assert high == pytest.approx(percent(interval[1][:-1], *axis), abs=0.02)


def test_the_axis_bears_round_dates() -> None:
    picture = svg(described()._repr_html_(), "pangeo-time")
    assert [each.text for each in picture.iter("text")] == [
        "2000", "2002", "2004", "2006", "2008", "2010"
    ]  # fmt: skip


def test_a_single_date_is_shown_in_its_year() -> None:
    date = "2024-07-14T00:00:00Z"
    html = described(interval=(date, date))._repr_html_()
    ((low, high),) = bars(html)
    middle = percent(date[:-1], "2024-01-01", "2025-01-01")
    assert low < middle < high
    assert "2024-07-14 00:00" in Page(html).text


@pytest.mark.parametrize(
    "interval",
    [
        (None, None),
        ("2000-01-01T00:00:00Z", None),
        ("2000-01-01T00:00:00Z", "today"),
        ("1 January 2000", "2 January 2000"),
        ("2000-01-01T00:00:00Z", "1999-01-01T00:00:00Z"),
    ],
)
def test_without_two_dates_there_is_no_bar(interval: tuple[str | None, str | None]) -> None:
    html = described(interval=interval)._repr_html_()
    assert "pangeo-time" not in html.partition("</style>")[2]
    assert (f"{interval[0]}".partition("T")[0] if interval[0] else "no dates") in Page(html).text


def test_a_gap_between_what_are_no_dates_is_not_drawn() -> None:
    """Whoever serves a catalogue writes its notes."""
    note = "steps are missing between Monday and Friday"
    line = timeline("2000-01-01T00:00:00Z", "2009-12-30T00:00:00Z", [note])
    assert line is not None
    assert len(line.bars) == 1


def test_a_gap_that_an_ingest_notes_is_a_gap_in_the_bar(deliver: Deliver, workspace: Path) -> None:
    """The words are those of ingest itself, so that none can change without the other."""
    deliver(0)
    for seed, day in ((1, "2000-01-03"), (2, "2000-01-21")):
        deliver(seed, "append", day)
    entry = pangeo.catalog()["sla"]
    assert any("steps are missing" in note for note in entry.notes)
    first, second = bars(entry._repr_html_())
    axis = ("2000-01-01", "2000-01-24")
    assert first == pytest.approx((0, percent("2000-01-04", *axis)), abs=0.02)
    assert second == pytest.approx(
        (percent("2000-01-21", *axis), percent("2000-01-22", *axis)), abs=0.02
    )


@pytest.mark.parametrize("more", ["", ", and 3 more such gaps"])
def test_a_gap_in_another_calendar_is_one_too(more: str) -> None:
    """Dates of cftime are written with a blank."""
    note = f"steps are missing between 2003-02-30 00:00:00 and 2005-01-01 00:00:00{more}"
    line = timeline("2000-01-01T00:00:00Z", "2009-12-30T00:00:00Z", [note])
    assert line is not None
    (_, before), (after, _) = line.bars
    assert before == pytest.approx(percent("2003-02-28", "2000-01-01", "2010-01-01"), abs=0.1)
    assert after == pytest.approx(percent("2005-01-01", "2000-01-01", "2010-01-01"), abs=0.1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2000-02-30T00:00:00Z", "2000-02-29T00:00:00"),
        ("2001-02-29T12:00:00Z", "2001-02-28T12:00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
        ("2024-01-01T01:02:03.250000Z", "2024-01-01T01:02:03"),
    ],
)
def test_a_date_of_any_calendar_has_a_place(text: str, expected: str) -> None:
    assert moment(text) == np.datetime64(expected)


@given(st.integers(1, 9990), st.integers(0, 400 * 365 * 86400))
def test_every_interval_has_an_axis_that_is_hardly_longer(year: int, seconds: int) -> None:
    start = np.datetime64(f"{year:04d}-05-06T07:08:09")
    line = timeline(f"{start}Z", f"{start + np.timedelta64(seconds, 's')}Z")
    assert line is not None
    places = [place for place, _ in line.ticks]
    assert places == sorted(set(places))
    assert 1 <= len(places) <= 6
    assert 0 <= places[0] <= places[-1] <= 100
    ((low, high),) = line.bars
    assert 0 <= low < high <= 100
    if seconds > 3600:
        assert high - low > 83, "the axis goes little further than the data"
