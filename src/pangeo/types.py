"""Small values that every room speaks: a box on the sphere, an interval of time."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

from pangeo.errors import InputError

if TYPE_CHECKING:
    import numpy as np

type BBoxLike = "BBox | Sequence[float]"
type TimeLike = "str | int | dt.date | np.datetime64 | tuple[Any, Any] | slice | TimeInterval"

# (year, month, day, hour, minute, second, microsecond) in UTC, as far as it was said.
type Moment = tuple[int, ...]

_BBOX_EXPECTED = "(west, south, east, north) in degrees, as in STAC: bbox=(-170, -5, -120, 5)"
_TIME_EXPECTED = (
    "an ISO 8601 interval '2006-04/2010-09', a (start, end) pair or a slice, the start not after "
    "the end; or one date, of text or of any library, or a year"
)


@dataclass(frozen=True, slots=True)
class BBox:
    """A box in degrees, (west, south, east, north), that knows the sphere.

    Longitudes are taken in any convention, -180..180 or 0..360. ``west > east`` means
    that the box crosses the dateline, as in STAC; a box 360 degrees wide is the whole
    circle.
    """

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of(cls, value: BBoxLike) -> Self:
        """The box that ``value`` means, or an InputError that says why it means none."""
        if isinstance(value, cls):
            return value
        try:
            west, south, east, north = (float(number) for number in value)  # type: ignore[union-attr]
        except (TypeError, ValueError):
            raise _bad_bbox(value, "four numbers are needed") from None
        if not all(math.isfinite(number) for number in (west, south, east, north)):
            raise _bad_bbox(value, "every number must be finite")
        if south > north:
            raise _bad_bbox(value, f"south ({south:g}) is north of north ({north:g})")
        if not (south >= -90 and north <= 90):
            raise _bad_bbox(value, "latitudes lie between -90 and 90")
        if not all(-360 <= longitude <= 720 for longitude in (west, east)):
            raise _bad_bbox(value, "longitudes lie between -360 and 720")
        if east - west > 360 + 1e-4:  # the rounding noise of a float32 axis
            raise _bad_bbox(value, f"it is {east - west:g} degrees wide, the circle only 360")
        return cls(west, south, east, north)

    @property
    def width(self) -> float:
        """Degrees of longitude from west to east, going east: 0..360."""
        if self.east - self.west >= 360:
            return 360.0
        return (self.east - self.west) % 360

    def as_tuple(self) -> tuple[float, float, float, float]:
        """(west, south, east, north)."""
        return self.west, self.south, self.east, self.north

    def __str__(self) -> str:
        return f"({self.west:g}, {self.south:g}, {self.east:g}, {self.north:g})"


def _bad_bbox(value: object, why: str) -> InputError:
    return InputError(
        f"cannot understand the box: {why}",
        found=f"bbox={value!r}",
        expected=_BBOX_EXPECTED,
        fix="give west, south, east, north in this order; west > east crosses the dateline",
    )


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """A closed interval of time; None leaves an end open.

    The ends say no more than was given, because a partial date such as ``"2010-09"`` means
    the whole month, in whatever calendar the data have.
    """

    start: Moment | None
    end: Moment | None

    @classmethod
    def of(cls, value: TimeLike) -> Self:
        """The interval that ``value`` means, or an InputError that says why it means none."""
        if isinstance(value, cls):
            return value
        start, end = _ends(value)
        interval = cls(_moment(start, value), _moment(end, value))
        if interval.is_reversed:
            raise _bad_time(value, "it ends before it starts")
        return interval

    @property
    def is_reversed(self) -> bool:
        """Whether it ends before it starts, as far as both ends say."""
        start, end = self.start or (), self.end or ()
        return start[: len(end)] > end[: len(start)]

    def __str__(self) -> str:
        return "/".join(".." if end is None else _iso(end) for end in (self.start, self.end))


_ISO = re.compile(
    r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)"
    r"(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-][01]\d:?[0-5]\d)?)?)?)?"
)
_FIELDS = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_LIMITS = ((0, 9999), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59))


def moment_of(date: Any, precision: int = len(_FIELDS)) -> Moment:
    """The first fields of a date of any library: year, month, day, hour and so on."""
    return tuple(int(getattr(date, field)) for field in _FIELDS[:precision])


def _ends(value: Any) -> tuple[Any, Any]:
    """The two ends as they were given; one date is both."""
    if isinstance(value, str):
        start, slash, end = value.partition("/")
        return start, end if slash else start
    if isinstance(value, slice):
        if value.step is not None:
            raise _bad_time(value, "a slice with a step does not bound an interval")
        return value.start, value.stop
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise _bad_time(value, "it has neither one nor two ends")
        return value[0], value[1]
    if value is None:
        raise _bad_time(value, "it has neither one nor two ends")
    return value, value


def _moment(end: Any, whole: object) -> Moment | None:
    if end is None:
        return None
    if isinstance(end, str):
        return None if end.strip() in ("", "..") else _parse(end, whole)
    if isinstance(end, Integral) and not isinstance(end, bool):
        return _parse(f"{int(end):04d}", whole)
    if getattr(getattr(end, "dtype", None), "kind", None) == "M":  # numpy's, also in an array
        return _parse(str(getattr(end, "values", end)), whole)
    if isinstance(end, dt.datetime) and end == end:  # pandas' missing date equals nothing
        return moment_of(end.astimezone(dt.UTC) if end.tzinfo else end)
    if isinstance(end, dt.date) and not isinstance(end, dt.datetime):
        return moment_of(end, 3)
    if hasattr(end, "calendar") and hasattr(end, "microsecond"):  # cftime's
        return moment_of(end)
    raise _bad_time(whole, f"{end!r} is not a date")


def _parse(text: str, whole: object) -> Moment:
    """Read ISO 8601; a day that some calendars lack is for the data to refuse."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise _bad_time(whole, f"{text!r} is not an ISO 8601 date")
    *numbers, fraction, zone = match.groups()
    moment = tuple(int(number) for number in numbers if number is not None)
    for number, (least, most) in zip(moment, _LIMITS, strict=False):
        if not least <= number <= most:
            raise _bad_time(whole, f"{text!r} has no such month, day or time of day")
    if fraction is not None:
        moment = (*moment, int(fraction[:6].ljust(6, "0")))
    return moment if zone in (None, "Z") else _in_utc(moment, zone, whole)


def _in_utc(moment: Moment, zone: str, whole: object) -> Moment:
    offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    try:
        local = dt.datetime(*moment)  # type: ignore[arg-type]  # at least a day, by the pattern
        utc = local + offset if zone[0] == "-" else local - offset
    except (ValueError, OverflowError):
        raise _bad_time(whole, "the time zone leads out of the calendar") from None
    return moment_of(utc, max(len(moment), 5))


def _iso(moment: Moment) -> str:
    date = "-".join([f"{moment[0]:04d}", *(f"{number:02d}" for number in moment[1:3])])
    clock = ":".join(f"{number:02d}" for number in moment[3:6])
    fraction = "".join(f".{number:06d}" for number in moment[6:] if number)
    return f"{date}T{clock}{fraction}" if clock else date


def _bad_time(value: object, why: str) -> InputError:
    return InputError(
        f"cannot understand the time interval: {why}",
        found=f"time={value!r}",
        expected=_TIME_EXPECTED,
        fix="write dates as text, '..' for an open end: time='2010-01/..', ('2010', '2012-06')",
    )
