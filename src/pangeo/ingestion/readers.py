"""The door for file formats: who can read a source file.

A reader is registered under the entry-point group ``pangeo.readers``; Pangeo's own come
in by the same door. It does one thing: it opens a file lazily as the file says it, packed
values and raw times included. What the arrays mean, how they are joined, chunked and
written is not its business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

import xarray as xr

from pangeo.errors import SourceError
from pangeo.ingestion.formats import identify

GROUP = "pangeo.readers"
MAGIC_BYTES = 512


class Reader(Protocol):
    """What a plugin under ``pangeo.readers`` must provide; the entry point names the class.

    Examples
    --------
    In the ``pyproject.toml`` of a plugin::

        [project.entry-points."pangeo.readers"]
        myformat = "my_package:MyReader"
    """

    formats: str
    """The formats in words, for messages, such as ``"NetCDF-3, NetCDF-4/HDF5"``."""

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether this reader can open the file, told by its first 512 bytes."""

    def open(self, path: Path) -> xr.Dataset:
        """The file as it is: lazy, undecoded (``decode_cf=False``).

        What the file holds besides is listed in ``encoding["left_out"]``, for the report.
        """


@dataclass(frozen=True, slots=True)
class Glance:
    """What a quick look at a file says."""

    likeness: bytes
    """A digest of everything but the global attributes and the values that vary: files for
    which it is the same differ in nothing else."""
    attrs: dict[str, str]
    """The global attributes as text, to be compared and no more."""
    variables: dict[str, xr.Variable]
    """The variables that vary, without attributes; small ones read, large ones lazy."""


@runtime_checkable
class QuickReader(Reader, Protocol):
    """A reader that can also tell quickly whether a file is like another.

    Thousands of files of one product differ in their date and their values alone. Then only
    the first is opened in full.
    """

    def glance(self, path: Path, varying: Mapping[str, tuple[str, ...]]) -> Glance | None:
        """A quick look, or None where one does not suffice.

        ``varying`` names the variables that change from file to file, with their dimensions.
        """


@cache
def readers() -> dict[str, Reader]:
    """Every registered reader by name, in the order in which they are asked."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    return {entry.name: cast("Reader", entry.load()()) for entry in found}


def reader_for(path: Path) -> tuple[str, Reader]:
    """The reader that recognises a file, by its content and not by its name.

    Raises
    ------
    SourceError
        When the file cannot be read, or no reader knows its format.
    """
    try:
        with path.open("rb") as file:
            head = file.read(MAGIC_BYTES)
    except OSError as error:
        raise SourceError(
            f"cannot read {path}",
            found=error.strerror or str(error),
            expected="a file that this user may read",
            fix="check the path and its permissions",
        ) from error
    known = readers()
    for name, reader in known.items():
        if reader.recognises(path, head):
            return name, reader
    what, conversion = identify(head)
    raise SourceError(
        f"cannot ingest {path}: no reader knows its format",
        found=what,
        expected=" or ".join(reader.formats for reader in known.values()),
        fix=conversion.replace("FILE", path.name),
    )
