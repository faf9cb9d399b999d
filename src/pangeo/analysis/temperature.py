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
        When the units differ by more than kelvin and degrees Celsius.
    """
    mine, theirs = variable.attrs.get("units"), other.attrs.get("units")
    if mine is None or mine == theirs:
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
