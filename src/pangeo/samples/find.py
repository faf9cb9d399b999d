"""Find a sample by name among those that installed packages bring along.

A sample is an entry point of the group ``pangeo.samples``: a function without arguments
that returns a :class:`Sample`. Ours come in by the same door as anyone's.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import xarray as xr

from pangeo.errors import SampleNotFoundError
from pangeo.samples.sample import Sample

_GROUP = "pangeo.samples"


def names() -> list[str]:
    """The names of all samples, sorted; that a name is here does not say its file is.

    Examples
    --------
    >>> import pangeo
    >>> "ostia_monthly" in pangeo.samples.names()
    True
    """
    return sorted(metadata.entry_points(group=_GROUP).names)


def path(name: str) -> Path:
    """The file of a sample, to be ingested or opened with anything.

    Raises
    ------
    SampleNotFoundError
        When no sample has this name, or its file is not on this machine.

    Examples
    --------
    >>> import pangeo
    >>> pangeo.samples.path("ostia_monthly").name
    'ostia_monthly.nc'
    """
    return _sample(name).path


def open(name: str) -> xr.Dataset:
    """A sample as a lazy Dataset, in the chunks of its file.

    The attributes ``pangeo_sample`` (real or synthetic) and ``pangeo_sample_source`` say
    what it is and where it comes from.

    Raises
    ------
    SampleNotFoundError
        When no sample has this name, or its file is not on this machine.

    Examples
    --------
    >>> import pangeo
    >>> ds = pangeo.samples.open("ostia_monthly")
    >>> ds.attrs["pangeo_sample"]
    'real'
    """
    sample = _sample(name)
    ds = xr.open_dataset(sample.path, engine="h5netcdf", chunks={})
    return ds.assign_attrs(pangeo_sample=sample.kind, pangeo_sample_source=sample.source)


def _sample(name: str) -> Sample:
    found = metadata.entry_points(group=_GROUP, name=name)
    if not found:
        raise SampleNotFoundError(
            f"no sample is called {name!r}",
            found=f"the samples {names()}",
            expected="the name of one of them",
            fix="choose one of these, or install the package that brings it",
        )
    sample: Sample = next(iter(found)).load()()
    return sample
