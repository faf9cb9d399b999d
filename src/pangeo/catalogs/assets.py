"""The data of a foreign catalogue: recognise a Zarr, Icechunk or NetCDF asset, and open it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import icechunk
import xarray as xr
import zarr

from pangeo.catalogs.axes import refuse_large, with_axes
from pangeo.catalogs.foreign_files import open_netcdf
from pangeo.catalogs.keywords import decoders, heeded
from pangeo.catalogs.layouts import open_layout
from pangeo.errors import DatasetNotFoundError, InputError, PangeoError, StoreError
from pangeo.storage import BRANCH, DESCRIPTION, icechunk_storage, read_description, zarr_store

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


def open_asset(asset: Mapping[str, Any], address: str, version: str | None) -> xr.Dataset:
    """The Dataset of an asset, lazy and without Dask.

    Raises
    ------
    StoreError
        When it cannot be reached or read.
    """
    options = {key: value for key, value in heeded(asset).items() if key != "chunks"}
    options = {"decode_timedelta": False, "decode_coords": "all", **options}
    if version is not None and kind_of(asset) != "icechunk":
        raise InputError(
            f"cannot open another version of {address}",
            found=f"version={version!r}, and {kind_of(asset)} data, which have one version",
            expected="version for Icechunk data alone",
            fix="leave version out",
        )
    try:
        match kind_of(asset):
            case "icechunk":
                return _open_repository(asset, address, version, options)
            case "zarr":
                return with_axes(_lazy_group(zarr_store(address), options), address)
            case _:
                return with_axes(open_netcdf(address, options), address)
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


def _open_repository(
    asset: Mapping[str, Any], address: str, version: str | None, options: dict[str, Any]
) -> xr.Dataset:
    store = _icechunk_store(asset, address, version)
    root = zarr.open_group(store, mode="r")
    if DESCRIPTION not in root.attrs:
        return with_axes(_lazy_group(store, options), address)
    said, layout = read_description(store), options.get("group", "map")  # one of ours
    for group in {"map", layout}:
        content = _lazy_group(store, {"group": group, "decode_cf": False})
        refuse_large(content, {*content.dims, *said["text"]}, address)
    return open_layout(store, said, layout, decoders=decoders(asset))


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
