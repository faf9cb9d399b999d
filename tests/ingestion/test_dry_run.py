"""A dry run says what the ingest then does, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr

import pangeo

SAMPLES = ["ostia_monthly", "nemo_2015_01"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_it_lists_the_variables_and_chunks_of_the_ingest(sample: str, workspace: Path) -> None:
    path = pangeo.samples.path(sample)
    planned = pangeo.ingest(path, "x", dry_run=True)
    assert planned.status == "planned"
    assert planned.version == ""
    assert not workspace.exists()
    done = pangeo.ingest(path, "x")
    for part in ("variables", "chunks", "sources", "nbytes", "notes"):
        assert getattr(planned, part) == getattr(done, part), part


def test_text_has_the_dimensions_that_it_will_have(tmp_path: Path) -> None:
    stations = xr.Dataset({"name": ("station", ["Brest", "Oban"]), "depth": ("station", [1, 2])})
    stations.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    planned = pangeo.ingest(tmp_path / "a.nc", "x", dry_run=True)
    assert planned.variables == pangeo.ingest(tmp_path / "a.nc", "x").variables


def test_what_the_dataset_holds_already_is_said(tmp_path: Path) -> None:
    path = pangeo.samples.path("ostia_monthly")
    pangeo.ingest(path, "x")
    assert pangeo.ingest(path, "x", dry_run=True).status == "unchanged"
