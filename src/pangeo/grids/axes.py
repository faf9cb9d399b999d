"""Which coordinate is longitude, latitude, vertical or time.

CF attributes decide first, then units, then well-known names, so that a file that says
what it means is never overruled by a guess.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Literal

import cftime
import numpy as np
import xarray as xr

from pangeo.errors import AxisError, InputError

type AxisName = Literal["longitude", "latitude", "vertical", "time"]

_STANDARD_NAMES = {
    "longitude": {"longitude"},
    "latitude": {"latitude"},
    "vertical": {
        "depth", "height", "altitude", "air_pressure", "model_level_number",
        "height_above_reference_ellipsoid", "height_above_mean_sea_level",
    },
    "time": {"time"},
}  # fmt: skip

_UNITS = {
    "longitude": {"degrees_east", "degree_east", "degrees_e", "degree_e", "degreese", "degreee"},
    "latitude": {"degrees_north", "degree_north", "degrees_n", "degree_n", "degreesn", "degreen"},
    "vertical": set[str](),
    "time": set[str](),
}

_NAMES = {
    "longitude": {"longitude", "lon", "lons", "long", "nav_lon", "xlong", "glamt", "x_lon"},
    "latitude": {"latitude", "lat", "lats", "nav_lat", "xlat", "gphit", "y_lat"},
    "vertical": {"depth", "deptht", "depthu", "depthv", "depthw", "lev", "level", "plev",
                 "height", "altitude", "pressure", "zlev", "z"},
    "time": {"time", "times", "date", "juld", "ocean_time", "time_counter", "t"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axes:
    """The names of the coordinates that hold longitude, latitude, vertical and time."""

    longitude: str | None
    latitude: str | None
    vertical: str | None
    time: str | None


def find_axes(obj: xr.Dataset | xr.DataArray) -> Axes:
    """The axes of a Dataset or DataArray; None where there is none.

    Raises
    ------
    AxisError
        When several coordinates claim to be the same axis with the same right.
    """
    return Axes(
        longitude=_find(obj, "longitude"),
        latitude=_find(obj, "latitude"),
        vertical=_find(obj, "vertical"),
        time=_find(obj, "time"),
    )


def axis(obj: xr.Dataset | xr.DataArray, name: AxisName) -> xr.DataArray:
    """The coordinate that is the ``name`` axis of ``obj``; an AxisError where there is none.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> field = xr.DataArray(np.zeros((2, 3)), coords={"lat": [0, 1], "lon": [0, 1, 2]})
    >>> axis(field, "latitude").name
    'lat'
    """
    found = _find(obj, name)
    if found is None:
        raise _missing(obj, name)
    return obj.coords[found]


def claims_axis(array: xr.DataArray, name: AxisName) -> bool:
    """Whether an array, coordinate or not, says by any sign that it is such an axis."""
    return any(rule(array, name) for rule in _RULES)


def axis_among_data(dataset: xr.Dataset, name: AxisName) -> xr.DataArray | None:
    """The data variable that says best that it is such an axis; None where none does, or several.

    Files of observations have among their data what places them. No values are read.
    """
    # Text is of the same type as dates of other calendars, which are decoded from units.
    told = [
        each
        for each in dataset.data_vars.values()
        if each.dtype != object or " since " in str(each.encoding.get("units"))
    ]
    for rule in _RULES:
        claiming = [each for each in told if rule(each, name)]
        if claiming:
            return claiming[0] if len(claiming) == 1 else None
    return None


def _find(obj: xr.Dataset | xr.DataArray, name: AxisName) -> str | None:
    if not isinstance(obj, (xr.Dataset, xr.DataArray)):
        raise InputError(
            "these are no data of xarray",
            found=f"{type(obj).__name__} {reprlib.repr(obj)}",
            expected="an xarray Dataset or DataArray",
            fix="open it first: ds = pangeo.open(NAME), or xr.open_dataset(FILE)",
        )
    for rule in _RULES:
        candidates = [coord for coord in obj.coords.values() if rule(coord, name)]
        if candidates:
            return str(_settle(obj, name, candidates).name)
    return None


def _has_units(array: xr.DataArray, name: AxisName) -> bool:
    units = str(array.attrs.get("units", "")).lower()
    return units in _UNITS[name] or (name == "time" and " since " in units)


# In order of trust: what the file says, what only that axis can be, what people call it.
_RULES: tuple[Callable[[xr.DataArray, AxisName], bool], ...] = (
    lambda array, name: str(array.attrs.get("standard_name")).lower() in _STANDARD_NAMES[name],
    lambda array, name: name == "time" and _is_dated(array),
    # axis="X" is no longitude on a projected grid, where it is in metres, nor on a rotated one.
    lambda array, name: array.attrs.get("axis") == {"vertical": "Z", "time": "T"}.get(name, ""),
    _has_units,
    lambda array, name: str(array.name).lower() in _NAMES[name],
)


def _settle(
    obj: xr.Dataset | xr.DataArray, name: AxisName, candidates: list[xr.DataArray]
) -> xr.DataArray:
    """Of several candidates the one that is a dimension, else the one that is an array."""
    for better in (
        [coord for coord in candidates if coord.dims == (coord.name,)],
        [coord for coord in candidates if coord.ndim],
        candidates,
    ):
        if len(better) == 1:
            return better[0]
        if better:
            names = sorted(str(coord.name) for coord in better)
            raise AxisError(
                f"cannot tell which coordinate is the {name} axis",
                found=f"{names} with the same right",
                expected=f"one coordinate with standard_name={name!r}",
                fix=f"drop or rename the others, for example ds.drop_vars({names[1:]!r})",
            )
    raise AssertionError("no candidates")  # pragma: no cover


def _is_dated(array: xr.DataArray) -> bool:
    if array.dtype.kind == "M":
        return True
    if array.dtype != object or not array.size:
        return False
    return isinstance(array[(0,) * array.ndim].values.item(), cftime.datetime)


def _missing(obj: xr.Dataset | xr.DataArray, name: AxisName) -> AxisError:
    listed: dict[Hashable, str] = {
        coord.name: str(coord.attrs.get("units") or coord.attrs.get("standard_name") or "no units")
        for coord in obj.coords.values()
    }
    units = {"longitude": "degrees_east", "latitude": "degrees_north"}.get(name)
    by_units = f", units={units!r}" if units else ""
    said = {"standard_name": name}
    return AxisError(
        f"no {name} axis",
        found=f"coordinates {listed}" if listed else f"no coordinates, dimensions {list(obj.dims)}",
        expected=f"a coordinate with standard_name={name!r}{by_units} or a well-known name",
        fix=f"set it: ds['NAME'].attrs |= {said} (and ds.set_coords('NAME')), or once and for all "
        f"where the dataset is made: pangeo.ingest(..., attributes={ {'NAME': said} })",
    )


def rectilinear_axes(
    obj: xr.Dataset | xr.DataArray, *, to: str, otherwise: str
) -> tuple[xr.DataArray, xr.DataArray]:
    """Longitude and latitude of a grid on which both are axes of their own.

    Raises
    ------
    AxisError
        Where they are not one-dimensional and monotonic (curvilinear grids, tracks); it
        names what it was wanted for (``to``) and the way out (``otherwise``).
    """
    lon, lat = axis(obj, "longitude"), axis(obj, "latitude")
    for coord in (lon, lat):
        if not is_regular_axis(coord):
            raise AxisError(
                f"cannot {to}: {coord.name!r} is not an axis of a latitude-longitude grid",
                found=f"{coord.name!r} along {coord.dims}"
                + (", not monotonic" if coord.dims == (coord.name,) else ""),
                expected="longitude and latitude monotonic, each along its own dimension",
                fix=otherwise,
            )
    return lon, lat


def is_regular_axis(coord: xr.DataArray) -> bool:
    """Whether the coordinate is one-dimensional, along its own dimension and monotonic."""
    if coord.dims != (coord.name,):
        return False
    steps = np.diff(coord.values.astype("float64"))  # unsigned ones would never be negative
    return bool((steps > 0).all() or (steps < 0).all())
