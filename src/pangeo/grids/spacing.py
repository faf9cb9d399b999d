"""How the values of an axis follow each other: a step in degrees or metres, or in time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import xarray as xr

CENTURIES = 290  # in years; 2**63 ns are 292
NOISE = 1e-3  # of a step: what is left of a decimal step in single precision


def even_step(values: np.ndarray) -> float | None:
    """The step of an evenly spaced axis, negative where it descends; None where it is not."""
    steps = np.diff(np.asarray(values, "float64"))
    if not steps.size or not np.isfinite(steps).all():
        return None
    step = float((values[-1] - values[0]) / steps.size)
    return step if step and np.allclose(steps, step, rtol=0, atol=abs(step) * NOISE) else None


def time_step(dates: xr.DataArray) -> str | None:
    """The step of an axis of dates as an ISO 8601 duration; None where it has no single one.

    Months and years count in the calendar: mid-January and mid-February are a month apart.
    """
    if dates.size < 2 or dates.isnull().any():
        return None
    values = dates.values
    if values.dtype.kind == "M" and np.ptp(dates.dt.year.values) > CENTURIES:
        values = values.astype("datetime64[us]")  # a step may be longer than nanoseconds can count
    steps = np.unique(np.diff(values))
    if steps.size == 1:
        return _duration(steps[0])
    months = np.unique(np.diff(dates.dt.year.values * 12 + dates.dt.month.values))
    if months.size != 1 or months[0] <= 0:
        return None
    years, rest = divmod(int(months[0]), 12)
    return f"P{months[0]}M" if rest else f"P{years}Y"


def _duration(step: Any) -> str | None:
    """A length of time as ISO 8601 writes it; None where it is not whole seconds, or negative."""
    micros = (
        round(step / dt.timedelta(microseconds=1))
        if isinstance(step, dt.timedelta)
        else int(step // np.timedelta64(1, "us"))
    )
    seconds, rest = divmod(micros, 10**6)
    if rest or seconds <= 0:
        return None
    for letter, length in (("P{}D", 86400), ("PT{}H", 3600), ("PT{}M", 60), ("PT{}S", 1)):
        if seconds % length == 0:
            return letter.format(seconds // length)
    return None
