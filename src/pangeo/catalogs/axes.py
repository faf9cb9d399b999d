"""The axes of data that a stranger described: they are loaded as the data are opened."""

from __future__ import annotations

from collections.abc import Iterable

import xarray as xr

from pangeo.errors import StoreError

AXES_BYTES = 128 * 2**20  # 16 million steps; a few bytes can say that there are any number of them


def with_axes(dataset: xr.Dataset, address: str) -> xr.Dataset:
    """A Dataset that was opened without indexes, with those that xarray gives by default.

    Raises
    ------
    StoreError
        When they would be larger than ``AXES_BYTES``.
    """
    variables = dataset.variables
    axes = [dim for dim in dataset.dims if dim in variables and variables[dim].dims == (dim,)]
    refuse_large(dataset, axes, address)
    for dim in axes:
        dataset = dataset.set_xindex([dim])
    return dataset


def refuse_large(dataset: xr.Dataset, names: Iterable[object], address: str) -> None:
    """Refuse a Dataset where the variables of these names together are too large to be loaded."""
    size = sum(dataset.variables[name].nbytes for name in names if name in dataset.variables)
    if size > AXES_BYTES:
        raise StoreError(
            f"cannot open {address}",
            found=f"{size >> 20} MiB of axes, which would be loaded to open it",
            expected=f"{AXES_BYTES >> 20} MiB at most",
            fix="open it yourself with xarray, if you trust who made it",
        )
