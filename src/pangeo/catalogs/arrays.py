"""How the arrays of a layout are stored: chunks, shards, codecs, sizes; metadata alone is read."""

from __future__ import annotations

import json
from typing import Any

import icechunk
import zarr


def stored_arrays(store: icechunk.IcechunkStore, layout: str) -> dict[str, dict[str, Any]]:
    """What the metadata of each array of a layout say, as plain values."""
    group = zarr.open_group(store, path=layout, mode="r")
    return {name: _described(array) for name, array in group.arrays()}


def _described(array: zarr.Array[Any]) -> dict[str, Any]:
    said = array.metadata.to_dict()
    return {
        "shape": list(array.shape),
        "chunks": list(array.chunks),
        "shards": list(array.shards) if array.shards is not None else None,
        "codecs": json.loads(json.dumps(said["codecs"])),  # JSON has no tuples, at any depth
        "bytes": array.nbytes,
    }
