"""A mean year that is given: what it may be, and its cells among those of the data."""

from __future__ import annotations

import reprlib
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pangeo.analysis.cycles import CYCLES
from pangeo.errors import InputError
from pangeo.grids import find_axes
from pangeo.types import TimeInterval


def given_year(climatology: Any) -> xr.Dataset | xr.DataArray | None:
    """The mean year that is given, in xarray or as twelve numbers; None for a period."""
    if isinstance(climatology, (xr.Dataset, xr.DataArray)):
        return climatology
    pair = isinstance(climatology, (tuple, list)) and len(climatology) == 2
    if climatology is None or pair or isinstance(climatology, (str, slice, TimeInterval)):
        return None
    try:
        numbers = np.asarray(climatology, dtype="float64")
    except (TypeError, ValueError):
        numbers = np.array(np.nan)
    ordered = isinstance(climatology, pd.Series)  # by itself: 12 may come first
    months = np.asarray(climatology.index if ordered else range(1, 13))
    if numbers.shape != (12,) or set(months) != set(range(1, 13)):
        raise InputError(
            "cannot understand the climatology",
            found=f"{type(climatology).__name__} {reprlib.repr(climatology)}",
            expected="a base period such as '1991/2020', a mean year in xarray, or twelve numbers "
            "from January to December (a pandas Series of them has the index 1 to 12)",
            fix="for example climatology='1991/2020'",
        )
    return xr.DataArray(numbers, coords={"month": months}).sortby("month")


def same_kind(variable: xr.DataArray, given: xr.Dataset | xr.DataArray) -> xr.DataArray:
    """The mean year of this variable, out of what is given."""
    if isinstance(given, xr.DataArray):
        return given
    if variable.name not in given.data_vars:
        raise InputError(
            f"the climatology has no variable {variable.name!r}",
            found=f"variables {[str(name) for name in given.data_vars]}",
            expected=f"one called {variable.name!r}",
            fix=f"rename it: climatology.rename(NAME={str(variable.name)!r})",
        )
    return given[variable.name]


def on_cells_of(variable: xr.DataArray, mean_year: xr.DataArray) -> xr.DataArray:
    """The climatology of just these cells; xarray alone would drop cells that differ."""
    strange = sorted(map(str, set(mean_year.dims) - set(variable.dims) - set(CYCLES)))
    if strange:
        raise _other_grid(variable, f"dimensions {strange} that {variable.name!r} has not")
    longitude = find_axes(variable).longitude
    for dim in set(mean_year.indexes) & set(variable.indexes) & set(mean_year.dims) - set(CYCLES):
        wanted, has = variable.indexes[dim], mean_year.indexes[dim]
        if dim == longitude and not wanted.isin(has).all():
            places = _meridians(wanted.to_numpy(), has.to_numpy())
        else:
            places = has.get_indexer_for(wanted) if has.is_unique else np.array([-1])
        missing = int((places < 0).sum())
        if missing:
            raise _other_grid(
                variable,
                f"{missing} of {wanted.size} cells along {dim!r} missing: the data have "
                f"{wanted.min()} .. {wanted.max()}, the climatology {has.min()} .. {has.max()}",
            )
        if not wanted.equals(has):
            mean_year = mean_year.isel({dim: places}).assign_coords({dim: variable[dim]})
    return mean_year


def _meridians(wanted: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Where each longitude stands among others, in whatever convention; -1 for nowhere."""
    meridians, first = np.unique(has.astype("float64") % 360, return_index=True)
    places = pd.Index(meridians).get_indexer(
        wanted.astype("float64") % 360, method="nearest", tolerance=1e-4
    )
    return np.where(places < 0, -1, first[places])


def _other_grid(variable: xr.DataArray, found: str) -> InputError:
    return InputError(
        f"the climatology is not on the grid of {variable.name!r}",
        found=found,
        expected=f"every cell along {[str(dim) for dim in variable.dims]}, or none of them",
        fix="bring it to this grid: climatology.interp_like(sst), or give twelve numbers",
    )
