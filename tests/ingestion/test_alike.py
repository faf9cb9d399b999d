"""Files that are alike are looked at once, and are found to be other where they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import SourceError
from pangeo.ingestion import alike


def write_day(folder: Path, day: int, change: Callable[[xr.Dataset], xr.Dataset] = lambda ds: ds,
              units: str = "days since 2000-01-01") -> Path:  # fmt: skip
    rng = np.random.default_rng(day)
    # larger than what a glance reads
    field = rng.integers(-1000, 1000, (1, 200, 300)).astype("int16")
    ds = xr.Dataset(
        {
            "sla": (("time", "lat", "lon"), field, {"units": "m", "scale_factor": 0.001}),
            "time_bnds": (("time", "nv"), [[day - 0.5, day + 0.5]]),
            "depth": (("lat", "lon"), np.ones((200, 300)), {"units": "m"}),
        },
        coords={
            "time": ("time", [float(day)], {"units": units, "bounds": "time_bnds"}),
            "lat": ("lat", np.arange(200.0), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(300.0), {"units": "degrees_east"}),
        },
        attrs={"title": "daily", "date_created": f"2024-01-{day + 1:02}"},
    )
    path = folder / f"{day:03}.nc"
    change(ds).to_netcdf(path, engine="h5netcdf")
    return path


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were opened in full."""
    names: list[str] = []
    look_at = alike.look_at

    def counted(file, *options):  # type: ignore[no-untyped-def]
        names.append(file.path.name)
        return look_at(file, *options)

    monkeypatch.setattr(alike, "look_at", counted)
    return names


def check(name: str, paths: list[Path]) -> None:
    found = pangeo.open(name)
    for step, path in enumerate(paths):
        with xr.open_dataset(path, engine="h5netcdf") as expected:
            np.testing.assert_array_equal(found.sla[step].values, expected.sla[0].values)
            np.testing.assert_array_equal(found.time.values[step], expected.time.values[0])
            np.testing.assert_array_equal(
                found.time_bnds.values[step], expected.time_bnds.values[0]
            )


@pytest.mark.parametrize("variables", [None, ["sla"]])
def test_only_the_first_of_many_is_opened_in_full(
    tmp_path: Path, looked_at: list[str], variables: list[str] | None
) -> None:
    paths = [write_day(tmp_path, day) for day in range(10)]
    report = pangeo.ingest(paths, "sla", variables=variables)
    assert looked_at == ["000.nc"]
    check("sla", paths)
    assert any("global attributes left out" in note and "date_created" in note
               for note in report.notes)  # fmt: skip
    found = pangeo.open("sla")
    assert "date_created" not in found.attrs
    assert found.attrs["title"] == "daily"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda ds: ds.assign(sla=ds.sla.assign_attrs(units="cm")), "'units'"),
        (lambda ds: ds.assign(depth=ds.depth + 1), "the values of 'depth'"),
        (lambda ds: ds.assign_coords(lon=ds.lon + 0.5), "the values of 'lon'"),
        (lambda ds: ds.drop_vars("depth"), "the set of variables"),
    ],
)
def test_one_that_differs_is_found(
    tmp_path: Path, change: Callable[[xr.Dataset], xr.Dataset], reason: str
) -> None:
    paths = [write_day(tmp_path, day) for day in range(4)]
    paths[2] = write_day(tmp_path, 2, change)
    with pytest.raises(SourceError, match=f"002.nc.*{reason}"):
        pangeo.ingest(paths, "sla")


def test_each_counts_time_from_an_epoch_of_its_own(tmp_path: Path, looked_at: list[str]) -> None:
    paths = [
        write_day(tmp_path, day, units=f"days since 200{day % 2}-01-01") for day in (0, 2, 4, 1, 3)
    ]
    pangeo.ingest(paths, "sla")
    assert sorted(looked_at) == ["000.nc", "001.nc"]
    check("sla", [paths[0], paths[1], paths[2], paths[3], paths[4]])


def test_dimensions_that_changed_places_are_seen_on_a_square(tmp_path: Path) -> None:
    def square(ds: xr.Dataset) -> xr.Dataset:
        return ds.isel(lat=slice(150), lon=slice(150)).drop_vars("depth")

    paths = [write_day(tmp_path, day, square) for day in range(4)]
    paths[2] = write_day(tmp_path, 2, lambda ds: square(ds).transpose("time", "lon", "lat", "nv"))
    for path in paths:
        with h5py.File(path, "r+") as file:
            del file["sla"].attrs["_Netcdf4Coordinates"]  # would tell, but few writers write it
    with pytest.raises(SourceError, match=r"002.*dimensions of 'sla'"):
        pangeo.ingest(paths, "sla")


def test_a_bad_date_names_its_file(tmp_path: Path) -> None:
    paths = [write_day(tmp_path, day) for day in range(4)]
    paths[2] = write_day(tmp_path, 2, lambda ds: ds.assign_coords(
        time=("time", [np.nan], ds.time.attrs)))  # fmt: skip
    with pytest.raises(SourceError, match="002"):
        pangeo.ingest(paths, "sla")


def test_an_array_that_repeats_the_dates_of_one_file_only(
    tmp_path: Path, looked_at: list[str]
) -> None:
    def observed(late: float) -> Callable[[xr.Dataset], xr.Dataset]:
        return lambda ds: ds.assign(observed=("time", ds.time.values + late, ds.time.attrs))

    paths = [write_day(tmp_path, day, observed(0.25 * (day == 2))) for day in range(4)]
    pangeo.ingest(paths, "sla")
    check("sla", paths)
    found = pangeo.open("sla")
    for step, path in enumerate(paths):
        with xr.open_dataset(path, engine="h5netcdf") as expected:
            assert found.observed.values[step] == expected.observed.values[0]


def test_one_that_says_its_numbers_otherwise_is_converted_with_its_kind(
    tmp_path: Path, looked_at: list[str]
) -> None:
    def wide(ds: xr.Dataset) -> xr.Dataset:
        return ds.assign(sla=(ds.sla.dims, ds.sla.values.astype("int32"), ds.sla.attrs))

    paths = [write_day(tmp_path, day, wide if day > 1 else lambda ds: ds) for day in range(5)]
    pangeo.ingest(paths, "sla")
    assert sorted(looked_at) == ["000.nc", "002.nc"]
    check("sla", paths)


def test_a_dimension_of_the_same_size_is_not_the_same(tmp_path: Path) -> None:
    paths = [tmp_path / "a.nc", tmp_path / "b.nc"]
    for day, (path, dim) in enumerate(zip(paths, ("lat", "band"), strict=True)):
        with h5py.File(path, "w") as file:
            for name, values in (("time", [float(day)]), ("lat", range(10)), ("band", range(10))):
                file[name] = np.array(values, "float64")
                file[name].make_scale(name)
            file["time"].attrs["units"] = "days since 2000-01-01"
            file["v"] = np.zeros((1, 10))
            for number, scale in enumerate(("time", dim)):
                file["v"].dims[number].attach_scale(file[scale])
    with pytest.raises(SourceError, match="dimensions of 'v'"):
        pangeo.ingest(paths, "v")


def test_an_enumeration_of_other_names_is_not_the_same(tmp_path: Path) -> None:
    paths = [write_day(tmp_path, day) for day in range(3)]
    for path, names in zip(paths, ({"land": 0, "sea": 1}, {"land": 0, "sea": 1},
                                   {"sea": 0, "land": 1}), strict=True):  # fmt: skip
        with h5py.File(path, "r+") as file:
            kind = h5py.enum_dtype(names, basetype="i1")
            mask = file.create_dataset("mask", (200,), dtype=kind)
            mask.dims[0].attach_scale(file["lat"])
    with pytest.raises(SourceError, match="attribute 'flag_"):
        pangeo.ingest(paths, "sla")
