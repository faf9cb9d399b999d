"""From numbers to dates, however a file spells its units and its calendar.

The date that a file counts from is read here and handed on in one spelling: xarray and cftime,
which read dates of the standard calendar and of the others, do not agree on odd spellings
(``01-02-1980``, ``2000-01-01T12``, a time zone), and neither says so.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Mapping
from typing import Any

import cftime
import numpy as np
import pandas as pd
import xarray as xr
from xarray.coding.times import CFDatetimeCoder

_LONG = 12 * 10_000  # months; beyond it is a fill value that nobody declared
_MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12}

_UNITS = re.compile(r"\s*(\w+)\s+since\s+(.*?)\s*", re.I)
_CALENDARS = {"standard", "proleptic_gregorian", "julian", "noleap", "all_leap", "360_day"}
_SAME = {"": "standard", "gregorian": "standard", "365_day": "noleap", "366_day": "all_leap"}
_REFERENCE = re.compile(
    r"(?P<year>[+-]?\d{1,4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:\s+|T)(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<part>\d*))?)?)?)?"
    r"\s*(?:Z|UTC|GMT|(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?)?",
    re.I,
)


def split_units(attrs: Mapping[Any, Any]) -> tuple[str, str] | None:
    """The unit and the date that an array counts time from; None where it counts no time."""
    found = _UNITS.fullmatch(str(attrs.get("units", "")))
    return (found[1].lower(), found[2]) if found else None


def calendar_of(attrs: Mapping[Any, Any]) -> str:
    """The calendar that attributes name, the same one always by the same name."""
    name = str(attrs.get("calendar", "")).strip().lower()
    return _SAME.get(name, name)


def coded_times(raw: xr.Dataset, time: str) -> dict[str, xr.Variable]:
    """The time axis of an undecoded file, its bounds, and other arrays that are its time.

    Each with the units and the calendar that it has or takes from the axis.
    """
    axis = raw.variables[time]
    bounds = [axis.attrs[link] for link in ("bounds", "climatology") if axis.attrs.get(link) in raw]
    twins = [
        str(name)
        for name, each in raw.variables.items()
        if name != time
        and each.dims == (time,)
        and each.attrs.get("standard_name") == "time"
        and split_units(each.attrs)
        and not each.isnull().any()
    ]
    taken = {"units": axis.attrs.get("units"), "calendar": calendar_of(axis.attrs)}
    return {
        name: xr.Variable(
            each.dims, each.values, taken | each.attrs | {"calendar": taken["calendar"]}
        )
        for name in (time, *bounds, *twins)
        for each in (raw.variables[name],)
    }


def dates_of(variable: xr.Variable) -> np.ndarray:
    """The dates that an undecoded array counts: datetime64 where it can be, else of cftime.

    Months and years are counted in the calendar, where they are whole ones.

    Raises
    ------
    ValueError
        When its calendar has no such dates; says why.
    """
    units, calendar = split_units(variable.attrs), calendar_of(variable.attrs)
    if units is None:
        raise ValueError("these are no units of time since a date")
    unit, start = units[0], reference(units[1], calendar)
    if counts_months(variable.attrs):
        return _months_on(_decoded(variable, {"units": "1"}), _MONTHS[unit], start)
    spelled = {"units": f"{unit} since {start.isoformat(' ')}", "calendar": calendar}
    return _decoded(variable, spelled)


def counts_months(attrs: Mapping[Any, Any]) -> bool:
    """Whether the unit has another length from one to the next: months, years."""
    unit = (split_units(attrs) or ("", ""))[0]
    return unit in _MONTHS and not (_MONTHS[unit] == 1 and calendar_of(attrs) == "360_day")


def reference(text: str, calendar: str) -> cftime.datetime:
    """The date that units count from, in UTC.

    Raises
    ------
    ValueError
        When it is no date of the calendar, or may be several; says why.
    """
    if calendar not in _CALENDARS:
        raise ValueError(f"there is no calendar {calendar!r}")
    readings = [text] if _REFERENCE.fullmatch(text) else readings_of(text)
    if len(readings) != 1:
        raise ValueError(f"{text!r} may mean {' or '.join(readings) or 'anything'}")
    found = _REFERENCE.fullmatch(readings[0])
    assert found is not None, "ISO 8601 is among the spellings of CF"
    parts = [int(found[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")]
    part = int((found["part"] or "").ljust(6, "0")[:6])
    east = dt.timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    if parts[0] == 0 and calendar in ("standard", "julian"):
        raise ValueError("there is no year 0 in this calendar")
    try:
        date = cftime.datetime(*parts, part, calendar=calendar)
    except ValueError as error:
        raise ValueError(f"there is no {text} in this calendar") from error
    return date + east if found["sign"] == "-" else date - east


def readings_of(text: str) -> list[str]:
    """What a date in no spelling of CF may mean, as ISO 8601: the month first, or the day."""
    readings = list[str]()
    if not re.search(r"\d{4}", text):
        return readings  # without a year pandas takes that of today
    for day_first in (False,) if re.match(r"\d{4}", text) else (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas, that it guesses: both guesses are made
            try:
                date = pd.to_datetime(text, dayfirst=day_first)
            except ValueError:
                continue
        if isinstance(date, pd.Timestamp) and date.tz is None:
            readings.append(date.isoformat())
    return list(dict.fromkeys(readings))


def _decoded(variable: xr.Variable, attrs: dict[str, str]) -> np.ndarray:
    alone = xr.Variable(variable.dims, variable.values, {**variable.attrs, **attrs})
    coder = CFDatetimeCoder(time_unit="us")
    with warnings.catch_warnings():
        # That decoding takes nanoseconds or cftime is what we want where it is needed.
        warnings.simplefilter("ignore", xr.SerializationWarning)
        try:
            decoded = xr.decode_cf(xr.Dataset({"dates": alone}), decode_times=coder)
            return np.asarray(decoded["dates"].values)
        except Exception as error:  # xarray, pandas and cftime each refuse in their own way
            unit = attrs["units"].partition(" ")[0]
            reason = f"this calendar has no such dates, or time no unit {unit!r}"
            raise ValueError(reason) from error


def _months_on(counts: np.ndarray, months: int, start: cftime.datetime) -> np.ndarray:
    """The dates so many times so many months after another; None for NaN."""
    there = counts[~np.isnan(counts)] if counts.dtype.kind == "f" else counts
    if not (np.abs(there) * months < _LONG).all():
        raise ValueError("this calendar has no such dates")
    if (there % 1 != 0).any():
        raise ValueError("a fraction of a month or a year has no length of its own")
    if start.day > 28:
        raise ValueError(f"not every month has a day {start.day}")

    def later(count: float) -> cftime.datetime | None:
        if np.isnan(count):
            return None
        years, month = divmod(start.month - 1 + int(count) * months, 12)
        return start.replace(year=start.year + years, month=month + 1)

    dates = np.array([later(count) for count in counts.ravel().tolist()], object)
    return dates.reshape(counts.shape)
