"""A workspace of a group beside one's own: read by name, never written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import xarray as xr
from click.testing import CliRunner

import pangeo
from pangeo.cli import main
from pangeo.errors import DatasetNotFoundError, InputError


def field(value: float) -> xr.Dataset:
    axes = {
        "lat": ("lat", [0.0, 1.0], {"units": "degrees_north"}),
        "lon": ("lon", [5.0, 6.0], {"units": "degrees_east"}),
    }
    sst = (("lat", "lon"), [[value] * 2] * 2, {"units": "degC", "standard_name": "sea_water"})
    return xr.Dataset({"sst": sst}, axes)


@pytest.fixture(autouse=True)
def shared(tmp_path: Path) -> Iterator[Path]:
    """A workspace with "both" and "theirs"; one's own has "both" and "own"."""
    folder = tmp_path / "shared"
    with pangeo.config.set(workspace=str(folder)):
        pangeo.ingest(field(1), "both")
        pangeo.ingest(field(2), "theirs")
    pangeo.ingest(field(3), "both")
    pangeo.ingest(field(4), "own")
    with pangeo.config.set(shared=str(folder)):
        yield folder


@pytest.mark.parametrize(("name", "value"), [("own", 4), ("theirs", 2), ("both", 3)])
def test_a_name_is_looked_for_in_ones_own_first(name: str, value: float) -> None:
    for opened in (pangeo.open(name), xr.open_dataset(name, engine="pangeo")):
        assert float(opened.sst.max()) == value


def test_a_search_finds_each_name_once_ones_own_first(shared: Path) -> None:
    found = pangeo.search(variable="sst")
    assert found.names == ["both", "own", "theirs"]
    places = [found[name].location.workspace for name in found.names]
    assert [place == shared for place in places] == [False, False, True]
    assert [entry.name for entry in found[1:]] == ["own", "theirs"]
    assert "theirs" in str(found)


def test_a_search_that_finds_nothing_tells_of_both() -> None:
    said = str(pangeo.search(variable="salinity"))
    assert said.count("nothing found among 2 datasets") == 2
    assert "of the group:" in said


def test_the_card_says_how_to_open_what_is_shared(shared: Path) -> None:
    line = pangeo.search("theirs")[0].opening_line
    assert line == f'pangeo.catalog("{shared}").open("theirs")'


def test_the_command_line_knows_what_is_shared() -> None:
    for command in ("info", "open"):
        done = CliRunner().invoke(main, [command, "theirs"])
        assert done.exit_code == 0, done.output
        assert "sst" in done.output


def test_what_is_shared_is_neither_listed_as_ones_own_nor_removed(shared: Path) -> None:
    assert [entry.name for entry in pangeo.catalog().entries] == ["both", "own"]
    with pytest.raises(DatasetNotFoundError):
        pangeo.catalog().remove("theirs")
    pangeo.ingest(field(5), "theirs")
    assert float(pangeo.open("theirs").sst.max()) == 5
    assert float(pangeo.catalog(shared).open("theirs").sst.max()) == 2


def test_a_name_that_nobody_has_is_refused() -> None:
    with pytest.raises(DatasetNotFoundError, match="no dataset named 'nobodys'"):
        pangeo.open("nobodys")


def test_a_group_whose_workspace_is_empty_is_no_matter(tmp_path: Path) -> None:
    with pangeo.config.set(shared=str(tmp_path / "not yet")):
        assert pangeo.search().names == ["both", "own"]
        assert float(pangeo.open("own").sst.max()) == 4


def test_a_setting_that_is_no_path_is_refused() -> None:
    with pangeo.config.set(shared=3), pytest.raises(InputError, match="the setting shared"):
        pangeo.open("own")
