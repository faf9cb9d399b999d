"""The table of entries: the same columns everywhere, readable at any width."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import pangeo
from pangeo.catalogs.table import MOST_ROWS, table_html, table_text

from .entries import certify, described
from .pages import Page

MANY = tuple(f"variable_{number}" for number in range(40))


def columns(text: str) -> list[str]:
    return re.split(r"  +", text.splitlines()[0])


def test_all_columns_have_room_in_a_wide_terminal() -> None:
    entries = [certify(described(title="Sea level", layouts=("map", "series")))]
    header, row = table_text(entries, 200).splitlines()
    assert re.split(r"  +", header) == [
        "name", "title", "variables", "time", "W, S, E, N", "size", "layouts", "verified"
    ]  # fmt: skip
    assert re.split(r"  +", row) == [
        "sla", "Sea level", "sla", "2000-01-01 .. 2009-12-31", "-10, 40, 5, 60", "1.23 MB",
        "map, series", "yes",
    ]  # fmt: skip


def test_in_a_narrow_one_the_least_important_give_way() -> None:
    entries = [described("sea-level", title="Sea level", variables=MANY)]
    seen = [columns(table_text(entries, width)) for width in (30, 45, 80, 200)]
    assert seen[0] == ["name"]
    assert seen[1] == ["name", "time"]
    assert seen[2] == ["name", "variables", "time", "W, S, E, N", "size"]
    for narrow, wide in pairwise(seen):
        assert set(narrow) <= set(wide)


@pytest.mark.parametrize("width", [20, 45, 60, 80, 200])
def test_that_a_verification_failed_is_seen_at_any_width(width: int) -> None:
    good = certify(described("good", variables=MANY))
    bad = [certify(described(name), "map") for name in ("sla", "b" * 60)]
    text = table_text([good, *bad], width)
    assert text.count("FAILED") == len(bad)
    assert not [line for line in text.splitlines() if "good" in line and "FAILED" in line]


def test_where_there_is_no_column_for_it_the_name_is_marked() -> None:
    bad = certify(described("sla", variables=MANY), "map")
    assert table_text([bad], 30).splitlines()[1].startswith("sla FAILED")


def test_a_title_that_says_no_more_than_the_name_is_left_out() -> None:
    assert "title" not in columns(table_text([described(), described("b")], 200))
    assert "title" in columns(table_text([described(), described("b", title="More")], 200))


def test_a_long_list_of_variables_is_cut_and_says_so() -> None:
    assert "variable_0, var" in table_text([described(variables=MANY)], 100)
    assert "…" in table_text([described(variables=MANY)], 100)
    assert "variable_0, variable_1, variable_2, variable_3, variable_4, variable_5 and 34 more" in (
        Page(table_html([described(variables=MANY)])).text
    )


def test_the_values_stand_below_their_headers() -> None:
    entries = [described("a"), described("a-longer-name", variables=MANY), described("b" * 60)]
    header, *rows = table_text(entries, 100).splitlines()
    place = header.index("time")
    long_name = [row for row in rows if row == "b" * 60]
    assert len(long_name) == 1
    assert all(row[place:].startswith("2000-01-01 .. ") for row in rows if row not in long_name)


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(
    st.lists(st.tuples(names, words, st.lists(words, max_size=12)), min_size=1, max_size=5),
    st.integers(20, 250),
)
def test_no_line_is_longer_than_the_width_unless_a_name_is(
    datasets: list[tuple[str, str, list[str]]], width: int
) -> None:
    entries = [described(name, title=title, variables=tuple(v)) for name, title, v in datasets]
    lines = table_text(entries, width).split("\n")
    for entry in entries:
        assert any(line.startswith(entry.name) for line in lines)
    assert "\x1b" not in "".join(lines)
    assert all(cell_len(line) <= width or line in {each.name for each in entries} for line in lines)


@pytest.mark.parametrize("show", [lambda entries: table_text(entries, 120), table_html])
def test_of_very_many_the_first_are_shown_and_the_others_counted(show: object) -> None:
    entries = [described(f"n{number}") for number in range(MOST_ROWS + 7)]
    text = show(entries)  # type: ignore[operator]
    assert f"n{MOST_ROWS - 1}" in text
    assert f"n{MOST_ROWS}" not in text
    assert "and 7 more" in text


def test_the_page_is_well_formed_and_escaped() -> None:
    page = Page(table_html([certify(described(title="<b>&"), "map")]))
    assert "b" not in page.tags
    assert "<b>&" in page.text
    assert "FAILED" in page.text


def test_a_catalogue_shows_its_entries() -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia", title="OSTIA")
    page = Page(pangeo.catalog()._repr_html_())
    for part in ("sst-ostia", "OSTIA", "surface_temperature", "2006-04-16", "1.68 MB", "not yet"):
        assert part in page.text


def test_an_empty_catalogue_says_how_to_make_a_dataset() -> None:
    page = Page(pangeo.catalog()._repr_html_())
    assert "no datasets in" in page.text
    assert 'pangeo.ingest(FILE, "NAME")' in page.text
    assert "table" not in page.tags


def test_a_catalogue_names_what_it_cannot_read(workspace: Path) -> None:
    (workspace / "datasets" / "bad" / "store" / "snapshots").mkdir(parents=True)
    for name in ("1", "2"):
        (workspace / "datasets" / "bad" / "store" / "snapshots" / name).touch()
    assert "cannot be read: bad; see check()" in Page(pangeo.catalog()._repr_html_()).text
