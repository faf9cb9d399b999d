"""Where the cells of a grid lie, as the projection extension of STAC says it."""

from __future__ import annotations

from typing import Any

import xarray as xr

from pangeo.catalogs.referencing import axis_letter, reference_system
from pangeo.grids import claims_axis, even_step


def georeference(dataset: xr.Dataset) -> dict[str, Any]:
    """The ``proj:`` fields of a grid; none where the data have no horizontal axes.

    Edges and transform are coordinates of the reference system: axes in another unit, as
    kilometres, give none. A curvilinear grid has a shape, and neither code nor transform:
    its positions are data.
    """
    x, y = _axis(dataset, "x"), _axis(dataset, "y")
    if x is None or y is None:
        return _curvilinear(dataset)
    system = reference_system(dataset, x)
    said: dict[str, Any] = {"proj:code": system.code, "proj:shape": [y.size, x.size]}
    if system.wkt2:
        said["proj:wkt2"] = system.wkt2
    if not (system.measures(x) and system.measures(y)):
        return said
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
