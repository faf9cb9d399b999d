"""Datasets described in STAC: write the descriptions, list them, open by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import overload

import xarray as xr

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.expiry import ExpireReport
from pangeo.catalogs.foreign import ReadOnlyCatalog, open_catalog
from pangeo.catalogs.foreign_entry import ForeignEntry
from pangeo.catalogs.health import CheckReport, Health
from pangeo.catalogs.opening import open_dataset
from pangeo.catalogs.projection import describe
from pangeo.catalogs.publishing import is_workspace, publish
from pangeo.catalogs.rerouting import select
from pangeo.catalogs.static import Catalog
from pangeo.config import workspace
from pangeo.errors import InputError
from pangeo.storage import Location, address_of, is_remote
from pangeo.types import BBoxLike, TimeLike

__all__ = [
    "Catalog",
    "CheckReport",
    "Entry",
    "ExpireReport",
    "ForeignEntry",
    "Health",
    "ReadOnlyCatalog",
    "catalog",
    "describe",
    "open",
    "publish",
    "select",
]


@overload
def catalog(url: None = None) -> Catalog: ...
@overload
def catalog(url: str | Path) -> Catalog | ReadOnlyCatalog: ...
def catalog(url: str | Path | None = None) -> Catalog | ReadOnlyCatalog:
    """The catalogue of your datasets, of another workspace, or one that others keep.

    Parameters
    ----------
    url
        Left out: your own workspace. The folder of a workspace on this machine. Or any
        static STAC catalogue: its root document or the folder of it, as a path or at
        ``https://``, ``s3://``, ``gs://`` or ``az://``; credentials come from the environment.

    Returns
    -------
    Catalog or ReadOnlyCatalog
        The first for a workspace on this machine, the second for everything else.

    Raises
    ------
    InputError
        When ``url`` is neither a path nor a URL.
    StoreError
        When there is no STAC catalogue.

    Examples
    --------
    >>> import pangeo
    >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    >>> pangeo.catalog()["sst-ostia"].interval
    ('2006-04-16T00:00:00Z', '2010-09-16T00:00:00Z')
    """
    if url is None:
        return Catalog(workspace())
    if not isinstance(url, (str, Path)):
        raise InputError(
            "cannot open a catalogue there",
            found=f"url={url!r}",
            expected="the folder of a workspace, or the path or URL of a STAC catalogue",
            fix="leave url out for your own workspace",
        )
    address = address_of(url)
    if is_remote(address) or not is_workspace(Path(address)):
        return open_catalog(url)
    return Catalog(Path(address))


def open(
    name: str,
    *,
    version: str | None = None,
    time: TimeLike | None = None,
    bbox: BBoxLike | None = None,
    variables: Sequence[str] | None = None,
    layout: str = "auto",
    chunks: str | Mapping[str, int] = "auto",
) -> xr.Dataset:
    """A dataset by its name, lazy: only metadata and coordinates are read.

    Parameters
    ----------
    name
        As ``pangeo ls`` lists it.
    version
        A snapshot id or a tag; the newest version by default.
    time
        ISO 8601 interval, (start, end) pair or slice, both ends included; may be open:
        ``"2010/.."``.
    bbox
        (west, south, east, north) in degrees, in any convention of longitude; west > east
        crosses the dateline. Right for ascending and descending latitude. The result keeps
        the dataset's own longitudes, except across the seam of its axis, where they run on.
    variables
        Only these variables, with their coordinates.
    layout
        ``"map"`` holds few times and the whole space in a chunk, ``"series"`` a long time
        and a small space. ``"auto"`` takes the one in which ``time`` and ``bbox`` touch less,
        in chunks and bytes; without these, ``"map"``. ``ds.pangeo.sel`` chooses anew.
    chunks
        Dask chunks: ``"auto"``, several stored chunks in each, or a mapping from dimension
        to size.

    Returns
    -------
    xarray.Dataset
        With dask arrays; name and version in the attributes ``pangeo_dataset`` and
        ``pangeo_version``, of the whole and of each variable.
        The attribute ``pangeo_layout`` says which layout was taken, ``pangeo_layout_costs``
        what was compared.

    Raises
    ------
    DatasetNotFoundError
        When there is no dataset or no version of that name.
    SelectionError
        When box or interval select nothing; names the extent of the data.

    Examples
    --------
    >>> import pangeo
    >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    >>> box = pangeo.open("sst-ostia", bbox=(-170, -5, -120, 5), time="2009/2010")
    >>> dict(box.sizes)
    {'time': 21, 'latitude': 18, 'longitude': 61, 'bnds': 2}
    """
    return open_dataset(
        Location(workspace(), name),
        version=version, time=time, bbox=bbox, variables=variables, layout=layout, chunks=chunks,
    )  # fmt: skip
