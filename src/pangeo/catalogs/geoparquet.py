"""Rows of descriptions as a GeoParquet file, written and read by DuckDB.

DuckDB is used with what its wheel brings: nothing is ever fetched over the network.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

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
    """A connection to DuckDB in memory, to be closed; temporary tables and views are its own."""
    return _duckdb(os.getpid()).cursor()


@cache
def _duckdb(process: int) -> DuckDBPyConnection:
    """The DuckDB of a process: it takes as long to start as to answer, and survives no fork."""
    import duckdb

    return duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_file_cache": False,  # an index is exchanged under the same name
            "preserve_insertion_order": False,  # or all rows are held to keep it
        }
    )


class Lines:
    """Rows on their way into DuckDB, which takes JSON many times as fast as values."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        self.select = (
            f"SELECT * REPLACE (unhex(geometry) AS geometry) FROM read_json({_quoted(file.name)}, "
            f"format = 'newline_delimited', columns = {{{columns}}})"
        )
        """The SQL that gives the rows, when all were added."""

    def add(self, row: Mapping[str, Any]) -> None:
        """One row, of the columns of ``rows.COLUMNS``."""
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")


@contextmanager
def new_lines(folder: Path) -> Iterator[Lines]:
    """Lines in a file of the folder; its rows can be selected after the block."""
    # Half of a surrogate pair is text to Python and JSON, but none that can be stored.
    with (folder / "rows.ndjson").open("w", encoding="utf-8", errors="replace") as file:
        yield Lines(file)


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


def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"
