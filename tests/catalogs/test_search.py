"""A search answers from an index that is as new as the catalogue, whatever happened to it."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import pangeo
from pangeo.catalogs import index, publishing
from pangeo.catalogs.generation import generation, new_generation
from pangeo.catalogs.question import Question
from pangeo.catalogs.searching import search_documents
from pangeo.cli import main
from pangeo.errors import DatasetNotFoundError, InputError, StoreError
from pangeo.storage import Location, hold_lease, new_repository

type Describe = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, where nothing is to be left."""
    monkeypatch.setattr(index, "cache", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "catalogs"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the datasets whose descriptions were read to make the index."""
    names: list[str] = []

    def row_of(stac: Any, *args: Any, name: str, **options: Any) -> dict[str, Any]:
        names.append(name)
        return original(stac, *args, name=name, **options)

    original = index.row_of
    monkeypatch.setattr(index, "row_of", row_of)
    return names


@pytest.fixture
def describe(workspace: Path) -> Describe:
    """Write the description of a dataset, as a publication does; there are no data behind it."""
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    template = json.loads(Location(workspace, "sst-ostia").collection.read_text())

    def describe(name: str, **fields: Any) -> Path:
        location = Location(workspace, name)
        location.folder.mkdir(exist_ok=True)
        location.collection.write_text(
            json.dumps({**template, "id": name, "title": name, **fields})
        )
        publishing.link(location)
        return location.collection

    return describe


def names(*args: Any, **asked: Any) -> list[str]:
    return pangeo.search(*args, **asked).names


# What is found


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"text": "OSTIA"}, True),
        ({"text": "ost surf temp"}, True),
        ({"text": "surface_temperature ostia"}, True),
        ({"text": "ostia salinity"}, False),
        ({"variable": "surface_temperature"}, True),
        ({"variable": "Surface Temperature"}, True),
        ({"variable": "temperature"}, False),
        ({"variable": "latitude"}, True),
        ({"variable": "bnds"}, True),
        ({"text": "latitude"}, False),
        ({"bbox": (170, -5, -120, 5)}, True),
        ({"bbox": (350, 4, 370, 5)}, True),
        ({"bbox": (0, 10, 20, 30)}, False),
        ({"bbox": (0, 4.5, 10, 5)}, False),
        ({"time": "2010"}, True),
        ({"time": "2010-09-16T00"}, True),
        ({"time": "../2006-04-15"}, False),
        ({"time": ("2010-09-17", None)}, False),
        ({"time": 2010}, True),
        ({"time": 2011}, False),
        ({"time": (2004, 2006)}, True),
        ({"time": dt.date(2010, 9, 16)}, True),
        ({"time": dt.date(2010, 9, 17)}, False),
        ({"time": np.datetime64("2006-04")}, True),
        ({"time": pd.Timestamp("2006-04-16", tz="UTC")}, True),
        ({"time": pd.Timestamp("2006-04-15T23:59:59")}, False),
        ({"properties": {"license": "other"}}, True),
        ({"properties": {"pangeo:software.pangeo": "another"}}, False),
        ({"properties": {"license": "MIT"}}, False),
        ({"properties": {"pangeo:has_box": True, "stac_extensions": "x"}}, False),
        ({"text": "sst", "variable": "surface_temperature", "bbox": (0, 0, 1, 1)}, True),
    ],
)
def test_a_dataset_is_found_by_what_is_in_it(
    workspace: Path, asked: dict[str, Any], holds: bool
) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    assert names(**asked) == ["sst-ostia"] * holds
    assert pangeo.catalog(workspace).search(**asked).names == ["sst-ostia"] * holds


def test_names_and_titles_come_before_what_mentions_the_words(describe: Describe) -> None:
    describe("a", description="all about currents")
    describe("b", title="Currents")
    describe("c", title="Currents of the sea")
    assert names("currents") == ["b", "c", "a"]
    assert names() == ["a", "b", "c", "sst-ostia"]


@pytest.mark.parametrize(
    ("bbox", "time", "found"),
    [([0, 0, 1, 1], "1900", ["dated", "placed"]), (None, None, [])],
)
def test_what_has_no_position_or_dates_is_not_found_by_them(
    describe: Describe, bbox: Any, time: Any, found: list[str]
) -> None:
    nowhere = {"temporal": {"interval": [[None, None]]}, "spatial": {"bbox": [[0, 0, 1, 1]]}}
    describe("placed", extent=nowhere)
    dates = {"interval": [["1900-01-01T00:00:00Z", None]]}
    describe("dated", extent={**nowhere, "temporal": dates}, **{"pangeo:has_box": False})
    assert [name for name in names(bbox=(0, 0, 1, 1)) if name != "sst-ostia"] == ["placed"]
    assert names(time="1900") == ["dated"]


def test_items_and_collections_at_hand_are_searched_too() -> None:
    item = {
        "type": "Feature",
        "id": "scene",
        "bbox": [170, -10, 0, -160, 10, 5000],  # with heights
        "properties": {"datetime": "2020-05-01T12:00:00+02:00", "platform": "sentinel-6"},
    }
    span = {"datetime": None, "start_datetime": "2019-01-01T00:00:00Z", "end_datetime": None}
    documents = {"s": item, "t": {**item, "properties": span}, "odd": {"id": 5, "bbox": "?"}}

    def found(**asked: Any) -> list[str]:
        wanted = dict.fromkeys(("text", "variable", "bbox", "time", "properties")) | asked
        return search_documents(documents, Question.of(**wanted))[0]  # type: ignore[arg-type]

    assert found() == ["odd", "s", "t"]
    assert found(bbox=(-170, 0, -165, 1)) == ["s", "t"]
    assert found(bbox=(0, 0, 160, 1)) == []
    assert found(time="2020-05-01T10:00") == ["s", "t"]
    assert found(time="2020-05-01T11:00/..") == ["t"]
    assert found(properties={"platform": "sentinel-6"}) == ["s"]


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("providers.name", "NOAA", ["listed"]),
        ("providers.roles", "producer", ["listed"]),
        ("providers.name", "ESA", ["single"]),
        ("providers.name", "producer", []),
        ("a.b", 1, ["dotted"]),
        ("a.b", 2, ["nested"]),
        ("a.b.c", 3, ["deep"]),
        ('a."b', 1, []),
    ],
)
def test_a_field_within_another_is_asked_with_dots(
    field: str, value: Any, found: list[str]
) -> None:
    noaa = {"name": "NOAA", "roles": ["producer"]}
    documents: dict[str, Any] = {
        "listed": {"providers": [{"name": "other"}, noaa]},
        "single": {"providers": {"name": "ESA"}},
        "dotted": {"a.b": 1},
        "nested": {"a": {"b": [1.5, 2]}},
        "deep": {"a": {"b": {"c": 3}}},
    }
    question = Question.of(None, None, None, None, {field: value})
    assert search_documents(documents, question)[0] == found


# How it is shown


def test_what_was_found_is_a_sequence_printed_as_a_table(describe: Describe) -> None:
    for number in range(30):
        describe(f"other-{number:02d}")
    found = pangeo.search()
    assert len(found) == 31
    assert [entry.name for entry in found] == found.names
    assert found[-1].name == "sst-ostia"
    assert found[:2].names == ["other-00", "other-01"]
    lines = repr(found).splitlines()
    assert len(lines) == 22
    assert lines[0].split()[:3] == ["name", "variables", "time"]
    assert lines[1].startswith("other-00  surface_temper…  2006-04-16 .. 2010-09-16")
    assert lines[-1] == "and 11 more"
    assert found._repr_html_().count("<tr>") == 32
    assert "nothing found among 31 datasets" in pangeo.search("eddies")._repr_html_()


def test_a_description_is_read_when_its_entry_is_looked_at(describe: Describe) -> None:
    path = describe("gone")
    found = pangeo.search("gone")
    path.unlink()
    with pytest.raises(DatasetNotFoundError):
        found[0]


def test_where_nothing_is_found_it_says_what_is_there(describe: Describe) -> None:
    describe("other")
    found = pangeo.search("ostja", variable="surface temprature", time="2007/..")
    assert not found
    assert repr(found).splitlines() == [
        "nothing found among 2 datasets; alone would find",
        "       0  text 'ostja'",
        "       0  variable 'surface temprature'",
        "       2  time 2007/..",
        "like 'ostja' there is 'ostia'",
        "like 'surface temprature' there is 'surface temperature'",
        "variables there are: surface_temperature",
    ]
    lines = repr(pangeo.search("ostja", variable="surface_temperature")).splitlines()
    assert not any(line.startswith("variables there are") for line in lines)


def test_where_no_description_has_the_field_it_says_which_there_are(describe: Describe) -> None:
    describe("other", platform="sentinel-6", nested={"a": 1})
    lines = repr(pangeo.search(properties={"plattform": "sentinel-6"})).splitlines()
    assert lines[2] == "no description has the field 'plattform'"
    assert lines[3].startswith("fields there are: ")
    assert "platform" in " ".join(lines[3:])
    for known in ({"platform": "jason"}, {"nested.a": 2}):
        assert "fields there are" not in repr(pangeo.search(properties=known))
    assert "no description has the field 'nested.b'" in repr(
        pangeo.search(properties={"nested.b": 1})
    )


def test_names_are_never_cut_where_nothing_is_found(describe: Describe) -> None:
    long = [f"{number:02d}_{'very_' * 15}long" for number in range(40)]
    described = {name: {"type": "data", "dimensions": []} for name in long}
    describe("many", **{"cube:variables": described})
    said = repr(pangeo.search(variable="nothing"))
    assert [name for name in long if name in said] == long[:24]
    assert "and 17 more" in said


def test_an_entry_is_taken_out_by_its_name(describe: Describe) -> None:
    describe("other")
    found = pangeo.search("other")
    assert found["other"].name == "other"
    assert "other" in found
    assert found[0] in found
    assert "sst-ostia" not in found
    with pytest.raises(DatasetNotFoundError, match="the search did not find 'sst-ostia'"):
        found["sst-ostia"]


def test_a_catalogue_without_datasets_has_nothing(workspace: Path, tmp_path: Path) -> None:
    assert repr(pangeo.search("sst")) == "no datasets in the catalogue"
    assert not workspace.exists(), "who only looks makes nothing"
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="no workspace at"):
        pangeo.catalog(tmp_path / "file").search()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"text": 5}, "text=5"),
        ({"variable": ["sst"]}, "variable="),
        ({"bbox": (0, 1)}, "four numbers"),
        ({"time": "summer"}, "no|not an ISO 8601 date"),
        ({"time": "2012/2010"}, "it ends before it starts"),
        ({"time": True}, "True is not a date"),
        ({"properties": "license"}, "a mapping"),
        ({"properties": {1: "x"}}, "a mapping"),
        ({"properties": {"x": object()}}, "JSON can say"),
        ({"properties": {"x": float("nan")}}, "JSON can say"),
    ],
)
def test_what_cannot_be_understood_is_refused(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        pangeo.search(**asked)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["search", *arguments])
    return result.exit_code, result.stdout


def test_the_command_line_finds_the_same(describe: Describe) -> None:
    describe("other", title="Another")
    status, shown = run("ostia", "--variable", "surface_temperature", "--bbox=170,-5,-120,5",
                        "--time", "2010/..")  # fmt: skip
    assert status == 0
    assert shown.splitlines()[1].split()[:2] == ["sst-ostia", "surface_temperature"]
    status, shown = run("--json")
    assert [each["name"] for each in json.loads(shown)] == ["other", "sst-ostia"]
    assert run("nothing like it")[0] == 0
    assert "nothing found among 2" in run("nothing like it")[1]
    assert run("--bbox", "1,2")[0] == 1


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["license=other"], ["other", "sst-ostia"]),
        (["license=other", "platform=sentinel-6"], ["other"]),
        (["level=4", "nested.a=true"], ["other"]),
        (["level=3"], []),
        (['text="4"'], ["other"]),
        (["text=4"], []),
        (["platform=sentinel-6=x"], []),
        (["satellite=NaN"], ["other"]),
        (["orbit=1e999"], ["other"]),
    ],
)
def test_any_field_is_asked_for_on_the_command_line(
    describe: Describe, given: list[str], found: list[str]
) -> None:
    describe("other", platform="sentinel-6", level=4, nested={"a": True}, text="4",
             satellite="NaN", orbit="1e999")  # fmt: skip
    options = [word for each in given for word in ("--property", each)]
    assert [each["name"] for each in json.loads(run(*options, "--json")[1])] == found


@pytest.mark.parametrize(
    "options",
    [
        ["--variable", "sst", "--variable", "ssh"],
        ["--bbox=0,0,1,1", "--bbox=0,0,2,2"],
        ["--time", "2000", "--time", "2001"],
        ["--property", "a=1", "--property", "a=2"],
        ["--property", "a"],
        ["--property", "=a"],
    ],
)
def test_what_is_given_twice_or_by_halves_is_wrong_usage(options: list[str]) -> None:
    assert run(*options)[0] == 2


# How new it is


def test_only_what_changed_is_read_again(describe: Describe, reads: list[str]) -> None:
    describe("a")
    describe("b")
    assert names() == ["a", "b", "sst-ostia"]
    assert sorted(reads) == ["a", "b", "sst-ostia"]
    reads.clear()
    assert names(time="2007", bbox=(0, 0, 1, 1)) == ["a", "b", "sst-ostia"]
    assert reads == []
    describe("b", title="now about eddies")
    assert names("eddies") == ["b"]
    assert reads == ["b"]


def test_what_is_removed_or_rolled_back_is_seen_at_once(describe: Describe) -> None:
    describe("a")
    assert names() == ["a", "sst-ostia"]
    pangeo.catalog().remove("sst-ostia")
    assert names() == ["a"]


def test_a_folder_that_comes_or_goes_without_a_word_is_seen(
    describe: Describe, workspace: Path
) -> None:
    describe("a")
    names()
    shutil.copytree(workspace / "datasets/a", workspace / "datasets/copy")
    assert names() == ["a", "copy", "sst-ostia"]
    shutil.rmtree(workspace / "datasets/a")
    assert names() == ["copy", "sst-ostia"]


def test_check_finds_what_others_edited(describe: Describe) -> None:
    path = describe("a")
    names()
    status = path.stat()
    text = path.read_text()
    path.write_text(text.replace('"title": "a"', '"title": "z"'))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert names("z") == []
    pangeo.catalog().check()
    assert names("z") == ["a"]


def test_what_is_not_described_is_found_as_entries_finds_it(workspace: Path) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    place = Location(workspace, "unfinished")
    with hold_lease(place.lease) as lease, new_repository(place, lease):
        pass
    assert names() == ["sst-ostia"]
    # The writer commits, and is killed before it describes what it made.
    shutil.rmtree(place.store)
    shutil.copytree(Location(workspace, "sst-ostia").store, place.store)
    assert names() == ["sst-ostia", "unfinished"]
    assert names(variable="surface_temperature") == ["sst-ostia", "unfinished"]
    assert not place.collection.exists()
    Location(workspace, "sst-ostia").collection.write_text("{torn")
    new_generation(workspace)
    assert names() == ["sst-ostia", "unfinished"]
    assert [entry.name for entry in pangeo.search()] == names()


def test_a_damaged_store_hides_no_other(describe: Describe, workspace: Path) -> None:
    bad = Location(workspace, "bad")
    shutil.copytree(Location(workspace, "sst-ostia").folder, bad.folder)
    bad.collection.unlink()
    (bad.store / "repo").unlink()
    assert names() == ["sst-ostia"]
    describe("bad")
    assert names() == ["bad", "sst-ostia"]


# What may happen to the index


def stamp(path: Path) -> dict[str, Any]:
    found = duckdb.sql(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')")
    content: dict[str, Any] = json.loads(dict(found.fetchall())["pangeo"])
    return content


@pytest.mark.parametrize(
    "damage", ["empty", "torn", "flipped", "another format", "of another tool"]
)
def test_an_index_that_cannot_be_used_is_made_anew(
    describe: Describe, workspace: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    describe("a", description="x" * 1000)
    path = workspace / "catalog.parquet"
    assert names() == ["a", "sst-ostia"]
    content = path.read_bytes()
    if damage == "another format":
        with monkeypatch.context() as patch:
            patch.setattr(index, "FORMAT", 0)
            new_generation(workspace)
            names()
        assert stamp(path)["format"] == 0
    elif damage == "of another tool":
        duckdb.sql(f"COPY (SELECT 1 AS x) TO '{path}' (FORMAT parquet)")
    else:
        half = len(content) // 4
        flipped = content[:half] + bytes(200) + content[half + 200 :]
        path.write_bytes({"empty": b"", "torn": content[:-50], "flipped": flipped}[damage])
    assert names() == ["a", "sst-ostia"]
    assert stamp(path)["format"] == index.FORMAT
    assert names("x", variable="surface_temperature") == ["a"]


def test_who_writes_meanwhile_is_seen_by_the_next_search(
    describe: Describe, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe("a")
    original = index.find_entry

    def meanwhile(location: Location) -> Any:
        entry = original(location)
        if location.name == "sst-ostia":  # all were read, and the index is not yet written
            monkeypatch.setattr(index, "find_entry", original)
            describe("a", title="about eddies")
        return entry

    monkeypatch.setattr(index, "find_entry", meanwhile)
    names()
    assert names("eddies") == ["a"]


def test_an_older_index_put_in_place_meanwhile_is_not_believed(
    describe: Describe, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workspace / "catalog.parquet"
    names()
    old = path.read_bytes()
    describe("a")
    assert names() == ["a", "sst-ostia"]
    original = index.read_stamp

    def slow(connection: Any, where: Path) -> dict[str, Any]:
        said = original(connection, where)
        monkeypatch.setattr(index, "read_stamp", original)
        draft = path.with_name("draft")
        draft.write_bytes(old)
        os.replace(draft, path)
        return said

    monkeypatch.setattr(index, "read_stamp", slow)
    assert names() == ["a", "sst-ostia"]


def test_an_index_exchanged_while_it_is_brought_up_to_date_loses_and_doubles_nothing(
    describe: Describe, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workspace / "catalog.parquet"
    names()
    old = path.read_bytes()
    describe("a")
    names()
    new = path.read_bytes()
    original = index._known

    def exchanging(connection: Any, base: Path) -> dict[str, str]:
        known = original(connection, base)
        path.write_bytes(new if path.read_bytes() == old else old)
        return known

    monkeypatch.setattr(index, "_known", exchanging)
    for before in (old, new):
        path.write_bytes(before)
        describe("b")
        assert names() == ["a", "b", "sst-ostia"]


@pytest.mark.parametrize("cached", [True, False], ids=["in the cache", "in memory"])
def test_who_may_not_write_searches_all_the_same(
    describe: Describe, workspace: Path, cache: Path, monkeypatch: pytest.MonkeyPatch,
    reads: list[str], cached: bool,
) -> None:  # fmt: skip
    original = Path.touch

    def refuse(path: Path, *args: Any, **options: Any) -> None:
        if not cached or path.is_relative_to(workspace):
            raise PermissionError(13, "Permission denied", str(path))
        original(path, *args, **options)

    describe("a")
    monkeypatch.setattr(Path, "touch", refuse)
    assert names() == ["a", "sst-ostia"]
    reads.clear()
    assert names("a") == ["a", "sst-ostia"]
    assert len(reads) == (0 if cached else 2)
    assert not (workspace / "catalog.parquet").exists()
    assert not list(workspace.glob(".catalog*")), "a draft was left behind"
    assert len(list(cache.glob("*.parquet"))) == cached
    describe("b")
    assert names("b") == ["b"]


def test_a_catalogue_without_a_token_is_looked_through_every_time(
    describe: Describe, workspace: Path
) -> None:
    path = describe("a")
    (workspace / "catalog.generation").unlink()
    assert generation(workspace) is None
    assert names("eddies") == []
    path.write_text(path.read_text().replace('"title": "a"', '"title": "eddies"'))
    assert names("eddies") == ["a"]


@pytest.mark.parametrize("folder", ["it's", "a[b]*c?", "%20 ünïcode"])
@pytest.mark.usefixtures("describe")
def test_the_folder_may_have_any_name(workspace: Path, folder: str) -> None:
    moved = workspace.rename(workspace.with_name(folder))
    for _ in range(2):
        assert pangeo.catalog(moved).search(variable="surface_temperature").names == ["sst-ostia"]
    assert (moved / "catalog.parquet").exists()


# What others may read of it


@pytest.fixture
def offline() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"autoload_known_extensions": False}) as connection:
        yield connection


def test_the_index_is_geoparquet(
    describe: Describe, workspace: Path, offline: duckdb.DuckDBPyConnection
) -> None:
    """As https://geoparquet.org/releases/v1.1.0 has it, sections "File metadata" and "covering"."""
    extent = {"spatial": {"bbox": [[170, -5, -120, 5]]}, "temporal": {"interval": [[None, None]]}}
    describe("pacific", extent=extent)
    describe("nowhere", **{"pangeo:has_box": False})
    names()
    path = workspace / "catalog.parquet"
    metadata = dict(
        offline.sql(
            f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')"
        ).fetchall()
    )
    geo = json.loads(metadata["geo"])
    assert geo["version"] == "1.1.0"
    assert geo["primary_column"] == "geometry"
    column = geo["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    assert column["covering"]["bbox"]["xmax"] == ["bbox", "xmax"]
    assert "crs" not in column, "longitude and latitude by default"
    columns = "id, geometry::VARCHAR, bbox, href"
    rows = offline.sql(f"SELECT {columns} FROM '{path}' ORDER BY id").fetchall()[:2]
    assert rows == [
        ("nowhere", None, None, "datasets/nowhere/collection.json"),
        (
            "pacific",
            "POLYGON ((170 -5, 240 -5, 240 5, 170 5, 170 -5))",
            {"xmin": 170, "ymin": -5, "xmax": 240, "ymax": 5},
            "datasets/pacific/collection.json",
        ),
    ]
