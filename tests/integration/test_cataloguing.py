"""Two that add datasets to one catalogue at once: none is lost, in no place where it is listed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pystac
import xarray as xr

import pangeo

EACH = 50

# Each looks now and then for what it has just added: so there is an index to keep up to date.
ADDING = """
import sys
import pangeo
path, prefix, number = sys.argv[1:]
pangeo.ingest
print("ready", flush=True)
sys.stdin.readline()
for each in range(int(number)):
    name = f"{prefix}-{each:02d}"
    pangeo.ingest(path, name)
    if each % 5 == 0:
        assert name in pangeo.search(variable="sst").names, f"{name} is not found at once"
"""


def test_two_that_add_at_once_lose_none(tmp_path: Path, workspace: Path) -> None:
    path = tmp_path / "tiny.nc"
    coords = {"lat": ("lat", [0.0, 1.0], {"units": "degrees_north"}),
              "lon": ("lon", [0.0, 1.0], {"units": "degrees_east"})}  # fmt: skip
    sst = xr.Dataset({"sst": (("lat", "lon"), np.zeros((2, 2)), {"units": "K"})}, coords)
    sst.to_netcdf(path, engine="h5netcdf")
    adding = [
        subprocess.Popen(
            [sys.executable, "-c", ADDING, str(path), prefix, str(EACH)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for prefix in ("a", "b")
    ]  # fmt: skip
    for process in adding:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in adding:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=300)[1] for process in adding]
    assert [process.returncode for process in adding] == [0, 0], ends

    expected = sorted(f"{prefix}-{each:02d}" for prefix in "ab" for each in range(EACH))
    root = json.loads((workspace / "catalog.json").read_text())
    assert [link["title"] for link in root["links"] if link["rel"] == "child"] == expected
    walked = pystac.Catalog.from_file(str(workspace / "catalog.json")).get_children()
    assert sorted(child.id for child in walked) == expected
    assert [entry.name for entry in pangeo.catalog().entries] == expected
    assert pangeo.search("sst", bbox=(0, 0, 1, 1)).names == expected
    report = pangeo.catalog().check()
    assert report
    assert report.repaired == []
    assert not list(workspace.glob(".*")), "drafts were left behind"
