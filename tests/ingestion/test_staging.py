"""A long ingest that is stopped goes on from where it was; nobody sees it before it is whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import icechunk
import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import DatasetNotFoundError, SourceError
from pangeo.ingestion import carrying
from pangeo.storage import Location, open_repository, staging, versions

LAYOUTS = ("map", "series")
DAYS = 24


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit to the staging branch after every few chunks."""
    monkeypatch.setattr(staging, "STAGE_BYTES", 1000)
    monkeypatch.setattr(carrying, "BATCH_BYTES", 1000)


def write_days(folder: Path, days: range, seed: int = 0) -> list[Path]:
    paths = []
    for day in days:
        values = np.random.default_rng([day, seed]).integers(-1000, 1000, (1, 20, 30))
        ds = xr.Dataset(
            {"sla": (("time", "lat", "lon"), values.astype("int16"), {"scale_factor": 0.001})},
            coords={"time": ("time", [float(day)], {"units": "days since 2000-01-01"})},
        )
        paths.append(folder / f"{day:03}-{seed}.nc")
        ds.to_netcdf(paths[-1], engine="h5netcdf")
    return paths


def stop_at(share: float) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done >= share * total:
            raise KeyboardInterrupt

    return progress


def check(paths: list[Path]) -> None:
    for layout in LAYOUTS:
        found = pangeo.open("sla", layout=layout).sla.values
        for step, path in enumerate(paths):
            with xr.open_dataset(path, engine="h5netcdf") as expected:
                np.testing.assert_array_equal(found[step], expected.sla.values[0])
    assert pangeo.verify("sla", against_sources=True)


def ingest(paths: list[Path], mode: str = "create", **options: object) -> pangeo.IngestReport:
    chunks = {"map": {"time": 1}, "series": {"time": 8, "lat": 10}}
    return pangeo.ingest(paths, "sla", mode=mode, layouts=LAYOUTS, chunks=chunks, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.2, 0.45, 0.8])
def test_a_stopped_ingest_goes_on(tmp_path: Path, workspace: Path, share: float) -> None:
    paths = write_days(tmp_path, range(DAYS))
    with pytest.raises(KeyboardInterrupt):
        ingest(paths, progress=stop_at(share))
    with pytest.raises(DatasetNotFoundError, match="never ended"):
        pangeo.open("sla")
    done: list[float] = []
    report = ingest(paths, progress=lambda now, total: done.append(now / total))
    assert report.status == "created"
    assert share - 0.2 < done[0] <= share + 0.1, "it began where it was"
    assert done[-1] == 1.0
    check(paths)
    repository = open_repository(Location(workspace, "sla"))
    assert len(versions(repository)) == 1
    assert repository.list_branches() == {"main"}


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_stopped_update_goes_on_beside_the_version_before(tmp_path: Path, share: float) -> None:
    paths = write_days(tmp_path, range(DAYS))
    before = ingest(paths[:10] + paths[14:])
    late = write_days(tmp_path, range(8, 12), seed=1) + paths[12:14]
    with pytest.raises(KeyboardInterrupt):
        ingest(late, "update", progress=stop_at(share))
    assert pangeo.open("sla").attrs["pangeo_version"] == before.version
    done: list[float] = []
    ingest(late, "update", progress=lambda now, total: done.append(now / total))
    assert done[0] > share - 0.25
    check(sorted(paths[:8] + late + paths[14:], key=lambda path: path.name))


def test_another_ingest_does_not_go_on_with_it(tmp_path: Path) -> None:
    paths = write_days(tmp_path, range(DAYS))
    with pytest.raises(KeyboardInterrupt):
        ingest(paths, progress=stop_at(0.8))
    done: list[float] = []
    ingest(paths[:-1], progress=lambda now, total: done.append(now / total))
    assert done[0] < 0.1
    check(paths[:-1])


def test_a_source_that_changed_is_begun_anew(tmp_path: Path, workspace: Path) -> None:
    paths = write_days(tmp_path, range(DAYS))

    def truncate(done: int, total: int) -> None:
        paths[-1].write_bytes(paths[-1].read_bytes()[:2000])

    with pytest.raises(SourceError, match="023-0"):
        ingest(paths, progress=truncate)
    assert not (workspace / "datasets" / "sla" / "store").exists()
    paths = paths[:-1]
    ingest(paths)
    check(paths)


def test_a_short_ingest_makes_no_branch(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each change of a branch is one more write, which adds up when a day is appended every day."""
    monkeypatch.setattr(staging, "STAGE_BYTES", 2**30)
    ingest(write_days(tmp_path, range(3)))
    log = [str(each) for each in open_repository(Location(workspace, "sla")).ops_log()]
    assert not any("ranch" in each and "reate" in each for each in log), log


def test_killed_before_the_last_step_only_that_step_is_left(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_days(tmp_path, range(DAYS))
    with monkeypatch.context() as patch:
        patch.setattr(icechunk.Repository, "reset_branch", stopped)
        with pytest.raises(KeyboardInterrupt):
            ingest(paths)
    with pytest.raises(DatasetNotFoundError, match="never ended"):
        pangeo.open("sla")
    done: list[int] = []
    assert ingest(paths, progress=lambda now, total: done.append(now)).status == "created"
    assert done == [], "nothing was written again"
    check(paths)
    repository = open_repository(Location(workspace, "sla"))
    assert (len(versions(repository)), repository.list_branches()) == (1, {"main"})
    late = write_days(tmp_path, range(DAYS, DAYS + 2))
    ingest(late, "append")
    check(paths + late)


def stopped(*args: object, **options: object) -> None:
    raise KeyboardInterrupt
