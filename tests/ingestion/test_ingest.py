"""From files to a dataset: the values, the report, the versions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

import pangeo
from pangeo.errors import DatasetExistsError, DatasetNotFoundError, InputError, StoreError
from pangeo.ingestion.jobs import Arrays, Job
from pangeo.ingestion.ledger import Counted, count
from pangeo.ingestion.write import FromFiles
from pangeo.storage import Location, open_repository, readonly_store, versions


def stored(workspace: Path, name: str) -> zarr.Group:
    location = Location(workspace, name)
    store, _ = readonly_store(open_repository(location), location)
    return zarr.open_group(store, mode="r", path="map")


def leftovers(workspace: Path) -> list[str]:
    folder = workspace / "datasets"
    return [path.name for path in folder.iterdir()] if folder.exists() else []


@pytest.mark.parametrize("format", ["NETCDF3_64BIT", "NETCDF3_CLASSIC", "NETCDF4"])
def test_packed_values_are_stored_bit_for_bit(make_file, workspace: Path, format: str) -> None:
    path = make_file(format=format)
    pangeo.ingest(path, "sla")
    engine = "h5netcdf" if format == "NETCDF4" else "scipy"
    with xr.open_dataset(path, engine=engine, decode_cf=False) as raw:
        array = stored(workspace, "sla")["sla"]
        assert array.dtype == "int16"
        assert array.fill_value == -32767
        np.testing.assert_array_equal(array[:], raw.sla.values)


def test_the_dataset_opens_as_the_file_does(make_file) -> None:
    path = make_file()
    pangeo.ingest(path, "sla")
    with xr.open_dataset(path, engine="h5netcdf") as expected:
        found = pangeo.open("sla")
        xr.testing.assert_equal(found.load(), expected)
        assert found.sla.attrs.items() >= expected.sla.attrs.items()
        assert found.attrs.items() >= expected.attrs.items()


def test_time_is_stored_on_one_epoch(make_file, workspace: Path) -> None:
    pangeo.ingest(make_file(), "sla")
    time = stored(workspace, "sla")["time"]
    assert time.dtype == "int64"
    assert time.attrs["units"] == "microseconds since 1970-01-01T00:00:00"
    assert time.attrs["calendar"] == "standard"
    assert time[1] - time[0] == 86400 * 10**6


def test_time_bounds_move_with_time(make_file) -> None:
    def bounded(ds: xr.Dataset) -> xr.Dataset:
        ds.time.attrs["bounds"] = "time_bnds"
        return ds.assign(time_bnds=(("time", "nv"), ds.time.values[:, None] + [-0.5, 0.5]))

    pangeo.ingest(make_file(change=bounded), "sla")
    bounds = pangeo.open("sla").time_bnds.values
    assert bounds[0, 0] == np.datetime64("1999-12-31T12")
    assert bounds[0, 1] == np.datetime64("2000-01-01T12")


@pytest.mark.parametrize("calendar", ["360_day", "noleap", "JULIAN", "gregorian"])
def test_calendars_keep_their_dates(make_file, calendar: str) -> None:
    def dated(ds: xr.Dataset) -> xr.Dataset:
        ds.time.attrs["calendar"] = calendar
        return ds.assign_coords(time=("time", [58.0, 59.0, 60.0], ds.time.attrs))

    path = make_file(change=dated)
    pangeo.ingest(path, "sla")
    with xr.open_dataset(path, engine="h5netcdf") as expected:
        assert list(pangeo.open("sla").time.values) == list(expected.time.values)


def test_files_with_different_epochs_are_joined_on_the_right_dates(make_file) -> None:
    """Plain concatenation of the raw numbers would put both years into the first."""
    paths = [make_file("b.nc", year=2001, seed=1), make_file("a.nc", year=2000)]
    report = pangeo.ingest(paths, "sla")
    found = pangeo.open("sla")
    assert report.variables == {"sla": {"time": 6, "lat": 4, "lon": 6}}
    assert [str(when)[:10] for when in found.time.values[[0, 3]]] == ["2000-01-01", "2001-01-01"]
    with xr.open_dataset(paths[0], engine="h5netcdf") as later:
        np.testing.assert_array_equal(found.sla.values[3:], later.sla.values)


def test_the_same_files_again_change_nothing(make_file, workspace: Path) -> None:
    path = make_file()
    first, second = pangeo.ingest(path, "sla"), pangeo.ingest(path, "sla")
    assert (first.status, second.status) == ("created", "unchanged")
    assert first.version == second.version
    assert len(versions(open_repository(Location(workspace, "sla")))) == 1


def test_other_files_under_the_same_name_are_refused_unless_asked_to_replace(make_file) -> None:
    first = pangeo.ingest(make_file(), "sla")
    other = make_file("other.nc", seed=9)
    with pytest.raises(DatasetExistsError, match="mode='replace'"):
        pangeo.ingest(other, "sla")
    assert pangeo.open("sla").attrs["pangeo_version"] == first.version
    second = pangeo.ingest(other, "sla", mode="replace")
    assert second.status == "replaced"
    before, after = pangeo.open("sla", version=first.version), pangeo.open("sla")
    assert not before.sla.equals(after.sla)
    with xr.open_dataset(other, engine="h5netcdf") as expected:
        np.testing.assert_array_equal(after.sla.values, expected.sla.values)


def test_replacing_with_fewer_variables_leaves_none_behind(make_file) -> None:
    pangeo.ingest(make_file(change=lambda ds: ds.assign(extra=ds.lat * 2)), "sla")
    pangeo.ingest(make_file("other.nc"), "sla", mode="replace")
    assert list(pangeo.open("sla").data_vars) == ["sla"]


def test_chosen_variables_bring_what_belongs_to_them(make_file) -> None:
    def curvilinear(ds: xr.Dataset) -> xr.Dataset:
        ds.sla.attrs |= {"coordinates": "nav_lat", "grid_mapping": "crs"}
        return ds.assign(
            nav_lat=(("lat", "lon"), np.ones((4, 6))), crs=0, other=ds.lat.drop_attrs()
        )

    report = pangeo.ingest(make_file(change=curvilinear), "sla", variables=["sla"])
    found = pangeo.open("sla")
    assert list(report.variables) == ["sla"]
    assert {"nav_lat", "crs"} <= set(found.coords)
    assert "other" not in found


@pytest.mark.parametrize("dtype", ["S1", "S5", "U5", "O"])
def test_text_is_text_again(make_file, dtype: str) -> None:
    words = np.array(["a", "été", "x", ""] if dtype in "U5O" else list("abcd"), dtype)
    path = make_file(change=lambda ds: ds.assign(note=("lat", words)))
    pangeo.ingest(path, "sla")
    with xr.open_dataset(path, engine="h5netcdf") as expected:
        assert pangeo.open("sla").note.values.tolist() == expected.note.values.tolist()
    assert pangeo.verify("sla", against_sources=True)


def test_what_has_no_values_is_left_out_and_reported(make_file) -> None:
    report = pangeo.ingest(make_file(change=lambda ds: ds.assign(e=("n", []))), "sla")
    assert any("e left out: it has no values" in note for note in report.notes)
    assert "e" not in pangeo.open("sla")


def test_integers_without_fill_value_stay_integers(make_file) -> None:
    path = make_file(change=lambda ds: ds.assign(flag=("lat", np.array([0, 1, 2, 3], "int8"))))
    pangeo.ingest(path, "sla")
    flag = pangeo.open("sla").flag
    assert flag.dtype == "int8"
    assert flag.values.tolist() == [0, 1, 2, 3]


def test_an_impossible_fill_value_is_left_out_and_reported(make_file) -> None:
    def odd(ds: xr.Dataset) -> xr.Dataset:
        flag = xr.Variable("lat", np.array([0, 1, 2, 3], "int8"), {"missing_value": 999})
        return ds.assign(flag=flag)

    report = pangeo.ingest(make_file(change=odd), "sla")
    assert any("flag: missing_value 999 left out" in note for note in report.notes)


def test_numbers_in_the_old_units_of_time_are_left_out_and_reported(make_file) -> None:
    def ranged(ds: xr.Dataset) -> xr.Dataset:
        ds.time.attrs["actual_range"] = [0.0, 2.0]
        return ds

    report = pangeo.ingest(make_file(change=ranged), "sla")
    assert any("time: actual_range left out" in note for note in report.notes)


def test_global_attributes_that_differ_are_reported(make_file) -> None:
    paths = [
        make_file("a.nc", change=lambda ds: ds.assign_attrs(tracking_id="one")),
        make_file("b.nc", change=lambda ds: ds.assign_attrs(tracking_id="two"), year=2001),
    ]
    report = pangeo.ingest(paths, "sla")
    assert "global attributes left out, they differ: tracking_id" in report.notes
    assert "tracking_id" not in pangeo.open("sla").attrs


def test_links_to_one_file_are_one_source(make_file, tmp_path: Path) -> None:
    path = make_file()
    (tmp_path / "link.nc").symlink_to(path)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert pangeo.ingest([path, tmp_path / "link.nc"], "one").sources == [str(path.resolve())]
    assert len(pangeo.ingest(str(tmp_path / "*.nc"), "two").sources) == 1


def test_a_directory_means_the_data_files_in_it(make_file, tmp_path: Path) -> None:
    make_file("in/a.nc")
    make_file("in/b.nc", year=2001)
    (tmp_path / "in" / "README.txt").write_text("notes")
    assert len(pangeo.ingest(tmp_path / "in", "sla").sources) == 2


def test_progress_ends_at_the_whole(make_file) -> None:
    seen: list[tuple[int, int]] = []
    pangeo.ingest(make_file(), "sla", progress=lambda done, total: seen.append((done, total)))
    assert seen
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_mode_that_does_not_exist_is_refused(make_file) -> None:
    with pytest.raises(InputError, match="mode='overwrite'"):
        pangeo.ingest(make_file(), "sla", mode="overwrite")  # type: ignore[arg-type]


def test_a_source_that_breaks_while_it_is_written_leaves_nothing(
    make_file, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pangeo.ingestion.write.FromFiles.__call__", fail)
    with pytest.raises(StoreError, match="No space left on device"):
        pangeo.ingest(make_file(), "sla")
    assert leftovers(workspace) == []
    with pytest.raises(DatasetNotFoundError):
        pangeo.open("sla")


def test_what_does_not_read_back_is_not_committed(
    make_file, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(self: FromFiles, arrays: Arrays, job: Job) -> Counted:
        """Counts as ever, but writes nothing."""
        name, along, attrs = self.field(job)
        return count(name, along, job.region, self._read(name, along, job.region), attrs)

    path = make_file()
    before = pangeo.ingest(path, "sla")
    monkeypatch.setattr(FromFiles, "__call__", forgetful)
    with pytest.raises(StoreError, match="does not read back"):
        pangeo.ingest(make_file("b.nc", year=2001), "sla", mode="append")
    assert pangeo.open("sla").attrs["pangeo_version"] == before.version
    assert pangeo.verify("sla", against_sources=True)
