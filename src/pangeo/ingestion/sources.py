"""From what the user names to the files that are meant, each with its digest."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pangeo.errors import SourceError
from pangeo.ingestion.readers import Reader, reader_for

type SourcesLike = str | Path | Iterable[str | Path]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to ingest: its real path, size and SHA-256, and who reads it."""

    path: Path
    size: int
    sha256: str
    format: str
    reader: Reader

    def ledger_line(self) -> dict[str, str | int]:
        """What the store remembers of the file."""
        return {
            "path": str(self.path), "bytes": self.size, "sha256": self.sha256, "format": self.format
        }  # fmt: skip


def find_sources(sources: SourcesLike) -> list[SourceFile]:
    """The files meant by paths, globs or directories; each real file once, sorted by path.

    Symbolic links are resolved, so that a link and its target are one file and a loop of
    links ends.

    Raises
    ------
    SourceError
        When something names no file, or a file of unknown format.
    """
    named = [sources] if isinstance(sources, (str, Path)) else list(sources)
    paths = sorted({path.resolve() for name in named for path in _files(name)})
    if not paths:
        raise SourceError(
            "no source files were given",
            found=f"sources={named!r}",
            expected="at least one file, glob or directory",
            fix="name the files: pangeo ingest data/*.nc --name NAME",
        )
    return [_describe(path) for path in paths]


def _files(name: str | Path) -> list[Path]:
    path = Path(name).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [child for child in sorted(path.iterdir()) if _is_data_file(child)]
        what = f"a folder with no data files in it ({path})"
    else:
        found = [Path(match) for match in glob.glob(str(path)) if Path(match).is_file()]
        what = f"nothing at {path}"
    if not found:
        raise SourceError(
            f"no source file {str(name)!r}",
            found=what,
            expected="a file, a glob that matches files, or a directory of data files",
            fix="check the spelling and the working directory",
        )
    return found


def _is_data_file(path: Path) -> bool:
    """Whether a reader knows the file; folders hold notes and checksums beside the data."""
    if not path.is_file():
        return False
    try:
        reader_for(path)
    except SourceError:
        return False
    return True


def _describe(path: Path) -> SourceFile:
    name, reader = reader_for(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return SourceFile(path, path.stat().st_size, digest, name, reader)
