"""Put files, and what a store holds already, in one order of time, or say why not.

Whatever would make a number of one file mean something else than that of another is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pangeo.errors import SourceError
from pangeo.ingestion.alike import first_of_each_kind, look_at_all
from pangeo.ingestion.conversion import agree
from pangeo.ingestion.corrections import Attributes
from pangeo.ingestion.remedies import agreement
from pangeo.ingestion.scan import Piece, date
from pangeo.ingestion.sources import SourceFile
from pangeo.ingestion.timeaxis import dating


@dataclass(frozen=True, slots=True)
class Scan:
    """Files in order of time that mean the same, and what was stated anew in them."""

    pieces: list[Piece]
    reference: xr.Dataset
    """What all files share: structure, attributes, what has no time."""
    notes: list[str]

    @property
    def time(self) -> str | None:
        """The name of the dated axis, if there is one."""
        return self.pieces[0].time


def scan(
    files: Sequence[SourceFile],
    variables: Sequence[str] | None,
    stored: xr.Dataset | None = None,
    attributes: Attributes | None = None,
) -> Scan:
    """Look at every file, in order of time, and check that they agree.

    Parameters
    ----------
    stored
        What the files are to be joined with, undecoded; else they agree among themselves.
    attributes
        What the files should have said, in place of what they do.

    Raises
    ------
    SourceError
        Naming file, variable, what was found and what was expected.
    """
    pieces = look_at_all(files, variables, attributes)
    notes = list(dict.fromkeys(note for piece in pieces for note in piece.notes))
    if len(pieces) > 1:
        _check_one_axis(pieces)
        pieces.sort(key=lambda piece: int(piece.times[0]))
    _check_sequence(pieces)
    pieces, converted = agree(pieces, stored)
    notes += converted
    if stored is not None:
        notes += _check_same("the dataset", stored, pieces[0], pieces[0].time)
    kinds = first_of_each_kind(pieces)
    for piece in kinds[1:]:
        notes += _check_same(pieces[0].file.path.name, pieces[0].raw, piece, piece.time)
    other = set[str]().union(*(piece.other_attrs for piece in pieces))
    reference, left_out = common_attributes([piece.raw for piece in kinds], other)
    notes += left_out
    return Scan(pieces, reference, notes)


def _check_one_axis(pieces: Sequence[Piece]) -> None:
    if None in {piece.time for piece in pieces} or len({piece.time for piece in pieces}) > 1:
        axes = {piece.file.path.name: piece.time or "no dated axis" for piece in pieces}
        by_hand = dating([piece.raw for piece in pieces])
        raise SourceError(
            f"cannot join {len(pieces)} files into one dataset",
            found="; ".join(f"{name}: {time}" for name, time in list(axes.items())[:5]),
            expected="one and the same dated time axis in every file",
            fix=f"ingest them one by one, each under a name of its own{by_hand}",
        )


# Attributes that differ from file to file without changing what the numbers mean.
_FREE_ATTRS = {"history", "actual_range", "valid_min", "valid_max", "valid_range", "comment"}


def common_attributes(
    datasets: Sequence[xr.Dataset], other: Collection[str] = ()
) -> tuple[xr.Dataset, list[str]]:
    """The first dataset with only those attributes that hold for all, and what was left out.

    ``other`` are global attributes that are known to differ.
    """
    reference = datasets[0].copy()
    reference.attrs, differing = _shared([each.attrs for each in datasets])
    differing += [key for key in reference.attrs if key in other]
    reference.attrs = {key: reference.attrs[key] for key in reference.attrs if key not in other}
    notes = (
        [f"global attributes left out, they differ: {', '.join(differing)}"] if differing else []
    )
    for name in reference.variables:
        attrs, differing = _shared([each[name].attrs for each in datasets])
        reference[name].attrs = attrs
        notes += [f"{name}: {key} left out, it differs between files" for key in differing]
    return reference, notes


def _shared(several: Sequence[dict[Any, Any]]) -> tuple[dict[Any, Any], list[str]]:
    """The attributes that are the same everywhere, and the names of the others."""
    keys = dict.fromkeys(key for attrs in several for key in attrs)
    differing = [key for key in keys if len({_text(attrs.get(key)) for attrs in several}) > 1]
    first = several[0]
    return {key: first[key] for key in first if key not in differing}, list(map(str, differing))


def _check_same(first: str, reference: xr.Dataset, piece: Piece, time: str | None) -> list[str]:
    """Refuse a file that means something else; returns what was taken as the same, in words."""

    def refuse(what: str, found: Any, expected: Any, or_else: str = "") -> SourceError:
        return SourceError(
            f"cannot join {piece.file.path} with {first}: {what} differs",
            found=f"{_shown(found)} in {piece.file.path.name}",
            expected=f"{_shown(expected)} as in {first}",
            fix=f"ingest them under two names, or make the files agree{or_else}",
        )

    raw, notes = piece.raw, list[str]()
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
                or_else = agreement(str(name), str(key), theirs)
                raise refuse(f"attribute {key!r} of {name!r}", ours, theirs, or_else)
        if time in variable.dims:
            continue
        distance = distance_between(variable, other)
        if distance > noise_of(reference, name):
            raise refuse(f"the values of {name!r}", f"values up to {distance:g} off", "the same")
        if distance > 0:
            notes.append(f"{name} of {piece.file.path.name}: snapped, it was {distance:.1g} off")
    return notes


def distance_between(variable: xr.Variable, other: xr.Variable) -> float:
    """The largest difference between two arrays; infinite where it cannot be said."""
    ours, theirs = variable.values, other.values
    if np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f"):
        return 0.0
    if ours.shape != theirs.shape or ours.dtype.kind != "f":
        return np.inf
    distance = np.abs(ours.astype("float64") - theirs.astype("float64")).max()
    return float(distance) if np.isfinite(distance) else np.inf


SNAP = 1e-4  # of the spacing: far above rounding, far below any move of a grid


def noise_of(reference: xr.Dataset, name: Any) -> float:
    """How far the values of an axis may be off and still be the same but for rounding.

    Nothing but an axis has a spacing to measure by: for all else, and for an axis that is not
    strictly monotonic, it is 0.
    """
    values = reference.variables[name].values
    if name not in reference.xindexes or values.dtype.kind != "f" or values.size < 2:
        return 0.0
    steps = np.diff(values.astype("float64"))
    return SNAP * float(np.abs(steps).min()) if (steps > 0).all() or (steps < 0).all() else 0.0


def _shape(variable: xr.Variable, time: str | None) -> dict[Any, int]:
    return {dim: size for dim, size in variable.sizes.items() if dim != time}


def _shown(value: Any) -> str:
    """A value as one would type it."""
    if isinstance(value, np.dtype):
        return str(value)
    return repr(value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value)


def _text(value: Any) -> str:
    return repr(np.asarray(value).tolist())


def _check_sequence(pieces: Sequence[Piece]) -> None:
    for before, piece in zip([None, *pieces[:-1]], pieces, strict=True):
        if piece.time is None:
            continue
        problem = None
        if not (np.diff(piece.times) > 0).all():
            problem = "times twice or out of order"
        elif before is not None and piece.times[0] <= before.times[-1]:
            problem = f"times that {before.file.path.name} holds already, or earlier ones"
        if problem:
            raise SourceError(
                f"cannot order {piece.file.path} along {piece.time!r}",
                found=f"{problem}: {date(piece, 0)} .. {date(piece, -1)}",
                expected="times that only grow, within a file and from file to file",
                fix="leave out the file that repeats what another holds, or sort the file first: "
                f"ds.sortby({piece.time!r}).drop_duplicates({piece.time!r})",
            )
