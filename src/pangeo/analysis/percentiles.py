"""Percentiles along time: exact where the series of a cell fit, else with an error that is said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from dask.graph_manipulation import bind

from pangeo.analysis.accumulators import Ends
from pangeo.analysis.along_time import each_field, kept_coords
from pangeo.analysis.attributes import with_cell_methods
from pangeo.analysis.coarse import CHUNK, coarse
from pangeo.analysis.months import time_axis
from pangeo.analysis.recording import recorded
from pangeo.errors import InputError
from pangeo.storage import find_stored

BINS, PASSES = 32, 2
EXACT_BYTES = 2**30  # below which reading a chunk again and again costs little


@recorded
def percentile[T: (xr.Dataset, xr.DataArray)](
    obj: T, q: float | Sequence[float], *, exact: bool | None = None
) -> T:
    """The value below which ``q`` percent of the steps lie, for each cell.

    Parameters
    ----------
    obj
        Dataset or DataArray along time. Stays lazy.
    q
        From 0 to 100; one, or several.
    exact
        True holds the whole series of some cells at a time, and interpolates between two values
        as ``numpy.percentile`` does. That reads a store cut for maps once for each part of
        space. False reads all of it three times in any layout, and finds the lower of those
        two values, off by at most 1/2048 of the range of each cell. None chooses: exact where
        that reads nothing twice, or the data are small.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        As ``obj``, in float64, without time; with the dimension ``percentile`` first where
        there are several. The attribute ``percentile_error`` says "exact", or the bound.

    Raises
    ------
    AxisError
        When there is no time axis made of dates.
    InputError
        When ``q`` is not from 0 to 100.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly").surface_temperature
    >>> pangeo.analysis.percentile(sst, [10, 90]).sizes["percentile"]
    2
    """
    wanted = np.atleast_1d(np.asarray(q, "float64"))
    if wanted.ndim > 1 or not wanted.size or not ((wanted >= 0) & (wanted <= 100)).all():
        raise InputError(
            "cannot take these percentiles", found=f"q={q!r}",
            expected="numbers from 0 to 100", fix="q=90, or q=[5, 50, 95]",
        )  # fmt: skip
    name: str = str(time_axis(obj).name)

    def change(field: xr.DataArray) -> xr.DataArray:
        fits = _fits(field.variable, name) if exact is None else exact
        data = (_exact if fits else _streamed)(field.variable, name, wanted)
        dims = ["percentile", *(dim for dim in field.dims if dim != name)]
        coords = kept_coords(field, name) | {
            "percentile": ("percentile", wanted, {"units": "percent"})
        }
        error = (
            "exact"
            if fits
            else f"at most 1/{2 * BINS**PASSES} of the range of each cell, of the lower value"
        )
        attrs = field.attrs | {"percentile_error": error}
        found = xr.DataArray(data, coords, dims, field.name, attrs)
        return found if np.ndim(q) else found.isel(percentile=0)

    found = each_field(obj, name, "percentile", change)
    return with_cell_methods(found, obj, [name], f"{name}: percentile")


def _fits(variable: xr.Variable, name: str) -> bool:
    """Whether whole series can be held without reading chunks twice, or cheaply all the same."""
    if variable.nbytes <= EXACT_BYTES or isinstance(variable._data, np.ndarray):
        return True
    pieces = find_stored(variable)
    if pieces is None:
        return False
    axis = variable.dims.index(name)
    across = [
        math.prod(n for k, n in enumerate(piece.stored.unit) if k != axis) for piece in pieces
    ]
    return bool(max(across) * variable.shape[axis] * variable.dtype.itemsize <= 2 * CHUNK)


def _exact(variable: xr.Variable, name: str, wanted: np.ndarray) -> Any:
    axis = variable.dims.index(name)
    lazy = coarse(variable, CHUNK, whole=[name])
    if lazy.chunks is None:
        return _of_series(np.asarray(lazy.values), axis, wanted)
    chunks = ((wanted.size,), *(c for k, c in enumerate(lazy.chunks) if k != axis))
    return da.map_blocks(
        _of_series, lazy.data, axis, wanted, dtype="float64", drop_axis=axis, new_axis=0,
        chunks=chunks, meta=np.empty((0,) * lazy.ndim),
    )  # fmt: skip


def _of_series(block: np.ndarray, axis: int, wanted: np.ndarray) -> np.ndarray:
    """Sorted with NaN last, so that each cell has its own number of values; linear between two."""
    values = np.sort(np.moveaxis(block, axis, 0).astype("float64"), axis=0)
    n = (~np.isnan(values)).sum(axis=0)
    found = np.empty((wanted.size, *values.shape[1:]))
    for k, q in enumerate(wanted):
        place = q / 100 * np.maximum(n - 1, 0)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, np.maximum(n - 1, 0))
        a, b = (np.take_along_axis(values, each[None], 0)[0] for each in (low, high))
        found[k] = np.where(n > 0, a + (b - a) * (place - low), np.nan)
    return found


def _streamed(variable: xr.Variable, name: str, wanted: np.ndarray) -> Any:
    """Each pass counts values in bins of what is left of the range, and keeps one of them."""
    from pangeo.analysis.reduction import reduce_groups

    axis = variable.dims.index(name)
    steps = np.zeros(variable.shape[axis], "int64")
    lazy = coarse(variable).chunk()
    data = da.moveaxis(lazy.data, axis, 0)
    ends = da.asarray(reduce_groups(variable, name, steps, 1, Ends()))[:, 0]
    low, high, count = (each.rechunk(data.chunks[1:]) for each in ends)
    width = (high - low) / BINS
    starts = [low for _ in wanted]
    for n in range(PASSES):
        # A reading of its own: of a shared one, every chunk would be held from pass to pass.
        again = bind(data, starts)
        starts = [
            _narrowed(again, start, width, count, float(q))
            for start, q in zip(starts, wanted, strict=True)
        ]
        width = width / BINS if n < PASSES - 1 else width
    return da.stack([start + width / 2 for start in starts])


def _narrowed(data: da.Array, low: da.Array, width: da.Array, count: da.Array, q: float) -> Any:
    """Where the bin begins in which the value lies that is wanted."""
    letters = tuple(range(1, data.ndim))
    counted = da.blockwise(
        _counted, (0, data.ndim, *letters), data, (0, *letters), low, letters, width, letters,
        new_axes={data.ndim: BINS + 1}, adjust_chunks={0: 1}, dtype="int32", align_arrays=False,
        meta=np.empty((0,) * (data.ndim + 1), "int32"),
    )  # fmt: skip
    whole = counted.sum(axis=0, split_every=4)
    order = (*letters,)
    return da.blockwise(
        partial(_chosen, q=q), order, whole, (data.ndim, *letters), low, letters, width, letters,
        count, letters, dtype="float64", concatenate=True, align_arrays=False,
        meta=np.empty((0,) * len(letters)),
    )  # fmt: skip


def _counted(block: np.ndarray, low: np.ndarray, width: np.ndarray) -> np.ndarray:
    """How many values are below the bins, and in each of them: (1, bin, *cells)."""
    from pangeo.analysis import kernels

    cells = low.size
    below, bins = np.zeros(cells, "int32"), np.zeros((BINS, cells), "int32")
    values = np.ascontiguousarray(block.reshape(len(block), -1), dtype="float64")
    # The greatest value belongs to the last bin, so the bins are wider by a trifle.
    wider = np.ravel(width) * (1 + 1e-9)
    kernels.add_histogram(values, 0.0, False, np.ravel(low).copy(), wider, below, bins)
    return np.concatenate([below[None], bins]).reshape(1, BINS + 1, *low.shape)


def _chosen(
    whole: np.ndarray, low: np.ndarray, width: np.ndarray, count: np.ndarray, q: float
) -> np.ndarray:
    rank = q / 100 * np.maximum(count - 1, 0)
    reached = np.cumsum(whole, axis=0)[1:] > rank[None]
    # Where rounding took the value out of the last bin, it is the last all the same.
    place = np.minimum((~reached).sum(axis=0), BINS - 1)
    return np.where(count > 0, low + place * width, np.nan)
