"""Dimensions and variables as the datacube extension of STAC says them, with words of CF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import cftime
import numpy as np
import xarray as xr

from pangeo.catalogs.referencing import axis_letter, reference_system
from pangeo.grids import even_step, time_span, time_step

ISO_CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
MOST_TEXTS = 1000  # of an axis of names that are listed; of more, the places are counted
_EPOCH = "days since 1970-01-01"

# The words of STAC's common metadata for types; whatever has none is "other".
_NUMBERS = re.compile(r"u?int(8|16|32|64)|float(16|32|64)")


def dimensions(dataset: xr.Dataset) -> dict[str, Any]:
    """Every dimension, by name; where it has no coordinate, its indices count."""
    return {str(dim): _dimension(dataset, dataset[dim]) for dim in dataset.dims}


def variables(dataset: xr.Dataset, nbytes: Mapping[str, int]) -> dict[str, Any]:
    """Every variable that is not the axis of a dimension, by name."""
    return {
        str(name): {
            "dimensions": [str(dim) for dim in each.dims],
            "type": "data" if name in dataset.data_vars else "auxiliary",
            **_values(each),
            **_words(each),
            "pangeo:bytes": nbytes[str(name)],
        }
        for name, each in dataset.variables.items()
        if name not in dataset.dims
    }


def _dimension(dataset: xr.Dataset, coord: xr.DataArray) -> dict[str, Any]:
    """An axis; only what is certain is said: a direction of space needs its extent in numbers."""
    words = _words(coord)
    span = time_span(coord)
    if span is not None:
        return _temporal(coord, list(span)) | _without_unit(words)
    if coord.dtype.kind not in "iuf" and 0 < coord.size <= MOST_TEXTS:
        return {"type": "other", "values": [_plain(each) for each in coord.values.tolist()]} | words
    values = coord.values if coord.dtype.kind in "iuf" else np.arange(coord.size)
    extent = [float(values.min()), float(values.max())] if values.size else [np.nan, np.nan]
    is_whole = bool(np.isfinite(extent).all())  # JSON has no other numbers
    described: dict[str, Any] = {"extent": extent if is_whole else [None, None]}
    described |= (is_whole and _direction(dataset, coord)) or {"type": "other"}
    return described | {"step": even_step(values)} | words


def _direction(dataset: xr.Dataset, coord: xr.DataArray) -> dict[str, Any] | None:
    """In which direction of space an axis runs; None where none is known.

    A horizontal axis without a reference system would be read as degrees on WGS 84.
    """
    letter = axis_letter(coord)
    if letter is None:
        return None
    if letter == "z":
        return {"type": "spatial", "axis": letter}
    system = reference_system(dataset, coord)
    if system.in_datacube is None or not system.measures(coord):
        return None
    return {"type": "spatial", "axis": letter, "reference_system": system.in_datacube}


def _temporal(coord: xr.DataArray, span: list[str]) -> dict[str, Any]:
    calendar = coord.dt.calendar
    if calendar in ISO_CALENDARS:
        return {"type": "temporal", "extent": span, "step": time_step(coord)}
    # Such dates may be none of ISO 8601, as 30 February: they are counted instead.
    days = cftime.date2num([coord.values.min(), coord.values.max()], _EPOCH, calendar)
    step = even_step(cftime.date2num(coord.values, _EPOCH, calendar)) if coord.ndim == 1 else None
    return {
        "type": "temporal", "extent": [float(each) for each in days], "step": step,
        "unit": _EPOCH, "reference_system": calendar,
    }  # fmt: skip


def _without_unit(words: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in words.items() if key != "unit"}


def _values(variable: xr.Variable) -> dict[str, Any]:
    """How values are stored: their type, what stands for none, and how they are packed."""
    dtype = str(variable.encoding.get("dtype", variable.dtype))
    said: dict[str, Any] = {"data_type": dtype if _NUMBERS.fullmatch(dtype) else "other"}
    fill = variable.encoding.get("_FillValue", variable.attrs.get("_FillValue"))
    if np.isscalar(fill) and np.asarray(fill).dtype.kind in "iuf":
        said["nodata"] = _number(fill)
    for key in ("scale_factor", "add_offset"):
        if key in variable.encoding:
            said[f"pangeo:{key}"] = _number(variable.encoding[key])
    return said


def _number(value: Any) -> float | int | str:
    """A number as JSON can say it; STAC's common metadata writes the others as text."""
    number = np.asarray(value).item()
    return number if np.isfinite(number) else str(number)


def _words(variable: xr.Variable | xr.DataArray) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for attribute, field in (
        ("long_name", "description"), ("units", "unit"), ("standard_name", "cf:standard_name")
    ):  # fmt: skip
        text = _plain(variable.attrs.get(attribute, "")).strip()
        if text:
            said[field] = text
    methods = _plain(variable.attrs.get("cell_methods", "")).strip()
    if methods:
        said["cf:cell_methods"] = _cell_methods(methods, list(map(str, variable.dims)))
    return said


_METHOD = re.compile(r"((?:\w+: )+)(\w+)((?: (?:within|over|where) \w+)*)(?: \([^)]*\))?")


def _cell_methods(text: str, dims: list[str]) -> list[str | None] | str:
    """The method of each dimension, in their order; the plain text where it says more."""
    methods: dict[str, str] = {}
    for match in _METHOD.finditer(text):
        names = match[1].replace(":", "").split()
        if len(names) > 1 or names[0] not in dims or names[0] in methods or match[3]:
            return text
        methods[names[0]] = match[2]
    return [methods.get(dim) for dim in dims] if methods else text


def _plain(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
