"""Steps, axes and versions in an order that somebody got wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import InputError, SourceError


def write(
    folder: Path, name: str, days: Sequence[float], value: float = 0.0, **more: object
) -> Path:
    ds = xr.Dataset(
        {"v": (("time", "x"), np.full((len(days), 3), value))},
        coords={"time": ("time", np.array(days, "float64"), {"units": "days since 2000-01-01"})},
    ).assign(more)
    ds.to_netcdf(folder / name, engine="h5netcdf")
    return folder / name


def values(layout: str = "auto") -> list[float]:
    return pangeo.open("v", layout=layout).v[:, 0].values.tolist()


@pytest.mark.parametrize("mode", ["create", "append", "update"])
@pytest.mark.parametrize("days", [[5, 1], [5, 5, 6], [7, 6, 5]])
def test_one_file_out_of_order_is_refused_in_every_mode(
    tmp_path: Path, mode: str, days: list[float]
) -> None:
    if mode != "create":
        pangeo.ingest(write(tmp_path, "a.nc", range(4)), "v")
    with pytest.raises(SourceError, match="out of order"):
        pangeo.ingest(write(tmp_path, "b.nc", days, -9), "v", mode=mode)  # type: ignore[arg-type]
    if mode != "create":
        assert values() == [0.0] * 4


@pytest.mark.parametrize(
    ("name", "here", "there"),
    [
        ("depth", [1.0, np.nan, 3.0], [500.0, np.nan, 900.0]),
        ("k", [0.0, 1e6, 2e6], [50.0, 1e6 + 50, 2e6 + 50]),
        ("depth", [10.0, -9999.0, 5000.0], [10.4, -9999.0, 5000.0]),
    ],
)
def test_what_is_no_axis_is_never_snapped(
    tmp_path: Path, name: str, here: list[float], there: list[float]
) -> None:
    paths = [
        write(tmp_path, "a.nc", [0], **{name: ("x", here)}),
        write(tmp_path, "b.nc", [1], **{name: ("x", there)}),
    ]
    with pytest.raises(SourceError, match=f"the values of '{name}' differs"):
        pangeo.ingest(paths, "v")
    pangeo.ingest(paths[0], "v")
    with pytest.raises(SourceError, match=f"the values of '{name}' differs"):
        pangeo.ingest(paths[1], "v", mode="append")


def test_a_snapped_axis_is_verified_as_such(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, "a.nc", [0], x=("x", [0.0, 1.0, 2.0])),
        write(tmp_path, "b.nc", [1], x=("x", [0.0, 1.0 + 1e-7, 2.0])),
    ]
    pangeo.ingest(paths, "v")
    assert pangeo.verify("v", against_sources=True)


def test_an_earlier_issue_can_be_gone_back_to(tmp_path: Path) -> None:
    first, second = write(tmp_path, "a.nc", range(3), 1), write(tmp_path, "b.nc", range(3), 2)
    pangeo.ingest(first, "v")
    assert pangeo.ingest(second, "v", mode="update").status == "updated"
    assert pangeo.ingest([first, second], "v", mode="update").status == "unchanged"
    assert values() == [2.0] * 3
    assert pangeo.ingest(first, "v", mode="update").status == "updated"
    assert values() == [1.0] * 3
    assert pangeo.verify("v", against_sources=True)


def test_a_dataset_that_grew_is_what_the_same_files_make(tmp_path: Path) -> None:
    paths = [write(tmp_path, "a.nc", [0]), write(tmp_path, "b.nc", [1])]
    pangeo.ingest(paths[0], "v")
    pangeo.ingest(paths[1], "v", mode="append")
    assert pangeo.ingest(paths, "v").status == "unchanged"
    with pytest.raises(pangeo.PangeoError, match="made otherwise"):
        pangeo.ingest(paths[0], "v")


@pytest.mark.parametrize("change", [{"variables": ["w"]}, {"layouts": ["map", "series"]}])
def test_steps_are_not_added_by_another_recipe(tmp_path: Path, change: dict[str, object]) -> None:
    pangeo.ingest(write(tmp_path, "a.nc", [0]), "v")
    with pytest.raises(InputError, match="while adding steps"):
        pangeo.ingest(write(tmp_path, "b.nc", [1]), "v", mode="append", **change)  # type: ignore[arg-type]


def test_attributes_that_the_new_steps_contradict_are_left_out(tmp_path: Path) -> None:
    for number, name in enumerate(("a.nc", "b.nc")):
        path = write(tmp_path, f"raw-{name}", [number], number)
        with xr.open_dataset(path, engine="h5netcdf", decode_cf=False) as ds:
            changed = ds.load().assign_attrs(time_coverage_end=f"2000-01-0{number + 1}", title="t")
        changed.v.attrs["actual_range"] = [0.0, float(number)]
        changed.to_netcdf(tmp_path / name, engine="h5netcdf")
    pangeo.ingest(tmp_path / "a.nc", "v")
    notes = pangeo.ingest(tmp_path / "b.nc", "v", mode="append").notes
    found = pangeo.open("v")
    assert "time_coverage_end" not in found.attrs
    assert found.attrs["title"] == "t"
    assert "actual_range" not in found.v.attrs
    assert "v: actual_range left out, it differs between files" in notes


@pytest.mark.parametrize("calendar", ["noleap", "360_day", "standard"])
def test_a_series_without_a_full_block_reads_like_the_map(tmp_path: Path, calendar: str) -> None:
    path = write(tmp_path, "a.nc", range(4), 3)
    with xr.open_dataset(path, engine="h5netcdf", decode_cf=False) as ds:
        changed = ds.load()
    changed.time.attrs["calendar"] = calendar
    changed.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    pangeo.ingest(tmp_path / "b.nc", "v", layouts=["map", "series"])
    xr.testing.assert_equal(pangeo.open("v", layout="series"), pangeo.open("v", layout="map"))


@pytest.mark.filterwarnings("ignore::xarray.SerializationWarning")
def test_dates_at_the_edge_of_nanoseconds_agree_in_both_layouts(tmp_path: Path) -> None:
    def bounded(name: str, days: Sequence[int]) -> Path:
        bounds = np.array([days, [day + 1 for day in days]], "float64").T
        attrs = {"units": "days since 2262-03-01"}
        return write(tmp_path, name, days, limits=(("time", "nv"), bounds, attrs))

    pangeo.ingest(bounded("a.nc", range(40)), "v", layouts=["map", "series"])
    pangeo.ingest(bounded("b.nc", range(40, 70)), "v", mode="append")
    found = pangeo.open("v", layout="series").limits.values
    expected = pangeo.open("v", layout="map").limits.values
    assert found.tolist() == expected.tolist()


def test_a_coordinate_of_text_is_described(tmp_path: Path) -> None:
    write(tmp_path, "a.nc", [0], x=("x", np.array(["ab", "cde", "f"])))
    pangeo.ingest(tmp_path / "a.nc", "v")
    entry = pangeo.catalog()["v"]
    assert entry.stac["cube:dimensions"]["x"]["values"] == ["ab", "cde", "f"]
    assert pangeo.open("v").x.values.tolist() == ["ab", "cde", "f"]


def test_what_cannot_be_described_is_not_committed(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise RuntimeError("no words for it")

    monkeypatch.setattr("pangeo.ingestion.pipeline.describe", refuse)
    with pytest.raises(RuntimeError, match="no words"):
        pangeo.ingest(write(tmp_path, "a.nc", [0]), "v")
    assert not (workspace / "datasets" / "v").exists()


def test_arrays_of_arrays_are_refused(tmp_path: Path) -> None:
    with h5py.File(write(tmp_path, "a.nc", [0, 1]), "a") as file:
        ragged = file.create_dataset("ragged", (2,), h5py.vlen_dtype("int32"))
        ragged[0], ragged[1] = [1, 2, 3], [4]
        ragged.dims[0].attach_scale(file["time"])
    with pytest.raises(SourceError, match=r"'ragged'|cannot read"):
        pangeo.ingest(tmp_path / "a.nc", "v")


def test_every_version_stays_readable_through_a_rollback(tmp_path: Path) -> None:
    made = [pangeo.ingest(write(tmp_path, "a.nc", [0], 1), "v").version]
    for day in (1, 2):
        path = write(tmp_path, f"{day}.nc", [day], 1)
        made.append(pangeo.ingest(path, "v", mode="append").version)
    catalog = pangeo.catalog()
    catalog.rollback("v", made[0])
    assert pangeo.open("v").sizes["time"] == 1
    assert pangeo.open("v", version=f"before-rollback-{made[1]}").sizes["time"] == 2
    catalog.rollback("v", f"before-rollback-{made[2]}")
    assert pangeo.open("v").sizes["time"] == 3
    assert pangeo.verify("v")
