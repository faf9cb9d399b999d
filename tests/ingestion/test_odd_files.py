"""Files that say odd things: read back as xarray reads the file, or with a note."""

from __future__ import annotations

from pathlib import Path

import h5netcdf
import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pangeo
from pangeo.errors import SourceError
from pangeo.ingestion.timeaxis import restate_time

type Odd = xr.Dataset


def write(path: Path, **variables: tuple[object, ...]) -> Path:
    """A file of variables along ``n``, attributes as given, nothing encoded."""
    xr.Dataset(variables).to_netcdf(path, engine="h5netcdf")  # type: ignore[arg-type]
    return path


def both(path: Path) -> tuple[xr.Dataset, xr.Dataset, list[str]]:
    report = pangeo.ingest(path, "odd")
    with xr.open_dataset(path, engine="h5netcdf") as expected:
        return pangeo.open("odd").load(), expected.load(), report.notes


@given(
    seconds=hnp.arrays("float64", st.integers(1, 20), elements=st.floats(0, 2e9), unique=True),
    epoch=st.sampled_from(["2000-01-01", "1993-01-01 12:00:00", "1950-01-01"]),
)
def test_fractions_of_a_second_are_kept_to_the_microsecond(seconds: np.ndarray, epoch: str) -> None:
    seconds = np.sort(seconds)
    if seconds.size > 1 and np.diff(seconds).min() < 2e-6:
        return
    units = {"units": f"seconds since {epoch}"}
    raw = xr.Dataset(coords={"time": ("time", seconds, units)})
    restated, _ = restate_time(raw, "time", "a file")
    found = xr.decode_cf(restated).time.values
    expected = np.datetime64(epoch.replace(" ", "T"), "us") + np.round(seconds * 1e6).astype(
        "m8[us]"
    )
    assert restated.time.dtype == "int64"
    assert (abs(found - expected) <= np.timedelta64(1, "us")).all()


def test_rounding_of_times_is_reported(tmp_path: Path) -> None:
    times = ("time", [0.123456789, 1.5], {"units": "seconds since 2000-01-01"})
    xr.Dataset({"v": ("time", [1.0, 2.0])}, {"time": times}).to_netcdf(
        tmp_path / "a.nc", engine="h5netcdf"
    )
    report = pangeo.ingest(tmp_path / "a.nc", "odd")
    assert "time: rounded to the microsecond" in report.notes
    assert pangeo.open("odd").time.values[0] == np.datetime64("2000-01-01T00:00:00.123457")


def test_times_closer_than_a_microsecond_are_refused(tmp_path: Path) -> None:
    times = ("time", np.arange(3), {"units": "nanoseconds since 2000-01-01"})
    xr.Dataset({"v": ("time", np.zeros(3))}, {"time": times}).to_netcdf(
        tmp_path / "a.nc", engine="h5netcdf"
    )
    with pytest.raises(SourceError, match="less than a microsecond"):
        pangeo.ingest(tmp_path / "a.nc", "odd")


def test_a_step_without_a_date_is_refused_for_that(tmp_path: Path) -> None:
    times = ("time", [0.0, np.nan], {"units": "days since 2000-01-01"})
    xr.Dataset({"v": ("time", [1.0, 2.0])}, {"time": times}).to_netcdf(
        tmp_path / "a.nc", engine="h5netcdf"
    )
    with pytest.raises(SourceError, match="missing values on the time axis"):
        pangeo.ingest(tmp_path / "a.nc", "odd")


@pytest.mark.parametrize("link", ["bounds", "climatology"])
def test_bounds_of_both_kinds_move_with_time(make_file, link: str) -> None:
    def bounded(ds: xr.Dataset) -> xr.Dataset:
        ds.time.attrs[link] = "limits"
        return ds.assign(limits=(("time", "nv"), ds.time.values[:, None] + [-0.5, 0.5]))

    paths = [make_file("a.nc", bounded), make_file("b.nc", bounded, year=2001)]
    pangeo.ingest(paths, "odd")
    found = pangeo.open("odd").limits
    expected = [np.datetime64("1999-12-31T12"), np.datetime64("2000-12-31T12")]
    values = found.values if found.dtype.kind == "M" else found.values.astype("datetime64[us]")
    assert values[[0, 3], 0].tolist() == np.array(expected, values.dtype).tolist()


@pytest.mark.parametrize(
    ("dtype", "attrs"),
    [
        ("int8", {"_Unsigned": "true", "missing_value": np.int16(255)}),
        ("uint8", {"_Unsigned": "false", "missing_value": np.int8(-1)}),
        ("int8", {"_Unsigned": "true", "_FillValue": np.int8(-1)}),
        ("int16", {"scale_factor": np.float32(0.01), "add_offset": np.float32(273.15)}),
        ("int16", {"scale_factor": 0.01, "_FillValue": np.int16(3)}),
        ("int64", {"_FillValue": np.int64(2**53 + 1)}),
        ("float32", {"missing_value": np.float32(np.nan)}),
        ("float32", {"missing_value": np.float32(1e20), "_FillValue": np.float32(1e20)}),
        ("float64", {"_FillValue": np.nan}),
    ],
    ids=str,
)
def test_packing_and_fill_values_read_as_in_the_file(
    tmp_path: Path, dtype: str, attrs: dict[str, object]
) -> None:
    values = np.array([0, 1, 3, 4], dtype)
    if dtype == "int8":
        values[2] = -1
    if dtype == "uint8":
        values[2] = 255
    found, expected, _ = both(write(tmp_path / "a.nc", v=("n", values, attrs)))
    assert found.v.dtype == expected.v.dtype
    np.testing.assert_array_equal(found.v.values, expected.v.values)


@pytest.mark.parametrize("fill", [2.5, np.nan, 1e6])
def test_a_fill_value_that_cannot_occur_masks_nothing(tmp_path: Path, fill: float) -> None:
    path = tmp_path / "a.nc"
    write(path, v=("n", np.arange(4, dtype="int16"), {"missing_value": fill}))
    report = pangeo.ingest(path, "odd")
    assert pangeo.open("odd").v.values.tolist() == [0, 1, 2, 3]
    assert any("v: missing_value" in note for note in report.notes)


def test_attributes_that_json_cannot_say_are_kept_as_text(tmp_path: Path) -> None:
    attrs = {"actual_range": [np.nan, 1.0], "valid_max": np.inf, "units": "m"}
    found, _, notes = both(write(tmp_path / "a.nc", v=("n", [1.0, 2.0], attrs)))
    assert found.v.attrs["valid_max"] == "inf"
    assert found.v.attrs["actual_range"] == "[nan, 1.0]"
    assert found.v.attrs["units"] == "m"
    assert {
        "v: attribute valid_max is kept as text",
        "v: attribute actual_range is kept as text",
    } <= set(notes)


def test_groups_beside_the_root_are_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", v=("n", [1.0, 2.0]))
    with h5netcdf.File(path, "a") as file:
        group = file.create_group("forecast")
        group.dimensions = {"m": 2}
        group.create_variable("w", ("m",), data=np.zeros(2))
    assert "left out: the group /forecast of a.nc" in pangeo.ingest(path, "odd").notes


def test_the_order_of_variables_is_that_of_the_file(tmp_path: Path) -> None:
    names = [f"v{number}" for number in (5, 1, 9, 3, 7, 2, 8)]
    path = write(tmp_path / "a.nc", **{name: ("n", [1.0, 2.0]) for name in names})
    report = pangeo.ingest(path, "odd")
    assert list(report.variables) == names
    assert list(pangeo.open("odd").data_vars) == names


def test_a_range_that_differs_between_files_is_left_out(make_file) -> None:
    def ranged(limit: float):
        def change(ds: xr.Dataset) -> xr.Dataset:
            ds.sla.attrs["actual_range"] = [0.0, limit]
            return ds

        return change

    paths = [make_file("a.nc", ranged(1.0)), make_file("b.nc", ranged(2.0), year=2001)]
    report = pangeo.ingest(paths, "odd")
    assert "sla: actual_range left out, it differs between files" in report.notes
    assert "actual_range" not in pangeo.open("odd").sla.attrs


def test_a_hole_between_files_is_reported(make_file) -> None:
    paths = [make_file("a.nc", days=10), make_file("b.nc", year=2002, days=10)]
    notes = pangeo.ingest(paths, "odd").notes
    assert any("steps are missing between 2000-01-10" in note for note in notes)


@pytest.mark.parametrize("content", [b"", b"<html>404 not found</html>"])
def test_a_broken_download_in_a_folder_is_refused(
    make_file, tmp_path: Path, content: bytes
) -> None:
    make_file("in/a.nc")
    (tmp_path / "in" / "b.nc").write_bytes(content)
    with pytest.raises(SourceError, match=r"b\.nc"):
        pangeo.ingest(tmp_path / "in", "odd")


def test_what_a_folder_holds_besides_is_reported(make_file, tmp_path: Path) -> None:
    make_file("in/a.nc")
    (tmp_path / "in" / "README.txt").write_text("notes")
    assert any(note.endswith("README.txt") for note in pangeo.ingest(tmp_path / "in", "odd").notes)


def test_a_file_that_changes_meanwhile_is_refused(make_file) -> None:
    path = make_file()

    def change(done: int, total: int) -> None:
        path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(SourceError, match="changed while it was ingested"):
        pangeo.ingest(path, "odd", progress=change)


def test_positions_and_dates_come_along_with_chosen_variables(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.nc",
        TEMP=("n", [1.0, 2.0]),
        LATITUDE=("n", [1.0, 2.0], {"units": "degrees_north"}),
        LONGITUDE=("n", [1.0, 2.0], {"units": "degrees_east"}),
        JULD=("n", [1.0, 2.0], {"units": "days since 1950-01-01"}),
        OTHER=("n", [1.0, 2.0]),
    )
    pangeo.ingest(path, "odd", variables="TEMP")
    assert set(pangeo.open("odd").variables) == {"TEMP", "LATITUDE", "LONGITUDE", "JULD"}


@pytest.mark.parametrize("sources", [5, None, xr.Dataset(), {"a": 1}, "https://example.org/a.nc"])
def test_what_is_no_file_is_refused(sources: object) -> None:
    with pytest.raises(SourceError):
        pangeo.ingest(sources, "odd")  # type: ignore[arg-type]


def test_an_empty_dimension_is_left_out_with_a_note(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.nc",
        v=("n", [1.0, 2.0]),
        history=(("n", "n_history"), np.zeros((2, 0))),
        steps=("n_history", np.zeros(0)),
    )
    report = pangeo.ingest(path, "odd")
    assert set(pangeo.open("odd").variables) == {"v"}
    assert "history left out: it has no values, {'n': 2, 'n_history': 0}" in report.notes
    assert any(note.startswith("steps left out") for note in report.notes)
    assert pangeo.verify("odd", against_sources=True)


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
def test_arrays_of_characters_are_words(tmp_path: Path, engine: str) -> None:
    words = np.array([b"Arctic", b"Baltic ", b""], "S8")
    ds = xr.Dataset({"name": ("n", words), "flag": ("n", np.array([b"1", b" ", b"9"]))})
    ds.to_netcdf(tmp_path / "a.nc", engine=engine)  # type: ignore[call-overload]
    with xr.open_dataset(tmp_path / "a.nc", engine=engine, decode_cf=False) as raw:
        assert raw.name.dtype == "S1", "no array of characters"
    pangeo.ingest(tmp_path / "a.nc", "odd")
    found = pangeo.open("odd")
    assert found.name.values.tolist() == words.tolist()
    assert found.flag.values.tolist() == [b"1", b" ", b"9"]
    assert found.name.dims == ("n",)
    assert pangeo.verify("odd", against_sources=True)


def test_fill_values_that_are_characters(tmp_path: Path) -> None:
    """As Argo writes its flags: one character a level, a space where there is none."""
    flags = np.array([[b"1", b"4"], [b" ", b"1"]], "S1")
    with h5netcdf.File(tmp_path / "a.nc", "w") as file:
        file.dimensions = {"n_prof": 2, "n_levels": 2}
        dims = ("n_prof", "n_levels")
        file.create_variable("PRES", dims, data=np.array([[5.0, 10], [15, 20]]))
        variable = file.create_variable("PRES_QC", dims, data=flags, fillvalue=b" ")
        variable.attrs["conventions"] = "Argo reference table 2"
    found, expected, _ = both(tmp_path / "a.nc")
    assert found.PRES_QC.equals(expected.PRES_QC)
    assert found.PRES_QC.values[0].tolist() == [b"1", b"4"]
    assert found.PRES_QC.isnull().values.tolist() == [[False, False], [True, False]]
    assert found.PRES_QC.attrs["conventions"] == "Argo reference table 2"


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64", "uint16", "float32"])
def test_what_has_no_fill_value_gets_none(make_file, dtype: str) -> None:
    def bare(ds: xr.Dataset) -> xr.Dataset:
        values = np.arange(72).reshape(3, 4, 6).astype(dtype)
        values[0, 0, 0] = 0  # what Zarr would take for missing, if it were asked
        ds = ds.assign(sla=(("time", "lat", "lon"), values))
        ds.sla.encoding["_FillValue"] = None
        return ds

    pangeo.ingest(make_file("a.nc", bare), "odd")
    pangeo.ingest(make_file("b.nc", bare, year=2001), "odd", mode="append")
    found = pangeo.open("odd").sla
    assert found.dtype == dtype
    assert "_FillValue" not in {**found.attrs, **found.encoding}
    np.testing.assert_array_equal(found.values[3:].ravel(), np.arange(72))
    assert pangeo.verify("odd", against_sources=True)


def test_arrays_of_any_length_are_named_and_can_be_left_out(tmp_path: Path) -> None:
    """Not xarray's own refusal of the whole file, which says nothing of the variable."""
    path = write(tmp_path / "a.nc", v=("n", [1.0, 2.0]), name=("n", ["a", "bc"]))
    with h5py.File(path, "a") as file:
        ragged = file.create_dataset("ragged", (2,), h5py.vlen_dtype("float32"))
        ragged[0] = np.arange(3, dtype="float32")
        ragged.dims[0].attach_scale(file["n"])
    with pytest.raises(SourceError, match="variable 'ragged' of"):
        pangeo.ingest(path, "odd")
    pangeo.ingest(path, "odd", variables=["v", "name"])
    assert pangeo.open("odd").v.values.tolist() == [1.0, 2.0]
    assert pangeo.open("odd").name.values.tolist() == ["a", "bc"]
