"""Any static STAC catalogue is opened where it lies: here, or behind HTTP."""

from __future__ import annotations

import html
import json
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.catalogs import Catalog, Entries, ForeignEntry, ReadOnlyCatalog
from pangeo.catalogs.walk import Walk
from pangeo.errors import DatasetNotFoundError, InputError, StoreError
from pangeo.storage import RemoteFile

from . import others
from .serve import Server, serving

NAMES = ["zarr3", "zarr2", "files", "scene0", "ice", "scenes"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return others.make(tmp_path / "others")


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    with serving(root.parent) as server:
        yield server


@pytest.fixture(params=["here", "over HTTP"])
def theirs(request: pytest.FixtureRequest, root: Path) -> ReadOnlyCatalog:
    url = root if request.param == "here" else request.getfixturevalue("server").url
    catalog = pangeo.catalog(url)
    assert isinstance(catalog, ReadOnlyCatalog)
    return catalog


def test_every_dataset_is_found_once_through_loops_and_past_dead_links(
    theirs: ReadOnlyCatalog,
) -> None:
    assert [entry.name for entry in theirs.entries] == NAMES
    assert len(theirs) == len(NAMES)
    (dead,) = theirs.unreadable
    assert dead.endswith("/gone/collection.json")
    assert "nothing there" in str(theirs.unreadable[dead])


@pytest.mark.parametrize("at", range(1, 7))
def test_an_interruption_loses_no_entry(
    root: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    taken = 0

    def entry_of(self: Walk, *args: Any) -> Any:
        nonlocal taken
        taken += 1
        if taken == at:
            raise KeyboardInterrupt
        return original(self, *args)

    catalog = pangeo.catalog(root)
    original = Walk._entry_of
    monkeypatch.setattr(Walk, "_entry_of", entry_of)
    with pytest.raises(KeyboardInterrupt):
        len(catalog.entries)
    assert [entry.name for entry in catalog.entries] == NAMES
    assert len(catalog.unreadable) == 1  # type: ignore[union-attr]


def test_threads_share_one_walk(server: Server) -> None:
    catalog = pangeo.catalog(server.url)
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _: [each.name for each in catalog.entries], range(3)))
    assert answers == [NAMES] * 3
    read = [path for path in server.requests if path.endswith("collection.json")]
    assert len(read) == len(set(read)), "a document was read twice"


@pytest.mark.parametrize(
    ("name", "layout"),
    [("zarr3", "auto"), ("zarr2", "store"), ("ice", "auto"), ("files", "hdf"),
     ("files", "classic")],
)  # fmt: skip
def test_what_is_opened_is_what_was_written(
    theirs: ReadOnlyCatalog, name: str, layout: str
) -> None:
    dataset = theirs.open(name, layout=layout)
    assert dataset.tas.chunks is not None, "it had to be lazy"
    xr.testing.assert_equal(dataset.load(), others.field())
    assert dataset.tas.attrs["units"] == "K"


def test_selections_are_those_of_pangeo_open(theirs: ReadOnlyCatalog) -> None:
    part = theirs.open("zarr3", time="2020-01-02/2020-01-03", bbox=(-40, 0, 40, 90))
    expected = others.field().isel(time=slice(1, 3), lat=slice(0, 3))
    assert part.tas.shape == (2, 3, 3)
    np.testing.assert_array_equal(part.tas.values, expected.tas.isel(lon=[9, 0, 1]).values)
    assert list(theirs["ice"].to_xarray(variables="tas").data_vars) == ["tas"]
    with pytest.raises(InputError, match="no variable 'pr'"):
        theirs.open("ice", variables=["pr"])


def test_a_dask_chunk_is_a_whole_shard_unless_asked_otherwise(theirs: ReadOnlyCatalog) -> None:
    assert theirs.open("zarr3").tas.chunks[0] == (4, 4)
    assert theirs.open("zarr3", chunks={"time": 1}).tas.chunks[0] == (1,) * 8
    assert theirs.open("zarr3", chunks=None).tas.chunks is None


@pytest.mark.parametrize("chunks", [{"tiem": 2}, "whole"])
def test_chunks_that_cannot_be_meant_are_refused(theirs: ReadOnlyCatalog, chunks: Any) -> None:
    with pytest.raises(InputError, match=r"sizes for some of the dimensions \['time'"):
        theirs.open("zarr2", chunks=chunks)


def test_nothing_of_the_data_is_read_before_it_is_asked_for(server: Server) -> None:
    catalog = pangeo.catalog(server.url)
    dataset = catalog.open("zarr3")
    assert not [path for path in server.requests if "/tas/c/" in path]
    dataset.tas[0].load()
    chunks = {path for path in server.requests if "/tas/c/" in path}
    assert chunks == {"/data/sharded.zarr/tas/c/0/0/0"}


def test_links_are_followed_no_further_than_to_the_entry(server: Server) -> None:
    assert pangeo.catalog(server.url)["zarr3"].name == "zarr3"
    read = [path for path in server.requests if path.endswith(".json")]
    assert not any("/ice/" in path or "scene1" in path for path in read)


def test_the_items_of_a_collection_of_scenes_are_opened_one_by_one(
    theirs: ReadOnlyCatalog,
) -> None:
    scenes = theirs["scenes"]
    assert [each.name for each in scenes.items] == ["scene0", "scene1"]
    for day, scene in enumerate(scenes.items):
        assert scene.interval == (f"2020-01-0{day + 1}",) * 2
        np.testing.assert_array_equal(scene.to_xarray().tas.values[0], others.VALUES[day])
    with pytest.raises(InputError, match="no data of its own"):
        scenes.to_xarray()


def test_an_entry_has_the_face_of_ours(theirs: ReadOnlyCatalog) -> None:
    entry = theirs["zarr3"]
    assert isinstance(entry, ForeignEntry)
    assert entry.title == "The dataset zarr3"
    assert entry.bbox == (-180, -75, 180, 75)
    assert entry.interval == ("2020-01-01T00:00:00Z", "2020-01-08T00:00:00Z")
    assert (entry.version, entry.nbytes, entry.variables) == (None, None, {})
    assert list(entry.assets) == ["store"], "a picture is no data"
    assert json.loads(json.dumps(entry.as_dict()))["name"] == "zarr3"
    assert repr(entry) == "<pangeo.ForeignEntry zarr3: store>"


def test_a_search_asks_what_the_descriptions_say(theirs: ReadOnlyCatalog) -> None:
    assert sorted(each.name for each in theirs.search()) == sorted(NAMES)
    assert list(theirs.search("dataset zarr3")) == [theirs["zarr3"]]
    assert theirs["zarr3"] in theirs.search(bbox=(170, 0, -170, 1), time="2020-01-08/..")
    assert theirs["zarr3"] not in theirs.search(time="2020-01-09/..")


def test_what_a_search_found_is_shown_as_ours_is(theirs: ReadOnlyCatalog, root: Path) -> None:
    found = theirs.search("zarr")
    assert isinstance(found, Entries)
    assert found["zarr3"].title == "The dataset zarr3"
    header, first, *_ = repr(found).splitlines()
    assert header.split() == ["name", "title", "time", "W,", "S,", "E,", "N"]
    assert first.startswith("zarr2  The dataset zarr2  2020-01-01 .. 2020-01-08")
    assert "The dataset zarr2" in found._repr_html_()
    lines = repr(theirs.search("zarr", variable="tas", time="1900")).splitlines()
    assert lines[:4] == [
        f"nothing found among {len(NAMES)} datasets; alone would find",
        "       2  text 'zarr'",
        "       0  variable 'tas'",
        "       0  time 1900/1900",
    ]
    assert f"{len(NAMES)} of the descriptions name no variables; open them to see" in lines


def test_each_has_its_card(theirs: ReadOnlyCatalog, tmp_path: Path) -> None:
    card = theirs["zarr3"]._repr_html_()
    line = f'pangeo.catalog("{theirs.address}")["zarr3"].to_xarray()'
    assert html.escape(line, quote=False) in card
    assert "CC-BY-4.0" in card
    assert "Verified" not in card
    assert eval(line, {"pangeo": pangeo}).sizes["time"] == 8
    for name in NAMES:
        theirs[name].to_image(tmp_path / f"{name}.svg")
    scenes = theirs["scenes"]
    assert eval(scenes.opening_line, {"pangeo": pangeo}).sizes["time"] == 1
    scene = scenes.items[1]
    assert eval(scene.opening_line, {"pangeo": pangeo}).sizes["time"] == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"extent": {"spatial": {"bbox": [["a", 0, 1, 2]]}, "temporal": {"interval": [[5, {}]]}}},
        {"extent": 5, "bbox": [0, 50, 1, 40], "license": None, "keywords": 5},
        {"providers": [{"roles": []}, 5, {"name": 7}], "version": 3, "title": ["x"]},
        {"cube:variables": {"a": 5, "b": {"dimensions": [1, None], "unit": 4}}},
        {
            "cube:variables": ["tas"],
            "pangeo:bytes": "many",
            "pangeo:sizes": 5,
            "pangeo:sources": [5, {}],
        },
        {"cube:variables": {"a": {"dimensions": ["x"]}}, "pangeo:sizes": {"x": "long"}},
        {"cube:variables": {"a": {"dimensions": 3}, "b": {"dimensions": "time"}}},
        {"extent": {"spatial": {"bbox": [["0", "0", "7", "3"]]}, "temporal": {}}},
    ],
)
def test_whatever_others_write_is_shown(root: Path, odd: dict[str, Any], tmp_path: Path) -> None:
    path = root.parent / "zarr3" / "collection.json"
    content = json.loads(path.read_text()) | odd
    content["assets"]["store"]["pangeo:chunks"] = {"a": 5, "b": [1, "x"]}
    path.write_text(json.dumps(content))
    found = pangeo.catalog(root).search()
    assert "zarr3" in found
    assert "zarr3" in repr(found)
    assert "zarr3" in found._repr_html_()
    assert "zarr3" in found["zarr3"]._repr_html_()
    found["zarr3"].to_image(tmp_path / "card.svg")


def test_data_of_a_kind_that_is_not_opened_are_a_reason(root: Path) -> None:
    table = {"href": "../data/table.csv", "type": "text/csv", "roles": ["data"]}
    picture = {"href": "../data/look.png", "type": "image/png", "roles": ["thumbnail"]}
    others.collection(root.parent / "zarr2" / "collection.json", "zarr2", {"t": table})
    others.collection(root.parent / "zarr3" / "collection.json", "zarr3", {"look": picture})
    catalog = pangeo.catalog(root)
    assert "zarr2" not in [each.name for each in catalog.entries]
    reasons = {Path(address).parts[-2]: str(why) for address, why in catalog.unreadable.items()}
    assert "t (text/csv)" in reasons["zarr2"]
    assert "zarr3" not in reasons, "there is nothing in it to be read"


def test_icechunk_opens_a_version_by_its_tag(theirs: ReadOnlyCatalog) -> None:
    assert theirs.open("ice", version="first").sizes["time"] == 8
    with pytest.raises(DatasetNotFoundError, match="no version 'second'"):
        theirs.open("ice", version="second")
    with pytest.raises(InputError, match="another version"):
        theirs.open("zarr2", version="first")


def test_what_is_not_there_is_told(theirs: ReadOnlyCatalog) -> None:
    with pytest.raises(DatasetNotFoundError, match="no dataset named 'x'"):
        theirs["x"]
    with pytest.raises(InputError, match="no layout 'series'"):
        theirs.open("files", layout="series")


def test_data_that_are_gone_are_a_reason_in_the_check(root: Path) -> None:
    assert pangeo.catalog(root).check()
    (root.parent / "data" / "new.nc").unlink()
    report = pangeo.catalog(root).check()
    assert list(report.unreachable) == ["files"]
    with pytest.raises(StoreError, match=r"cannot open .*new\.nc"):
        pangeo.catalog(root).open("files")


def test_a_check_reads_no_more_items_than_it_opens(root: Path, server: Server) -> None:
    links = [{"rel": "item", "href": f"gone{number}.json"} for number in range(20)]
    path = root.parent / "scenes" / "collection.json"
    content = json.loads(path.read_text())
    content["links"] += links
    path.write_text(json.dumps(content))
    assert pangeo.catalog(f"{server.url}/scenes").check()
    assert not [request for request in server.requests if request.endswith("gone19.json")]
    content["links"] = links
    path.write_text(json.dumps(content))
    report = pangeo.catalog(f"{server.url}/scenes").check()
    assert report.unreachable == {"scenes": "none of its items can be read"}


@pytest.mark.parametrize("verb", ["history", "tag", "rollback", "expire", "remove"])
def test_what_would_change_it_is_refused(theirs: ReadOnlyCatalog, verb: str) -> None:
    more: list[Any] = [] if verb in ("history", "remove") else ["x"]
    with pytest.raises(InputError, match="kept by others"):
        getattr(theirs, verb)("zarr3", *more)


@pytest.mark.parametrize("of", ["", "catalog.json", "zarr2", "zarr2/collection.json"])
def test_a_document_or_its_folder_opens_it(root: Path, server: Server, of: str) -> None:
    for place in (root.parent / of, str(root.parent / of), f"{server.url}/{of}"):
        catalog = pangeo.catalog(place)
        assert "zarr2" in [entry.name for entry in catalog.entries]


def test_two_datasets_of_one_id_are_told_apart(root: Path) -> None:
    ours = {"store": {"href": "../data/old.zarr"}}
    others.collection(root.parent / "b" / "collection.json", "ice", ours)
    others.collection(root.parent / "c" / "collection.json", "ice", ours)
    content = json.loads(root.read_text())
    content["links"] += [{"rel": "child", "href": f"./{each}/collection.json"} for each in "bc"]
    root.write_text(json.dumps(content))
    names = [entry.name for entry in pangeo.catalog(root).entries]
    assert [name for name in names if "ice" in name] == ["ice", "others/ice", "more/ice"]


def test_keywords_are_heeded_or_named_as_passed_over(root: Path) -> None:
    path = root.parent / "zarr2" / "collection.json"
    content = json.loads(path.read_text())
    content["assets"]["store"]["xarray:open_kwargs"] = {
        "engine": "zarr", "consolidated": True, "chunks": {"time": 2, "x": 3},
        "decode_times": False, "storage_options": {"anon": True}, "backend_kwargs": {"x": 1},
        "mask_and_scale": "yes",
    }  # fmt: skip
    path.write_text(json.dumps(content))
    entry = pangeo.catalog(root)["zarr2"]
    dataset = entry.to_xarray()
    assert dataset.time.dtype.kind == "i"
    assert dataset.tas.chunks[0] == (2,) * 4
    assert entry.notes == [
        "store: xarray:open_kwargs backend_kwargs, mask_and_scale, storage_options passed over"
    ]


def test_a_workspace_of_ours_is_read_over_http(workspace: Path) -> None:
    report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst", layouts=("map", "series"))
    with serving(workspace) as server:
        theirs = pangeo.catalog(server.url)
        assert isinstance(theirs, ReadOnlyCatalog)
        entry = theirs["sst"]
        assert entry.version == report.version
        mine = pangeo.catalog()["sst"]
        assert (entry.variables, entry.bbox, entry.interval, entry.nbytes) == (
            mine.variables, mine.bbox, mine.interval, mine.nbytes
        )  # fmt: skip
        for layout in ("map", "series"):
            remote = theirs.open("sst", layout=layout, time="2009", bbox=(170, -5, -120, 5))
            local = pangeo.open("sst", layout=layout, time="2009", bbox=(170, -5, -120, 5))
            xr.testing.assert_identical(_plain(remote.load()), _plain(local.load()))


@pytest.mark.parametrize("state", ["fresh", "stale", "damaged", "misled"])
def test_a_search_of_a_served_workspace_asks_its_index(workspace: Path, state: str) -> None:
    for name in ("one", "two", "three"):
        pangeo.ingest(pangeo.samples.path("ostia_monthly"), name, title=f"The dataset {name}")
    assert pangeo.search("two").names == ["two"], "this makes the index"
    if state == "stale":
        (workspace / "catalog.generation").write_text('{"generation": "another"}')
    elif state == "damaged":
        (workspace / "catalog.parquet").write_bytes(b"PAR1")
    elif state == "misled":
        (workspace / "datasets" / "two" / "collection.json").rename(workspace / "gone.json")
    with serving(workspace) as server:
        catalog = pangeo.catalog(server.url)
        server.requests.clear()
        names = [each.name for each in catalog.search("two")]
        assert names == ([] if state == "misled" else ["two"])
        read = [path for path in server.requests if path.endswith("collection.json")]
        assert len(read) == {"fresh": 1, "misled": 4}.get(state, 3)
        assert len(catalog) == (2 if state == "misled" else 3)


def test_keywords_are_heeded_for_a_repository_of_ours_too(workspace: Path) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
    path = workspace / "datasets" / "sst" / "collection.json"
    content = json.loads(path.read_text())
    (variable,) = pangeo.open("sst").data_vars
    for keywords, dates, is_there in (
        ({"decode_times": False}, "i", True),
        ({"decode_cf": False}, "i", True),
        ({"drop_variables": [variable]}, "M", False),
    ):
        content["assets"]["map"]["xarray:open_kwargs"] |= keywords
        path.write_text(json.dumps(content))
        entry = pangeo.catalog(path)["sst"]
        assert entry.notes == []
        dataset = entry.to_xarray()
        assert dataset.time.dtype.kind == dates
        assert (variable in dataset.data_vars) is is_there
        for key in keywords:
            del content["assets"]["map"]["xarray:open_kwargs"][key]


def _plain(ours: xr.Dataset) -> xr.Dataset:
    """Without the name, version and layout that ``pangeo.open`` adds."""
    for each in (ours, *ours.data_vars.values()):
        for key in ("pangeo_dataset", "pangeo_version", "pangeo_layout"):
            each.attrs.pop(key, None)
    return ours


def test_a_workspace_by_its_path_is_one_that_can_be_written(workspace: Path) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
    assert isinstance(pangeo.catalog(workspace), Catalog)
    read_only = pangeo.catalog(workspace / "catalog.json")
    assert isinstance(read_only, ReadOnlyCatalog)
    assert read_only.open("sst").sizes == pangeo.open("sst").sizes


def test_a_path_where_there_is_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no catalogue at .*not-there\n.*no such file or folder"):
        pangeo.catalog(tmp_path / "not-there")
    assert len(pangeo.catalog()) == 0, "my own may come to be yet"


def test_one_catalogue_leads_to_another_elsewhere(root: Path, server: Server) -> None:
    mine = root.parent.parent / "mine" / "catalog.json"
    others.catalog(mine, "mine", ("child", f"{server.url}/catalog.json"))
    catalog = pangeo.catalog(mine)
    assert [entry.name for entry in catalog.entries] == NAMES
    assert float(catalog.open("zarr2").tas[0, 0, 1]) == 1.0


@pytest.mark.parametrize("name", ["files", "ice", "zarr2"])
def test_a_server_that_hands_out_whole_files_only_is_told(root: Path, name: str) -> None:
    with serving(root.parent, has_ranges=False) as server:
        catalog = pangeo.catalog(server.url)
        if name == "zarr2":
            np.testing.assert_array_equal(catalog.open(name).tas, others.VALUES)
            return
        with pytest.raises(StoreError, match="supports Range requests") as refusal:
            catalog.open(name)
        assert "credentials" not in refusal.value.fix


def test_a_remote_file_is_read_in_blocks_and_travels(server: Server, root: Path) -> None:
    content = (root.parent / "data" / "new.nc").read_bytes()
    file = pickle.loads(pickle.dumps(RemoteFile(f"{server.url}/data/new.nc")))
    assert file.read() == content
    file.seek(-10, 2)
    assert file.read(100) == content[-10:]
    assert file.read(1) == b""
    gets = [path for path in server.requests if path == "/data/new.nc"]
    assert len(gets) <= 1 + len(content) // 2**20, "each block was to be asked for once"


def test_a_bucket_is_read_with_the_environment_of_s3(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading S3 is asking for objects over HTTP, as any server of files answers."""
    root.parent.rename(root.parent.with_name("bucket"))
    with serving(root.parent.parent) as server:
        for name, value in {
            "AWS_ENDPOINT_URL": server.url, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
            "AWS_SKIP_SIGNATURE": "true",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        catalog = pangeo.catalog("s3://bucket")
        assert [entry.name for entry in catalog.entries] == NAMES
        for name in ("zarr3", "zarr2", "files", "ice"):
            xr.testing.assert_equal(catalog.open(name).load(), others.field())
