"""What cannot be decoded now could not be opened later: it is refused, by its name."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import xarray as xr

from pangeo.errors import SourceError
from pangeo.ingestion.calendars import split_units
from pangeo.ingestion.remedies import Candidate, remedies, time_candidates

_PACKING = ("scale_factor", "add_offset")


def check_decodes(raw: xr.Dataset, path: object) -> None:
    """Raise SourceError where xarray cannot decode a variable of an undecoded file."""
    if _problem(raw) is None:
        return
    for name, variable in raw.variables.items():
        alone = xr.Dataset({name: variable})
        problem = _problem(alone)
        if problem is not None:
            raise SourceError(
                f"cannot decode variable {name!r} of {path}",
                found=problem,
                expected="attributes that follow the CF conventions",
                fix="ingest the variables you need, without it: variables=['NAME', ...]; or "
                + remedies(alone, [str(name)], _candidates(variable.attrs), _decodes),
            )
    raise SourceError(
        f"cannot decode {path}",
        found=str(_problem(raw)),
        expected="attributes that follow the CF conventions",
        fix="ingest the variables you need: variables=['NAME', ...]",
    )


def _problem(raw: xr.Dataset) -> str | None:
    """Why these cannot be decoded, in words; None where they can."""
    for variable in raw.variables.values():
        for key in _PACKING:
            # It would be lazy, and fail when the first value is read.
            if isinstance(variable.attrs.get(key), str):
                return f"{key} {variable.attrs[key]!r}, which is text"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # readers of the dataset will see them
            xr.decode_cf(raw, decode_timedelta=False)
    except Exception as error:  # attributes of the wrong type make xarray raise anything
        return (str(error).strip() or type(error).__name__).splitlines()[0].split(". ")[0]
    return None


def _decodes(raw: xr.Dataset) -> bool:
    return _problem(raw) is None


def _candidates(attrs: Mapping[Any, Any]) -> Iterator[Candidate]:
    if split_units(attrs):
        yield from time_candidates(attrs)
        return
    for key, value in attrs.items():
        if key in _PACKING and isinstance(value, str):
            with suppress(ValueError):
                yield {key: float(json.loads(value))}, "if that is the number"
        elif key not in _PACKING:  # without it the numbers would mean something else
            yield {key: None}, "to do without"
