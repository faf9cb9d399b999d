"""Rows of descriptions as a GeoParquet file, written and read by DuckDB.

DuckDB is used with what its wheel brings: nothing is ever fetched over the network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pangeo.catalogs.rows import COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_GEO = {
    "version": "1.1.0",
    "primary_column": "geometry",
    "columns": {
        "geometry": {
            "encoding": "WKB",
            "geometry_types": ["Polygon"],
            "covering": {"bbox": {end: ["bbox", end] for end in ("xmin", "ymin", "xmax", "ymax")}},
        }
    },
}


def connect() -> DuckDBPyConnection:
    """DuckDB in memory; to be closed."""
    import duckdb

    return duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,  # or all rows are held to keep it
        }
    )


class Lines:
    """Rows on their way into DuckDB, which takes JSON many times as fast as values."""

    def __init__(self, path: Path) -> None:
        # Half of a surrogate pair is text to Python and JSON, but none that can be stored.
        self._file = path.open("w", encoding="utf-8", errors="replace")
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        self.select = (
            f"SELECT * REPLACE (unhex(geometry) AS geometry) FROM read_json({_quoted(path)}, "
            f"format = 'newline_delimited', columns = {{{columns}}})"
        )
        """The SQL that gives the rows, after ``close``."""

    def add(self, row: Mapping[str, Any]) -> None:
        """One row, of the columns of ``rows.COLUMNS``."""
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """No more rows."""
        self._file.close()


@contextmanager
def new_lines() -> Iterator[Lines]:
    """Lines in a folder that is gone after the block."""
    with TemporaryDirectory(prefix="pangeo-") as folder:
        lines = Lines(Path(folder) / "rows.ndjson")
        try:
            yield lines
        finally:
            lines.close()


def select(path: Path) -> str:
    """The SQL that gives the rows of a file as they were written."""
    return f"SELECT * REPLACE (ST_AsWKB(geometry) AS geometry) FROM read_parquet({_quoted(path)})"


def save(connection: DuckDBPyConnection, rows: str, path: Path, stamp: Mapping[str, Any]) -> None:
    """Write the rows that a piece of SQL gives, with the metadata of GeoParquet and a stamp."""
    connection.execute(
        f"COPY ({rows}) TO {_quoted(path)} "
        # Small groups bound the memory that it takes.
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000, "
        "KV_METADATA {geo: $geo, pangeo: $stamp})",
        {"geo": json.dumps(_GEO), "stamp": json.dumps(stamp)},
    )


def read_stamp(connection: DuckDBPyConnection, path: Path) -> dict[str, Any]:
    """The stamp of a file; empty where it has none, duckdb.Error where it is no such file."""
    found = connection.execute(
        "SELECT decode(value) FROM parquet_kv_metadata($1) WHERE decode(key) = 'pangeo'",
        [str(path)],
    ).fetchone()
    stamp = json.loads(found[0]) if found else {}
    return stamp if isinstance(stamp, dict) else {}


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
