"""What to type where a file does not say what it means; each remedy was tried before.

A remedy is a value of the keyword ``attributes``. It is offered and never taken: which one is
true, only the user can tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pangeo.ingestion.calendars import readings_of, split_units
from pangeo.ingestion.corrections import correct, keyword

type Candidate = tuple[dict[str, Any], str]
"""A change of attributes that may be what was meant, and when it is, in words."""


def remedies(
    raw: xr.Dataset,
    names: Sequence[str],
    candidates: Iterable[Candidate],
    works: Callable[[xr.Dataset], bool],
) -> str:
    """The changes with which an undecoded file can be understood, as one would type them.

    Parameters
    ----------
    names
        The variable that is to be changed, and those that may have the same attributes.
    works
        Whether the changed file can be understood.
    """
    offers = []
    for change, reason in candidates:
        changed = {
            name: change
            for name in names
            if name == names[0] or not change.keys().isdisjoint(raw[name].attrs)
        }
        corrected, _ = correct(raw, changed, "the file")
        if works(corrected):
            offers.append(f"{keyword(changed)} {reason}")
    if not offers:
        return "say with attributes={...} what the file should have said"
    return "say what the file should have said: " + ", or ".join(offers)


def time_candidates(attrs: Mapping[Any, Any]) -> Iterator[Candidate]:
    """What units and calendar may have been meant; that there are no dates, always can."""
    unit, start = split_units(attrs) or ("", "")
    yield {"calendar": "standard"}, "for the calendar of every day"
    for reading in readings_of(start):
        yield {"units": f"{unit} since {reading}"}, f"if it counts from {reading}"
    if re.match(r"0+-", start):
        settled = re.sub(r"^0+-", "2000-", start)
        yield {"units": f"{unit} since {settled}"}, "for a climatology, where any year will do"
        yield {"calendar": "proleptic_gregorian"}, "for dates on a calendar that has a year 0"
    if unit.startswith("month"):
        yield {"calendar": "360_day"}, "for months of 30 days"
    for mark in ("_FillValue", "missing_value"):
        if mark in attrs:
            yield {mark: None}, "if what it marks is a time like the others"
    yield {"units": unit}, "for numbers without dates"


def agreement(name: str, key: str, value: Any) -> str:
    """What to type where files differ in an attribute and mean the same; "" where they cannot."""
    if key in ("scale_factor", "add_offset", "_FillValue", "missing_value", "_Unsigned"):
        return ""
    said = keyword({name: {key: np.asarray(value).tolist()}})
    return f"; if they mean the same, make the dataset with {said}"
