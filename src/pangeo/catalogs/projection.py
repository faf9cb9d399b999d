"""The STAC description of a dataset, worked out anew from its newest version.

The snapshot is the truth; this is its idempotent projection. It carries the snapshot id
and the number of its form, so that a stale one is seen and written again. What the reference
calls each field, and where it comes from, is on the page "What a description says".
"""

from __future__ import annotations

import calendar
import re
from typing import Any

import icechunk
import pystac

from pangeo.catalogs import credits, cube
from pangeo.catalogs.arrays import stored_arrays
from pangeo.catalogs.georeference import georeference
from pangeo.catalogs.layouts import open_layout
from pangeo.grids import spatial_extent, temporal_extent
from pangeo.storage import Location, read_description

_SCHEMA = "https://stac-extensions.github.io/{}/schema.json"
EXTENSIONS = ("datacube/v2.3.0", "cf/v0.3.0", "zarr/v1.1.0", "xarray-assets/v1.0.0",
              "storage/v2.0.0", "version/v1.2.0")  # fmt: skip
# To be counted up with every change of what a description says of the same snapshot, so that
# one that older code wrote is seen and written again.
FORM = 2
PROJECTION = "projection/v2.0.0"
MEDIA_TYPE = "application/vnd.zarr+icechunk"
JSON = "application/json"
# STAC requires a box and an interval; where the data have none, "pangeo:has_box" says so.
WHOLE_WORLD = [-180.0, -90.0, 180.0, 90.0]
STORAGE = {
    "local": {
        "type": "file-system",
        "platform": "file:///",
        "title": "Beside this document",
        "description": "The store lies in the folder of this document and moves with it: where the "
        "folder is copied to an object store or served over HTTP, the relative href leads there.",
    }
}
_SERIES = (
    "Long time, small space. Its time grows by whole blocks: the newest steps may be in the map "
    "layout alone so far."
)


def describe(location: Location, store: icechunk.IcechunkStore, snapshot: str) -> dict[str, Any]:
    """The STAC Collection of one dataset version, as plain JSON values with relative links."""
    said = read_description(store)
    dataset = open_layout(store, said, "map")
    arrays = {layout: stored_arrays(store, layout) for layout in said["layouts"]}
    where, (spdx, terms, terms_url) = georeference(dataset), credits.licence(dataset)
    box, period = spatial_extent(dataset), temporal_extent(dataset) or (None, None)
    title = said["title"] or location.name
    optional = {
        "keywords": credits.keywords(dataset),
        "providers": credits.providers(dataset),
        "pangeo:license": terms,
    }
    return {
        "type": "Collection",
        "stac_version": pystac.get_stac_version(),
        "stac_extensions": [
            _SCHEMA.format(each) for each in (*EXTENSIONS, *([PROJECTION] if where else []))
        ],
        "id": location.name,
        "title": title,
        "description": credits.summary(dataset) or title,
        "license": spdx,
        **{key: value for key, value in optional.items() if value},
        "version": snapshot,
        "updated": _rfc3339(said["ingested_at"]),
        "extent": {
            "spatial": {"bbox": [list(box.as_tuple()) if box else WHOLE_WORLD]},
            "temporal": {"interval": [[_rfc3339(end) for end in period]]},
        },
        "cube:dimensions": cube.dimensions(dataset),
        "cube:variables": cube.variables(
            dataset, {name: array["bytes"] for name, array in arrays["map"].items()}
        ),
        "storage:schemes": STORAGE,
        "pangeo:form": FORM,
        "pangeo:snapshot": snapshot,
        "pangeo:updated": said["ingested_at"],
        "pangeo:bytes": said["bytes"],
        "pangeo:sources": said["sources"],
        "pangeo:software": said["software"],
        "pangeo:notes": said["notes"] + said["gaps"],
        "pangeo:sizes": {str(dim): size for dim, size in dataset.sizes.items()},
        "pangeo:has_box": box is not None,
        "links": _links(terms_url),
        "assets": {
            layout: {**_asset(layout, snapshot), **where, **_stored(each)}
            for layout, each in arrays.items()
            if layout == "map" or _is_begun(each)
        },
    }


def _links(terms_url: str | None) -> list[dict[str, str]]:
    links = [{"rel": rel, "href": "../../catalog.json", "type": JSON} for rel in ("root", "parent")]
    return links + ([{"rel": "license", "href": terms_url}] if terms_url else [])


def _asset(layout: str, snapshot: str) -> dict[str, Any]:
    return {
        "href": "./store",
        "type": MEDIA_TYPE,
        "title": f"{layout} layout",
        **({"description": _SERIES} if layout == "series" else {}),
        "roles": ["data", "latest-version"],
        "version": snapshot,
        "storage:refs": ["local"],
        "zarr:node_type": "group",
        "zarr:zarr_format": 3,
        "zarr:consolidated": False,
        "xarray:open_kwargs": {
            "engine": "zarr",
            "group": layout,
            "consolidated": False,
            "chunks": {},
            "decode_timedelta": False,
        },
    }


def _is_begun(arrays: dict[str, dict[str, Any]]) -> bool:
    """Whether a layout that grows by blocks has one; before, nobody else could open it."""
    return all(0 not in each["shape"] for each in arrays.values())


def _stored(arrays: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "pangeo:chunks": {name: each["chunks"] for name, each in arrays.items()},
        "pangeo:shards": {name: each["shards"] for name, each in arrays.items() if each["shards"]},
        "pangeo:codecs": {name: each["codecs"] for name, each in arrays.items()},
    }


_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(T.*)")


def _rfc3339(text: str | None) -> str | None:
    """A time as STAC must write it; None where its calendar cannot: an open end.

    A day that the common calendar lacks, as 30 February, becomes the last of its month.
    """
    match = _DATE.fullmatch(text or "")
    if match is None or match[1] == "0000":
        return None
    year, month, day = (int(each) for each in match.groups()[:3])
    last = calendar.monthrange(year, month)[1]
    return f"{match[1]}-{match[2]}-{min(day, last):02d}{match[4]}"
