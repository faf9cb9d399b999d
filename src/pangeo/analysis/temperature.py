"""Kelvin and degrees Celsius, in the spellings that files have."""

from __future__ import annotations

from typing import Literal

import xarray as xr

from pangeo.errors import InputError

type Scale = Literal["K", "degC"]

_KELVIN = 273.15  # of 0 degC
_SPELLINGS: dict[str, Scale] = {
    "k": "K", "kelvin": "K", "kelvins": "K", "degk": "K", "degkelvin": "K",
    "degc": "degC", "celsius": "degC", "degcelsius": "degC", "°c": "degC", "c": "degC",
}  # fmt: skip


def temperature_scale(units: object) -> Scale | None:
    """The scale that a unit string means; None for any other unit or none.

    Examples
    --------
    >>> temperature_scale("degrees_C"), temperature_scale("kelvin"), temperature_scale("m")
    ('degC', 'K', None)
    """
    text = str(units).strip().lower().replace("_", "").replace(" ", "")
    return _SPELLINGS.get(text.replace("degrees", "deg").replace("degree", "deg"))


def check_temperature(variable: xr.DataArray) -> None:
    """Refuse what is neither in kelvin nor in degrees Celsius."""
    if temperature_scale(variable.attrs.get("units")) is None:
        units = variable.attrs.get("units")
        raise InputError(
            f"cannot tell the temperatures in {variable.name!r}",
            found=f"units={units!r}" if units is not None else "no attribute 'units'",
            expected="kelvin ('K') or degrees Celsius ('degC')",
            fix="convert them, or say what they are: sst.attrs['units'] = 'degC'",
        )


def in_units_of(variable: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    """``variable`` in the units of ``other``; one without units is taken to have them already.

    Raises
    ------
    InputError
        When the units differ by more than kelvin and degrees Celsius, or one without units
        cannot be in those of ``other`` by its numbers, or cannot be looked at without computing.
    """
    mine, theirs = variable.attrs.get("units"), other.attrs.get("units")
    if mine is None:
        _check_magnitude(variable, other)
        return variable
    if mine == theirs:
        return variable
    scales = temperature_scale(mine), temperature_scale(theirs)
    if None in scales:
        raise InputError(
            f"the climatology of {other.name!r} is in other units than it is",
            found=f"units={mine!r} and units={theirs!r}",
            expected=f"units={theirs!r} in both",
            fix="convert one of them and set its attribute 'units'",
        )
    if scales[0] == scales[1]:
        return variable
    offset = _KELVIN if scales == ("degC", "K") else -_KELVIN
    return (variable + offset).assign_attrs(variable.attrs | {"units": theirs})


_WARMEST, _COLDEST = 100.0, 150.0  # of the Earth's air and sea: degC, K; none is both


def _check_magnitude(variable: xr.DataArray, other: xr.DataArray) -> None:
    """Refuse numbers without units that cannot be temperatures in the units of ``other``."""
    scale = temperature_scale(other.attrs.get("units"))
    if scale is None:
        return
    if variable.chunks is not None:
        found, fits = "no units, and numbers that are not computed yet", False
    else:
        low, high = float(variable.min()), float(variable.max())
        found = f"no units, and numbers from {low:g} to {high:g}"
        fits = not (low < _COLDEST if scale == "K" else high > _WARMEST)
    if not fits:
        raise InputError(
            f"cannot tell the units of the climatology of {other.name!r}",
            found=found,
            expected=f"units, or numbers that can be in those of the data, {scale}",
            fix="say what they are: climatology.attrs['units'] = 'K', or 'degC'",
        )
