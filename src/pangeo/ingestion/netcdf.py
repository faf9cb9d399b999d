"""The reader of NetCDF-3, NetCDF-4 and HDF5 files on local disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import xarray as xr

from pangeo.errors import SourceError
from pangeo.ingestion import hdf5
from pangeo.ingestion.readers import Glance

_HDF5 = b"\x89HDF\r\n\x1a\n"
_CLASSIC = (b"CDF\x01", b"CDF\x02")
_CDF5 = b"CDF\x05"


class NetCDFReader:
    """Opens NetCDF files with h5netcdf and scipy, both safe under threads."""

    formats = "NetCDF-3, NetCDF-4/HDF5"

    def recognises(self, path: Path, head: bytes) -> bool:
        """By the magic bytes of HDF5 and of the classic formats."""
        return head.startswith((_HDF5, *_CLASSIC, _CDF5))

    def open(self, path: Path) -> xr.Dataset:
        """The root group of the file, undecoded; other groups are listed as left out."""
        with path.open("rb") as file:
            head = file.read(8)
        if head.startswith(_CDF5):
            raise SourceError(
                f"cannot ingest {path}",
                found="NetCDF classic format with 64-bit data (CDF-5)",
                expected="NetCDF-3 (CDF-1, CDF-2) or NetCDF-4/HDF5",
                fix=f"convert it: nccopy -k nc4 {path.name} converted.nc",
            )
        engine = "h5netcdf" if head == _HDF5 else "scipy"
        try:
            ragged = _ragged(path) if engine == "h5netcdf" else {}
            dataset = xr.open_dataset(
                path, engine=engine, decode_cf=False, cache=False, drop_variables=list(ragged)
            ).assign(ragged)
        except Exception as error:  # the libraries raise anything on a truncated file
            raise _unreadable(path, error) from error
        groups: list[str] = []
        if engine == "h5netcdf":
            with h5py.File(path, "r") as file:
                groups = _groups(file)
                dataset = _beside_the_library(dataset, file)
        if groups and not dataset.variables:
            dataset.close()
            raise SourceError(
                f"cannot ingest {path}: its root group holds no variables",
                found=f"variables in the groups {', '.join(groups)}",
                expected="variables in the root group",
                fix="write the group you want as a file of its own: "
                f"xarray.open_dataset(..., group={groups[0]!r}).to_netcdf('one-group.nc')",
            )
        dataset.encoding["left_out"] = [f"the group {group}" for group in groups]
        return dataset

    def glance(self, path: Path, varying: Mapping[str, tuple[str, ...]]) -> Glance | None:
        """The header of a NetCDF-4 file, digested."""
        try:
            return hdf5.glance(path, varying)
        except Exception:  # whatever it is, opening the file in full will say it in words
            return None


def _beside_the_library(dataset: xr.Dataset, file: h5py.File) -> xr.Dataset:
    """The same, but that plain numbers are read on as many threads as ask."""
    plain = {}
    for name, variable in dataset.variables.items():
        stored = file.get(str(name))
        if (
            isinstance(stored, h5py.Dataset)
            and name not in dataset.xindexes
            and variable.dtype.kind in "iuf"
            and not variable.dtype.metadata  # as an enumeration has
            and (stored.shape, stored.dtype) == (variable.shape, variable.dtype)
        ):
            plain[name] = hdf5.lazy(
                Path(file.filename), str(name), map(str, variable.dims), variable.shape,
                variable.dtype, variable.attrs,
            )  # fmt: skip
    return dataset.assign(plain)


def _ragged(path: Path) -> dict[str, xr.Variable]:
    """Arrays of which each element is an array of any length, without their values.

    xarray cannot open a file with one of them; nor can they be stored. So they are there to be
    seen, and to be refused or left out by their names.
    """
    with h5py.File(path, "r") as file:
        found = {
            name: member.shape
            for name, member in file.items()
            if isinstance(member, h5py.Dataset)
            and h5py.check_vlen_dtype(member.dtype) not in (None, str, bytes)
        }
    return {
        name: xr.Variable([f"{name}_{number}" for number in range(len(shape))],
                          np.empty(shape, object))
        for name, shape in found.items()
    }  # fmt: skip


def _groups(file: h5py.File) -> list[str]:
    """The groups below the root that hold variables."""
    found: list[str] = []

    def visit(name: str, member: h5py.Group | h5py.Dataset) -> None:
        group = f"/{name}".rpartition("/")[0]
        if isinstance(member, h5py.Dataset) and group and group not in found:
            found.append(group)

    file.visititems(visit)
    return found


def _unreadable(path: Path, error: Exception) -> SourceError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return SourceError(
        f"cannot read {path}",
        found=reason,
        expected="a complete NetCDF file",
        fix="check it with `ncdump -h`; copy or download it again if it is cut short",
    )
