"""The cycles of which there are climatologies: months, days, seasons, hours."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from pangeo.analysis.months import MONTH_ATTRS
from pangeo.errors import InputError

type By = Literal["month", "dayofyear", "season", "hour"]
CYCLES: tuple[str, ...] = get_args(By.__value__)

SEASONS = ("DJF", "MAM", "JJA", "SON")

_ATTRS = {
    "month": MONTH_ATTRS,
    "dayofyear": {"long_name": "day of the year", "units": "1"},
    "season": {"long_name": "season of the year"},
    "hour": {"long_name": "hour of the day", "units": "h"},
}


def check_cycle(by: object) -> None:
    """Refuse what is no cycle."""
    if by not in CYCLES:
        raise InputError(
            "cannot tell of which cycle a climatology is wanted",
            found=f"by={by!r}",
            expected=f"one of {list(CYCLES)}",
            fix="leave by out for the mean year of twelve months",
        )


def phases(time: xr.DataArray, by: str) -> np.ndarray:
    """Of each step its month, day of the year, hour, or season: DJF, MAM, JJA or SON.

    The day of the year is counted in the calendar: the first of March is the 61st of a leap
    year and the 60th of others. A season belongs to no year here, so its months need not be
    in a row.
    """
    if by == "season":
        names: np.ndarray = np.asarray(SEASONS)
        found: np.ndarray = names[time.dt.month.values % 12 // 3]
        return found
    values: np.ndarray = getattr(time.dt, by).values
    return values


def groups(time: xr.DataArray, by: str) -> tuple[np.ndarray, xr.Variable]:
    """The number of each step's group, and what the groups are called, in their order."""
    of_each = phases(time, by)
    if by == "season":
        names: np.ndarray = np.asarray([name for name in SEASONS if name in of_each])
    elif by == "month":
        names = np.arange(1, 13)
    else:
        names = np.unique(of_each)
    number: dict[Any, int] = {name: n for n, name in enumerate(names.tolist())}
    codes = np.array([number[each] for each in of_each.tolist()], "int64")
    return codes, xr.Variable(by, names, _ATTRS[by])


def cycle_of(climatology: xr.DataArray) -> str:
    """The cycle that a climatology is of, by the dimension that it has."""
    named = [by for by in CYCLES if by in climatology.dims]
    return named[0] if named else "month"
