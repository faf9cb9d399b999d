"""The check says of every dataset whether its data can be reached, and reads next to nothing."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pangeo
from pangeo.catalogs.health import check_dataset
from pangeo.storage import Location

from .conftest import stored_chunks_read

NAME = "sla"


@pytest.fixture
def location(workspace: Path, tmp_path: Path) -> Location:
    """A dataset in both layouts, of noise, so that every chunk is a file of its own."""
    values = np.random.default_rng(1).normal(size=(64, 40, 50))
    coords = {
        "time": pd.date_range("2000-01-01", periods=64),
        "lat": ("lat", np.arange(40.0), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(50.0), {"units": "degrees_east"}),
    }
    xr.Dataset({"sla": (("time", "lat", "lon"), values)}, coords).to_netcdf(
        tmp_path / "sla.nc", engine="h5netcdf"
    )
    pangeo.ingest(tmp_path / "sla.nc", NAME, layouts=("map", "series"))
    return Location(workspace, NAME)


def test_a_sound_dataset_is_well(location: Location) -> None:
    report = pangeo.catalog().check()
    assert report
    assert repr(report) == "sla: well"
    assert (report.repaired, report.unreachable) == ([], {})
    assert report[0].as_dict() == {
        "name": NAME, "reachable": True, "reason": None, "fix": None, "repaired": False
    }  # fmt: skip


def test_of_the_data_one_chunk_of_each_layout_is_read(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The axes besides, to describe it anew."""
    read = stored_chunks_read(monkeypatch)
    pangeo.catalog().check()
    chunks = [key for key in read if "/sla/" in key]
    assert len(chunks) == 2, chunks
    assert {key.split("/")[0] for key in chunks} == {"map", "series"}
    assert len(read) < 10, read


def lose_chunks(location: Location) -> None:
    shutil.rmtree(location.store / "chunks")
    (location.store / "chunks").mkdir()


def lose_snapshots(location: Location) -> None:
    shutil.rmtree(location.store / "snapshots")


def lose_manifests(location: Location) -> None:
    shutil.rmtree(location.store / "manifests")


def lose_repository(location: Location) -> None:
    (location.store / "repo").unlink()


def lose_store(location: Location) -> None:
    shutil.rmtree(location.store)


def lose_the_newest_chunk(location: Location) -> None:
    chunks = (location.store / "chunks").iterdir()
    max(chunks, key=lambda path: path.stat().st_mtime_ns).unlink()


def flip_bits(location: Location) -> None:
    for chunk in (location.store / "chunks").iterdir():
        content = bytearray(chunk.read_bytes())
        content[len(content) // 2] ^= 1
        chunk.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lose_chunks, lose_the_newest_chunk, lose_snapshots, lose_manifests, lose_repository,
        lose_store, flip_bits,
    ],
)  # fmt: skip
def test_damage_is_told_with_a_reason(
    location: Location, damage: Callable[[Location], None]
) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "other")
    damage(location)
    report = pangeo.catalog().check()
    assert not report
    assert list(report.unreachable) == [NAME]
    said = "does not open: .|layout 'map' cannot be read: .|not all can be read: ."
    assert re.match(said, report.unreachable[NAME])
    assert "pangeo rm sla" in next(each.fix for each in report if each.name == NAME)
    assert [each.name for each in report if each.reachable] == ["other"]
    assert "sla: NOT REACHABLE: " in repr(report)


def test_it_runs_where_a_loop_runs_already_as_in_a_notebook(location: Location) -> None:
    async def cell() -> bool:
        return bool(pangeo.catalog().check())

    assert asyncio.run(cell())


def test_a_description_that_cannot_be_written_hides_no_data(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise OSError("no room")

    location.collection.unlink()
    monkeypatch.setattr("pangeo.catalogs.publishing.write_document", refuse)

    health = check_dataset(location)
    assert health is not None
    assert (health.reachable, health.reason) == (True, "cannot be described: no room")


def test_a_workspace_that_may_only_be_read_is_looked_at(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = (location.workspace / "catalog.generation").read_bytes()
    monkeypatch.setattr("os.access", lambda *_: False)
    assert pangeo.catalog().check()
    assert (location.workspace / "catalog.generation").read_bytes() == generation


def test_an_array_of_nothing_but_fill_has_no_chunk_to_read(workspace: Path, tmp_path: Path) -> None:
    empty = xr.Dataset({"v": (("x", "y"), np.full((4, 5), np.nan), {"_FillValue": np.nan})})
    empty.to_netcdf(tmp_path / "empty.nc", engine="h5netcdf")
    pangeo.ingest(tmp_path / "empty.nc", "empty")
    assert pangeo.catalog().check()


def test_the_description_follows_tags_and_the_certificate(location: Location) -> None:
    stac = pangeo.catalog()[NAME].stac
    assert stac["pangeo:tags"] == []
    assert "certificate" not in stac["assets"]
    pangeo.catalog().tag(NAME, "paper")
    assert pangeo.verify(NAME)
    stac = pangeo.catalog()[NAME].stac
    assert stac["pangeo:tags"] == ["paper"]
    assert stac["assets"]["certificate"]["href"] == "./certificate.json"
    assert pangeo.catalog().check().repaired == [], "tag and verify had to describe it again"
    location.certificate.unlink()
    assert pangeo.catalog().check().repaired == [NAME]
