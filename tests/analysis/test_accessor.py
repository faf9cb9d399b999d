"""The verbs on the object itself are the same verbs."""

from __future__ import annotations

import importlib
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

import pangeo.accessor
from pangeo import analysis, grids


@pytest.mark.parametrize("form", ["array", "dataset"])
def test_they_are_the_same_verbs(sst, form: str) -> None:
    obj = sst(np.arange(48.0))
    obj = obj if form == "array" else obj.to_dataset()
    box = (170, -10, -120, 10)
    xr.testing.assert_identical(obj.pangeo.mean(bbox=box), analysis.mean(obj, bbox=box))
    year = analysis.climatology(obj, period="2000/2001")
    xr.testing.assert_identical(obj.pangeo.climatology(period="2000/2001"), year)
    left = analysis.anomaly(obj, climatology=year)
    xr.testing.assert_identical(obj.pangeo.anomaly(climatology=year), left)
    index = analysis.nino34(obj, climatology="2000/2001", window=5)
    xr.testing.assert_identical(obj.pangeo.nino34(climatology="2000/2001", window=5), index)
    part = grids.select_time(grids.select_box(obj, box), "2001")
    xr.testing.assert_identical(obj.pangeo.select(bbox=box, time="2001"), part)
    xr.testing.assert_identical(obj.pangeo.select(), obj)


def test_importing_it_again_warns_of_nothing() -> None:
    importlib.reload(pangeo.accessor)  # a warning is an error here
    assert xr.Dataset().pangeo is not None


def test_it_loads_no_room() -> None:
    code = (
        "import sys, xarray, pangeo.accessor\n"
        "rooms = [m for m in sys.modules if m.startswith('pangeo.')]\n"
        "print(sorted(rooms), 'matplotlib' in sys.modules, 'distributed' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['pangeo.accessor'] False False"


def test_imports_in_alphabetical_order() -> None:
    """As documented: not by ``import pangeo`` before xarray, but by ``pangeo.accessor``."""
    code = (
        "import {}\nimport xarray as xr\n"
        "before = hasattr(xr.Dataset, 'pangeo')\npangeo.analysis\n"
        "print(before, hasattr(xr.Dataset, 'pangeo'))"
    )
    for module, said in (("pangeo", "False True"), ("pangeo.accessor", "True True")):
        command = [sys.executable, "-c", code.format(module)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == said
