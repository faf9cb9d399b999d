"""Datasets described in STAC: write the descriptions, list them, open by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import xarray as xr

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.expiry import ExpireReport
from pangeo.catalogs.foreign import ReadOnlyCatalog, open_catalog
from pangeo.catalogs.foreign_entry import ForeignEntry
from pangeo.catalogs.found import Entries
from pangeo.catalogs.health import CheckReport, Health
from pangeo.catalogs.opening import open_dataset
from pangeo.catalogs.projection import describe
from pangeo.catalogs.publishing import is_workspace, publish
from pangeo.catalogs.question import Question
from pangeo.catalogs.rerouting import select
from pangeo.catalogs.shared import locate, search_both
from pangeo.catalogs.static import Catalog
from pangeo.config import workspace
from pangeo.errors import InputError, StoreError
from pangeo.storage import address_of, is_remote
from pangeo.types import BBoxLike, TimeLike

__all__ = [
    "Catalog",
    "CheckReport",
    "Entries",
    "Entry",
    "ExpireReport",
    "ForeignEntry",
    "Health",
    "ReadOnlyCatalog",
    "catalog",
    "describe",
    "open",
    "publish",
    "search",
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
        When there is nothing at ``url``, or no STAC catalogue.

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
    if is_remote(address):
        return open_catalog(url)
    folder = Path(address)
    if not folder.exists():
        raise StoreError(
            f"no catalogue at {folder}",
            found="no such file or folder",
            expected="the folder of a workspace, or the path of a STAC catalogue",
            fix="correct the path; a workspace comes to be with the first ingest into it: "
            f"PANGEO_WORKSPACE={folder}",
        )
    return Catalog(folder) if is_workspace(folder) else open_catalog(url)


def search(
    text: str | None = None,
    *,
    variable: str | None = None,
    bbox: BBoxLike | None = None,
    time: TimeLike | None = None,
    properties: Mapping[str, Any] | None = None,
) -> Entries[Entry]:
    """The datasets of the catalogue that answer everything asked; without a question, all.

    Your own, then those of the workspace that the setting ``shared`` names, if it does.
    Neither case nor accents count, in text and in variables, and ``_`` is a space.

    Parameters
    ----------
    text
        Words, each of which must occur, if only as a part of another, in the name, title,
        description or keywords, or in the name, standard name or long name of a variable.
    variable
        The whole name, standard name or long name of a variable, and no part of one:
        ``"sst"`` is not ``"sst_anomaly"``, and ``"sea_surface_temperature"`` finds every
        variable of that standard name, whatever it is called in its files. Coordinates and
        dimensions, such as ``"depth"``, are found in the same way.
    bbox
        (west, south, east, north) in degrees, in any convention of longitude; west > east
        crosses the dateline. Finds what meets the box, edges included. A dataset without
        a position is not found.
    time
        ISO 8601 interval, (start, end) pair or slice; may be open: ``"2010/.."``. Or one date,
        of text or of any library, or a year: ``2010``; a partial date such as ``"2010-09"``
        means the whole of it. Finds what has dates before its end and after its start, both
        included, in whatever calendar. A dataset without dates is not found.
    properties
        Fields of the STAC description that the others do not ask for, with the value that each
        has or, where it is a list, that is in it: ``{"license": "CC-BY-4.0"}``. A field within
        another is named with dots, also in a list: ``{"providers.name": "NOAA"}``. Not asked
        for in this way are titles, extents, links, assets, sources and notes, and what is said
        of dimensions and variables.

    Returns
    -------
    Entries
        A sequence of ``Entry``, printed as a table: those first that have the words of the text
        in their name or title, then by name; ``found["sst"]`` is one by its name. Where nothing
        was found, it is empty, and prints how many datasets each thing asked would find alone,
        which names are like the one asked for, and which variables or fields there are.

    Raises
    ------
    InputError
        When a box or an interval cannot be understood, or ends before it starts.

    Examples
    --------
    >>> import pangeo
    >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    >>> pangeo.search("ostia", bbox=(170, -5, -120, 5), time="2010/..")
    name       variables       time                      W, S, E, N             size
    sst-ostia  surface_tempe…  2006-04-16 .. 2010-09-16  -180, -5, 180, 4.4  1.68 MB
    """
    return search_both(Question.of(text, variable, bbox, time, properties))


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

    Where you have none of that name, it is looked for in the workspace that the setting
    ``shared`` names.

    Parameters
    ----------
    name
        As ``pangeo ls`` lists it.
    version
        A snapshot id or a tag; the newest version by default.
    time
        ISO 8601 interval, (start, end) pair or slice, both ends included; may be open:
        ``"2010/.."``. Or one date, of text or of any library, or a year: ``2010``.
    bbox
        (west, south, east, north) in degrees, in any convention of longitude; west > east
        crosses the dateline. Right for ascending and descending latitude. The result keeps
        the dataset's own longitudes, except across the seam of its axis, where they run on.
        Of profiles, drifters and tracks ``time`` and ``bbox`` take the observations in them;
        the attribute ``pangeo_selection`` says how many.
    variables
        Only these variables, with their coordinates, or what places them in space and time.
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
        locate(name),
        version=version, time=time, bbox=bbox, variables=variables, layout=layout, chunks=chunks,
    )  # fmt: skip
