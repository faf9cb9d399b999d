"""The keyword ``attributes``: what the files should have said, remembered with the dataset."""

from __future__ import annotations

import json
from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

import pangeo
from pangeo.cli import main
from pangeo.errors import DatasetExistsError, InputError, PangeoError, SourceError
from pangeo.ingestion.version import Recipe

HOURS = {"time": {"units": "hours since 1990-01-01"}}


def test_it_takes_the_place_of_what_the_file_says(make_file) -> None:
    time = {"units": "hours since 1990-01-01", "calendar": "noleap"}
    said = {"time": time, "sla": {"units": None}}
    report = pangeo.ingest(make_file(), "sla", attributes=said)
    assert {
        "time: units set to 'hours since 1990-01-01' by the ingest, the file says "
        "'days since 2000-01-01'",
        "time: calendar set to 'noleap' by the ingest",
        "sla: units removed by the ingest, the file says 'm'",
    } <= set(report.notes)
    found = pangeo.open("sla")
    assert found.time.values[1].isoformat() == "1990-01-01T01:00:00"
    assert found.time.dt.calendar == "noleap"
    assert "units" not in found.sla.attrs
    assert pangeo.verify("sla", against_sources=True)


def test_what_the_file_says_already_is_no_change(make_file) -> None:
    same = {"time": {"units": "days since 2000-01-01", "calendar": None}}
    report = pangeo.ingest(make_file(), "sla", attributes=same)
    assert not any("by the ingest" in note for note in report.notes)


def test_it_is_part_of_the_recipe(make_file) -> None:
    path = make_file()
    pangeo.ingest(path, "sla", attributes=HOURS)
    assert pangeo.ingest(path, "sla", attributes=HOURS).status == "unchanged"
    for other in (None, {"time": {"units": "days since 1990-01-01"}}):
        with pytest.raises(DatasetExistsError, match="with other attributes"):
            pangeo.ingest(path, "sla", attributes=other)
    assert pangeo.ingest(path, "sla", mode="replace").status == "replaced"
    assert str(pangeo.open("sla").time.values[0])[:4] == "2000"
    assert pangeo.ingest(path, "sla", attributes={}).status == "unchanged"


@pytest.mark.parametrize("mode", ["append", "update"])
def test_files_added_later_are_read_in_the_same_way(make_file, mode) -> None:
    pangeo.ingest(make_file("a.nc"), "sla", attributes=HOURS)
    late = make_file("b.nc", lambda ds: ds.assign_coords(time=ds.time + 3), seed=1)
    assert pangeo.ingest(late, "sla", mode=mode).status != "unchanged"
    times = pangeo.open("sla").time.values.astype("M8[h]").astype(str)
    assert times.tolist() == [f"1990-01-01T{hour:02d}" for hour in range(6)]
    assert pangeo.verify("sla", against_sources=True)
    later = make_file("c.nc", lambda ds: ds.assign_coords(time=ds.time + 6), seed=2)
    pangeo.ingest(later, "sla", mode=mode, attributes=HOURS)
    other = {"time": {"units": "days since 1990-01-01"}}
    with pytest.raises(InputError, match="cannot change the attributes"):
        pangeo.ingest(make_file("d.nc", year=2010), "sla", mode=mode, attributes=other)


def test_a_dataset_made_before_there_was_the_keyword(make_file, monkeypatch) -> None:
    path, whole = make_file("a.nc"), Recipe.as_dict
    with monkeypatch.context() as before:
        before.setattr(Recipe, "as_dict", lambda self: _without_attributes(whole(self)))
        pangeo.ingest(path, "sla")
    assert pangeo.ingest(path, "sla").status == "unchanged"
    assert pangeo.ingest(make_file("b.nc", year=2001), "sla", mode="append").status == "appended"
    assert pangeo.verify("sla", against_sources=True)


def _without_attributes(recipe: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in recipe.items() if key != "attributes"}


@pytest.mark.parametrize("given", [-1, "-1", np.int16(-1)])
def test_a_wrong_fill_value(make_file, given: object) -> None:
    def spoilt(ds: xr.Dataset) -> xr.Dataset:
        ds.sla.values[0, 1, 1] = -1
        return ds

    path = make_file(change=spoilt)
    pangeo.ingest(path, "sla", attributes={"sla": {"_FillValue": given}})
    values = pangeo.open("sla").sla.values
    assert np.isnan(values[0, 1, 1])
    assert values[0, 0, 0] == pytest.approx(-32.767 + 0.5)
    assert pangeo.verify("sla", against_sources=True)


def test_a_fill_value_of_floats_is_compared_in_their_type(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    xr.Dataset({"v": ("n", np.array([1, -999.9], "float32"))}).to_netcdf(path, engine="h5netcdf")
    pangeo.ingest(path, "v", attributes={"v": {"missing_value": -999.9}})
    assert np.isnan(pangeo.open("v").v.values).tolist() == [False, True]


def test_a_scale_that_the_file_forgot(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    xr.Dataset({"v": ("n", np.array([1, 2], "int16"))}).to_netcdf(path, engine="h5netcdf")
    pangeo.ingest(path, "v", attributes={"v": {"scale_factor": "0.5", "add_offset": 10}})
    np.testing.assert_array_equal(pangeo.open("v").v.values, [10.5, 11.0])


def test_a_fill_value_that_is_text_marks_nothing_until_it_is_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    text = {"missing_value": "-999"}
    xr.Dataset({"v": ("n", np.array([1.0, -999.0]), text)}).to_netcdf(path, engine="h5netcdf")
    notes = pangeo.ingest(path, "v").notes
    assert "v: missing_value '-999', which is text, left out, no value can equal it" in notes
    assert pangeo.open("v").v.values.tolist() == [1.0, -999.0]
    pangeo.ingest(path, "v", mode="replace", attributes={"v": {"missing_value": -999}})
    assert np.isnan(pangeo.open("v").v.values).tolist() == [False, True]


def test_a_longitude_without_units(make_file) -> None:
    def nameless(ds: xr.Dataset) -> xr.Dataset:
        ds = ds.rename(lon="x", lat="y")
        ds.x.attrs, ds.y.attrs = {}, {}
        return ds

    path = make_file(change=nameless)
    pangeo.ingest(path, "sla")
    with pytest.raises(PangeoError, match=r"attributes=\{'NAME'"):
        pangeo.open("sla", bbox=(1, 30, 3, 32))
    said = {"x": {"units": "degrees_east"}, "y": {"standard_name": "latitude"}}
    pangeo.ingest(path, "sla", mode="replace", attributes=said)
    assert pangeo.open("sla", bbox=(1, 30, 3, 32)).sizes["x"] == 3


@pytest.mark.parametrize(
    ("variable", "key", "value"),
    [("time", "calendar", "noleap"), ("sla", "units", "metre"), ("sla", "long_name", "level")],
)
def test_files_that_mean_the_same_and_say_it_otherwise(
    make_file, offered, variable: str, key: str, value: str
) -> None:
    def other(ds: xr.Dataset) -> xr.Dataset:
        ds[variable].attrs[key] = value
        return ds

    paths = [make_file("a.nc"), make_file("b.nc", other, year=2001)]
    with pytest.raises(SourceError, match=f"attribute '{key}' of '{variable}' differs") as refusal:
        pangeo.ingest(paths, "sla")
    (offer,) = offered(refusal.value)
    assert "if they mean the same" in refusal.value.fix
    pangeo.ingest(paths, "sla", attributes=offer)
    assert pangeo.open("sla").sizes["time"] == 6


def test_packing_is_never_talked_away(make_file, offered) -> None:
    def other(ds: xr.Dataset) -> xr.Dataset:
        ds.sla.attrs["scale_factor"] = 1e-4
        return ds

    pangeo.ingest(make_file("a.nc"), "sla")
    with pytest.raises(SourceError, match="scale_factor") as refusal:
        pangeo.ingest(make_file("b.nc", other, year=2001), "sla", mode="append")
    assert offered(refusal.value) == []


def test_files_whose_time_says_no_units(make_file, offered) -> None:
    def bare(first: int):
        def change(ds: xr.Dataset) -> xr.Dataset:
            return ds.assign_coords(time=np.arange(first, first + 3))

        return change

    paths = [make_file("a.nc", bare(3)), make_file("b.nc", bare(0), seed=1)]
    with pytest.raises(SourceError, match="no dated axis") as refusal:
        pangeo.ingest(paths, "sla")
    (offer,) = offered(refusal.value)
    pangeo.ingest(paths, "sla", attributes=offer)
    assert pangeo.open("sla").sizes["time"] == 6
    assert pangeo.open("sla", time="2000-01-04").sizes["time"] == 1


def test_no_epoch_is_offered_where_numbers_do_not_follow_each_other(make_file, offered) -> None:
    def bare(ds: xr.Dataset) -> xr.Dataset:
        return ds.assign_coords(time=np.arange(3))

    with pytest.raises(SourceError, match="no dated axis") as refusal:
        pangeo.ingest([make_file("a.nc", bare), make_file("b.nc", bare, seed=1)], "sla")
    assert offered(refusal.value) == []


@pytest.mark.filterwarnings("ignore:Unable to decode time axis into full numpy")
@pytest.mark.parametrize(
    ("attrs", "words", "ways"),
    [
        ({"scale_factor": "0.01"}, "scale_factor '0.01', which is text", 1),
        ({"add_offset": "none"}, "add_offset 'none', which is text", 0),
        ({"scale_factor": np.array([1.0, 2.0])}, "array of size 1", 0),
        ({"coordinates": 5}, "split", 1),
        ({"units": "days since 0000-01-01"}, "days since 0000-01-01", 3),
        ({"units": "months since 2000-01-01"}, "months since 2000-01-01", 2),
        ({"units": "days since 2000-01-01", "calendar": 5}, "calendar", 2),
    ],
)
def test_what_cannot_be_decoded_is_named_with_ways_out_that_work(
    tmp_path: Path, offered, attrs: dict[str, object], words: str, ways: int
) -> None:
    with h5netcdf.File(tmp_path / "a.nc", "w") as file:
        file.dimensions = {"n": 3}
        for name in ("good", "bad"):
            file.create_variable(name, ("n",), data=np.array([1, 2, 3], "int16"))
        file.variables["bad"].attrs.update(attrs)
    with pytest.raises(SourceError, match=r"variable 'bad' of .*a\.nc") as refusal:
        pangeo.ingest(tmp_path / "a.nc", "odd")
    assert words in refusal.value.found
    offers = offered(refusal.value)
    assert len(offers) == ways, refusal.value.fix
    for offer in offers:
        pangeo.ingest(tmp_path / "a.nc", "odd", mode="replace", attributes=offer)
        assert pangeo.open("odd").bad.load().size == 3


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        (5, "attributes=5"),
        ("time", "attributes='time'"),
        ({"time": "hours"}, "'hours' for 'time'"),
        ({"time": {"units": object()}}, "object"),
        ({"sla": {"_FillValue": float("nan")}}, "nan"),
        ({"sla": {"_FillValue": "none"}}, "'none' for 'sla', which holds numbers"),
        ({"adt": {"units": "m"}}, "variables \\['lat', 'lon', 'sla', 'time'\\]"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    make_file, workspace: Path, attributes: object, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        pangeo.ingest(make_file(), "sla", attributes=attributes)
    assert not (workspace / "datasets" / "sla").exists()


def test_on_the_command_line(make_file) -> None:
    path = str(make_file())
    options = ["--set", "time:units=hours since 1990-01-01 00:00:00", "--set", "sla:units="]
    result = CliRunner().invoke(main, ["ingest", path, "--name", "sla", "--json", *options])
    assert result.exit_code == 0, result.output
    notes = json.loads(result.stdout)["notes"]
    assert "sla: units removed by the ingest, the file says 'm'" in notes
    assert str(pangeo.open("sla").time.values[1])[:13] == "1990-01-01T01"


@pytest.mark.parametrize("setting", ["time", "time:units", "units=m", ":units=m"])
def test_on_the_command_line_a_setting_must_name_all_three(make_file, setting: str) -> None:
    arguments = ["ingest", str(make_file()), "--name", "sla", "--set", setting]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "VARIABLE:ATTRIBUTE=VALUE" in result.stderr
