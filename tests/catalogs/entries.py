"""Entries made of a description alone: there is no store, so no data can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pangeo.catalogs import Entry
from pangeo.config import workspace
from pangeo.storage import Location

VERSION = "0123456789ABCDEFGHJK"


def described(
    name: str = "sla",
    *,
    title: str | None = None,
    bbox: tuple[float, float, float, float] | None = (-10, 40, 5, 60),
    interval: tuple[str | None, str | None] = ("2000-01-01T00:00:00Z", "2009-12-31T00:00:00Z"),
    variables: tuple[str, ...] = ("sla",),
    folder: Path | None = None,
    layouts: tuple[str, ...] = ("map",),
    notes: tuple[str, ...] = (),
    **fields: Any,
) -> Entry:
    """The entry of a dataset that does not exist."""
    said = {"dimensions": ["time", "lat"], "type": "data", "unit": "m"}
    said |= {"cf:standard_name": "height"}
    chunks = {variable: [30, 20] for variable in variables}
    stac = {
        "title": title or name,
        "extent": {
            "spatial": {"bbox": [bbox or (-180, -90, 180, 90)]},
            "temporal": {"interval": [interval]},
        },
        "cube:variables": dict.fromkeys(variables, said),
        "assets": {layout: {"pangeo:chunks": chunks, "roles": ["data"]} for layout in layouts},
        "pangeo:snapshot": VERSION,
        "pangeo:updated": "2024-05-06T07:08:09+00:00",
        "pangeo:bytes": 1_234_567,
        "pangeo:sources": [{"path": "a.nc", "size": 1, "sha256": "0" * 64}],
        "pangeo:notes": list(notes),
        "pangeo:sizes": {"time": 3653, "lat": 21},
        "pangeo:has_box": bbox is not None,
        **fields,
    }
    return Entry(Location(folder or workspace(), name), stac)


def certify(entry: Entry, *bad: str, version: str = VERSION) -> Entry:
    """As a verify leaves its certificate: two checks, and those that do not hold."""
    checks = [{"what": what, "holds": True, "found": "well"} for what in ("map", "ledger")]
    checks += [{"what": what, "holds": False, "found": "torn"} for what in bad]
    entry.location.folder.mkdir(parents=True, exist_ok=True)
    content = {
        "version": version, "verified_at": "2024-06-01T10:00:00+00:00",
        "holds": not bad, "checks": checks,
    }  # fmt: skip
    entry.location.certificate.write_text(json.dumps(content))
    return entry
