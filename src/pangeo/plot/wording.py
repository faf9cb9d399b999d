"""The words on a figure: names, units and dates, from the attributes of CF."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

_SYMBOLS = {
    "degC": "°C", "degree_C": "°C", "degrees_C": "°C", "celsius": "°C", "degree_Celsius": "°C",
    "degrees_east": "°E", "degrees_north": "°N", "1": "", "percent": "%",
}  # fmt: skip
_POWER = re.compile(r"(?<!\de)(?<=[A-Za-z])(?:\*\*|\^)?([-+]?\d+)\b")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+")


def raised(digits: str) -> str:
    """Digits as an exponent is printed."""
    return digits.translate(_RAISED)


def units_of(obj: xr.DataArray) -> str:
    """The units as they are printed: ``m s-1`` as m s⁻¹, none for what has none."""
    units = str(obj.attrs.get("units", ""))
    return _SYMBOLS.get(units, _POWER.sub(lambda found: raised(found[1]), units))


def name_of(obj: xr.DataArray) -> str:
    """What a reader calls the variable: its long name, else its standard name, else its own."""
    named = str(obj.attrs.get("standard_name") or obj.name or "").replace("_", " ")
    return str(obj.attrs.get("long_name") or named)


def label_of(obj: xr.DataArray) -> str:
    """The name with the units in parentheses, for an axis."""
    units = units_of(obj)
    name = name_of(obj)
    return f"{name} ({units})" if units and name else name or units


def place_label(obj: xr.DataArray) -> str:
    """The value of a coordinate without dimensions, as a title says it: a date or a depth."""
    if obj.dtype.kind == "M":
        return str(np.datetime_as_string(obj.values, unit="D"))
    if obj.dtype == object and hasattr(obj.values.item(), "strftime"):
        return str(obj.values.item().strftime("%Y-%m-%d"))
    if obj.dtype.kind in "iuf":
        return f"{obj.name} {float(obj):g} {units_of(obj)}".strip()
    return str(obj.values)
