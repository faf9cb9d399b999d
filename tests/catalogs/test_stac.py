"""The descriptions: valid STAC, true to the data, repaired when they are not."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import xarray as xr
from pystac.validation.stac_validator import JsonSchemaSTACValidator

import pangeo
from pangeo.catalogs import publishing
from pangeo.errors import InputError, StoreError
from pangeo.storage import (
    BRANCH,
    Location,
    hold_lease,
    new_repository,
    open_repository,
    read_description,
    readonly_store,
    write_description,
)

NAME = "sst-ostia"


@pytest.fixture
def location(workspace: Path) -> Location:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), NAME)
    return Location(workspace, NAME)


def validate(path: Path, kind: pystac.STACObjectType) -> None:
    """Against the core schema that pystac carries; those of extensions need a network."""
    content = json.loads(path.read_text())
    JsonSchemaSTACValidator().validate_core(content, kind, content["stac_version"], str(path))


def test_what_is_written_is_valid_stac(location: Location) -> None:
    validate(location.collection, pystac.STACObjectType.COLLECTION)
    validate(location.workspace / "catalog.json", pystac.STACObjectType.CATALOG)


def test_the_check_would_see_an_invalid_collection(location: Location) -> None:
    content = json.loads(location.collection.read_text())
    del content["extent"]
    location.collection.write_text(json.dumps(content))
    with pytest.raises(pystac.STACValidationError):
        validate(location.collection, pystac.STACObjectType.COLLECTION)


def test_pystac_walks_from_the_root_to_the_dataset(location: Location) -> None:
    root = pystac.Catalog.from_file(str(location.workspace / "catalog.json"))
    (child,) = root.get_children()
    assert isinstance(child, pystac.Collection)
    assert child.id == NAME
    asset = child.assets["map"]
    assert Path(asset.get_absolute_href() or "") == location.store
    assert child.extent.spatial.bboxes[0][0] == -180
    assert str(child.extent.temporal.intervals[0][0])[:10] == "2006-04-16"


def test_the_entry_says_what_the_dataset_holds(location: Location) -> None:
    entry = pangeo.catalog()[NAME]
    assert entry.variables == {
        "surface_temperature": {"time": 54, "latitude": 18, "longitude": 432}
    }
    assert entry.bbox == pytest.approx((-180, -5, 180, 4.44), abs=0.01)
    assert entry.interval == ("2006-04-16T00:00:00Z", "2010-09-16T00:00:00Z")
    assert entry.version == pangeo.open(NAME).attrs["pangeo_version"]
    assert entry.sources[0]["sha256"].startswith("e40d33fe")
    cube = entry.stac["cube:dimensions"]
    assert {dim: cube[dim]["type"] for dim in ("time", "latitude", "longitude")} == {
        "time": "temporal",
        "latitude": "spatial",
        "longitude": "spatial",
    }


@pytest.mark.parametrize(
    "damage", ["missing", "torn", "not text", "empty", "stale", "forged", "older form"]
)
def test_check_repairs_a_description(location: Location, damage: str) -> None:
    before = json.loads(location.collection.read_text())
    if damage == "missing":
        location.collection.unlink()
    elif damage == "torn":
        location.collection.write_text('{"type": "Coll')
    elif damage == "not text":
        location.collection.write_bytes(b"\xff\xfe\x00")
    elif damage == "empty":
        location.collection.write_text("{}")
    else:
        changes: dict[str, dict[str, Any]] = {
            "stale": {"pangeo:snapshot": "OLD"},
            "forged": {"title": "FORGED"},
            "older form": {"pangeo:form": 1},
        }
        location.collection.write_text(json.dumps({**before, **changes[damage]}))
    assert pangeo.catalog().check().repaired == [NAME]
    assert json.loads(location.collection.read_text()) == before
    assert pangeo.catalog().check().repaired == []


def test_an_entry_whose_description_older_code_wrote_is_described_anew(
    location: Location,
) -> None:
    before = json.loads(location.collection.read_text())
    older = {key: value for key, value in before.items() if key != "pangeo:form"}
    location.collection.write_text(json.dumps({**older, "title": "as it was said once"}))
    assert pangeo.catalog()[NAME].stac == before


def test_an_entry_is_read_without_describing_anew(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(publishing, "describe")
    assert pangeo.catalog()[NAME].name == NAME
    assert [entry.name for entry in pangeo.catalog().entries] == [NAME]


def test_a_dataset_without_description_is_found_and_described(location: Location) -> None:
    """A writer killed between the commit and the description has lost nothing."""
    location.collection.unlink()
    assert [entry.name for entry in pangeo.catalog().entries] == [NAME]
    assert pangeo.catalog()[NAME].version == pangeo.open(NAME).attrs["pangeo_version"]
    assert not location.collection.exists(), "who reads must not need to write"
    assert pangeo.catalog().check().repaired == [NAME]
    assert location.collection.exists()


def commit_undescribed(location: Location) -> str:
    """As a writer that is stopped between its commit and the description."""
    session = open_repository(location).writable_session(BRANCH)
    said = read_description(session.store)
    write_description(session.store, {**said, "title": "corrected"})
    return session.commit("undescribed")


def test_who_asks_for_one_entry_gets_its_newest_version(location: Location) -> None:
    snapshot = commit_undescribed(location)
    entry = pangeo.catalog()[NAME]
    assert (entry.version, entry.title) == (snapshot, "corrected")
    assert pangeo.open(NAME).attrs["pangeo_version"] == snapshot
    assert pangeo.catalog().check().repaired == [NAME]
    assert pangeo.catalog().entries[0].version == snapshot


def test_a_version_committed_while_it_is_described_is_described_too(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    location.collection.unlink()
    write, snapshots = publishing.write_document, []

    def meanwhile(path: Path, content: Mapping[str, Any]) -> None:
        if not snapshots:
            snapshots.append(commit_undescribed(location))
        write(path, content)

    monkeypatch.setattr(publishing, "write_document", meanwhile)
    assert publishing.publish(location).version == snapshots[0]
    assert json.loads(location.collection.read_text())["pangeo:snapshot"] == snapshots[0]


def break_store(workspace: Path, name: str) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), name)
    Location(workspace, name).collection.unlink()
    (Location(workspace, name).store / "repo").unlink()


def test_one_bad_store_hides_no_other_and_is_reported(location: Location) -> None:
    break_store(location.workspace, "bad")
    catalog = pangeo.catalog()
    assert [entry.name for entry in catalog.entries] == [NAME]
    assert list(catalog.unreadable) == ["bad"]
    location.collection.unlink()
    report = catalog.check()
    assert not report
    assert list(report.unreachable) == ["bad"]
    assert location.collection.exists(), "the good one was to be repaired all the same"


def test_what_is_no_dataset_folder_disturbs_nobody(location: Location) -> None:
    for stray in (".DS_Store", "README"):
        (location.folder.parent / stray).touch()
    (location.folder.parent / "notes of mine").mkdir()
    assert [entry.name for entry in pangeo.catalog().entries] == [NAME]
    assert pangeo.catalog().check().repaired == []
    assert pangeo.ingest(pangeo.samples.path("ostia_monthly"), "another").status == "created"


@pytest.mark.parametrize("units", ["m", "degrees_north", "degrees_east"])
@pytest.mark.parametrize("values", [[0.0, np.inf], [np.nan, np.nan], [-np.inf, np.inf]])
def test_a_coordinate_that_is_not_finite_is_described_with_open_ends(
    location: Location, values: list[float], units: str
) -> None:
    odd = xr.Dataset({"v": ("x", [1.0, 2.0])}, coords={"x": ("x", values, {"units": units})})
    place = Location(location.workspace, "odd")
    with hold_lease(place.lease) as lease, new_repository(place, lease) as repository:
        session = repository.writable_session(BRANCH)
        odd.to_zarr(session.store, group="map", zarr_format=3, consolidated=False)
        said = read_description(readonly_store(open_repository(location), location)[0])
        map_ = {"map": {"chunks": {"v": [2], "x": [2]}}}
        said |= {"layouts": map_, "time": None, "variables": ["v", "x"], "packing": {}}
        write_description(session.store, said)
        session.commit("odd")
    entry = publishing.publish(place)
    described = entry.stac["cube:dimensions"]["x"]
    assert (described["type"], described["extent"]) == ("other", [None, None])
    assert entry.bbox is None
    assert [each.name for each in pangeo.catalog().entries] == ["odd", NAME]


def test_links_that_two_write_at_once_are_all_there(workspace: Path) -> None:
    path = pangeo.samples.path("ostia_monthly")
    names = [f"n{number}" for number in range(6)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda name: pangeo.ingest(path, name), names))
    root = json.loads((workspace / "catalog.json").read_text())
    assert [link["title"] for link in root["links"] if link["rel"] == "child"] == names
    left = sorted(child.name for child in workspace.iterdir())
    assert left == ["catalog.generation", "catalog.json", "datasets"]


def test_links_are_written_by_one_at_a_time(location: Location) -> None:
    """The list of a slow writer would be without what a fast one adds meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        with hold_lease(location.workspace / "catalog.lease"):
            future = pool.submit(pangeo.catalog().check)
            with pytest.raises(TimeoutError):
                future.result(timeout=0.5)
        assert future.result(timeout=60).repaired == []


def test_a_workspace_that_is_a_file_is_refused_in_whole_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="no workspace at"):
        len(pangeo.catalog(tmp_path / "file"))
    with (
        pangeo.config.set(workspace=str(tmp_path / "file")),
        pytest.raises(StoreError, match="cannot write to"),
    ):
        pangeo.ingest(pangeo.samples.path("ostia_monthly"), NAME)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_no_description_is_told(
    location: Location, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def refuse(*paths: object) -> None:
        raise OSError(error, os.strerror(error), str(paths[1]))

    before = location.collection.read_text()
    location.collection.write_text("{}")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StoreError, match=os.strerror(error)):
        publishing.publish(location)
    monkeypatch.undo()
    assert json.loads(before)["id"] == NAME
    assert not list(location.folder.glob(".collection*")), "a draft was left behind"


def test_a_catalogue_that_is_no_place_is_refused() -> None:
    with pytest.raises(InputError, match="cannot open a catalogue there"):
        pangeo.catalog(5)  # type: ignore[call-overload]


@pytest.mark.parametrize("url", ["ftp://example.org/catalog.json", "javascript://x", "https://"])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="of a kind that is not read"):
        pangeo.catalog(url)


def test_an_entry_is_shown_in_a_line(location: Location) -> None:
    entry = pangeo.catalog()[location.name]
    assert repr(entry) == f"<pangeo.Entry {NAME}: surface_temperature; version {entry.version}>"


def test_an_ingest_that_never_ended_is_no_entry(workspace: Path) -> None:
    place = Location(workspace, "unfinished")
    with hold_lease(place.lease) as lease, new_repository(place, lease):
        pass
    catalog = pangeo.catalog()
    assert catalog.entries == []
    assert len(catalog.check()) == 0
    with pytest.raises(pangeo.errors.DatasetNotFoundError, match="never ended"):
        catalog["unfinished"]
    with pytest.raises(pangeo.errors.DatasetNotFoundError, match="never ended"):
        pangeo.open("unfinished")


def test_a_catalogue_elsewhere_is_opened_by_its_folder(location: Location, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    location.workspace.rename(moved)
    found = pangeo.catalog(moved)
    assert len(found) == 1
    assert repr(found) == f"<pangeo.Catalog {moved}: {NAME}>"
    assert found.open(NAME).sizes == found[NAME].to_xarray().sizes
    assert len(pangeo.catalog()) == 0
