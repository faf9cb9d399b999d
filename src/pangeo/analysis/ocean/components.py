"""Which two variables of a Dataset are the eastward and the northward current."""

from __future__ import annotations

import xarray as xr

from pangeo.errors import InputError

# Pairs of well-known names, and the parts of CF standard names, of the water at the surface.
_PAIRS = (("ugos", "vgos"), ("ugosa", "vgosa"), ("uo", "vo"), ("u", "v"))
_EAST, _NORTH = "eastward_sea_water_velocity", "northward_sea_water_velocity"


def components(currents: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """The eastward and the northward velocity of a Dataset, in m s-1.

    Raises
    ------
    InputError
        When there is no such pair, or more than one; when they are in other units.
    """
    if not isinstance(currents, xr.Dataset):
        raise _no_pair(f"{type(currents).__name__} {getattr(currents, 'name', None)!r}")
    pairs = _by_standard_name(currents)
    if not pairs:
        pairs = [(u, v) for u, v in _PAIRS if u in currents and v in currents]
    if len(pairs) != 1:
        raise _no_pair(f"variables {[str(name) for name in currents.data_vars]}")
    u, v = (currents[name] for name in pairs[0])
    for each in (u, v):
        if str(each.attrs.get("units")).replace(" ", "") not in ("ms-1", "m/s", "ms^-1", "ms**-1"):
            raise InputError(
                f"{each.name!r} is not in metres per second",
                found=f"units={each.attrs.get('units')!r}",
                expected="m s-1",
                fix="convert both, and say so in their attribute 'units'",
            )
    return u, v


def is_anomaly(current: xr.DataArray) -> bool:
    """Whether a current is that of the anomaly of sea level, with the mean taken off already."""
    said = str(current.attrs.get("standard_name", ""))
    return "sea_level_for_geoid" in said or (not said and current.name == "ugosa")


def _by_standard_name(currents: xr.Dataset) -> list[tuple[str, str]]:
    said = {
        str(each.attrs.get("standard_name")): str(each.name) for each in currents.data_vars.values()
    }
    return [
        (name, said[partner])
        for standard_name, name in said.items()
        if _EAST in standard_name and (partner := standard_name.replace(_EAST, _NORTH)) in said
    ]


def _no_pair(found: str) -> InputError:
    return InputError(
        "cannot tell which variables are the current",
        found=found,
        expected="a Dataset with one pair whose standard names hold "
        f"{_EAST!r} and {_NORTH!r}, or called ugos and vgos, uo and vo, u and v",
        fix="choose two: ds[['ugos', 'vgos']]",
    )
