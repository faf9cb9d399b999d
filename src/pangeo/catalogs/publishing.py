"""Write the STAC descriptions beside the data, and read them back."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pystac

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.projection import describe
from pangeo.errors import DatasetNotFoundError
from pangeo.storage import Location, open_repository, readonly_store


def publish(location: Location) -> Entry:
    """Describe the newest version of a dataset in the catalogue.

    Running it again changes nothing; running it late repairs what is missing or stale.
    """
    store, snapshot = readonly_store(open_repository(location), location)
    collection = describe(location, store, snapshot)
    _write_json(location.collection, collection)
    _link_all(location.workspace)
    return Entry(location, collection)


def read_collection(location: Location) -> dict[str, Any] | None:
    """The description of a dataset; None where it is missing or torn."""
    try:
        collection: dict[str, Any] = json.loads(location.collection.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return collection


def find_entry(location: Location) -> Entry | None:
    """The entry of a dataset, described now where that is missing; None before any commit."""
    collection = read_collection(location)
    if collection is not None:
        return Entry(location, collection)
    try:
        return publish(location)
    except DatasetNotFoundError:
        return None


def locations(workspace: Path) -> list[Location]:
    """Every folder of a dataset in the workspace, by name."""
    folder = workspace / "datasets"
    names = sorted(child.name for child in folder.iterdir()) if folder.is_dir() else []
    return [Location(workspace, name) for name in names]


def _link_all(workspace: Path) -> None:
    """The root of the catalogue, made anew from what is there, so that no link is lost."""
    described = [each for each in locations(workspace) if each.collection.exists()]
    links = [{"rel": "root", "href": "./catalog.json", "type": "application/json"}]
    links += [
        {
            "rel": "child",
            "href": f"./datasets/{each.name}/collection.json",
            "type": "application/json",
            "title": each.name,
        }
        for each in described
    ]
    catalog = {
        "type": "Catalog",
        "stac_version": pystac.get_stac_version(),
        "id": "pangeo",
        "title": "Pangeo",
        "description": "The datasets of this Pangeo workspace.",
        "links": links,
    }
    _write_json(workspace / "catalog.json", catalog)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    draft.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")
    os.replace(draft, path)
