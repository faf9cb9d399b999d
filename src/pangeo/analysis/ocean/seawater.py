"""The density of sea water by TEOS-10."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import xarray as xr

from pangeo.analysis.ocean.provenance import provenance
from pangeo.errors import InputError
from pangeo.grids import axis, find_axes, places

# Standard name or, without one, the name in Argo, CMIP and NEMO: what TEOS-10 calls it.
_SALINITY = {
    "sea_water_absolute_salinity": "absolute", "sea_water_practical_salinity": "practical",
    "sea_water_salinity": "practical", "PSAL": "practical", "so": "practical",
}  # fmt: skip
_TEMPERATURE = {
    "sea_water_conservative_temperature": "conservative",
    "sea_water_potential_temperature": "potential", "sea_water_temperature": "in situ",
    "thetao": "potential", "TEMP": "in situ",
}  # fmt: skip
_PRESSURE = {"sea_water_pressure": "", "sea_water_pressure_due_to_sea_water": "", "PRES": ""}
_CELSIUS = ("degree_Celsius", "degrees_Celsius", "degree_C", "degrees_C", "degC", "celsius")
_DECIBAR = ("dbar", "decibar", "decibars")


def density(water: xr.Dataset, *, reference: float | None = None) -> xr.DataArray:
    """The density of sea water from its salinity and temperature, by TEOS-10.

    Practical salinity becomes absolute salinity with its regional anomaly, in situ or potential
    temperature becomes conservative temperature, and depth becomes pressure; all by ``gsw``.

    Parameters
    ----------
    water
        Dataset with salinity, temperature, longitude and latitude, and either a pressure in
        dbar or a depth in m; told by their standard names, or as Argo and CMIP call them.
        ``sea_water_salinity`` is taken as practical, temperatures in degrees Celsius. Stays
        lazy.
    reference
        A pressure in dbar to which the water is brought: 0 for potential density at the
        surface. None takes it where it is, the density in situ.

    Returns
    -------
    xarray.DataArray
        ``density`` in kg m-3. The attribute ``comment`` says what was taken for what. NaN where
        salinity, temperature or position is missing.

    Raises
    ------
    InputError
        When salinity or temperature cannot be told, or are in other units.
    AxisError
        When there is no pressure and no depth, or no longitude or latitude.

    References
    ----------
    IOC, SCOR and IAPSO (2010), The international thermodynamic equation of seawater - 2010

    Examples
    --------
    >>> import xarray as xr
    >>> import pangeo
    >>> names = ("sea_water_absolute_salinity", "sea_water_conservative_temperature")
    >>> water = xr.Dataset({"SA": ("pressure", [34.7118], {"standard_name": names[0]}),
    ...     "CT": ("pressure", [28.8099], {"standard_name": names[1], "units": "degC"})},
    ...     {"pressure": ("pressure", [10.0],
    ...                   {"standard_name": "sea_water_pressure", "units": "dbar"})})
    >>> print(f"{float(pangeo.ocean.density(water).squeeze()):.4f}")  # as in the manual of gsw
    1021.8399
    """
    import gsw

    water = water.set_coords(places(water))
    salinity, kind = _told(water, _SALINITY, "salinity", units=None)
    temperature, warmth = _told(water, _TEMPERATURE, "temperature", units=_CELSIUS)
    pressure, depth = _pressure(water)
    if kind == "practical":
        places_ = axis(water, "longitude"), axis(water, "latitude")
        salinity = _each(gsw.SA_from_SP, salinity, pressure, *places_)
    if warmth == "in situ":
        temperature = _each(gsw.CT_from_t, salinity, temperature, pressure)
    elif warmth == "potential":
        temperature = _each(gsw.CT_from_pt, salinity, temperature)
    at = pressure if reference is None else reference
    result = _each(gsw.rho, salinity, temperature, at)
    where = "in situ" if reference is None else f"at {reference:g} dbar"
    potential = reference is not None
    return result.rename("density").assign_attrs(
        provenance(water)
        | {
            "standard_name": f"sea_water_{'potential_' if potential else ''}density",
            "long_name": f"{'potential ' if potential else ''}density of sea water",
            "units": "kg m-3",
            "comment": f"TEOS-10, {where}, from {kind} salinity and {warmth} temperature{depth}",
        }
        | ({"reference_pressure": f"{reference:g} dbar"} if potential else {})
    )


def _each(function: Callable[..., Any], *arrays: xr.DataArray | float) -> xr.DataArray:
    """A function of gsw on arrays of any dimensions."""
    result: xr.DataArray = xr.apply_ufunc(
        function, *arrays, dask="parallelized", output_dtypes=["float64"], keep_attrs=False
    )
    return result


def _told(
    water: xr.Dataset, kinds: Mapping[str, str], what: str, units: tuple[str, ...] | None
) -> tuple[xr.DataArray, str]:
    """The one variable that is of these kinds, and which it is."""
    arrays = [water[name] for name in water.variables]
    said = [each for each in arrays if each.attrs.get("standard_name") in kinds]
    # Argo gives the raw, the adjusted and the error of a parameter the same standard name.
    plain = [each for each in said if each.name in kinds]
    found = (plain if len(said) > 1 else said) or [each for each in arrays if each.name in kinds]
    if len(found) != 1:
        raise InputError(
            f"cannot tell which variable is the {what} of the water",
            found=f"variables {[str(each.name) for each in (found or said or arrays)]}",
            expected=f"one with a standard_name of {[name for name in kinds if '_' in name]}",
            fix="leave out the others, or say it: ds['NAME'].attrs['standard_name'] = ...",
        )
    if units is not None and found[0].attrs.get("units") not in units:
        raise InputError(
            f"cannot take {found[0].name!r} for the {what} of the water",
            found=f"units={found[0].attrs.get('units')!r}",
            expected=f"one of {units}",
            fix="convert it, and say so in its attribute 'units'",
        )
    kind = kinds.get(str(found[0].attrs.get("standard_name"))) or kinds.get(str(found[0].name))
    return found[0], str(kind)


def _pressure(water: xr.Dataset) -> tuple[xr.DataArray, str]:
    """The pressure in dbar, of the Dataset or from its depth; and a word on how it was had."""
    import gsw

    has_pressure = any(
        str(each.attrs.get("standard_name")) in _PRESSURE or name in _PRESSURE
        for name, each in water.variables.items()
    )
    if has_pressure:
        return _told(water, _PRESSURE, "pressure", units=_DECIBAR)[0], ""
    level = axis(water, "vertical")
    if str(level.attrs.get("units", "m")).lower() not in ("m", "meter", "meters", "metres"):
        raise InputError(
            f"cannot take {level.name!r} for the depth of the water",
            found=f"units={level.attrs.get('units')!r}",
            expected="m, or a pressure with standard_name='sea_water_pressure' in dbar",
            fix="convert it, and say so in its attribute 'units'",
        )
    is_height = level.attrs.get("positive") == "up" or find_axes(water).vertical in ("z", "height")
    height = level if is_height else -level
    return _each(gsw.p_from_z, height, axis(water, "latitude")), f", pressure from {level.name}"
