"""The descriptions: valid STAC, true to the data, repaired when they are not."""

from __future__ import annotations

import json
from pathlib import Path

import pystac
import pytest
from pystac.validation.stac_validator import JsonSchemaSTACValidator

import pangeo
from pangeo.storage import Location

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


@pytest.mark.parametrize("damage", ["missing", "torn", "stale"])
def test_check_repairs_a_description(location: Location, damage: str) -> None:
    before = json.loads(location.collection.read_text())
    if damage == "missing":
        location.collection.unlink()
    elif damage == "torn":
        location.collection.write_text('{"type": "Coll')
    else:
        location.collection.write_text(json.dumps({**before, "pangeo:snapshot": "OLD"}))
    assert pangeo.catalog().check() == [NAME]
    assert json.loads(location.collection.read_text()) == before
    assert pangeo.catalog().check() == []


def test_a_dataset_without_description_is_found_and_described(location: Location) -> None:
    """A writer killed between the commit and the description has lost nothing."""
    location.collection.unlink()
    assert [entry.name for entry in pangeo.catalog().entries] == [NAME]
    assert location.collection.exists()


def test_an_ingest_that_never_ended_is_no_entry(workspace: Path) -> None:
    from pangeo.storage import new_repository

    with new_repository(Location(workspace, "unfinished")):
        pass
    catalog = pangeo.catalog()
    assert catalog.entries == []
    assert catalog.check() == []
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
