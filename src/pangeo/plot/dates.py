"""Dates that matplotlib can draw, from any calendar."""

from __future__ import annotations

import numpy as np
import xarray as xr


def drawable_dates(time: xr.DataArray) -> np.ndarray:
    """The dates as datetime64; in another calendar, as far into the same year.

    The 30th of February of a 360-day year has no date in ours: it is drawn where 59 of 360
    days of the year have passed.
    """
    if time.dtype.kind == "M":
        return np.asarray(time.values)
    decimal = time.dt.decimal_year.values
    whole = np.floor(decimal).astype(int)
    begin, end = (
        (year - 1970).astype("datetime64[Y]").astype("datetime64[s]") for year in (whole, whole + 1)
    )
    seconds = (decimal - whole) * (end - begin).astype(float)
    return np.asarray(begin + np.round(seconds).astype("timedelta64[s]"))
