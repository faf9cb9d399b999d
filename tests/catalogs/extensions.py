"""What the documents of the STAC extensions ask of a Collection, as checks.

Each is written from the README of the extension's release; the section is named in a comment.
"""

from __future__ import annotations

import re
from numbers import Real
from typing import Any

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
DURATION = re.compile(r"P(\d+Y|\d+M|\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?")

# STAC 1.1 common metadata, "Data Types".
DATA_TYPES = {
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    *("float16", "float32", "float64", "cint16", "cint32", "cfloat32", "cfloat64", "other"),
}


def declared(collection: dict[str, Any]) -> dict[str, str]:
    """The version of each extension that the Collection declares."""
    pattern = r"https://stac-extensions\.github\.io/([\w-]+)/(v\d+\.\d+\.\d+)/schema\.json"
    matches = [re.fullmatch(pattern, each) for each in collection["stac_extensions"]]
    assert all(matches), collection["stac_extensions"]
    return {match[1]: match[2] for match in matches if match}


def check_all(collection: dict[str, Any]) -> None:
    used = declared(collection)
    prefixes = {
        key.partition(":")[0]
        for place in (collection, *collection["assets"].values(),
                      *collection["cube:variables"].values())
        for key in place if ":" in key
    }  # fmt: skip
    names = {"cube": "datacube", "proj": "projection", "xarray": "xarray-assets"}
    assert {names.get(each, each) for each in prefixes - {"pangeo"}} <= used.keys()
    datacube(collection)
    cf(collection)
    zarr(collection)
    storage(collection)
    version(collection)
    xarray_assets(collection)
    if "projection" in used:
        projection(collection)


def datacube(collection: dict[str, Any]) -> None:
    """Of v2.3.0."""
    dimensions, variables = collection["cube:dimensions"], collection.get("cube:variables", {})
    # "Fields": the keys of both "should be unique together".
    assert not dimensions.keys() & variables.keys()
    for each in dimensions.values():
        if each["type"] == "spatial":
            _spatial(each)
        elif each["type"] == "temporal" and all(_is_text_or_none(end) for end in each["extent"]):
            _temporal(each)
        else:
            _additional(each)
    for each in variables.values():
        # "Variable Object".
        assert set(each["dimensions"]) <= dimensions.keys()
        assert each["type"] in ("data", "auxiliary")
        assert each["data_type"] in DATA_TYPES
        nodata = each.get("nodata", 0)
        assert _is_number(nodata) or nodata in ("nan", "inf", "-inf")
        _texts(each, "description", "unit")


def _spatial(dimension: dict[str, Any]) -> None:
    if dimension["axis"] == "z":
        # "Vertical Spatial Dimension Object": "MUST specify an extent or values".
        assert "extent" in dimension or "values" in dimension
    else:
        # "Horizontal Spatial Raster Dimension Object": open intervals "are not allowed".
        assert dimension["axis"] in ("x", "y")
        low, high = dimension["extent"]
        assert _is_number(low) and _is_number(high) and low <= high  # noqa: PT018
        # "reference_system": a number of EPSG or WKT2; "Defaults to EPSG code 4326", in degrees.
        system = dimension.get("reference_system", 4326)
        assert isinstance(system, int) or re.match(r"[A-Z]+CRS\[", system)
        if system == 4326:
            assert "projection" not in dimension.get("cf:standard_name", "")
            assert -360 <= low <= high <= 720
    assert dimension.get("step") is None or _is_number(dimension["step"])
    _texts(dimension, "description", "unit")


def _temporal(dimension: dict[str, Any]) -> None:
    # "Temporal Dimension Object": strings compliant to ISO 8601, null for open ranges.
    assert "axis" not in dimension
    assert len(dimension["extent"]) == 2
    assert all(end is None or ISO.fullmatch(end) for end in dimension["extent"])
    step = dimension.get("step")
    assert step is None or (DURATION.fullmatch(step) and step not in ("P", "PT"))


def _additional(dimension: dict[str, Any]) -> None:
    # "Additional Dimension Object": type is "never spatial or geometry", "MUST specify an extent
    # or values".
    assert dimension["type"] not in ("spatial", "geometry")
    assert "axis" not in dimension
    assert "extent" in dimension or "values" in dimension
    if "extent" in dimension:
        assert len(dimension["extent"]) == 2
        assert all(end is None or _is_number(end) for end in dimension["extent"])
    if "values" in dimension:
        assert dimension["values"]
        assert all(_is_number(each) or isinstance(each, str) for each in dimension["values"])
    assert dimension.get("step") is None or _is_number(dimension["step"])
    _texts(dimension, "description", "unit", "reference_system")


def cf(collection: dict[str, Any]) -> None:
    """Of v0.3.0: the fields may stand in ``cube:variables`` and ``cube:dimensions``."""
    places = {**collection["cube:dimensions"], **collection["cube:variables"]}
    for name, each in places.items():
        _texts(each, "cf:standard_name")
        methods = each.get("cf:cell_methods")
        # "cf:cell_methods": one for each dimension, null for none; else the plain string.
        if isinstance(methods, list):
            assert len(methods) == len(each["dimensions"]), name
            assert all(_is_text_or_none(method) for method in methods)
        else:
            assert methods is None or isinstance(methods, str)


def zarr(collection: dict[str, Any]) -> None:
    """Of v1.1.0, "Fields"; in assets alone."""
    for key, asset in collection["assets"].items():
        if "data" in asset["roles"]:
            assert isinstance(asset["zarr:consolidated"], bool), key
            assert asset["zarr:node_type"] in ("group", "array")
            assert asset["zarr:zarr_format"] in (2, 3)


def storage(collection: dict[str, Any]) -> None:
    """Of v2.0.0."""
    # "Storage Scheme Object": type and platform are required.
    for scheme in collection["storage:schemes"].values():
        assert isinstance(scheme["type"], str)
        assert re.match(r"[a-z][a-z0-9+.-]*://", scheme["platform"])
        for variable in re.findall(r"{(\w+)}", scheme["platform"]):
            assert variable in scheme
    # "storage:refs": "Each value must be one of the keys defined in storage:schemes".
    for asset in collection["assets"].values():
        assert set(asset.get("storage:refs", [])) <= collection["storage:schemes"].keys()


def version(collection: dict[str, Any]) -> None:
    """Of v1.2.0."""
    assert isinstance(collection["version"], str)
    assert collection["version"]


def xarray_assets(collection: dict[str, Any]) -> None:
    """Of v1.0.0: maps of keywords."""
    for asset in collection["assets"].values():
        assert isinstance(asset.get("xarray:open_kwargs", {}), dict)


def projection(collection: dict[str, Any]) -> None:
    """Of v2.0.0, "Fields"; "At least one of the fields MUST be specified"."""
    data = [each for each in collection["assets"].values() if "data" in each["roles"]]
    assert any(key.startswith("proj:") for asset in data for key in asset)
    for asset in data:
        assert "proj:epsg" not in asset, "removed in v2.0.0"
        code = asset["proj:code"]
        assert code is None or re.fullmatch(r"[A-Z]\w*:\w+", code)
        assert _is_text_or_none(asset.get("proj:wkt2"))
        assert len(asset["proj:shape"]) == 2
        assert all(isinstance(each, int) for each in asset["proj:shape"])
        assert len(asset.get("proj:transform", [0] * 6)) in (6, 9)
        if "proj:bbox" in asset:
            west, south, east, north = asset["proj:bbox"]
            assert west <= east
            assert south <= north


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _texts(place: dict[str, Any], *fields: str) -> None:
    for field in fields:
        assert isinstance(place.get(field, "x"), str)
        assert place.get(field, "x"), f"{field} is empty"
