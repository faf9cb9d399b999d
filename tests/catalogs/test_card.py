"""The card of an entry: well-formed, escaped, and what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import pangeo
from pangeo.catalogs.picture import draw_card
from pangeo.errors import InputError

from .entries import certify, described
from .pages import Page, boxes, svg


def test_it_says_what_an_entry_holds() -> None:
    entry = described(
        title="Sea level", layouts=("map", "series"), license="CC-BY-4.0",
        providers=[{"name": "CMEMS"}], notes=("sla: stored unpacked",),
    )  # fmt: skip
    text = Page(entry._repr_html_()).text
    for part in (
        "Sea level", "sla", "2000-01-01 .. 2009-12-31", "10°W to 5°E, 40°N to 60°N", "1.23 MB",
        "time: 3653, lat: 21", "height", "30 x 20", "Chunks, map", "Chunks, series", "CC-BY-4.0",
        "CMEMS", "0123456789ABCDEFGHJK, 2024-05-06", "1 source", "a.nc", "sla: stored unpacked",
        'pangeo.open("sla")', 'not yet: pangeo.verify("sla")',
    ):  # fmt: skip
        assert part in text


def test_it_needs_nothing_from_elsewhere_and_no_identifier() -> None:
    page = Page(described()._repr_html_())
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not {"id", "src", "href"} & {name for name, _ in page.attributes}
    assert "url(" not in described()._repr_html_()
    assert not any(name.startswith("on") for name, _ in page.attributes)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_whatever_a_file_says_is_shown_and_never_run(said: str) -> None:
    hostile = f"<script>alert(1)</script>{said}&amp;\"'"
    plain = Page(described()._repr_html_())
    entry = described(
        title=hostile, notes=(hostile,), license=hostile, providers=[{"name": hostile}],
        **{"pangeo:sources": [{"path": hostile}]},
    )  # fmt: skip
    page = Page(entry._repr_html_())
    assert set(page.tags) <= {*plain.tags, "code", "details", "summary", "p"}
    assert page.text.count(hostile) == 5


def test_its_pictures_say_in_words_what_they_show() -> None:
    html = described()._repr_html_()
    for class_, title in (
        ("pangeo-map", "Extent of sla: 10°W to 5°E, 40°N to 60°N"),
        ("pangeo-time", "Time of sla: 2000-01-01 .. 2009-12-31"),
    ):
        picture = svg(html, class_)
        assert picture.attrib["role"] == "img"
        assert picture[0].tag == "title"
        assert picture[0].text == title


def test_two_cards_on_a_page_do_not_disturb_each_other() -> None:
    Page(described("one")._repr_html_() + described("two")._repr_html_())


@pytest.mark.parametrize(
    ("certified", "said", "class_"),
    [
        (lambda entry: entry, "not yet", "pangeo-open"),
        (certify, "yes: 2024-06-01, all 2 checks hold", "pangeo-good"),
        (
            lambda entry: certify(entry, "map: checksums"),
            "FAILED: 2024-06-01, NOT as ingested: map: checksums: torn",
            "pangeo-bad",
        ),
        (
            lambda entry: certify(entry, version="AN-OLD-ONE"),
            "older: version AN-OLD-ONE, 2024-06-01, all 2 checks hold",
            "pangeo-open",
        ),
    ],
)
def test_it_says_whether_it_was_verified(
    certified: Callable[..., pangeo.catalogs.Entry], said: str, class_: str
) -> None:
    html = certified(described())._repr_html_()
    assert re.search(rf'class="{class_}">{re.escape(said)}', html)


def test_of_many_variables_the_others_are_folded_away() -> None:
    names = tuple(f"v{number}" for number in range(40))
    html = described(variables=names)._repr_html_()
    open_, folded = html.split("<details>", 1)
    assert [name for name in names if f">{name}<" in open_] == list(names[:10])
    assert [name for name in names if f">{name}<" in folded] == list(names[10:])
    assert "30 more variables" in folded


def test_what_no_variable_says_has_no_column() -> None:
    bare = {"sla": {"dimensions": ["time"], "type": "data"}}
    text = Page(described(**{"cube:variables": bare})._repr_html_()).text
    assert "Units" not in text
    assert "Standard name" not in text


@pytest.mark.parametrize(
    ("names", "title"),
    [
        ({"a": {"cf:standard_name": "sea_ice"}, "b": {}}, "Standard name"),
        ({"a": {"description": "Sea ice"}}, "Long name"),
        (
            {"a": {"description": "Sea ice"}, "b": {"cf:standard_name": "sea_ice"}},
            "Standard or long name",
        ),
    ],
)
def test_a_long_name_is_not_called_a_standard_name(
    names: dict[str, dict[str, str]], title: str
) -> None:
    said = {name: {"dimensions": ["time"], "type": "data", **of} for name, of in names.items()}
    html = described(**{"cube:variables": said})._repr_html_()
    assert re.findall(r"[\w ]+ name(?=</th>)", html) == [title]


def test_a_dataset_elsewhere_is_opened_from_there(tmp_path: Path) -> None:
    entry = described(folder=tmp_path / "stick")
    text = Page(entry._repr_html_()).text
    assert f'pangeo.catalog("{tmp_path / "stick"}").open("sla")' in text
    assert "pangeo.verify" not in text


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".PNG"])
def test_it_is_written_as_a_picture(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"card{suffix}"
    described(title="Cost in $ of <x> & $y$", variables=tuple("abcdefghijklmnop")).to_image(path)
    head = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix.lower()]
    assert path.read_bytes().startswith(head)


@pytest.mark.parametrize(
    "fields",
    [
        {"variables": tuple(f"WIDE_MMM_{number}" for number in range(50))},
        {"variables": ("W" * 90, "i"), "layouts": ("map", "series")},
        {"folder": Path("/" + "a-long-path/" * 12)},
    ],
)
def test_nothing_runs_off_the_picture(fields: dict[str, Any]) -> None:
    figure = draw_card(described(**fields))
    width, height = figure.bbox.size
    for text in figure.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert 0 <= box.y0 <= box.y1 <= height, text.get_text()
    names = [text for text in figure.texts if text.get_text().startswith("WIDE")]
    beside = [text for text in figure.texts if text.get_text().startswith("time: 3653")]
    assert all(
        name.get_window_extent().x1 < other.get_window_extent().x0
        for name, other in zip(names, beside, strict=False)
    )


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write the picture") as refusal:
        described().to_image(tmp_path / "no" / "card.png")
    exec(refusal.value.fix.partition(": ")[2], {"Path": Path})
    described().to_image(tmp_path / "no" / "card.png")


@pytest.mark.parametrize("name", ["card.gif", "card"])
def test_a_format_that_it_cannot_write_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot write a picture of that format"):
        described().to_image(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "entry",
    [
        lambda: described(bbox=None, interval=(None, None), variables=()),
        lambda: described(interval=("1 January 2000", "today")),
        lambda: described("n" * 100, title="long " * 60, bbox=(170, -90, -170, -89.99)),
        lambda: described(variables=("a_variable_of_which_the_name_is_long" * 4,)),
    ],
)
def test_an_odd_entry_has_a_card_and_a_picture(
    entry: Callable[[], pangeo.catalogs.Entry], tmp_path: Path
) -> None:
    Page(entry()._repr_html_())
    entry().to_image(str(tmp_path / "card.svg"))
    ElementTree.parse(tmp_path / "card.svg")


def test_a_curvilinear_grid_and_another_calendar_have_their_card(tmp_path: Path) -> None:
    pangeo.ingest(pangeo.samples.path("nemo_2015_01"), "nemo")
    html = pangeo.catalog()["nemo"]._repr_html_()
    ((west, _, width, _),) = boxes(html)
    assert (west, width) == (-180, 360)
    time = xr.date_range("2000-02-28", periods=5, calendar="360_day", use_cftime=True)
    ds = xr.Dataset({"v": ("time", np.arange(5.0))}, {"time": time})
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    pangeo.ingest(tmp_path / "a.nc", "model")
    text = Page(pangeo.catalog()["model"]._repr_html_()).text
    assert "2000-02-28 .. 2000-03-02" in text
