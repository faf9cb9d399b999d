"""What cannot be understood is refused, with the reason, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import PangeoError, SourceError


def change_attribute(variable: str, **attrs: object) -> Callable[[xr.Dataset], xr.Dataset]:
    def change(ds: xr.Dataset) -> xr.Dataset:
        ds[variable].attrs |= attrs
        return ds

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_attribute("sla", units="cm"), "attribute 'units' of 'sla' differs"),
        (change_attribute("time", calendar="noleap"), "attribute 'calendar' of 'time'"),
        (lambda ds: ds.assign_coords(lat=ds.lat + 0.01), "values of 'lat' differs"),
        (lambda ds: ds.isel(lon=slice(3)), "shape of 'sla' differs"),
        (lambda ds: ds.assign(extra=ds.lat), "the set of variables differs"),
        (lambda ds: ds.transpose("time", "lon", "lat"), "dimensions of 'sla' differs"),
    ],
)
def test_files_that_mean_other_things_are_not_joined(
    make_file, workspace: Path, change: Callable[[xr.Dataset], xr.Dataset], words: str
) -> None:
    paths = [make_file("a.nc"), make_file("b.nc", change=change, year=2001)]
    with pytest.raises(SourceError, match=words) as refusal:
        pangeo.ingest(paths, "sla")
    assert "b.nc" in str(refusal.value)
    assert "a.nc" in refusal.value.expected
    assert not (workspace / "datasets" / "sla").exists()


@pytest.mark.parametrize("overlap", [{"year": 2000, "seed": 3}, {"year": 2000, "days": 1}])
def test_times_that_overlap_are_not_joined(make_file, overlap: dict[str, int]) -> None:
    paths = [make_file("a.nc"), make_file("b.nc", **overlap)]
    with pytest.raises(SourceError, match="holds already"):
        pangeo.ingest(paths, "sla")


def test_a_file_whose_times_go_back_is_not_joined(make_file) -> None:
    paths = [
        make_file("a.nc", change=lambda ds: ds.isel(time=[2, 1, 0])),
        make_file("b.nc", year=2001),
    ]
    with pytest.raises(SourceError, match="out of order"):
        pangeo.ingest(paths, "sla")


def test_files_without_time_are_not_joined(make_file) -> None:
    still = [
        make_file(name, change=lambda ds: ds.isel(time=0, drop=True)) for name in ("a.nc", "b.nc")
    ]
    with pytest.raises(SourceError, match="dated time axis"):
        pangeo.ingest(still, "sla")


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"units": "hours since 0000-01-01"}, "on a calendar"),
        ({"units": "months since 2000-01-31"}, "on a calendar"),
        ({"calendar": "marsian"}, "on a calendar"),
    ],
)
def test_times_on_no_calendar_are_refused(make_file, attrs: dict[str, str], words: str) -> None:
    with pytest.raises(SourceError, match=words) as refusal:
        pangeo.ingest(make_file(change=change_attribute("time", **attrs)), "sla")
    assert next(iter(attrs.values())) in refusal.value.found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"GRIB\x00\x00\x00\x02", r"a GRIB file(.|\n)*cdo -f nc4 copy file\.nc converted\.nc"),
        (b"\x00\x00\x01\x00\x00\x00\x082", r"PP file(.|\n)*iris\.load\('file\.nc'\)"),
        (b"\x0e\x03\x13\x01", r"HDF4(.|\n)*h4toh5"),
        (b"\x1f\x8b\x08\x00", r"gzip(.|\n)*gunzip < file\.nc > unpacked\.nc"),
        (b"BZh91AY", r"bzip2(.|\n)*bunzip2 < file\.nc > unpacked\.nc"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x00\x01\xff\xfe", "a reader plugin"),
        (b"\n<!DOCTYPE html>", r"a login(.|\n)*head file\.nc"),
        (b"not data at all", "text; it starts with b'not data"),
        (b"CDF\x05" + bytes(64), "CDF-5"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), "cannot read"),
        (b"CDF\x01" + bytes(2), "cannot read"),
    ],
)
def test_files_that_are_no_netcdf_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "file.nc"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=words):
        pangeo.ingest(path, "x")


def test_a_file_cut_short_is_refused(make_file) -> None:
    path = make_file()
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(PangeoError, match=r"cannot read|could not write"):
        pangeo.ingest(path, "sla")


def test_variables_in_groups_are_named(tmp_path: Path) -> None:
    path = tmp_path / "groups.nc"
    with h5netcdf.File(path, "w") as file:
        group = file.create_group("data").create_group("ku")
        group.dimensions = {"n": 2}
        group.create_variable("x", ("n",), data=np.zeros(2))
    with pytest.raises(SourceError, match="/data/ku"):
        pangeo.ingest(path, "x")


def test_a_file_with_nothing_but_empty_variables_is_refused(make_file) -> None:
    with pytest.raises(SourceError, match="no data variables"):
        pangeo.ingest(make_file(change=lambda ds: ds.isel(lat=slice(0))), "sla")


def test_a_file_with_coordinates_only_is_refused(make_file) -> None:
    with pytest.raises(SourceError, match="no data variables"):
        pangeo.ingest(make_file(change=lambda ds: ds.drop_vars("sla")), "sla")


@pytest.mark.parametrize("sources", ["nothing.nc", "no*match.nc", []])
def test_sources_that_name_no_file_are_refused(sources: object) -> None:
    with pytest.raises(SourceError):
        pangeo.ingest(sources, "x")  # type: ignore[arg-type]


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    with pytest.raises(SourceError, match="no data files"):
        pangeo.ingest(tmp_path, "x")


def test_an_unknown_variable_is_refused_with_those_there_are(make_file) -> None:
    with pytest.raises(PangeoError, match="'sla'"):
        pangeo.ingest(make_file(), "x", variables=["adt"])


def test_a_file_that_may_not_be_read_is_refused(make_file, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_file()

    def refuse(self: Path, *args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match="Permission denied"):
        pangeo.ingest(path, "x")


@pytest.mark.filterwarnings("ignore:Duplicate dimension names")
def test_a_dimension_twice_in_a_variable_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"n": 2}
        file.create_variable("covariance", ("n", "n"), data=np.eye(2))
        file.create_variable("mean", ("n",), data=np.zeros(2))
    with pytest.raises(SourceError, match="'covariance'") as refusal:
        pangeo.ingest(path, "x")
    assert "a dimension twice" in refusal.value.found
    assert pangeo.ingest(path, "x", variables=["mean"]).status == "created"
