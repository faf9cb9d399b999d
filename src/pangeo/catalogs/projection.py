"""The STAC description of a dataset, worked out anew from its newest version.

The snapshot is the truth; this is its idempotent projection. It carries the snapshot id,
so that a stale one is seen and written again.
"""

from __future__ import annotations

import math
from typing import Any

import icechunk
import pystac
import xarray as xr

from pangeo.catalogs.layouts import open_layout
from pangeo.grids import AxisName, claims_axis, spatial_extent, temporal_extent, time_span
from pangeo.storage import Location, read_description

EXTENSIONS = [
    "https://stac-extensions.github.io/datacube/v2.2.0/schema.json",
    "https://stac-extensions.github.io/zarr/v1.1.0/schema.json",
]
MEDIA_TYPE = "application/vnd.zarr+icechunk"
# STAC requires a box and an interval; where the data have none, "pangeo:has_box" says so.
WHOLE_WORLD = [-180.0, -90.0, 180.0, 90.0]


def describe(location: Location, store: icechunk.IcechunkStore, snapshot: str) -> dict[str, Any]:
    """The STAC Collection of one dataset version, as plain JSON values with relative links."""
    said = read_description(store)
    layouts: dict[str, Any] = said["layouts"]
    dataset = open_layout(store, said, "map")
    box, period = spatial_extent(dataset), temporal_extent(dataset)
    collection: dict[str, Any] = {
        "type": "Collection",
        "stac_version": pystac.get_stac_version(),
        "stac_extensions": EXTENSIONS,
        "id": location.name,
        "title": said["title"] or location.name,
        "description": said["title"] or ", ".join(map(str, dataset.data_vars)),
        "license": "other",
        "extent": {
            "spatial": {"bbox": [list(box.as_tuple()) if box else WHOLE_WORLD]},
            "temporal": {"interval": [list(period or (None, None))]},
        },
        "cube:dimensions": _dimensions(dataset),
        "cube:variables": _variables(dataset),
        "pangeo:snapshot": snapshot,
        "pangeo:updated": said["ingested_at"],
        "pangeo:bytes": said["bytes"],
        "pangeo:sources": said["sources"],
        "pangeo:notes": said["notes"] + said["gaps"],
        "pangeo:sizes": {str(dim): size for dim, size in dataset.sizes.items()},
        "pangeo:has_box": box is not None,
        "links": [
            {"rel": "root", "href": "../../catalog.json", "type": "application/json"},
            {"rel": "parent", "href": "../../catalog.json", "type": "application/json"},
        ],
        "assets": {layout: _asset(layout, layouts[layout]["chunks"]) for layout in layouts},
    }
    if "institution" in dataset.attrs:
        collection["providers"] = [
            {"name": str(dataset.attrs["institution"]), "roles": ["producer"]}
        ]
    return collection


def _asset(layout: str, chunks: dict[str, list[int]]) -> dict[str, Any]:
    return {
        "href": "./store",
        "type": MEDIA_TYPE,
        "title": f"{layout} layout",
        "roles": ["data"],
        "zarr:node_type": "group",
        "zarr:zarr_format": 3,
        "zarr:consolidated": False,
        "pangeo:chunks": chunks,
        "xarray:open_kwargs": {
            "engine": "zarr", "group": layout, "consolidated": False, "chunks": {}
        },
    }  # fmt: skip


_CUBE_AXES: dict[AxisName, str] = {"longitude": "x", "latitude": "y", "vertical": "z"}


def _dimensions(dataset: xr.Dataset) -> dict[str, Any]:
    return {str(dim): _dimension(dataset, str(dim)) for dim in dataset.dims}


def _dimension(dataset: xr.Dataset, dim: str) -> dict[str, Any]:
    coord = dataset[dim]  # where there is no coordinate, xarray counts 0, 1, 2, ...
    span = time_span(coord)
    if span is not None:
        return {"type": "temporal", "extent": list(span)}
    described: dict[str, Any] = {"type": "other"}
    for name, letter in _CUBE_AXES.items():
        if claims_axis(coord, name):
            described = {"type": "spatial", "axis": letter}
            break
    if coord.dtype.kind in "iuf":
        extent = [float(coord.min()), float(coord.max())]
        if all(map(math.isfinite, extent)):  # JSON has no other numbers
            described["extent"] = extent
    else:
        described["values"] = [_plain(value) for value in coord.values.tolist()]
    if "units" in coord.attrs:
        described["unit"] = str(coord.attrs["units"])
    return described


def _plain(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _variables(dataset: xr.Dataset) -> dict[str, Any]:
    described = {}
    for name, variable in dataset.variables.items():
        entry: dict[str, Any] = {
            "dimensions": [str(dim) for dim in variable.dims],
            "type": "data" if name in dataset.data_vars else "auxiliary",
            "data_type": str(variable.encoding.get("dtype", variable.dtype)),
        }
        for attribute, field in (
            ("long_name", "description"), ("units", "unit"), ("standard_name", "standard_name")
        ):  # fmt: skip
            if attribute in variable.attrs:
                entry[field] = str(variable.attrs[attribute])
        if name not in dataset.dims:
            described[str(name)] = entry
    return described
