"""From what the user names to the files that are meant, each with its digest."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pangeo.errors import SourceError
from pangeo.ingestion.readers import Reader, reader_for

type FilesLike = str | Path | Iterable[str | Path]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to ingest: its real path, size and SHA-256, and who reads it."""

    path: Path
    size: int
    sha256: str
    modified: tuple[int, int] | None
    """When its content and when anything of it last changed, in nanoseconds; None for what is
    in memory. The second nobody can set back, as copying tools do with the first."""
    format: str
    reader: Reader

    def check_unchanged(self) -> None:
        """Raise SourceError when the file is not the one any more that was hashed."""
        if self.modified is None:
            return
        try:
            now = self.path.stat()
        except OSError:
            now = None
        if now is None or (now.st_size, _modified(now)) != (self.size, self.modified):
            raise SourceError(
                f"{self.path} changed while it was ingested; nothing was committed",
                found="no such file any more" if now is None else "another size or time of change",
                expected="sources that stay as they are until the ingest has ended",
                fix="run the same again when the file is complete",
            )

    def ledger_line(self) -> dict[str, str | int]:
        """What the store remembers of the file."""
        return {
            "path": str(self.path), "bytes": self.size, "sha256": self.sha256, "format": self.format
        }  # fmt: skip


def find_files(sources: FilesLike) -> tuple[list[SourceFile], list[str]]:
    """The files meant by paths, globs or directories, each real file once, sorted by path.

    Symbolic links are resolved, so that a link and its target are one file and a loop of
    links ends. Also what a directory holds that was passed over, in words.

    Raises
    ------
    SourceError
        When something names no file, or a file that no reader can read.
    """
    named = [sources] if isinstance(sources, (str, Path)) else _listed(sources)
    paths, notes = set[Path](), []
    for name in named:
        found, passed_over = _files(name)
        paths |= {path.resolve() for path in found}
        notes += passed_over
    if not paths:
        raise SourceError(
            "no source files were given",
            found=f"sources={named!r}",
            expected="at least one file, glob or directory",
            fix="name the files: pangeo ingest data/*.nc --name NAME",
        )
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_describe, sorted(paths))), notes


def _listed(sources: Iterable[str | Path]) -> list[str | Path]:
    named = list(sources) if isinstance(sources, Iterable) else [sources]
    odd = [name for name in named if not isinstance(name, (str, Path))]
    if odd or isinstance(sources, (bytes, dict)) or hasattr(sources, "data_vars"):
        raise SourceError(
            "cannot tell the source files",
            found=f"{type(sources).__name__}: {odd[:1] or ''}",
            expected="a path, a glob, a directory, or a list of them",
            fix="name files, or give one Dataset by itself",
        )
    return named


def _files(name: str | Path) -> tuple[list[Path], list[str]]:
    if "://" in str(name):
        raise SourceError(
            f"cannot ingest {name}",
            found="an address on another machine",
            expected="files on local disk",
            fix="download the file, and ingest the copy",
        )
    path = Path(name).expanduser()
    if path.is_file():
        return [path], []
    if path.is_dir():
        files = [child for child in sorted(path.iterdir()) if child.is_file()]
        kept = [child for child in files if _is_data(child)]
        found = f"a folder with no data files in it ({path}); look into its folders with '**/*.nc'"
        notes = [f"passed over: {child}" for child in files if child not in kept]
    else:
        kept = [Path(match) for match in glob.glob(str(path), recursive=True)]
        kept, found, notes = [each for each in kept if each.is_file()], f"nothing at {path}", []
    if not kept:
        raise SourceError(
            f"no source file {str(name)!r}",
            found=found,
            expected="a file, a glob that matches files, or a directory of data files",
            fix="check the spelling and the working directory",
        )
    return kept, notes


# What is called so must be data; in a folder, a broken download must not pass for a note.
_DATA_SUFFIXES = {".nc", ".nc3", ".nc4", ".cdf", ".netcdf", ".h5", ".hdf", ".hdf5", ".he5"}


def _is_data(path: Path) -> bool:
    """Whether a reader knows the file; folders hold notes and checksums beside the data."""
    try:
        reader_for(path)
    except SourceError:
        if path.suffix.lower() in _DATA_SUFFIXES:
            raise
        return False
    return True


def _describe(path: Path) -> SourceFile:
    name, reader = reader_for(path)
    before = path.stat()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return SourceFile(path, before.st_size, digest, _modified(before), name, reader)


def _modified(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_mtime_ns, stat.st_ctime_ns
