"""Files that say the same in other ways: converted where that is exact, else refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import pangeo
from pangeo.errors import SourceError
from pangeo.ingestion.conversion import Recast

VALUES = np.array([[1, 2, -5], [0, 7, 120]])


def write(folder: Path, day: int, dtype: str, values: np.ndarray = VALUES, *,
          format: str = "NETCDF4", **attrs: Any) -> Path:  # fmt: skip
    """A day, with values in this type; the first cell is missing where there is a fill value."""
    stored = values.astype(dtype)[None]
    if "_FillValue" in attrs:
        stored[0, 0, 0] = attrs["_FillValue"]
        attrs["_FillValue"] = stored[0, 0, 0]
    ds = xr.Dataset(
        {"v": (("time", "y", "x"), stored, {"units": "m", **attrs})},
        coords={"time": ("time", [float(day)], {"units": "days since 2000-01-01"})},
    )
    path = folder / f"{day}.nc"
    engine: Any = "h5netcdf" if format == "NETCDF4" else "scipy"
    ds.to_netcdf(path, engine=engine, format=format)  # type: ignore[call-overload]
    return path


def check(*paths: Path) -> xr.DataArray:
    found = pangeo.open("v").v
    for step, path in enumerate(paths):
        engine = "h5netcdf" if path.read_bytes()[:1] == b"\x89" else "scipy"
        with xr.open_dataset(path, engine=engine) as expected:
            np.testing.assert_array_equal(found[step].values, expected.v[0].values)
    report = pangeo.verify("v", against_sources=True)
    assert report, report
    return found


@pytest.mark.parametrize("grow", [False, True])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("int16", {}), ("int8", {})),
        (("float64", {}), ("float32", {})),
        (("float64", {}), ("int32", {})),
        (("int16", {"_FillValue": -99}), ("int16", {"_FillValue": -1})),
        (("int32", {"_FillValue": -99}), ("int16", {"_FillValue": 99})),
        (("int16", {"_FillValue": -99}), ("int16", {})),
        (("int16", {"scale_factor": 0.1}), ("int8", {"scale_factor": 0.1})),
    ],
)
def test_what_can_be_said_exactly_is_converted(
    tmp_path: Path, first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]],
    grow: bool,
) -> None:  # fmt: skip
    paths = [write(tmp_path, day, of[0], **of[1]) for day, of in enumerate((first, second))]
    if grow:
        pangeo.ingest(paths[0], "v")
        report = pangeo.ingest(paths[1], "v", mode="append")
    else:
        report = pangeo.ingest(paths, "v")
    check(*paths)
    assert any(note.startswith("v: ") and "stored as" in note for note in report.notes)


def test_the_wider_type_is_taken_whichever_file_has_it(tmp_path: Path) -> None:
    paths = [write(tmp_path, 0, "int8"), write(tmp_path, 1, "int32", VALUES * 10000)]
    pangeo.ingest(paths, "v")
    check(*paths)


def test_files_packed_in_other_ways_are_stored_unpacked(tmp_path: Path) -> None:
    packings = ({"scale_factor": 0.1}, {"scale_factor": 0.01, "add_offset": 3.0}, {})
    paths = [
        write(tmp_path, day, "int16", _FillValue=-99, valid_max=np.int16(99), **packing)
        for day, packing in enumerate(packings)
    ]
    report = pangeo.ingest(paths[:2], "v")
    assert any("stored unpacked as float64" in note for note in report.notes)
    pangeo.ingest(paths[2], "v", mode="append")
    found = check(*paths)
    assert found.dtype == "float64"
    assert "valid_max" not in found.attrs
    assert found.attrs["units"] == "m"


@pytest.mark.parametrize(
    ("dtype", "options", "reason"),
    [
        ("int32", {}, "dtype of 'v' differs"),
        ("float32", {}, "dtype of 'v' differs"),
        ("int16", {"scale_factor": 0.5}, "attribute 'scale_factor' of 'v' differs"),
        ("int16", {"units": "cm"}, "attribute 'units' of 'v' differs"),
    ],
)
def test_what_the_dataset_cannot_say_is_not_appended(
    tmp_path: Path, dtype: str, options: dict[str, Any], reason: str
) -> None:
    first = write(tmp_path, 0, "int16")
    pangeo.ingest(first, "v")
    with pytest.raises(SourceError, match=reason):
        pangeo.ingest(write(tmp_path, 1, dtype, **options), "v", mode="append")
    check(first)


def test_a_value_in_the_way_of_the_fill_value_is_refused(tmp_path: Path) -> None:
    paths = [write(tmp_path, 0, "int16", _FillValue=7), write(tmp_path, 1, "int16", _FillValue=-1)]
    with pytest.raises(SourceError, match="values of 7 that stand for themselves"):
        pangeo.ingest(paths, "v")
    assert pangeo.catalog().entries == []


def test_byte_order_is_no_difference(tmp_path: Path) -> None:
    paths = [write(tmp_path, 0, "int16"), write(tmp_path, 1, "int16", format="NETCDF3_64BIT")]
    report = pangeo.ingest(paths, "v")
    assert not any(note.startswith("v: ") for note in report.notes)
    check(*paths)


@given(
    st.lists(st.integers(-128, 127), min_size=1, max_size=20),
    st.one_of(st.none(), st.integers(-128, 127)),
    st.integers(-300, 300),
)
def test_no_number_is_lost_in_a_conversion(
    numbers: list[int], fill: int | None, other: int
) -> None:
    values = np.array(numbers, "int8")
    try:
        found = Recast("v", fill, other, np.dtype("int16"))(values)
    except SourceError:
        assert any(number == other != fill for number in numbers)
        return
    for number, stored in zip(numbers, found.tolist(), strict=True):
        assert stored == (other if number == fill else number)
        assert (stored == other) == (number == fill)


@pytest.mark.parametrize("turned", [False, True])
def test_several_missing_values_are_not_converted(tmp_path: Path, turned: bool) -> None:
    values = np.array([[-2, -1], [5, 6]])
    paths = [
        write(tmp_path, int(turned), "int16", values, _FillValue=-9),
        write(
            tmp_path, int(not turned), "int16", values, missing_value=np.array([-1, -2], "int16")
        ),
    ]
    with pytest.raises(SourceError, match=r"'(_FillValue|missing_value)' of 'v' differs"):
        pangeo.ingest(paths, "v")


def test_a_value_in_the_way_names_the_file_that_has_it(tmp_path: Path) -> None:
    paths = [write(tmp_path, 0, "int16", _FillValue=-7)]
    paths += [write(tmp_path, day, "int16", _FillValue=-1) for day in (1, 2)]
    paths.append(write(tmp_path, 3, "int16", np.full((2, 3), -7), _FillValue=-1))
    with pytest.raises(SourceError, match=f"'v' of {paths[3]}"):
        pangeo.ingest(paths, "v")
