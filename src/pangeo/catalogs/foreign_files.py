"""NetCDF files of a foreign catalogue, here or elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import xarray as xr

from pangeo.errors import StoreError
from pangeo.storage import RemoteFile, is_remote

_HDF5, _CLASSIC = b"\x89HDF\r\n\x1a\n", b"CDF"


def open_netcdf(address: str, options: dict[str, Any]) -> xr.Dataset:
    """A NetCDF-3 or NetCDF-4 file as a lazy Dataset without indexes."""
    options = {"create_default_indexes": False, **options}
    if not is_remote(address):
        with Path(address).open("rb") as file:
            return xr.open_dataset(address, **_engine_of(file, address), **options)
    # Looked through and opened as one file: another might be sent the second time.
    remote: Any = RemoteFile(address)
    engine = _engine_of(remote, address)
    remote.seek(0)
    return xr.open_dataset(remote, **engine, **options)


def _engine_of(file: Any, address: str) -> dict[str, Any]:
    """The keywords to open a file with, if it is one to be opened."""
    head = file.read(len(_HDF5))
    if head == _HDF5:
        with h5py.File(file, "r") as content:
            _refuse_other_files(content, address)
        # HDF5 that is no NetCDF has no names for its dimensions.
        return {"engine": "h5netcdf", "phony_dims": "access"}
    if not head.startswith(_CLASSIC):
        raise StoreError(
            f"cannot open {address}",
            found=f"a file that begins with {head!r}",
            expected="a NetCDF file",
            fix="tell whoever keeps the catalogue",
        )
    return {"engine": "scipy"}


def _refuse_other_files(content: h5py.File, address: str) -> None:
    """Refuse HDF5 that takes data from other files: these would be files of this machine."""
    pending, seen = [content], set()
    while pending:
        group = pending.pop()
        for name in group:
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise _leads_elsewhere(address, f"{group.name}/{name} is a link to {link.filename}")
            if isinstance(link, h5py.SoftLink):
                continue
            node = group[name]
            if (
                isinstance(node, h5py.Group)
                and (place := h5py.h5o.get_info(node.id).addr) not in seen
            ):
                seen.add(place)  # a group can hold itself
                pending.append(node)
            elif isinstance(node, h5py.Dataset) and (node.external or node.is_virtual):
                raise _leads_elsewhere(address, f"{node.name} lies in other files")


def _leads_elsewhere(address: str, found: str) -> StoreError:
    return StoreError(
        f"{address} takes data from other files",
        found=found,
        expected="a file that holds its data itself",
        fix="open it yourself with h5netcdf, if you trust who made it",
    )
