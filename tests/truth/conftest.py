"""Where the data of other people are that the results are held against."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Read on import: the tests themselves see no PANGEO_* variable.
_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
DATA = Path(os.environ.get("PANGEO_TEST_DATA", _DEFAULT))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of reference data; the test is skipped where it is not."""
    if not DATA.is_dir():
        pytest.skip(
            f"no reference data in {DATA}; enable with PANGEO_TEST_DATA=FOLDER make test, where "
            "FOLDER holds sst/ersstv5_mnmean_2010_2020.nc and sst/cpc_ersst5.nino.mth.91-20.ascii"
        )
    return DATA
