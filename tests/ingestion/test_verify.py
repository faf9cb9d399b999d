"""``verify`` finds what was lost, torn or changed behind the back of ingest."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

import pangeo
from pangeo.errors import DatasetNotFoundError
from pangeo.storage import BRANCH, Location, open_repository


@pytest.fixture
def location(tmp_path: Path, workspace: Path) -> Location:
    """Forty days in both layouts, one of them appended; land that is missing everywhere."""
    for number, days in enumerate((np.arange(39.0), np.array([39.0]))):
        packed = (
            np.random.default_rng(number).integers(-99, 99, (days.size, 30, 40)).astype("int16")
        )
        packed[:, :5] = -999
        attrs = {"units": "m", "scale_factor": 0.001, "_FillValue": np.int16(-999)}
        ds = xr.Dataset(
            {
                "sla": (("time", "lat", "lon"), packed, attrs),
                "land": (("lat", "lon"), np.zeros((30, 40))),
            },
            coords={
                "time": ("time", days, {"units": "days since 2000-01-01"}),
                "lat": np.arange(30.0),
                "lon": np.zeros(40) + np.arange(40),
            },
        )
        ds.to_netcdf(tmp_path / f"{number}.nc", engine="h5netcdf")
        mode = "append" if number else "create"
        pangeo.ingest(tmp_path / f"{number}.nc", "sla", mode=mode, layouts=("map", "series"))
    return Location(workspace, "sla")


def test_it_can_be_asked_from_within_a_running_loop(location: Location) -> None:
    """As in a notebook, whose cells run in one."""

    async def cell() -> bool:
        return bool(pangeo.verify(location.name))

    assert asyncio.run(cell())


def bad(report: pangeo.VerifyReport) -> list[str]:
    return [check.what for check in report.checks if not check.holds]


def tamper(location: Location, array: str, where: tuple[int, ...], value: int) -> None:
    session = open_repository(location).writable_session(BRANCH)
    group = zarr.open_group(session.store, mode="a")
    group[array][where] = value  # type: ignore[index]
    session.commit("tampered")


def test_what_was_ingested_is_verified_and_certified(location: Location) -> None:
    report = pangeo.verify("sla", against_sources=True)
    assert report, report
    assert "2 of 2 sources compared" in str(report)
    certificate = json.loads((location.folder / "certificate.json").read_text())
    assert certificate["holds"] is True
    assert certificate["version"] == pangeo.open("sla").attrs["pangeo_version"]
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(certificate["verified_at"])
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=5)
    assert certificate == report.as_dict() == pangeo.catalog()["sla"].certificate


def test_the_certificate_is_written_in_one_step(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pangeo.verify("sla")
    before = location.certificate.read_bytes()

    def refuse(*paths: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", refuse)
    report = pangeo.verify("sla")
    assert report, "what was found is not lost"
    assert "certificate: is not kept: " in str(report)
    assert "No space left" in str(report)
    assert location.certificate.read_bytes() == before
    assert not list(location.folder.glob(".certificate*")), "a draft was left behind"
    shutil.rmtree(location.store / "manifests")
    report = pangeo.verify("sla")
    assert not report
    assert "certificate: is not kept: " in str(report), "the one before says that all is well"


def test_an_earlier_version_is_verified_and_leaves_the_certificate(location: Location) -> None:
    tamper(location, "map/sla", (7, 10, 10), 32000)
    newest = pangeo.verify("sla")
    earlier = pangeo.catalog().history("sla")[1].snapshot
    report = pangeo.verify("sla", version=earlier, against_sources=True)
    assert (bool(newest), bool(report)) == (False, True)
    assert report.version == earlier
    assert pangeo.catalog()["sla"].certificate == newest.as_dict()
    with pytest.raises(DatasetNotFoundError, match="no version 'v9'"):
        pangeo.verify("sla", version="v9")


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"holds": true}'])
def test_a_torn_certificate_is_none(location: Location, torn: str) -> None:
    location.certificate.write_text(torn)
    assert pangeo.catalog()["sla"].certificate is None


@pytest.mark.parametrize("layout", ["map", "series"])
def test_one_changed_extreme_is_found_in_either_layout(location: Location, layout: str) -> None:
    tamper(location, f"{layout}/sla", (7, 10, 10), 32000)
    report = pangeo.verify("sla")
    assert bad(report) == [f"{layout}: values of sla"]
    assert "1 steps differ, the first is 7" in str(report)


def test_a_value_lost_to_the_fill_value_is_found(location: Location) -> None:
    tamper(location, "map/sla", (3, 10, 10), -999)
    assert bad(pangeo.verify("sla")) == ["map: values of sla"]


def test_values_that_changed_places_are_found(location: Location) -> None:
    session = open_repository(location).writable_session(BRANCH)
    array = zarr.open_group(session.store, mode="a")["map/sla"]
    for step in range(40):
        inner = array[step, 5:]  # type: ignore[index]
        array[step, 5:] = inner[::-1]  # type: ignore[index]
    session.commit("rows in another order, so that there are as many values in the same range")
    assert bad(pangeo.verify("sla")) == ["map: values of sla"]
    against = bad(pangeo.verify("sla", against_sources=True))
    assert against == ["map: values of sla", "random points of the sources"]


@pytest.mark.parametrize("array", ["map/sla", "map/lat", "series/sla"])
def test_an_attribute_that_changed_is_found(location: Location, array: str) -> None:
    """A scale factor changes every value, and no checksum of a chunk tells."""
    session = open_repository(location).writable_session(BRANCH)
    zarr.open_group(session.store, mode="a")[array].attrs["scale_factor"] = 0.002
    session.commit("tampered")
    assert bad(pangeo.verify("sla")) == ["description"]


def test_a_field_without_time_that_changed_is_found(location: Location) -> None:
    tamper(location, "map/land", (3, 4), 1)
    assert bad(pangeo.verify("sla")) == ["map: values of land"]


def test_a_flipped_bit_is_found_and_named(location: Location) -> None:
    chunks = sorted((location.store / "chunks").rglob("*"), key=lambda path: path.stat().st_size)
    content = bytearray(chunks[-1].read_bytes())
    content[len(content) // 2] ^= 1
    chunks[-1].write_bytes(content)
    report = pangeo.verify("sla")
    assert any("checksums" in what for what in bad(report))
    assert "sla at [" in str(report)


def test_a_lost_chunk_file_is_found(location: Location) -> None:
    chunks = sorted((location.store / "chunks").rglob("*"), key=lambda path: path.stat().st_size)
    chunks[-1].unlink()
    assert any("checksums" in what for what in bad(pangeo.verify("sla")))


def test_a_chunk_that_is_not_there_is_found(location: Location) -> None:
    """Plain Zarr reads it as fill values, without a word."""
    session = open_repository(location).writable_session(BRANCH)
    asyncio.run(session.store.delete("map/sla/c/0/0/0"))
    session.commit("a chunk lost")
    assert np.isnan(pangeo.open("sla").sla[0].values).all()
    report = pangeo.verify("sla")
    assert "map: chunks" in bad(report)
    assert "sla lacks 1" in str(report)


def test_time_that_goes_back_is_found(location: Location) -> None:
    tamper(location, "map/time", (5,), 0)
    assert "time" in bad(pangeo.verify("sla"))


def test_sources_that_are_gone_are_counted(location: Location, tmp_path: Path) -> None:
    (tmp_path / "0.nc").unlink()
    report = pangeo.verify("sla", against_sources=True)
    assert report
    assert "1 of 2 sources compared, 1 are gone or have changed" in str(report)


def test_real_files_are_verified_against_themselves() -> None:
    for name in ("ostia_monthly", "nemo_2015_01"):
        pangeo.ingest(pangeo.samples.path(name), name)
        report = pangeo.verify(name, against_sources=True)
        assert report, report
