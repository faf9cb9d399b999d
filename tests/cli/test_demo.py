"""What the demo says of itself, without running it: events, output, commands to type."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from pangeo.cli import main
from pangeo.cli.demo import _command, find_events


def index(values: list[float]) -> xr.DataArray:
    time = xr.date_range("2000-01-01", periods=len(values), freq="MS")
    return xr.DataArray(values, dims="time", coords={"time": time}, name="nino34")


def test_five_seasons_in_a_row_are_an_event() -> None:
    (event,) = find_events(index([np.nan, 0.5, 0.6, 2.0, 0.6, 0.5, 0.0, 1.0]), 0.5)
    assert (event.name, event.first, event.last) == ("El Niño", "2000-02", "2000-06")
    assert (event.peak, event.peak_month) == (2.0, "2000-04")


def test_a_gap_ends_a_run() -> None:
    assert find_events(index([-1.0, -1, -1, np.nan, -1, -1, -1]), 0.5) == []
    events = find_events(index([-1.0] * 5 + [np.nan] + [-1.0] * 5), 0.5)
    assert [(event.first, event.last) for event in events] == [
        ("2000-01", "2000-05"),
        ("2000-07", "2000-11"),
    ]


def test_an_output_that_cannot_be_written_is_refused_before_the_work(workspace: Path) -> None:
    result = CliRunner().invoke(main, ["demo", "--output", "/proc/nothing"])
    assert result.exit_code == 1
    assert "cannot write the figure to /proc/nothing" in result.stderr
    assert not workspace.exists()
    assert result.stdout == ""


def test_a_command_to_paste_has_a_path_where_the_name_is_not_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "my env" / "bin" / "pangeo"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    monkeypatch.setenv("PATH", os.defpath)
    assert _command() == f"'{program}'"
    monkeypatch.chdir(tmp_path)
    assert _command() == "'my env/bin/pangeo'"
    monkeypatch.setenv("PATH", str(program.parent))
    assert _command() == "pangeo"
