"""The index beside a catalogue that is only read: asked where it is as new as the catalogue."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pangeo.catalogs.geoparquet import connect, read_stamp, select
from pangeo.catalogs.index import FORMAT
from pangeo.errors import StoreError
from pangeo.storage import read_bytes, read_json, resolve

if TYPE_CHECKING:
    from pangeo.catalogs.index import Question


def ask_served[T](root: str, question: Question[T]) -> T | None:
    """What ``question`` makes of the index beside a root document; None where none fits."""
    import duckdb

    # An error of the question itself comes again when the descriptions are asked instead.
    with (
        TemporaryDirectory(prefix="pangeo-") as folder,
        connect() as connection,
        suppress(StoreError, duckdb.Error, ValueError),  # missing, damaged, or a stamp of others
    ):
        path = Path(folder) / "catalog.parquet"
        path.write_bytes(read_bytes(resolve(root, path.name)))
        # The token after the index: what changed before it was read is not in the index.
        token = read_json(resolve(root, "catalog.generation")).get("generation")
        said = read_stamp(connection, path)
        if token and (said.get("format"), said.get("generation")) == (FORMAT, token):
            connection.execute(f"CREATE TEMP VIEW entries AS {select(path)}")
            return question(connection)
    return None
