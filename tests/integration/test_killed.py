"""SIGKILL at any moment of an ingest: readers see what was, the next run repairs."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pangeo
from pangeo.errors import DatasetNotFoundError

NAME = "sst-ostia"

# Each kills the process at another moment: while it writes, with everything written and
# nothing committed, with everything committed and nothing described.
MOMENTS = {
    "at the first chunk": "options['progress'] = lambda done, total: die()",
    "at the last chunk": "options['progress'] = lambda done, total: done == total and die()",
    "before the commit": "pipeline.Lease.check = lambda self: die()",
    "after the commit": "pipeline.publish = lambda location: die()",
    "half way through the description": "os.replace = lambda *paths: die()",
}

SCRIPT = """
import os, signal, sys
import pangeo
from pangeo.ingestion import pipeline
def die():
    os.kill(os.getpid(), signal.SIGKILL)
options = {{}}
{kill}
pangeo.ingest(sys.argv[1], {name!r}, mode=sys.argv[2], **options)
"""


def ingest_and_die(moment: str, path: Path, mode: str = "create") -> None:
    script = SCRIPT.format(kill=MOMENTS[moment], name=NAME)
    process = subprocess.run([sys.executable, "-c", script, str(path), mode], check=False)
    assert process.returncode == -signal.SIGKILL, "the kill came too late to test anything"


@pytest.fixture
def path() -> Path:
    return pangeo.samples.path("ostia_monthly")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_ingest_is_all_or_nothing_and_the_next_one_repairs(
    moment: str, path: Path, workspace: Path
) -> None:
    ingest_and_die(moment, path)
    committed = moment in ("after the commit", "half way through the description")
    if committed:
        assert pangeo.open(NAME).sizes["time"] == 54
        assert [entry.name for entry in pangeo.catalog().entries] == [NAME]
    else:
        assert pangeo.catalog().entries == []
        with pytest.raises(DatasetNotFoundError, match="never ended"):
            pangeo.open(NAME)
    report = pangeo.ingest(path, NAME)
    assert report.status == ("unchanged" if committed else "created")
    with pangeo.samples.open("ostia_monthly") as expected:
        np.testing.assert_array_equal(
            pangeo.open(NAME).surface_temperature.values, expected.surface_temperature.values
        )
    folder = workspace / "datasets" / NAME
    assert sorted(child.name for child in folder.iterdir() if child.name[0] != ".") == [
        "collection.json",
        "store",
    ]


@pytest.mark.parametrize("moment", ["at the last chunk", "before the commit"])
def test_a_killed_replacement_leaves_the_version_before(
    moment: str, path: Path, tmp_path: Path
) -> None:
    first = pangeo.ingest(path, NAME)
    other = tmp_path / "other.nc"
    with pangeo.samples.open("ostia_monthly") as ds:
        ds.isel(time=slice(12)).to_netcdf(other, engine="h5netcdf")
    ingest_and_die(moment, other, "replace")
    assert pangeo.open(NAME).attrs["pangeo_version"] == first.version
    assert pangeo.open(NAME).sizes["time"] == 54
    assert pangeo.ingest(other, NAME, mode="replace").status == "replaced"
    assert pangeo.open(NAME).sizes["time"] == 12
