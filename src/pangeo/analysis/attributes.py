"""What becomes of attributes when variables are reduced or subtracted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import xarray as xr

from pangeo.analysis.temperature import temperature_scale
from pangeo.errors import InputError

# The only anomalies in the CF standard name table; others have no standard name.
_ANOMALY_NAMES = {
    "air_pressure",
    "air_temperature",
    "geopotential_height",
    "surface_temperature",
}

# Ranges of the field, which its anomaly leaves; readers mask by valid_range.
_RANGES = ("actual_range", "valid_max", "valid_min", "valid_range")


def with_cell_methods[T: (xr.Dataset, xr.DataArray)](
    obj: T, before: xr.Dataset | xr.DataArray, dims: Iterable[Hashable], method: str
) -> T:
    """Append a method to the CF ``cell_methods`` of what lost one of ``dims``."""
    if isinstance(obj, xr.DataArray):
        said = str(obj.attrs.get("cell_methods", ""))
        return obj.assign_attrs(cell_methods=f"{said} {method}".strip())
    changed = {
        name: with_cell_methods(obj[name], before, dims, method)
        for name in obj.data_vars
        if set(before[name].dims) & set(dims)
    }
    return obj.assign(changed)


def without_bounds[T: (xr.Dataset, xr.DataArray)](obj: T, dims: Iterable[Hashable]) -> T:
    """Drop the CF bounds of coordinates along ``dims``: they mean nothing once these are gone."""
    along = [coord for coord in obj.coords.values() if set(coord.dims) & set(dims)]
    attributes = ("bounds", "climatology")
    bounds = {
        said.get(attribute)
        for coord in along
        for said in (coord.attrs, coord.encoding)
        for attribute in attributes
    }
    return obj.drop_vars([name for name in bounds if name is not None], errors="ignore")


def check_numeric(obj: xr.Dataset | xr.DataArray, dims: Iterable[Hashable], verb: str) -> None:
    """Refuse text and dates along ``dims``, of which there is no mean."""
    variables = [obj] if isinstance(obj, xr.DataArray) else list(obj.data_vars.values())
    strange = {
        str(variable.name): str(variable.dtype)
        for variable in variables
        if variable.dtype.kind not in "iufb" and set(variable.dims) & set(dims)
    }
    if strange:
        raise InputError(
            f"cannot take the {verb} of what are not numbers",
            found=f"variables {strange}",
            expected="integers, floats or booleans",
            fix=f"leave them out: ds.drop_vars({sorted(strange)})",
        )


def statistic_attributes(attrs: Mapping[Hashable, Any], method: str) -> dict[Any, Any]:
    """The attributes of a field's statistic, which may not have its range, unit or name.

    Readers mask by ``valid_range``; a spread of temperatures is a difference of them; a number of
    values is none.
    """
    if method in ("mean", "minimum", "maximum"):
        return dict(attrs)
    gone = {*_RANGES, *(("standard_name", "units_metadata") if method == "count" else ())}
    left = {key: value for key, value in attrs.items() if key not in gone}
    if method == "count":
        left["units"] = "1"
    if method == "standard_deviation" and temperature_scale(attrs.get("units")):
        left["units_metadata"] = "temperature: difference"
    return left


def anomaly_attributes(variable: xr.DataArray, base: str) -> dict[str, Any]:
    """The attributes of a variable's anomaly against the climatology ``base``.

    The unit stays and, for a temperature, CF 1.11 says that it is one of differences. The
    standard name goes unless the table has one for the anomaly: 0.5 K is no
    ``sea_surface_temperature``.
    """
    attrs = {key: value for key, value in variable.attrs.items() if key not in _RANGES}
    standard_name = attrs.pop("standard_name", None)
    subject = attrs.get("long_name") or standard_name or variable.name or "value"
    attrs["long_name"] = f"{str(subject).replace('_', ' ')} anomaly"
    if standard_name in _ANOMALY_NAMES:
        attrs["standard_name"] = f"{standard_name}_anomaly"
    if temperature_scale(attrs.get("units")):
        attrs["units_metadata"] = "temperature: difference"
    return attrs | {"climatology": base}
