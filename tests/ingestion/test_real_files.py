"""Real files of many kinds: each is stored as it reads, or refused with a reason that is true.

What becomes of each file is said in one place, ``docs/reference/real-files.csv``, which is
also a page of the documentation. Here every line of it is held to be true.
"""

from __future__ import annotations

import ast
import csv
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import iris_sample_data
import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import SourceError

IRIS = "iris-sample-data"
SAMPLES = Path(iris_sample_data.__file__).parent / "sample_data"
TABLE = Path(__file__).parents[2] / "docs" / "reference" / "real-files.csv"
with TABLE.open(newline="") as file:
    ROWS = list(csv.DictReader(file))

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])


@pytest.fixture
def folder(row: dict[str, str], request: pytest.FixtureRequest) -> Path:
    return SAMPLES if row["source"] == IRIS else request.getfixturevalue("data_folder")


@each_row
def test_a_real_file(row: dict[str, str], folder: Path, workspace: Path) -> None:
    path = folder / row["file"]
    if row["outcome"] == "refused":
        with pytest.raises(SourceError, match=re.escape(row["words"])):
            pangeo.ingest(path, "real")
        assert not (workspace / "datasets" / "real").exists(), "a half-made entry was left"
        return
    report = pangeo.ingest(path, "real")
    notes = [each for each in report.notes if "int64 microseconds" not in each]
    if row["words"]:
        assert any(row["words"] in each for each in report.notes)
    else:
        assert notes == [], "something was stated anew, and the table does not say it"
    check_same(pangeo.open("real"), read(path))
    assert pangeo.verify("real", against_sources=True)


@each_row
def test_the_advice_of_a_row_works(row: dict[str, str], folder: Path) -> None:
    for said in re.findall(r"attributes=(\{.*?\}\})", row["meaning"]):
        path, attributes = folder / row["file"], ast.literal_eval(said)
        pangeo.ingest(path, "real", attributes=attributes)
        assert pangeo.verify("real", against_sources=True)
        check_same(pangeo.open("real"), read(path, attributes))


def read(path: Path, attributes: dict[str, dict[str, Any]] | None = None) -> xr.Dataset:
    """The file as plain xarray reads it, with other attributes if any are given."""
    engine: Any = "h5netcdf" if path.read_bytes()[:1] == b"\x89" else "scipy"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", xr.SerializationWarning)  # defects, mended in ours
        with xr.open_dataset(path, engine=engine, decode_cf=False) as raw:
            for name, said in (attributes or {}).items():
                raw[name].attrs |= said
            found = xr.decode_cf(raw, decode_timedelta=False).load()
    if "time_centered" in found:  # NEMO: the axis of time takes its dates from beside it
        found = found.assign_coords(time_counter=found.time_centered.variable.to_index_variable())
    return found


def check_same(found: xr.Dataset, expected: xr.Dataset) -> None:
    held = {name: each for name, each in expected.variables.items() if 0 not in each.shape}
    assert set(found.variables) == set(held)
    for name, wanted in held.items():
        got = found.variables[name]
        if wanted.dtype.kind in "UO" and got.dtype == object:  # text of any length
            got = got.astype(wanted.dtype)
        assert got.dtype == wanted.dtype, name
        assert got.dims == wanted.dims, name
        if wanted.dtype == object:
            assert xr.Variable(got.dims, got.values).equals(wanted.to_base_variable()), name
        elif wanted.dtype.kind == "M":
            assert (abs(got.values - wanted.values) <= np.timedelta64(1, "us")).all(), name
        else:
            np.testing.assert_array_equal(got.values, wanted.values, err_msg=str(name))
        if "_FillValue" not in str(wanted.encoding):
            assert got.attrs.get("units") == wanted.attrs.get("units"), name


def files_of(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


def test_the_table_lists_every_file_of_the_samples() -> None:
    listed = [row["file"] for row in ROWS if row["source"] == IRIS]
    assert listed == list(files_of(SAMPLES))


def test_the_table_lists_every_file_of_the_reference_data(data_folder: Path) -> None:
    listed = [row["file"] for row in ROWS if row["source"] != IRIS]
    assert listed == list(files_of(data_folder))


def test_every_row_of_the_table_is_filled() -> None:
    assert {row["outcome"] for row in ROWS} == {"ingested", "refused"}
    assert [row for row in ROWS if not row["meaning"]] == []
    assert [row for row in ROWS if row["outcome"] == "refused" and not row["words"]] == []


def test_ten_files_a_year_each_are_one_dataset(data_folder: Path) -> None:
    pangeo.ingest(data_folder / "cmip6", "ta")
    found = pangeo.open("ta")
    assert found.sizes["time"] == 120
    last = sorted((data_folder / "cmip6").iterdir())[-1]
    with xr.open_dataset(last, engine="h5netcdf") as expected:
        xr.testing.assert_equal(found.ta.isel(time=slice(-12, None)).load(), expected.ta.load())


def test_three_months_of_nemo_are_one_dataset() -> None:
    paths = sorted((SAMPLES / "NEMO").iterdir())
    report = pangeo.ingest(paths[:2], "nemo")
    assert "time_counter: says no dates, only 0.0; takes those of time_centered" in report.notes
    pangeo.ingest(paths[2], "nemo", mode="append")
    found = pangeo.open("nemo")
    months = [str(date) for date in found.time_counter.values]
    assert months == [f"2015-0{month}-16 00:00:00" for month in (1, 2, 3)]
    assert found.time_counter.dt.calendar == "360_day"
    assert found.time_counter.attrs["axis"] == "T"
    for number, path in enumerate(paths):
        expected = read(path)
        for name in ("tos", "time_centered", "time_centered_bounds"):
            values = found[name].isel(time_counter=[number]).values
            np.testing.assert_array_equal(values, expected[name].values, err_msg=name)
    assert pangeo.open("nemo", time="2015-02").sizes["time_counter"] == 1
    assert pangeo.verify("nemo", against_sources=True)


def test_the_months_of_the_year_0_are_settled_as_the_refusal_says(
    data_folder: Path, offered
) -> None:
    path = data_folder / "sst" / "coads_climatology.cdf"
    with pytest.raises(SourceError) as refusal:
        pangeo.ingest(path, "coads")
    dated, _, undated = offered(refusal.value)
    pangeo.ingest(path, "coads", attributes=dated)
    times = pangeo.open("coads").TIME
    assert times.dt.month.values.tolist() == list(range(1, 13))
    assert set(times.dt.year.values.tolist()) == {2000}
    pangeo.ingest(path, "coads", mode="replace", attributes=undated)
    hours = pangeo.open("coads").TIME
    np.testing.assert_array_equal(hours.values, read(path, undated).TIME.values)
    assert hours.attrs["units"] == "hour"


def test_text_of_a_real_file_reads_as_it_was(data_folder: Path) -> None:
    path = data_folder / "insitu" / "argo_5900446_prof.nc"
    pangeo.ingest(path, "argo")
    found = pangeo.open("argo")
    assert set(found.PLATFORM_NUMBER.values) == {b"5900446 "}
    assert set(found.DIRECTION.values) == {b"A"}


def test_chosen_variables_of_a_track(data_folder: Path) -> None:
    path = data_folder / "altimetry_along_track" / "GSFC-alt_ssh20220101.nc"
    pangeo.ingest(path, "gsfc", variables=["ssh", "nasa_flag"])
    found = pangeo.open("gsfc")
    np.testing.assert_array_equal(found.ssh.values, read(path).ssh.values)
    assert found.sizes["time"] == 60090
