"""The dates of a Dataset as numbers from one epoch, lazy ones without a look at them."""

from __future__ import annotations

import cftime
import numpy as np
import xarray as xr

from pangeo.errors import SourceError
from pangeo.ingestion.timeaxis import EPOCH


def dated(variable: xr.Variable, units_so_far: object) -> xr.Variable:
    """Dates that are counted from one epoch, else xarray takes one that suits these alone.

    In microseconds; in nanoseconds where there are such. Lazy ones are not looked at: they may
    be such, unless they were stored in microseconds.
    """
    microseconds = EPOCH.removesuffix("T00:00:00")  # as xarray writes it of what is in memory
    nanoseconds = microseconds.replace("micro", "nano")
    if variable.chunks is not None:
        was_coarse = str(units_so_far).startswith("microseconds")
        is_fine = variable.dtype == "M8[ns]" and not was_coarse
        if variable.dtype.kind == "M" and not is_fine:
            data = variable.data.map_blocks(_in_microseconds, dtype="M8[us]")
            variable = xr.Variable(variable.dims, data, variable.attrs)
        variable = variable.copy(deep=False)
        variable.encoding = {"units": nanoseconds if is_fine else microseconds, "dtype": "int64"}
        return variable
    units = microseconds
    if variable.dtype.kind == "M":
        micro = variable.values.astype("datetime64[us]")
        if (micro == variable.values)[~np.isnat(micro)].all():
            variable = variable.copy(data=micro)
        else:
            units = nanoseconds
    variable = variable.copy(deep=False)
    variable.encoding = {"units": units}
    return variable


def _in_microseconds(dates: np.ndarray) -> np.ndarray:
    """The same dates, of which xarray would make other ones where they are of other units."""
    micro = dates.astype("M8[us]")
    if not (micro == dates)[~np.isnat(dates)].all():
        raise SourceError(
            "dates finer than the microseconds that they were stored in: use ds.drop_encoding()",
            found="dates between two microseconds",
            expected="what pangeo.open gave, or dates computed from it in whole microseconds",
            fix="forget how they were stored: pangeo.ingest(ds.drop_encoding(), NAME)",
        )
    return micro


def is_dated(variable: xr.Variable) -> bool:
    """Whether it holds dates, of NumPy or of another calendar."""
    if variable.dtype != object or not variable.size:
        return bool(variable.dtype.kind == "M")
    first = variable[(0,) * variable.ndim].values.item()
    return isinstance(first, cftime.datetime)
