"""Write the STAC descriptions beside the data, and read them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import icechunk
import pystac

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.generation import new_generation
from pangeo.catalogs.projection import FORM, describe
from pangeo.errors import DatasetNotFoundError, StoreError
from pangeo.storage import (
    BRANCH,
    Location,
    folder_bytes,
    hold_lease,
    locations,
    open_repository,
    read_document,
    reading,
    readonly_store,
    write_document,
)

CERTIFICATE = "certificate"  # the asset, and the relation of the link, of what verify found

ROOT_ID = "pangeo"  # by which the catalogue of a workspace is told from that of others


def publish(location: Location) -> Entry:
    """Describe the newest version of a dataset in the catalogue.

    Running it again changes nothing; running it late repairs what is missing or stale.
    """
    entry, _ = repair(location)
    link(location)
    return entry


def repair(location: Location) -> tuple[Entry, bool]:
    """The entry of a dataset, and whether what was written of it had to be written again.

    It is described anew and compared whole: what was changed by hand is found too.
    """
    with reading(location):
        repository = open_repository(location)
        store, snapshot = readonly_store(repository, location)
        entry, written = _described(location, repository, store, snapshot), False
    while entry.stac != read_collection(location):
        write_document(location.collection, entry.stac)
        written = True
        # Once more when a version was committed meanwhile: who writes last looks last.
        entry = newest_entry(location)
    return entry, written


def newest_entry(location: Location) -> Entry:
    """The entry of a dataset as its newest version has it; nothing is written.

    What is written is believed where it is of that version: to read must stay cheap.

    Raises
    ------
    DatasetNotFoundError
        When there is no dataset, or nothing was ever committed to it.
    StoreError
        When its store is damaged, and no description of this version is left.
    """
    collection = read_collection(location)
    with reading(location):
        repository = open_repository(location)
        store, snapshot = readonly_store(repository, location)
        tags = _tags(repository, snapshot)
    if collection is not None and _is_current(collection, location, snapshot, tags):
        return Entry(location, collection)
    try:
        with reading(location):
            return _described(location, repository, store, snapshot)
    except StoreError:
        if collection is None or collection["pangeo:snapshot"] != snapshot:
            raise
        return Entry(location, collection)  # damaged; its certificate can be read by it


def _described(
    location: Location,
    repository: icechunk.Repository,
    store: icechunk.IcechunkStore,
    snapshot: str,
) -> Entry:
    collection = describe(location, store, snapshot)
    _add_what_lies_beside(collection, location, repository, _tags(repository, snapshot))
    return Entry(location, collection)


def _tags(repository: icechunk.Repository, snapshot: str) -> list[str]:
    """The tags of a version: they come and go without a new one."""
    return sorted(
        each for each in repository.list_tags() if repository.lookup_tag(each) == snapshot
    )


def _is_current(
    collection: dict[str, Any], location: Location, snapshot: str, tags: list[str]
) -> bool:
    return (
        collection.get("pangeo:form") == FORM
        and collection["pangeo:snapshot"] == snapshot
        and collection["pangeo:tags"] == tags
        and (CERTIFICATE in collection["assets"]) == location.certificate.exists()
    )


def _add_what_lies_beside(
    collection: dict[str, Any], location: Location, repository: icechunk.Repository, tags: list[str]
) -> None:
    """Put in what a snapshot does not hold: since when, under which tags, how large, verified."""
    first = list(repository.ancestry(branch=BRANCH))[-1]  # Icechunk's own: it never expires
    collection["created"] = (
        f"{first.written_at.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    )
    collection["pangeo:tags"] = tags
    collection["pangeo:bytes_on_disk"] = folder_bytes(location.store)
    if location.certificate.exists():
        href = f"./{location.certificate.name}"
        collection["assets"][CERTIFICATE] = {
            "href": href,
            "type": "application/json",
            "title": "What the last verification found",
            "roles": ["metadata"],
        }
        collection["links"].append({"rel": CERTIFICATE, "href": href, "type": "application/json"})


def read_collection(location: Location) -> dict[str, Any] | None:
    """The description of a dataset; None where it is missing or torn."""
    return read_document(location.collection, Entry.FIELDS)


def find_entry(location: Location) -> Entry | None:
    """The entry of a dataset as it is described, or would be; None before any commit."""
    collection = read_collection(location)
    if collection is not None:
        return Entry(location, collection)
    try:
        return newest_entry(location)
    except DatasetNotFoundError:
        return None


def link(location: Location) -> None:
    """See to it that the root of the catalogue links a dataset that was just described.

    Where it does, nothing is looked through: an append must not cost more the more there is.
    """
    with hold_lease(_lease(location.workspace)):
        root = read_document(_root_path(location.workspace), {"links"})
        if root is None or _link_to(location) not in root["links"]:
            _write_root(location.workspace)
    new_generation(location.workspace)


def link_all(workspace: Path) -> None:
    """The root of the catalogue, made anew from what is there, so that no link is lost.

    Whoever has written or removed descriptions ends with this or ``link``: they swap the token.
    """
    with hold_lease(_lease(workspace)):
        _write_root(workspace)
    new_generation(workspace)


def _lease(workspace: Path) -> Path:
    return workspace / "catalog.lease"


def _root_path(workspace: Path) -> Path:
    return workspace / "catalog.json"


def _write_root(workspace: Path) -> None:
    write_document(_root_path(workspace), _root(workspace))


def is_workspace(folder: Path) -> bool:
    """Whether a folder holds our datasets, or nothing yet; not a catalogue that others made."""
    if folder.is_file():
        return folder.suffix != ".json"
    if (folder / "catalog.json").exists():
        root = read_document(folder / "catalog.json", ("id",)) or {"id": ROOT_ID}  # torn
        return bool(root["id"] == ROOT_ID) and (folder / "datasets").is_dir()
    return not (folder / "collection.json").exists()


def _root(workspace: Path) -> dict[str, Any]:
    described = [each for each in locations(workspace) if each.collection.exists()]
    links = [{"rel": "root", "href": "./catalog.json", "type": "application/json"}]
    links += [_link_to(each) for each in described]
    return {
        "type": "Catalog",
        "stac_version": pystac.get_stac_version(),
        "id": ROOT_ID,
        "title": "Pangeo",
        "description": "The datasets of this Pangeo workspace.",
        "links": links,
    }


def _link_to(location: Location) -> dict[str, str]:
    return {
        "rel": "child",
        "href": f"./datasets/{location.name}/collection.json",
        "type": "application/json",
        "title": location.name,
    }
