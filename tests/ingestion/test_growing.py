"""A dataset that grows: append, update, the series layout, against a model in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

import pangeo
from pangeo import config
from pangeo.errors import SourceError
from pangeo.storage import Location, encoding, open_repository, readonly_store, versions

LAYOUTS = ("map", "series")


def write_days(folder: Path, days: Sequence[int], seed: int, name: str | None = None) -> Path:
    """A file with these days of 2000, whose values tell the day and the seed."""
    days = sorted(days)
    rng = np.random.default_rng(seed)
    packed = rng.integers(-1000, 1000, (len(days), 6, 8)).astype("int16")
    packed[:, 0, 0] = -32767
    attrs = {"units": "m", "scale_factor": 0.001, "_FillValue": np.int16(-32767)}
    ds = xr.Dataset(
        {"sla": (("time", "lat", "lon"), packed, attrs)},
        coords={
            "time": ("time", np.array(days, "float64"), {"units": "days since 2000-01-01"}),
            "lat": ("lat", np.arange(6.0), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(8.0), {"units": "degrees_east"}),
        },
    )
    path = folder / (name or f"{seed}.nc")
    ds.to_netcdf(path, engine="h5netcdf")
    return path


def expected(paths: Sequence[Path]) -> xr.DataArray:
    """What a dataset made of these files, later ones winning, has to hold."""
    steps: dict[np.datetime64, np.ndarray] = {}
    for path in paths:
        with xr.open_dataset(path, engine="h5netcdf") as ds:
            steps |= dict(zip(ds.time.values, ds.sla.values, strict=True))
    times = sorted(steps)
    return xr.DataArray(
        np.stack([steps[time] for time in times]),
        dims=("time", "lat", "lon"),
        coords={"time": times},
    )


def check(name: str, paths: Sequence[Path]) -> None:
    wanted = expected(paths)
    for layout in LAYOUTS:
        found = pangeo.open(name, layout=layout)
        np.testing.assert_array_equal(found.time.values, wanted.time.values)
        np.testing.assert_array_equal(found.sla.values, wanted.values)


def make_short(patch: pytest.MonkeyPatch) -> None:
    """Blocks of four days and chunks of two, so that few days already fill several."""
    patch.setattr("pangeo.ingestion.shapes.series_block", lambda steps: 4)
    patch.setattr(encoding, "SMALL_BYTES", 200)
    patch.setattr(encoding, "SERIES_BYTES", 100)


@pytest.fixture
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    make_short(monkeypatch)


@pytest.mark.usefixtures("short_blocks")
def test_days_are_appended_one_by_one(tmp_path: Path, workspace: Path) -> None:
    paths = [write_days(tmp_path, [day], day) for day in range(11)]
    pangeo.ingest(paths[0], "sla", layouts=LAYOUTS)
    for path in paths[1:]:
        assert pangeo.ingest(path, "sla", mode="append").status == "appended"
    check("sla", paths)
    location = Location(workspace, "sla")
    store, _ = readonly_store(open_repository(location), location)
    arrays = zarr.open_group(store, mode="r")
    assert arrays["map/sla"].shape == (11, 6, 8)
    assert arrays["series/sla"].shape == (8, 6, 8), "the series holds whole blocks only"
    assert arrays["series/sla"].chunks[0] == 4
    assert len(pangeo.catalog()["sla"].sources) == 11


@pytest.mark.usefixtures("short_blocks")
def test_files_that_are_known_are_passed_over(tmp_path: Path, workspace: Path) -> None:
    paths = [write_days(tmp_path, [day], day) for day in range(3)]
    pangeo.ingest(paths[0], "sla", layouts=LAYOUTS)
    first = pangeo.ingest(paths, "sla", mode="append")
    again = pangeo.ingest(paths, "sla", mode="append")
    assert (first.status, again.status) == ("appended", "unchanged")
    assert first.version == again.version
    assert len(versions(open_repository(Location(workspace, "sla")))) == 2
    check("sla", paths)


@pytest.mark.usefixtures("short_blocks")
def test_a_step_that_is_there_is_not_appended_but_updated(tmp_path: Path) -> None:
    paths = [write_days(tmp_path, range(10), 0), write_days(tmp_path, [3, 4, 12], 1)]
    first = pangeo.ingest(paths[0], "sla", layouts=LAYOUTS)
    with pytest.raises(SourceError, match="mode='update'"):
        pangeo.ingest(paths[1], "sla", mode="append")
    check("sla", paths[:1])
    assert pangeo.ingest(paths[1], "sla", mode="update").status == "updated"
    check("sla", paths)
    before = pangeo.open("sla", version=first.version, layout="series")
    np.testing.assert_array_equal(before.sla.values, expected(paths[:1]).values)


def test_append_to_nothing_makes_the_dataset(tmp_path: Path) -> None:
    path = write_days(tmp_path, range(3), 0)
    assert pangeo.ingest(path, "sla", mode="append").status == "created"


@pytest.mark.parametrize("change", ["units", "grid"])
def test_days_that_mean_other_things_are_not_appended(tmp_path: Path, change: str) -> None:
    pangeo.ingest(write_days(tmp_path, range(3), 0), "sla")
    other = write_days(tmp_path, [5], 1)
    with xr.open_dataset(other, engine="h5netcdf", decode_cf=False) as ds:
        changed = ds.load()
    if change == "units":
        changed.sla.attrs["units"] = "cm"
    else:
        changed = changed.assign_coords(lat=changed.lat + 0.5)
    changed.to_netcdf(tmp_path / "changed.nc", engine="h5netcdf")
    with pytest.raises(SourceError, match=r"units|values of 'lat'"):
        pangeo.ingest(tmp_path / "changed.nc", "sla", mode="append")
    assert pangeo.open("sla").sizes["time"] == 3


@settings(max_examples=25)
@given(st.lists(st.sets(st.integers(0, 20), min_size=1, max_size=6), min_size=1, max_size=5))
def test_any_order_of_updates_ends_in_what_the_files_say(batches: list[set[int]]) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        config.set(workspace=f"{name}/workspace"),
        pytest.MonkeyPatch.context() as patch,
    ):
        make_short(patch)
        paths = [write_days(Path(name), sorted(days), i) for i, days in enumerate(batches)]
        for path in paths:
            pangeo.ingest(path, "sla", mode="update", layouts=LAYOUTS)
        check("sla", paths)


def test_a_gap_is_noted_while_it_is_there(tmp_path: Path) -> None:
    days = {day: write_days(tmp_path, [day], day) for day in (0, 1, 2, 3, 5)}
    late = write_days(tmp_path, [4], 4)
    assert pangeo.ingest([days[day] for day in (0, 1, 2, 3)], "sla").notes[1:] == []
    appended = pangeo.ingest(days[5], "sla", mode="append").notes
    assert appended[-1] == "steps are missing between 2000-01-04T00:00:00 and 2000-01-06T00:00:00"
    filled = pangeo.ingest(late, "sla", mode="update").notes
    assert not any("missing" in note for note in filled)
