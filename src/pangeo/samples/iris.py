"""Real data from the package ``iris-sample-data`` of the Met Office."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from pangeo.errors import SampleNotFoundError
from pangeo.samples.sample import Sample

_DISTRIBUTION = "iris-sample-data"


def ostia_monthly() -> Sample:
    """Monthly sea surface temperature of the tropics, 5S-4.4N, 2006-04 to 2010-09."""
    return _sample("ostia_monthly.nc", "OSTIA monthly mean SST, Met Office")


def nemo_2015_01() -> Sample:
    """Sea surface temperature of January 2015 in a NEMO ocean model, on its curvilinear grid."""
    return _nemo("nemo_1m_20150101-20150201_grid-T.nc")


def nemo_2015_02() -> Sample:
    """As ``nemo_2015_01``, for February."""
    return _nemo("nemo_1m_20150201-20150301_grid-T.nc")


def nemo_2015_03() -> Sample:
    """As ``nemo_2015_01``, for March."""
    return _nemo("nemo_1m_20150301-20150401_grid-T.nc")


def _nemo(file: str) -> Sample:
    return _sample(f"NEMO/{file}", "NEMO ocean model, ORCA1 grid, IPSL")


def _sample(file: str, what: str) -> Sample:
    try:
        import iris_sample_data
    except ModuleNotFoundError:
        raise SampleNotFoundError(
            f"the sample file {Path(file).name!r} is not on this machine",
            found=f"no package {_DISTRIBUTION!r} in this environment",
            expected=f"the package {_DISTRIBUTION!r}, which holds it",
            fix="install it: pip install iris-sample-data, or `make setup` in a clone of Pangeo",
        ) from None
    path = Path(iris_sample_data.path) / file
    version = metadata.version(_DISTRIBUTION)
    if not path.is_file():
        raise SampleNotFoundError(
            f"the sample file {path.name!r} is not in its package",
            found=f"{_DISTRIBUTION} {version} without {path}",
            expected=f"a release of {_DISTRIBUTION} that holds {file!r}",
            fix="install it again: pip install --force-reinstall --no-deps iris-sample-data",
        )
    return Sample(path, "real", f"{what}; {path.name} of {_DISTRIBUTION} {version}")
