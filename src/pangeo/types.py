"""Small values that every room speaks: a box on the sphere, an interval of time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from pangeo.errors import InputError

type BBoxLike = "BBox | Sequence[float]"
type TimeLike = "str | tuple[Any, Any] | slice | TimeInterval"

_BBOX_EXPECTED = "(west, south, east, north) in degrees, as in STAC: bbox=(-170, -5, -120, 5)"
_TIME_EXPECTED = "an ISO 8601 interval '2006-04/2010-09', a (start, end) pair or a slice"


@dataclass(frozen=True, slots=True)
class BBox:
    """A box in degrees, (west, south, east, north), that knows the sphere.

    Longitudes are taken in any convention, -180..180 or 0..360. ``west > east`` means
    that the box crosses the dateline, as in STAC; a box at least 360 degrees wide is
    the whole circle.
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

    The ends keep the form they were given in, because a partial date such as
    ``"2010-09"`` means the whole month, in whatever calendar the data have.
    """

    start: Any
    end: Any

    @classmethod
    def of(cls, value: TimeLike) -> Self:
        """The interval that ``value`` means, or an InputError that says why it means none."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            start, _, end = value.partition("/")
            return cls(_end(start, value), _end(end, value) if "/" in value else _end(start, value))
        if isinstance(value, slice):
            if value.step is not None:
                raise _bad_time(value, "a slice with a step does not bound an interval")
            return cls(_end(value.start, value), _end(value.stop, value))
        if isinstance(value, (tuple, list)) and len(value) == 2:
            return cls(_end(value[0], value), _end(value[1], value))
        raise _bad_time(value, "it has neither one nor two ends")

    def __str__(self) -> str:
        return "/".join(".." if end is None else str(end) for end in (self.start, self.end))


def _end(end: Any, whole: object) -> Any:
    if end is None or end in ("", ".."):
        return None
    if isinstance(end, str):
        _check_iso(end, whole)
    return end


def _check_iso(text: str, whole: object) -> None:
    """Refuse what is no ISO 8601 date; 360_day calendars have a 30th of February."""
    date, _, clock = text.strip().removesuffix("Z").replace(" ", "T").partition("T")
    parts = date.split("-")
    numbers = all(part.isdigit() for part in parts)
    if not numbers or not 1 <= len(parts) <= 3 or len(parts[0]) != 4:
        raise _bad_time(whole, f"{text!r} is not an ISO 8601 date")
    month, day = (int(part) for part in (*parts[1:], "1", "1")[:2])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise _bad_time(whole, f"{text!r} has no such month or day")
    if clock:
        try:
            dt.time.fromisoformat(clock)
        except ValueError:
            raise _bad_time(whole, f"{text!r} has no such time of day") from None


def _bad_time(value: object, why: str) -> InputError:
    return InputError(
        f"cannot understand the time interval: {why}",
        found=f"time={value!r}",
        expected=_TIME_EXPECTED,
        fix="use '..' or None for an open end: time='2010-01/..'",
    )
