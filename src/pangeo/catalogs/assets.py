"""The data of a foreign catalogue: recognise a Zarr, Icechunk or NetCDF asset, and open it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import icechunk
import xarray as xr
import zarr

from pangeo.catalogs.axes import refuse_large, with_axes
from pangeo.catalogs.foreign_chunks import in_whole_chunks
from pangeo.catalogs.foreign_files import open_netcdf
from pangeo.catalogs.keywords import decoders, heeded
from pangeo.catalogs.opening import only, open_version
from pangeo.errors import DatasetNotFoundError, InputError, PangeoError, StoreError
from pangeo.grids import select_part
from pangeo.storage import BRANCH, DESCRIPTION, icechunk_storage, read_description, zarr_store
from pangeo.types import BBoxLike, TimeLike

_TYPES = {
    "icechunk": ("application/vnd.zarr+icechunk", "application/vnd.icechunk",
                 "application/x-icechunk"),
    "zarr": ("application/vnd.zarr", "application/vnd+zarr", "application/x-zarr",
             "application/zarr"),
    "netcdf": ("application/netcdf", "application/x-netcdf", "application/x-netcdf4",
               "application/netcdf4"),
}  # fmt: skip
_SUFFIXES = (
    ("icechunk", re.compile(r"\.icechunk/?$", re.I)),
    ("zarr", re.compile(r"\.zarr(/|$)", re.I)),
    ("netcdf", re.compile(r"\.(nc|nc4|cdf|netcdf)$", re.I)),
)
_NO_DATA = {"metadata", "thumbnail", "overview", "index", "references"}
_ORDER = list(_TYPES)  # which to open where there are several: versions first, then chunks


def kind_of(asset: Mapping[str, Any]) -> str | None:
    """Whether an asset is ``"icechunk"``, ``"zarr"`` or ``"netcdf"``; None where it is none.

    By its media type, whatever its parameters; where it has none, by its fields and suffix.
    """
    roles = _roles(asset)
    if not isinstance(asset.get("href"), str) or (roles & _NO_DATA and "data" not in roles):
        return None
    media_type = str(asset.get("type") or "").partition(";")[0].strip().lower()
    for kind, types in _TYPES.items():
        if media_type in types:
            return kind
    for kind, suffix in _SUFFIXES:
        if suffix.search(asset["href"].partition("?")[0]):
            return kind
    return "zarr" if any(key.startswith("zarr:") for key in asset) else None


def _roles(asset: Mapping[str, Any]) -> set[str]:
    roles = asset.get("roles")
    return {each for each in roles if isinstance(each, str)} if isinstance(roles, list) else set()


def data_assets(assets: object) -> dict[str, dict[str, Any]]:
    """The assets that can be opened, the one to take first."""
    if not isinstance(assets, dict):
        return {}
    known = {key: each for key, each in assets.items() if isinstance(each, dict) and kind_of(each)}

    def rank(key: str) -> tuple[bool, int]:
        asset = known[key]
        return "data" not in _roles(asset), _ORDER.index(str(kind_of(asset)))

    return {key: known[key] for key in sorted(known, key=rank)}


def other_data(assets: object) -> list[str]:
    """The assets that are data of a kind that is not opened, each with its media type."""
    known = assets.items() if isinstance(assets, dict) else ()
    return [
        f"{key} ({each.get('type') or each['href']})"
        for key, each in known
        if isinstance(each, dict)
        and isinstance(each.get("href"), str)
        and kind_of(each) is None
        and ("data" in _roles(each) or not _roles(each) & _NO_DATA)
    ]


def open_asset(
    asset: Mapping[str, Any],
    address: str,
    *,
    version: str | None,
    time: TimeLike | None,
    bbox: BBoxLike | None,
    variables: Sequence[str] | None,
    any_layout: bool,
    chunks: str | Mapping[str, int] | None,
) -> xr.Dataset:
    """The Dataset of an asset, or a part of it, lazy; see ``pangeo.open`` for the options.

    ``any_layout``: of a dataset that Pangeo made not only the layout that the asset names.

    Raises
    ------
    StoreError
        When it cannot be reached or read.
    """
    kind = kind_of(asset)
    if version is not None and kind != "icechunk":
        raise InputError(
            f"cannot open another version of {address}",
            found=f"version={version!r}, and {kind} data, which have one version",
            expected="version for Icechunk data alone",
            fix="leave version out",
        )
    options = heeded(asset)
    said = options.pop("chunks", {})
    with _reading(asset, address):
        store = _store(asset, address, version)
        if kind == "icechunk" and DESCRIPTION in zarr.open_group(store, mode="r").attrs:
            layout = "auto" if any_layout else options.get("group", "map")
            _refuse_large_layouts(store, address)
            return open_version(
                store, time=time, bbox=bbox, variables=variables, layout=layout,
                chunks=(said or "auto") if chunks == "auto" else chunks, **decoders(asset),
            )  # fmt: skip
        options = {"decode_timedelta": False, "decode_coords": "all", **options}
        lazy = open_netcdf(address, options) if store is None else _lazy_group(store, options)
        dataset = in_whole_chunks(with_axes(lazy, address), chunks, said)
        if variables is not None:
            dataset = only(dataset, variables)
        return select_part(dataset, time=time, bbox=bbox)


@contextmanager
def _reading(asset: Mapping[str, Any], address: str) -> Iterator[None]:
    """Turn what libraries raise in the block into a StoreError."""
    try:
        yield
    except PangeoError:
        raise
    except Exception as error:  # every library has errors of its own
        found = (str(error).strip() or type(error).__name__).splitlines()[0]
        if _WHOLE_FILES in found:
            raise _sends_no_parts(asset, address) from error
        raise StoreError(
            f"cannot open {address}",
            found=found,
            expected=f"{kind_of(asset)} data, as the catalogue says",
            fix="check that it is still there and, for what is not public, the credentials in "
            "the environment; over HTTP, Zarr needs consolidated metadata",
        ) from error


# What obstore and Icechunk say where a request for a part is answered 200, with the whole.
_WHOLE_FILES = "Range request not supported"


def _sends_no_parts(asset: Mapping[str, Any], address: str) -> StoreError:
    return StoreError(
        f"cannot open {address}",
        found="a web server that answers a request for a part of a file with the whole file",
        expected=f"for {kind_of(asset)} data, a server that supports Range requests (RFC 9110)",
        fix="serve the folder by one that does, such as nginx, or python -m RangeHTTPServer after "
        "pip install rangehttpserver; python -m http.server does not",
    )


def _store(asset: Mapping[str, Any], address: str, version: str | None) -> Any:
    """What Zarr reads the asset from; None of what is no Zarr."""
    match kind_of(asset):
        case "icechunk":
            return _icechunk_store(asset, address, version)
        case "zarr":
            return zarr_store(address)
    return None


def _refuse_large_layouts(store: icechunk.IcechunkStore, address: str) -> None:
    """Refuse a store that says it is ours, and whose axes or texts are too large to be loaded."""
    said = read_description(store)
    for layout in {"map", *said["layouts"]}:
        content = _lazy_group(store, {"group": layout, "decode_cf": False})
        refuse_large(content, {*content.dims, *said["text"]}, address)


def _lazy_group(store: Any, options: dict[str, Any]) -> xr.Dataset:
    path = options.get("group", "")
    group = zarr.open_group(store, path=path, mode="r")
    is_consolidated = group.metadata.consolidated_metadata is not None
    return xr.open_dataset(
        store, engine="zarr", consolidated=is_consolidated, chunks=None,
        create_default_indexes=False, **options,
    )  # fmt: skip


def _icechunk_store(
    asset: Mapping[str, Any], address: str, version: str | None
) -> icechunk.IcechunkStore:
    """The version named, else the newest; where the asset stands for an earlier one, that."""
    repository = icechunk.Repository.open(icechunk_storage(address))
    if version is None and "latest-version" not in _roles(asset):
        version = asset.get("version")
    if version is None or version in repository.list_branches():
        return repository.readonly_session(version or BRANCH).store
    if version in repository.list_tags():
        return repository.readonly_session(tag=version).store
    try:
        return repository.readonly_session(snapshot_id=version).store
    except icechunk.IcechunkError as error:
        raise DatasetNotFoundError(
            f"no version {version!r} at {address}",
            found=str(error).splitlines()[0],
            expected="a snapshot id, a tag or a branch of the repository",
            fix="leave version out for the newest",
        ) from error
