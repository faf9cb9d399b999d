"""In which coordinate reference system the axes of a grid count, as far as the data say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pangeo.grids import AxisName, claims_axis, linked_names

_AXES: dict[AxisName, str] = {"longitude": "x", "latitude": "y", "vertical": "z"}
_PROJECTED = {"projection_x_coordinate": "x", "projection_y_coordinate": "y"}
_METRES = re.compile(r"m|met(re|er)s?")
# Longitudes and latitudes are in degrees unless they say otherwise; metres have to be said.
_DEGREES = re.compile(r"(deg(ree)?s?(_?(east|north|e|n))?)?")

_WKT2 = re.compile(
    r"\s*(PROJ|PROJECTED|GEOG|GEOGRAPHIC|GEOD|GEODETIC|BOUND|COMPOUND|ENG|ENGINEERING"
    r"|DERIVEDPROJ|DERIVEDPROJECTED)CRS\s*[\[(]",
    re.IGNORECASE,
)
_OF_SEVERAL = re.compile(r"\s*(COMPOUNDCRS|BOUNDCRS|SOURCECRS|COMPD_CS)\b", re.IGNORECASE)
_GEOGRAPHIC = re.compile(r"\s*GEO", re.IGNORECASE)
_CODE = re.compile(r'\s*(?:ID|AUTHORITY)\s*[\[(]\s*"(\w+)"\s*,\s*"?(\w+)"?', re.IGNORECASE)
_UNIT_PLACE = re.compile(r"\s*(AXIS|\w*UNIT)\b", re.IGNORECASE)
_UNIT = re.compile(r'UNIT\s*[\[(]\s*"[^"]*"\s*,\s*(\d*\.?\d+(?:E[-+]?\d+)?)', re.IGNORECASE)
_DEGREE = 0.017453292519943295  # in radians


_DATUM_NAMES = ("horizontal_datum_name", "geographic_crs_name", "reference_ellipsoid_name")


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """What is known of a reference system, in the forms in which STAC says it."""

    is_geographic: bool
    code: str | None = None
    wkt2: str | None = None
    has_usual_unit: bool = True
    """Whether it counts in degrees, or where it is projected in metres."""

    @property
    def in_datacube(self) -> int | str | None:
        """As the datacube extension says it: the number of EPSG, or else WKT2."""
        authority, _, number = (self.code or "").partition(":")
        return int(number) if authority == "EPSG" else self.wkt2

    def measures(self, axis: xr.DataArray) -> bool:
        """Whether the numbers along an axis are coordinates of this system, in its unit."""
        units = str(axis.attrs.get("units", "")).strip().lower()
        usual = _DEGREES if self.is_geographic else _METRES
        return self.has_usual_unit and usual.fullmatch(units) is not None


WGS84 = ReferenceSystem(is_geographic=True, code="EPSG:4326")


def axis_letter(coord: xr.DataArray) -> str | None:
    """Along which direction of space a coordinate runs: x, y or z; None where along none."""
    if (letter := _PROJECTED.get(str(coord.attrs.get("standard_name")))) is not None:
        return letter
    return next((letter for name, letter in _AXES.items() if claims_axis(coord, name)), None)


def reference_system(dataset: xr.Dataset, axis: xr.DataArray) -> ReferenceSystem:
    """The system of a horizontal axis: that of the one grid mapping of its kind.

    Longitude and latitude without a grid mapping count as degrees on WGS 84.
    """
    is_geographic = str(axis.attrs.get("standard_name")) not in _PROJECTED
    mappings = [
        dataset[name].attrs
        for name in {
            name
            for each in dataset.data_vars.values()
            for name in linked_names(each.variable, ["grid_mapping"])
            if name in dataset.variables
        }
        if dataset[name].attrs.keys() & {"crs_wkt", "grid_mapping_name"}
    ]
    fitting = {
        each for each in map(_said, mappings) if each and each.is_geographic == is_geographic
    }
    if len(fitting) == 1:
        return fitting.pop()
    return WGS84 if is_geographic and not mappings else ReferenceSystem(is_geographic)


def _said(mapping: Mapping[Any, Any]) -> ReferenceSystem | None:
    """What the attributes of a grid mapping say; None where they say nothing that is read."""
    text = str(mapping.get("crs_wkt", ""))
    if text:
        return _from_wkt(text)
    if mapping.get("grid_mapping_name") == "latitude_longitude":
        return _from_ellipsoid(mapping)
    return None


def _from_ellipsoid(mapping: Mapping[Any, Any]) -> ReferenceSystem:
    """Longitudes and latitudes on the ellipsoid that CF's parameters give; WGS 84 without any."""
    name = next((str(mapping[key]) for key in _DATUM_NAMES if key in mapping), "WGS 84")
    a, flattening = _ellipsoid(mapping)
    has_no_number = a is None and flattening is None
    is_wgs84 = has_no_number or (
        a == 6378137 and flattening is not None and abs(flattening - 298.257223563) < 5e-7
    )
    if _number(mapping, "longitude_of_prime_meridian") not in (None, 0):
        return ReferenceSystem(is_geographic=True)
    if is_wgs84 and re.fullmatch(r"(world geodetic system |wgs[ _]?)(19)?84", name, re.IGNORECASE):
        return WGS84
    if a is None or flattening is None:
        return ReferenceSystem(is_geographic=True)
    wkt2 = (
        f'GEOGCRS["unknown",DATUM["unknown",ELLIPSOID["unknown",{a!r},{flattening!r},'
        'LENGTHUNIT["metre",1]]],CS[ellipsoidal,2],AXIS["latitude",north],AXIS["longitude",east],'
        f'ANGLEUNIT["degree",{_DEGREE}]]'
    )
    return ReferenceSystem(is_geographic=True, wkt2=wkt2)


def _ellipsoid(mapping: Mapping[Any, Any]) -> tuple[float | None, float | None]:
    """Its semi-major axis, and its inverse flattening: 0 of a sphere, as WKT has it."""
    if (radius := _number(mapping, "earth_radius")) is not None:
        return radius, 0.0
    a, b = _number(mapping, "semi_major_axis"), _number(mapping, "semi_minor_axis")
    flattening = _number(mapping, "inverse_flattening")
    if flattening is None and a is not None and b is not None:
        flattening = 0.0 if a == b else a / (a - b)
    return a, flattening


def _number(mapping: Mapping[Any, Any], key: str) -> float | None:
    try:
        return float(np.asarray(mapping[key]).item())
    except (KeyError, ValueError):
        return None


def _from_wkt(text: str) -> ReferenceSystem:
    codes = [match for part in _parts(text) if (match := _CODE.match(part))]
    horizontal = text
    while _OF_SEVERAL.match(horizontal):
        horizontal = next((part for part in _parts(horizontal) if _parts(part)), "")
    is_geographic = _GEOGRAPHIC.match(horizontal) is not None
    usual = _DEGREE if is_geographic else 1.0
    factors = [
        float(factor)
        for part in _parts(horizontal)
        if _UNIT_PLACE.match(part)
        for factor in _UNIT.findall(part)
    ]
    return ReferenceSystem(
        is_geographic,
        code=f"{codes[0][1]}:{codes[0][2]}" if codes else None,
        wkt2=text if _WKT2.match(text) else None,
        has_usual_unit=all(abs(each / usual - 1) < 1e-9 for each in factors),
    )


def _parts(text: str) -> list[str]:
    """What stands between the outermost brackets of a WKT, from comma to comma."""
    parts, depth, start = [], 0, 0
    for token in re.finditer(r'"[^"]*"|[\[(,\])]', text):
        depth += {"[": 1, "(": 1}.get(token[0], 0)
        if depth == 1 and not token[0].startswith('"'):
            parts.append(text[start : token.start()])
            start = token.end()
        depth -= {"]": 1, ")": 1}.get(token[0], 0)
    return parts[1:]  # the first is the keyword
