"""Where the cells of a grid lie, as the projection extension of STAC says it."""

from __future__ import annotations

import re
from typing import Any

import xarray as xr

from pangeo.catalogs.cube import axis_letter
from pangeo.grids import claims_axis, even_step, linked_names

DEGREES = "EPSG:4326"
_LAST_CODE = re.compile(r'ID\["(\w+)",\s*"?(\w+)"?\]\s*\]\s*$')


def georeference(dataset: xr.Dataset) -> dict[str, Any]:
    """The ``proj:`` fields of a grid; none where the data have no horizontal axes.

    Longitude and latitude without a grid mapping count as degrees on WGS 84. A curvilinear
    grid has a shape, and neither code nor transform: its positions are data.
    """
    x, y = _axis(dataset, "x"), _axis(dataset, "y")
    if x is None or y is None:
        return _curvilinear(dataset)
    said = {**_reference(dataset, x), "proj:shape": [y.size, x.size]}
    step_x, step_y = even_step(x.values), even_step(y.values)
    if step_x is None or step_y is None:
        return said
    west, top = float(x[0]) - step_x / 2, float(y[0]) - step_y / 2
    ends_x = sorted((west, west + step_x * x.size))
    ends_y = sorted((top, top + step_y * y.size))
    return said | {
        "proj:transform": [step_x, 0.0, west, 0.0, step_y, top],
        "proj:bbox": [ends_x[0], ends_y[0], ends_x[1], ends_y[1]],
    }


def _axis(dataset: xr.Dataset, letter: str) -> xr.DataArray | None:
    """The one dimension with numbers along it that runs in this direction."""
    found = [
        dataset[dim]
        for dim in dataset.dims
        if dim in dataset.coords and dataset[dim].dtype.kind in "iuf" and dataset[dim].size
        and axis_letter(dataset[dim]) == letter
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _curvilinear(dataset: xr.Dataset) -> dict[str, Any]:
    for coord in dataset.coords.values():
        if coord.ndim == 2 and claims_axis(coord, "longitude"):
            return {"proj:code": None, "proj:shape": list(coord.shape)}
    return {}


def _reference(dataset: xr.Dataset, x: xr.DataArray) -> dict[str, Any]:
    mappings = {
        name
        for each in dataset.data_vars.values()
        for name in linked_names(each.variable, ["grid_mapping"])
        if name in dataset.variables
    }
    texts = [str(dataset[name].attrs.get("crs_wkt", "")) for name in sorted(mappings)]
    if len(texts) == 1 and texts[0]:
        code = _LAST_CODE.search(texts[0])
        return {"proj:code": f"{code[1]}:{code[2]}" if code else None, "proj:wkt2": texts[0]}
    is_geographic = not mappings and claims_axis(x, "longitude")
    return {"proj:code": DEGREES if is_geographic else None}
