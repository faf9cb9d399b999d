"""One encoding of time for the life of a store.

Every file counts time from an epoch of its own, and appending with the epoch of the first
one has written wrong dates in silence. Here the time axis is decoded once, file by file,
and stored as int64 microseconds since 1970-01-01 in the calendar of the data.
"""

from __future__ import annotations

import warnings

import cftime
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


def dated_names(raw: xr.Dataset, time: str) -> list[str]:
    """The time axis, and the bounds of it if there are any."""
    attrs = raw[time].attrs
    return [time, *(attrs[link] for link in ("bounds", "climatology") if attrs.get(link) in raw)]


def restate_time(raw: xr.Dataset, time: str, path: object) -> tuple[xr.Dataset, list[str]]:
    """The file with its time axis, and the bounds of it, on the epoch of the store.

    Also what was done, in words: numbers in the source's own units, such as
    ``actual_range``, do not hold any more and are left out.

    Raises
    ------
    SourceError
        When the axis cannot be placed on a calendar, or has missing values.
    """
    attrs = raw[time].attrs
    calendar = str(attrs.get("calendar", "standard")).lower()
    calendar = "standard" if calendar == "gregorian" else calendar  # CF: the same
    names = dated_names(raw, time)
    coded = raw[names].copy()
    for name in names:
        own = coded[name].attrs  # bounds usually leave both to the axis
        coded[name].attrs = {"units": attrs["units"], **own, "calendar": calendar}
    try:
        with warnings.catch_warnings():
            # That decoding takes nanoseconds or cftime is what we want where it is needed.
            warnings.simplefilter("ignore", xr.SerializationWarning)
            decoded = xr.decode_cf(coded.load(), decode_times=CFDatetimeCoder(time_unit="us"))
        values = {name: decoded[name].values for name in names}
    except Exception as error:  # xarray, pandas and cftime each refuse in their own way
        raise _unplaceable(path, time, str(attrs["units"]), calendar) from error
    notes = [f"{time}: int64 {EPOCH}, same dates and calendar"]
    restated = {}
    for name in names:
        numbers, is_exact = _microseconds(values[name], calendar, path, name)
        own = raw[name].attrs
        kept = {key: value for key, value in own.items() if key not in (*_CODING, *_IN_OLD_UNITS)}
        kept |= {"units": EPOCH, "calendar": calendar}
        restated[name] = xr.Variable(raw[name].dims, numbers, kept)
        notes += [] if is_exact else [f"{name}: rounded to the microsecond"]
        notes += [f"{name}: {key} left out, it was in {attrs['units']!r}"
                  for key in _IN_OLD_UNITS if key in own]  # fmt: skip
    return raw.assign_coords({time: restated.pop(time)}).assign(restated), notes


_CODING = ("units", "calendar", "_FillValue", "missing_value", "scale_factor", "add_offset")
_IN_OLD_UNITS = ("valid_min", "valid_max", "valid_range", "actual_range")


def _microseconds(
    dates: np.ndarray, calendar: str, path: object, name: str
) -> tuple[np.ndarray, bool]:
    """Dates as numbers on the epoch, and whether that is exact; every date is checked back."""
    if bool(np.asarray(xr.DataArray(dates).isnull()).any()):
        raise SourceError(
            f"cannot order {path} along {name!r}",
            found="missing values on the time axis",
            expected="a date for every step",
            fix="remove or repair the steps without a date",
        )
    if dates.dtype.kind == "M":
        per_us = 1000 if _fits_nanoseconds(dates) else 1
        ticks = dates.astype("datetime64[ns]" if per_us == 1000 else "datetime64[us]").astype(
            "int64"
        )
        numbers = (ticks + per_us // 2) // per_us
        if np.unique(numbers).size < np.unique(ticks).size:
            raise SourceError(
                f"cannot keep the times of {path} apart",
                found=f"steps of {name!r} less than a microsecond from each other",
                expected="steps at least a microsecond apart",
                fix="store the fraction as a variable of its own, or as an undated axis",
            )
        return numbers, bool((numbers * per_us == ticks).all())
    numbers = np.asarray(cftime.date2num(dates, EPOCH, calendar), "int64")
    back = cftime.num2date(numbers, EPOCH, calendar)
    assert (np.asarray(back) == dates).all(), "cftime did not give the dates back"
    return numbers, True


def _fits_nanoseconds(dates: np.ndarray) -> bool:
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    return bool(((years > 1678) & (years < 2262)).all())


def _unplaceable(path: object, time: str, units: str, calendar: str) -> SourceError:
    return SourceError(
        f"cannot place the time axis {time!r} of {path} on a calendar",
        found=f"units={units!r}, calendar={calendar!r}",
        expected="CF units such as 'days since 1950-01-01' and a CF calendar",
        fix="correct the attributes of the file (ncatted), or leave the axis undated: "
        f"units 'month' instead of {units!r} for a climatology",
    )
