"""What functions along time share: their fields, and the abscissa of each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from pangeo.analysis.attributes import check_numeric, without_bounds
from pangeo.analysis.months import time_axis
from pangeo.errors import InputError

YEAR = 365.2425  # days, in the mean Gregorian year
PERIODS = {"year": YEAR, "decade": 10 * YEAR, "day": 1.0}


def days(time: xr.DataArray) -> np.ndarray:
    """Days since the first step, in the calendar of the axis."""
    values = time.values
    if values.dtype.kind == "M":
        found: np.ndarray = (values - values[0]) / np.timedelta64(1, "D")
        return found
    return np.array([(each - values[0]).total_seconds() / 86400 for each in values])


def each_field[T: (xr.Dataset, xr.DataArray)](
    obj: T, name: str, verb: str, change: Callable[[xr.DataArray], Any]
) -> T:
    """Every variable along time changed; those without time stay, bounds of time go."""
    fields = without_bounds(obj, [name])
    check_numeric(fields, [name], verb)
    if isinstance(fields, xr.DataArray):
        changed: T = change(fields)
        return changed
    found = {key: change(v) for key, v in fields.data_vars.items() if name in v.dims}
    rest = fields.drop_vars(found).drop_dims(name)
    return rest.assign(found)[list(fields.data_vars)]


def one_field(obj: xr.Dataset | xr.DataArray, verb: str) -> xr.DataArray:
    """The DataArray, or the only variable along time of a Dataset."""
    if isinstance(obj, xr.DataArray):
        check_numeric(obj, obj.dims, verb)
        return obj
    name = time_axis(obj).name
    fields = [each for each in without_bounds(obj, [name]).data_vars.values() if name in each.dims]
    if len(fields) == 1:
        return one_field(fields[0], verb)
    raise InputError(
        f"cannot tell of which variable the {verb} is wanted",
        found=f"variables {[str(each.name) for each in fields]}",
        expected="one variable along time",
        fix=f"choose it: {verb}(ds['NAME'])",
    )


def kept_coords(field: xr.DataArray, gone: str) -> dict[Any, Any]:
    """The coordinates that do not lie along a dimension."""
    return {key: each for key, each in field.coords.items() if gone not in each.dims}
