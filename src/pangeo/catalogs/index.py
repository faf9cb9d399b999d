"""The index that searches ask, derived from the STAC descriptions and as new as they are.

It can be thrown away at any time: a search that finds none, a damaged one, one of another
version of this code or one older than the catalogue makes it anew, and reads again only the
descriptions that changed.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pangeo.catalogs.generation import generation
from pangeo.catalogs.geoparquet import Lines, connect, new_lines, read_stamp, save, select
from pangeo.catalogs.publishing import find_entry
from pangeo.catalogs.rows import row_of
from pangeo.config import cache
from pangeo.storage import Location, locations

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    type Question[T] = Callable[[DuckDBPyConnection], T]

FORMAT = 2  # of the columns and what they mean; an index with another number is not read


def ask[T](workspace: Path, question: Question[T]) -> T:
    """What ``question`` makes of the table ``entries``, a row for each of ``Catalog.entries``."""
    import duckdb

    stamp = _stamp(workspace)
    for path in _places(workspace):
        before = _signature(path)
        if before is None:
            continue
        # An error means a damaged file; one that is the question's own comes again below.
        with connect() as connection, suppress(duckdb.Error):
            if _is_fresh(read_stamp(connection, path), stamp, workspace):
                connection.execute(f"CREATE TEMP VIEW entries AS {select(path)}")
                answer = question(connection)
                if _signature(path) == before:  # nobody put an older one in its place meanwhile
                    return answer
    return rebuild(workspace, question, bases=_places(workspace)[::-1])


def rebuild[T](workspace: Path, question: Question[T], bases: Sequence[Path] = ()) -> T:
    """The same of an index made anew; a base is believed of descriptions that did not change."""
    import duckdb

    for base in bases:
        with suppress(duckdb.Error, OSError):  # damaged or missing
            return _rebuild(workspace, question, base)
    return _rebuild(workspace, question, None)


def ask_rows[T](rows: Iterable[Mapping[str, Any]], question: Question[T]) -> T:
    """The same of rows that are at hand; nothing is kept."""
    with connect() as connection, _scratch() as scratch:
        with new_lines(scratch) as lines:
            for row in rows:
                lines.add(row)
        connection.execute(f"CREATE TEMP TABLE entries AS {lines.select}")
        return question(connection)


def _rebuild[T](workspace: Path, question: Question[T], base: Path | None) -> T:
    stamp = _stamp(workspace)  # before any description is read: what changes later is not in it
    with connect() as connection, _scratch() as scratch:
        known = {}
        if base is not None:  # a copy, for another process may exchange it at any moment
            base = Path(copyfile(base, scratch / "base.parquet"))
            known = _known(connection, base)
        with new_lines(scratch) as lines:
            stale, silent = _add_changes(lines, workspace, known)
        rows = lines.select
        if base is not None and known:
            connection.execute(
                "CREATE TEMP TABLE stale AS SELECT unnest($1::VARCHAR[]) AS id", [stale]
            )
            rows += f" UNION ALL BY NAME ({select(base)} WHERE id NOT IN (FROM stale))"
        # Without a token nobody could tell what it is an index of.
        for path in _places(workspace) if stamp["generation"] else ():
            draft = _save(connection, rows, path, {**stamp, "silent": silent})
            if draft is not None:
                return _ask_and_keep(connection, question, draft, path)
        connection.execute(f"CREATE TEMP TABLE entries AS {rows}")
        return question(connection)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that is gone after the block."""
    with TemporaryDirectory(prefix="pangeo-") as folder:
        yield Path(folder)


def _add_changes(
    lines: Lines, workspace: Path, known: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Add the rows of what changed; the rows that hold no longer, and the folders without one."""
    stale, silent = set(known), []
    for location in locations(workspace):
        signature = _signature(location.collection)  # before it is read
        if signature is not None and known.get(location.name) == signature:
            stale.remove(location.name)
            continue
        try:
            entry = find_entry(location)
        except Exception:  # one bad dataset must not hide the others
            entry = None
        if entry is None:
            silent.append(location.name)
        else:
            href = location.collection.relative_to(workspace).as_posix()
            lines.add(row_of(entry.stac, href, name=location.name, signature=signature))
    return sorted(stale), silent


def _save(
    connection: DuckDBPyConnection, rows: str, path: Path, stamp: Mapping[str, Any]
) -> Path | None:
    """A draft of the file beside its place; None where there is no room or no permission."""
    import duckdb

    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.touch()  # DuckDB does not tell why it cannot write
        save(connection, rows, draft, stamp)
    except (OSError, duckdb.IOException):
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        return None
    return draft


def _ask_and_keep[T](
    connection: DuckDBPyConnection, question: Question[T], draft: Path, path: Path
) -> T:
    """Ask the draft, then make it the index: nobody else can exchange it before it has answered."""
    try:
        connection.execute(f"CREATE TEMP VIEW entries AS {select(draft)}")
        answer = question(connection)
        with suppress(OSError):
            os.replace(draft, path)
        return answer
    finally:
        draft.unlink(missing_ok=True)


def _stamp(workspace: Path) -> dict[str, Any]:
    """Which state of the catalogue an index is made of."""
    folders = workspace / "datasets"
    is_there = folders.is_dir()
    return {
        "format": FORMAT,
        "generation": generation(workspace) if is_there else None,
        # When a dataset last came or went: its writer may have died before it swapped the token.
        "folders": folders.stat().st_mtime_ns if is_there else None,
    }


def _is_fresh(said: Mapping[str, Any], stamp: Mapping[str, Any], workspace: Path) -> bool:
    """Whether an index is of this state, and the folders that had no entry still have none."""
    if stamp["generation"] is None or any(said.get(key) != stamp[key] for key in stamp):
        return False
    return not any(_has_entry(Location(workspace, name)) for name in said["silent"])


def _has_entry(location: Location) -> bool:
    try:
        return find_entry(location) is not None
    except Exception:  # still damaged
        return False


def _known(connection: DuckDBPyConnection, path: Path) -> dict[str, str]:
    """The signature of the description behind each row; none where rows mean something else."""
    if read_stamp(connection, path).get("format") != FORMAT:
        return {}
    return dict(connection.execute(f"SELECT id, signature FROM ({select(path)})").fetchall())


def _signature(path: Path) -> str | None:
    """Changes whenever the file is written; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def _places(workspace: Path) -> tuple[Path, Path]:
    """Beside the catalogue; for who may not write there, in the user's cache."""
    key = sha256(os.fsencode(workspace)).hexdigest()[:16]
    return workspace / "catalog.parquet", cache() / "catalogs" / f"{key}.parquet"
