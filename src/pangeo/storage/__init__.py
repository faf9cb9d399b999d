"""A place and a name become an Icechunk repository, with one writer at a time."""

from pangeo.storage.addresses import address_of, is_remote, resolve
from pangeo.storage.chunks import check_chunks, complete
from pangeo.storage.damage import DatasetStore, damaged, is_damage, reading, reason_of
from pangeo.storage.documents import folder_bytes, read_document, write_document
from pangeo.storage.encoding import array_encoding, map_chunks, series_block, series_chunks
from pangeo.storage.lease import Lease, hold_lease
from pangeo.storage.location import Location, locations
from pangeo.storage.refusal import writing_to
from pangeo.storage.remote import icechunk_storage, read_bytes, read_json, zarr_store
from pangeo.storage.remote_file import RemoteFile
from pangeo.storage.repository import (
    DESCRIPTION,
    is_sealed,
    new_repository,
    not_found,
    open_raw,
    open_repository,
    read_description,
    write_description,
)
from pangeo.storage.staging import BRANCH, Stage, drop_staged
from pangeo.storage.stored import Piece, Stored, decoded, find_stored
from pangeo.storage.versions import Version, readonly_store, versions

__all__ = [
    "BRANCH",
    "DESCRIPTION",
    "DatasetStore",
    "Lease",
    "Location",
    "Piece",
    "RemoteFile",
    "Stage",
    "Stored",
    "Version",
    "address_of",
    "array_encoding",
    "check_chunks",
    "complete",
    "damaged",
    "decoded",
    "drop_staged",
    "find_stored",
    "folder_bytes",
    "hold_lease",
    "icechunk_storage",
    "is_damage",
    "is_remote",
    "is_sealed",
    "locations",
    "map_chunks",
    "new_repository",
    "not_found",
    "open_raw",
    "open_repository",
    "read_bytes",
    "read_description",
    "read_document",
    "read_json",
    "reading",
    "readonly_store",
    "reason_of",
    "resolve",
    "series_block",
    "series_chunks",
    "versions",
    "write_description",
    "write_document",
    "writing_to",
    "zarr_store",
]
