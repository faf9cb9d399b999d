"""What a stranger wrote into a catalogue reads no file of this machine and runs nothing."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import zarr

import pangeo
from pangeo.errors import PangeoError, StoreError
from pangeo.storage import remote

from . import others
from .serve import Handler, Server, serving


@pytest.fixture
def served(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    return folder


@pytest.fixture
def server(served: Path) -> Iterator[Server]:
    with serving(served) as server:
        yield server


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A good NetCDF file of this machine, which no catalogue elsewhere may reach."""
    path = tmp_path / "secret.nc"
    others.field().to_netcdf(path, engine="h5netcdf")
    return path


def open_bad(served: Path, url: str, asset: dict[str, Any]) -> Any:
    others.collection(served / "collection.json", "bad", {"data": asset})
    return pangeo.catalog(f"{url}/collection.json").open("bad").load()


@pytest.mark.parametrize("form", ["{}", "file://{}", "FILE://{}", "//{}", "file:{}", "../..{}"])
def test_an_href_of_a_document_elsewhere_leads_to_no_file_here(
    served: Path, server: Server, secret: Path, form: str
) -> None:
    with pytest.raises(StoreError) as refusal:
        open_bad(served, server.url, {"href": form.format(secret), "type": "application/x-netcdf"})
    assert refusal.value.found


@pytest.mark.parametrize("kind", ["application/vnd.zarr", "application/vnd.zarr+icechunk"])
def test_nor_to_a_store_here(served: Path, server: Server, tmp_path: Path, kind: str) -> None:
    others.make(tmp_path / "private")
    name = "ice" if "icechunk" in kind else "old.zarr"
    href = f"file://{tmp_path}/private/data/{name}"
    with pytest.raises(StoreError, match="a file of this machine, named by http"):
        open_bad(served, server.url, {"href": href, "type": kind})


def test_a_link_of_a_document_elsewhere_leads_to_no_file_here(
    served: Path, server: Server, tmp_path: Path
) -> None:
    root = others.make(tmp_path / "private")
    others.catalog(served / "catalog.json", "bad", ("child", f"file://{root}"), ("item", str(root)))
    catalog = pangeo.catalog(server.url)
    assert catalog.entries == []
    assert len(catalog.unreadable) == 2  # type: ignore[union-attr]


def test_a_redirect_leads_to_no_file_here(served: Path, server: Server, secret: Path) -> None:
    server.redirects["/moved.nc"] = f"file://{secret}"
    with pytest.raises(StoreError):
        open_bad(served, server.url, {"href": "moved.nc", "type": "application/x-netcdf"})


def test_a_catalogue_here_may_name_files_here(tmp_path: Path, secret: Path) -> None:
    for href in (str(secret), f"file://{secret}", "../secret.nc"):
        others.collection(tmp_path / "c" / "collection.json", "mine", {"data": {"href": href}})
        dataset = pangeo.catalog(tmp_path / "c").open("mine")
        assert dataset.sizes["time"] == 8


def test_hdf5_that_takes_data_from_other_files_is_refused(
    served: Path, server: Server, secret: Path
) -> None:
    asset = {"href": "bad.nc", "type": "application/x-netcdf"}
    with h5py.File(served / "bad.nc", "w") as file:
        file["group/link"] = h5py.ExternalLink(str(secret), "/tas")
    with pytest.raises(StoreError, match="takes data from other files"):
        open_bad(served, server.url, asset)
    with h5py.File(served / "bad.nc", "w") as file:
        size = secret.stat().st_size
        file.create_dataset("raw", (size,), "uint8", external=[(str(secret), 0, size)])
    with pytest.raises(StoreError, match="takes data from other files"):
        open_bad(served, server.url, asset)
    with h5py.File(served / "bad.nc", "w") as file:
        layout = h5py.VirtualLayout((8, 6, 10), "f4")
        layout[:] = h5py.VirtualSource(str(secret), "/tas", (8, 6, 10))
        file.create_virtual_dataset("virtual", layout)
    with pytest.raises(StoreError, match="takes data from other files"):
        open_bad(served, server.url, asset)


def external_link(path: Path, secret: Path) -> Path:
    """A file that looks like that of ``others.field``, and whose values are those of another."""
    with h5py.File(path, "w") as file:
        file["tas"] = h5py.ExternalLink(str(secret), "/tas")
    return path


def test_a_file_is_not_another_one_when_it_is_opened_than_when_it_was_looked_through(
    served: Path, server: Server, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (others.field() * 0).to_netcdf(served / "turns.nc", engine="h5netcdf")
    bad = external_link(tmp_path / "bad.nc", secret)
    heads = 0

    def do_HEAD(self: Handler) -> None:
        nonlocal heads
        heads += 1
        if heads == 2:
            bad.replace(served / "turns.nc")
        SimpleHTTPRequestHandler.do_HEAD(self)

    monkeypatch.setattr(Handler, "do_HEAD", do_HEAD)
    opened = open_bad(served, server.url, {"href": "turns.nc", "type": "application/x-netcdf"})
    assert not opened.tas.any(), "values of a file of this machine"


@pytest.mark.parametrize("is_honest", [True, False])
def test_a_worker_does_not_open_another_file_than_was_looked_through(
    served: Path, server: Server, secret: Path, is_honest: bool
) -> None:
    path = served / "turns.nc"
    others.field().to_netcdf(path, engine="h5netcdf")
    status, size = path.stat(), path.stat().st_size
    others.collection(served / "collection.json", "bad", {"data": {"href": "turns.nc"}})
    sent = pickle.dumps(pangeo.catalog(f"{server.url}/collection.json").open("bad", chunks=None))
    external_link(path, secret)
    path.write_bytes(path.read_bytes().ljust(size, b"\0"))
    if not is_honest:  # the same ETag for another file
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(StoreError, match=r"turns\.nc has changed since it was opened"):
        pickle.loads(sent)


def test_hdf5_whose_groups_hold_one_another_ends(served: Path, server: Server) -> None:
    with h5py.File(served / "ring.nc", "w") as file:
        file.create_group("a")["b"] = file["/"]
        file["v"] = np.arange(3)
    open_bad(served, server.url, {"href": "ring.nc", "type": "application/x-netcdf"})


@pytest.mark.parametrize(
    "place", [{"filters": [{"id": "pickle"}]}, {"compressor": {"id": "pickle"}}]
)
def test_pickled_objects_are_not_unpickled(
    served: Path, server: Server, tmp_path: Path, place: dict[str, Any]
) -> None:
    """Zarr knows no type whose values are pickled; this holds it to that."""
    group = zarr.open_group(str(served / "bad.zarr"), mode="w", zarr_format=2)
    group.create_array("v", shape=(1,), dtype="int8", chunks=(1,), compressors=None)
    others.consolidate(served / "bad.zarr")
    for path in (served / "bad.zarr" / "v" / ".zarray", served / "bad.zarr" / ".zmetadata"):
        said = json.loads(path.read_text())
        array = said["metadata"]["v/.zarray"] if "metadata" in said else said
        array.update(place)
        path.write_text(json.dumps(said))
    payload = f"cos\nsystem\n(S'touch {tmp_path}/ran'\ntR."
    (served / "bad.zarr" / "v" / "0").write_text(payload)
    with pytest.raises(StoreError, match="pickle"):
        open_bad(served, server.url, {"href": "bad.zarr", "type": "application/vnd.zarr"})
    assert not (tmp_path / "ran").exists()


def test_no_keyword_of_a_stranger_reaches_xarray(served: Path, server: Server) -> None:
    others.field().to_netcdf(served / "good.nc", engine="h5netcdf")
    keywords = {"engine": "os.system", "preprocess": "os.system", "backend_kwargs": {"driver": "x"}}
    asset = {"href": "good.nc", "xarray:open_kwargs": keywords}
    assert open_bad(served, server.url, asset).sizes["time"] == 8


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("[1, 2]", "JSON that is a list"),
        ("<html>log in</html>", "no JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"type": "FeatureCollection"}', "JSON of type 'FeatureCollection'"),
        ('{"type": "Catalog", "pad": "' + "x" * 2000 + '"}', "more than"),
    ],
)
@pytest.mark.parametrize("is_here", [True, False])
def test_a_document_that_is_none_is_refused(
    served: Path, server: Server, monkeypatch: pytest.MonkeyPatch, content: str, found: str,
    is_here: bool,
) -> None:  # fmt: skip
    if found == "more than":
        monkeypatch.setattr(remote, "JSON_BYTES", 1000)
    (served / "catalog.json").write_text(content)
    with pytest.raises(StoreError, match=found):
        pangeo.catalog(served / "catalog.json" if is_here else f"{server.url}/catalog.json")


NO_DATA: list[dict[str, Any]] = [
    {"links": "none"},
    {"links": [5, {"rel": "child"}, {"rel": "child", "href": 7}, {"href": "x.json"}]},
    {"assets": [1]},
]
NO_FILE: list[dict[str, Any]] = [
    {"assets": {"a": 5, "b": {"href": 5}, "c": {"href": "x.nc", "roles": "data"}}},
    {"assets": {"c": {"href": "x.nc", "roles": [1, None], "type": 5}}, "cube:variables": {"v": 5}},
    {"assets": {"c": {"href": "x.nc"}}, "extent": {"spatial": {"bbox": [["a"]]}, "temporal": 5}},
    {"assets": {"c": {"href": "x.nc"}}, "bbox": "here", "properties": 5, "id": None},
]


@pytest.mark.parametrize("odd", NO_DATA)
@pytest.mark.parametrize("kind", ["Collection", "Feature"])
def test_an_odd_document_of_no_data_is_no_entry(
    tmp_path: Path, odd: dict[str, Any], kind: str
) -> None:
    others.write(tmp_path / "c" / "collection.json", {"type": kind, "id": "odd", **odd})
    assert pangeo.catalog(tmp_path / "c" / "collection.json").entries == []


@pytest.mark.parametrize("odd", NO_FILE)
@pytest.mark.parametrize("kind", ["Collection", "Feature"])
def test_an_odd_document_of_a_file_that_is_gone_is_an_entry_that_says_so(
    tmp_path: Path, odd: dict[str, Any], kind: str
) -> None:
    others.write(tmp_path / "c" / "collection.json", {"type": kind, "id": "odd", **odd})
    catalog = pangeo.catalog(tmp_path / "c" / "collection.json")
    (entry,) = catalog.entries
    assert json.dumps(entry.as_dict())
    assert repr(entry)
    assert entry.items == []  # type: ignore[union-attr]
    with pytest.raises(PangeoError):
        entry.to_xarray()
    assert list(catalog.check().unreachable) == [entry.name]


def test_a_catalogue_that_never_ends_is_followed_so_far_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pangeo.catalogs.walk.MOST", 5)
    for number in range(9):
        path = tmp_path / "c" / f"{number}.json"
        others.catalog(path, str(number), ("child", f"./{number + 1}.json"))
    catalog = pangeo.catalog(tmp_path / "c" / "0.json")
    assert catalog.entries == []
    (left,) = catalog.unreadable  # type: ignore[union-attr]
    assert left.endswith("/5.json")


@pytest.mark.parametrize("kind", ["zarr", "netcdf", "icechunk", "ours"])
def test_an_axis_that_is_too_long_to_be_loaded_is_refused(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("pangeo.catalogs.axes.AXES_BYTES", 99)
    root = others.make(tmp_path / "others")
    name = {"zarr": "zarr3", "netcdf": "files", "icechunk": "ice", "ours": "sst"}[kind]
    if kind == "ours":
        pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
        root = workspace / "catalog.json"
    with pytest.raises(StoreError, match="MiB of axes"):
        pangeo.catalog(root).open(name)


def test_a_variable_with_the_name_of_one_of_its_dimensions_is_no_axis(tmp_path: Path) -> None:
    group = zarr.open_group(str(tmp_path / "odd.zarr"), mode="w", zarr_format=2)
    for name, dims in {"x": ("x", "y"), "y": ("y",)}.items():
        shape = tuple({"x": 2, "y": 3}[dim] for dim in dims)
        array = group.create_array(name, shape=shape, dtype="f8", chunks=shape)
        array.attrs["_ARRAY_DIMENSIONS"] = list(dims)
    others.collection(tmp_path / "c" / "collection.json", "odd", {"a": {"href": "../odd.zarr"}})
    dataset = pangeo.catalog(tmp_path / "c").open("odd")
    assert list(dataset.xindexes) == ["y"]
    assert dataset.x.shape == (2, 3)


def nine_scenes(folder: Path) -> list[tuple[str, str]]:
    """Nine Items without their data, and the links to them."""
    for number in range(9):
        asset = {"file": {"href": "scene.nc"}}
        others.item(folder / f"{number}.json", str(number), asset, "2020-01-01")
    return [("item", f"./{number}.json") for number in range(9)]


def test_a_collection_that_never_ends_is_read_so_far_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pangeo.catalogs.walk.MOST", 5)
    others.collection(
        tmp_path / "c" / "collection.json", "scenes", {}, *nine_scenes(tmp_path / "c")
    )
    catalog = pangeo.catalog(tmp_path / "c" / "collection.json")
    for _ in "twice":  # those that were read before are no more documents
        items = [each.name for each in catalog["scenes"].items]  # type: ignore[union-attr]
        assert items == ["0", "1", "2", "3"]
    assert len(catalog.unreadable) == 5  # type: ignore[union-attr]


def test_the_items_of_a_catalogue_are_followed_so_far_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pangeo.catalogs.walk.MOST", 5)
    others.catalog(tmp_path / "c" / "catalog.json", "many", *nine_scenes(tmp_path / "c"))
    catalog = pangeo.catalog(tmp_path / "c")
    assert [entry.name for entry in catalog.entries] == ["0", "1", "2", "3"]
    assert len(catalog.unreadable) == 5  # type: ignore[union-attr]
