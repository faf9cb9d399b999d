"""One encoding of time for the life of a store.

Every file counts time from an epoch of its own, and appending with the epoch of the first
one has written wrong dates in silence. Here the time axis is decoded once, file by file,
and stored as int64 microseconds since 1970-01-01 in the calendar of the data.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from xarray.coding.times import CFDatetimeCoder

from pangeo.errors import AxisError, SourceError
from pangeo.grids import axis

EPOCH = "microseconds since 1970-01-01T00:00:00"


def time_dimension(raw: xr.Dataset) -> str | None:
    """The name of the dimension that is the time axis of an undecoded file, if it has one."""
    try:
        name = str(axis(raw, "time").name)
    except AxisError:
        return None
    is_dated = raw[name].dims == (name,) and " since " in str(raw[name].attrs.get("units", ""))
    return name if is_dated else None


def restate_time(raw: xr.Dataset, time: str, path: object) -> tuple[xr.Dataset, list[str]]:
    """The file with its time axis, and the bounds of it, on the epoch of the store.

    Also what was done, in words: numbers in the source's own units, such as
    ``actual_range``, do not hold any more and are left out.

    Raises
    ------
    SourceError
        When the axis cannot be placed on a calendar.
    """
    names = [time, *([raw[time].attrs["bounds"]] if _has_bounds(raw, time) else [])]
    coded = raw[names].copy()
    attrs = dict(raw[time].attrs)
    calendar = str(attrs.get("calendar", "standard")).lower()
    for name in names:
        own = coded[name].attrs  # bounds usually leave both to the axis
        coded[name].attrs = {"units": attrs["units"], **own, "calendar": calendar}
    try:
        decoded = xr.decode_cf(coded.load(), decode_times=CFDatetimeCoder(time_unit="us"))
        restated = {name: _encode(decoded[name], calendar) for name in names}
    except (ValueError, OverflowError) as error:
        raise SourceError(
            f"cannot place the time axis {time!r} of {path} on a calendar",
            found=f"units={attrs['units']!r}, calendar={calendar!r}",
            expected="CF units such as 'days since 1950-01-01' and a CF calendar",
            fix="correct the attributes of the file (ncatted), or leave the axis undated: "
            f"units 'month' instead of {attrs['units']!r} for a climatology",
        ) from error
    notes = [f"{time}: int64 {EPOCH}, same dates and calendar"]
    for name in names:
        own = raw[name].attrs
        kept = {key: value for key, value in own.items() if key not in (*_CODING, *_IN_OLD_UNITS)}
        restated[name].attrs = {**kept, "units": EPOCH, "calendar": calendar}
        notes += [f"{name}: {key} left out, it was in {attrs['units']!r}"
                  for key in _IN_OLD_UNITS if key in own]  # fmt: skip
    return raw.assign_coords({time: restated.pop(time)}).assign(restated), notes


_CODING = ("units", "calendar", "_FillValue", "missing_value", "scale_factor", "add_offset")
_IN_OLD_UNITS = ("valid_min", "valid_max", "valid_range", "actual_range")


def _has_bounds(raw: xr.Dataset, time: str) -> bool:
    return raw[time].attrs.get("bounds") in raw.variables


def _encode(decoded: xr.DataArray, calendar: str) -> xr.Variable:
    if decoded.isnull().any():
        raise ValueError("the time axis has missing values")
    numbers, _, _ = xr.coding.times.encode_cf_datetime(
        decoded.values, EPOCH, calendar, dtype=np.dtype("int64")
    )
    return xr.Variable(decoded.dims, np.asarray(numbers, "int64"))
