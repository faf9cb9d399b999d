"""One encoding of time for the life of a store.

Every file counts time from an epoch of its own, and appending with the epoch of the first
one has written wrong dates in silence. Here the time axis is decoded once, file by file,
and stored as int64 microseconds since 1970-01-01 in the calendar of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import cftime
import numpy as np
import xarray as xr

from pangeo.errors import AxisError, SourceError
from pangeo.grids import axis
from pangeo.ingestion.calendars import (
    calendar_of,
    coded_times,
    counts_months,
    dates_of,
    split_units,
)
from pangeo.ingestion.corrections import correct, keyword
from pangeo.ingestion.remedies import remedies, time_candidates

EPOCH = "microseconds since 1970-01-01T00:00:00"


def time_dimension(raw: xr.Dataset) -> str | None:
    """The name of the dimension that is the time axis of an undecoded file, if it has one."""
    name = _time_axis(raw)
    return name if name is not None and split_units(raw[name].attrs) else None


def _time_axis(raw: xr.Dataset) -> str | None:
    """The name of the dimension that calls itself time, dated or not."""
    try:
        found = axis(raw, "time")
    except AxisError:
        return None
    return str(found.name) if found.dims == (found.name,) else None


def date_from_twin(raw: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """The file with dates on a time axis that has none, where another array holds them.

    NEMO writes a ``time_counter`` that is 0 and says nothing; the dates of its steps are in
    ``time_centered``.
    """
    name = _time_axis(raw)
    if name is None or raw[name].attrs.get("units") or np.unique(raw[name].values).size > 1:
        return raw, []
    twins = [
        each
        for each, variable in raw.variables.items()
        if variable.dims == (name,)
        and variable.attrs.get("standard_name") == "time"
        and split_units(variable.attrs)
    ]
    if len(twins) != 1:
        return raw, []
    own, dated = raw.variables[name], raw.variables[twins[0]]
    dates = xr.Variable(name, dated.values, {**own.attrs, **dated.attrs})
    said = f"{name}: says no dates, only {own.values[0]}; takes those of {twins[0]}"
    return raw.assign_coords({name: dates}), [said]


def dating(files: Sequence[xr.Dataset]) -> str:
    """What to type so that undecoded files are dated by numbers that follow each other; else ""."""
    name = _time_axis(files[0])
    if name is None or any(_time_axis(each) != name or time_dimension(each) for each in files):
        return ""
    unit = str(files[0][name].attrs.get("units", "days")).lower()
    said = {name: {"units": f"{unit} since 2000-01-01"}}
    dated = [correct(each[[name]], said, "the file")[0] for each in files]
    try:
        times = sorted((_restated(each, name)[0][name].values for each in dated), key=min)
    except (ValueError, TypeError):
        return ""
    if not (np.diff(np.concatenate(times)) > 0).all():
        return ""
    return f"; or say what their {name!r} counts from, for example {keyword(said)}"


def restate_time(raw: xr.Dataset, time: str, path: object) -> tuple[xr.Dataset, list[str]]:
    """The file with its time axis, and what goes with it, on the epoch of the store.

    Also what was done, in words: numbers in the source's own units, such as
    ``actual_range``, do not hold any more and are left out.

    Raises
    ------
    SourceError
        When the axis cannot be placed on a calendar, or has missing values.
    """

    def works(corrected: xr.Dataset) -> bool:
        with suppress(ValueError):
            return not split_units(corrected[time].attrs) or bool(_restated(corrected, time))
        return False

    try:
        return _restated(raw, time)
    except ValueError as error:
        attrs = raw[time].attrs
        raise SourceError(
            f"cannot place the time axis {time!r} of {path} on a calendar",
            found=f"units={attrs['units']!r}, calendar={calendar_of(attrs)!r}: {error}",
            expected="a date for every step, in CF units such as 'days since 1950-01-01'",
            fix=remedies(raw, list(coded_times(raw, time)), time_candidates(attrs), works),
        ) from error


def _restated(raw: xr.Dataset, time: str) -> tuple[xr.Dataset, list[str]]:
    """As ``restate_time``, with a ValueError that says no more than what is wrong."""
    attrs, restated = raw[time].attrs, {}
    notes = [f"{time}: int64 {EPOCH}, same dates and calendar"]
    if counts_months(attrs):
        notes.append(f"{time}: {attrs['units']!r} counted in calendar months")
    for name, variable in coded_times(raw, time).items():
        numbers, is_exact = _microseconds(dates_of(variable), calendar_of(attrs))
        own = raw[name].attrs
        kept = {key: value for key, value in own.items() if key not in (*_CODING, *_IN_OLD_UNITS)}
        kept |= {"units": EPOCH, "calendar": calendar_of(attrs)}
        restated[name] = xr.Variable(raw[name].dims, numbers, kept)
        notes += [f"{name}: restated as {time} is"] if name != time else []
        notes += [] if is_exact else [f"{name}: rounded to the microsecond"]
        notes += [f"{name}: {key} left out, it was in {attrs['units']!r}"
                  for key in _IN_OLD_UNITS if key in own]  # fmt: skip
    return raw.assign_coords({time: restated.pop(time)}).assign(restated), notes


_CODING = ("units", "calendar", "_FillValue", "missing_value", "scale_factor", "add_offset")
_IN_OLD_UNITS = ("valid_min", "valid_max", "valid_range", "actual_range")


def _microseconds(dates: np.ndarray, calendar: str) -> tuple[np.ndarray, bool]:
    """Dates as numbers on the epoch, and whether that is exact; every date is checked back."""
    if bool(np.asarray(xr.DataArray(dates).isnull()).any()):
        raise ValueError("there are missing values on the time axis")
    if dates.dtype.kind == "M":
        per_us = 1000 if _fits_nanoseconds(dates) else 1
        ticks = dates.astype("datetime64[ns]" if per_us == 1000 else "datetime64[us]").astype(
            "int64"
        )
        numbers = (ticks + per_us // 2) // per_us
        if np.unique(numbers).size < np.unique(ticks).size:
            raise ValueError("steps are less than a microsecond from each other")
        return numbers, bool((numbers * per_us == ticks).all())
    numbers = np.asarray(cftime.date2num(dates, EPOCH, calendar), "int64")
    back = cftime.num2date(numbers, EPOCH, calendar)
    assert (np.asarray(back) == dates).all(), "cftime did not give the dates back"
    return numbers, True


def _fits_nanoseconds(dates: np.ndarray) -> bool:
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    return bool(((years > 1678) & (years < 2262)).all())
