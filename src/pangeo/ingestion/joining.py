"""Put files, and what a store holds already, in one order of time, or say why not.

Whatever would make a number of one file mean something else than that of another is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pangeo.errors import SourceError
from pangeo.ingestion.scan import Piece, date, look_at
from pangeo.ingestion.sources import SourceFile


@dataclass(frozen=True, slots=True)
class Scan:
    """Files in order of time that mean the same, and what was stated anew in them."""

    pieces: list[Piece]
    notes: list[str]

    @property
    def reference(self) -> xr.Dataset:
        """The file that the others agree with: structure, attributes, what has no time."""
        return self.pieces[0].raw

    @property
    def time(self) -> str | None:
        """The name of the dated axis, if there is one."""
        return self.pieces[0].time


def scan(
    files: Sequence[SourceFile],
    variables: Sequence[str] | None,
    stored: xr.Dataset | None = None,
) -> Scan:
    """Look at every file, in order of time, and check that they agree.

    Parameters
    ----------
    stored
        What the files are to be joined with, undecoded; else they agree among themselves.

    Raises
    ------
    SourceError
        Naming file, variable, what was found and what was expected.
    """
    with ThreadPoolExecutor() as pool:
        pieces = list(pool.map(lambda file: look_at(file, variables), files))
    notes = list(dict.fromkeys(note for piece in pieces for note in piece.notes))
    if len(pieces) > 1:
        _check_one_axis(pieces)
        pieces.sort(key=lambda piece: int(piece.times[0]))
        notes += _differing_attributes([piece.raw for piece in pieces])
        _check_sequence(pieces)
    if stored is not None:
        _check_same("the dataset", stored, pieces[0], pieces[0].time)
    for piece in pieces[1:]:
        _check_same(pieces[0].file.path.name, pieces[0].raw, piece, piece.time)
    return Scan(pieces, notes)


def _check_one_axis(pieces: Sequence[Piece]) -> None:
    names = {piece.time for piece in pieces}
    if None in names or len(names) > 1:
        raise SourceError(
            f"cannot join {len(pieces)} files into one dataset",
            found=f"dated axes {sorted(map(str, names))}",
            expected="one and the same dated time axis in every file",
            fix="ingest them one by one, each under a name of its own",
        )


# Attributes that differ from file to file without changing what the numbers mean.
_FREE_ATTRS = {"history", "actual_range", "valid_min", "valid_max", "valid_range", "comment"}


def _differing_attributes(datasets: Sequence[xr.Dataset]) -> list[str]:
    """Say which global attributes the joined dataset has from its first file only."""
    names = dict.fromkeys(name for each in datasets for name in each.attrs)
    differing = [
        str(name) for name in names if len({_text(each.attrs.get(name)) for each in datasets}) > 1
    ]
    return [f"global attributes of the first file: {', '.join(differing)}"] if differing else []


def _check_same(first: str, reference: xr.Dataset, piece: Piece, time: str | None) -> None:
    def refuse(what: str, found: Any, expected: Any) -> SourceError:
        return SourceError(
            f"cannot join {piece.file.path} with {first}: {what} differs",
            found=f"{found!r} in {piece.file.path.name}",
            expected=f"{expected!r} as in {first}",
            fix="ingest them under two names, or make the files agree",
        )

    raw = piece.raw
    if set(raw.variables) != set(reference.variables):
        raise refuse(
            "the set of variables",
            sorted(map(str, set(raw.variables) - set(reference.variables))),
            sorted(map(str, set(reference.variables) - set(raw.variables))),
        )
    for name, variable in raw.variables.items():
        other = reference.variables[name]
        for what, found, expected in (
            ("dtype", variable.dtype, other.dtype),
            ("dimensions", variable.dims, other.dims),
            ("shape", _shape(variable, time), _shape(other, time)),
        ):
            if found != expected:
                raise refuse(f"{what} of {name!r}", found, expected)
        for key in (*other.attrs, *variable.attrs):
            ours, theirs = variable.attrs.get(key), other.attrs.get(key)
            if key not in _FREE_ATTRS and _text(ours) != _text(theirs):
                raise refuse(f"attribute {key!r} of {name!r}", ours, theirs)
        if time not in variable.dims and not np.array_equal(
            variable.values, other.values, equal_nan=variable.dtype.kind == "f"
        ):
            raise refuse(f"the values of {name!r}", "other values", "the values")


def _shape(variable: xr.Variable, time: str | None) -> dict[Any, int]:
    return {dim: size for dim, size in variable.sizes.items() if dim != time}


def _text(value: Any) -> str:
    return repr(np.asarray(value).tolist())


def _check_sequence(pieces: Sequence[Piece]) -> None:
    for before, piece in zip([None, *pieces[:-1]], pieces, strict=True):
        problem = None
        if not (np.diff(piece.times) > 0).all():
            problem = "times twice or out of order"
        elif before is not None and piece.times[0] <= before.times[-1]:
            problem = f"times that {before.file.path.name} holds already, or earlier ones"
        if problem:
            raise SourceError(
                f"cannot join {piece.file.path} along {piece.time!r}",
                found=f"{problem}: {date(piece, 0)} .. {date(piece, -1)}",
                expected="times that only grow from file to file",
                fix="leave out the file that repeats what another holds",
            )
