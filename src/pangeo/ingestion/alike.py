"""Look at many files: in full only at those that are not like one before.

The files of a product differ in their dates and their values, and in nothing else. To find
that out takes a few milliseconds a file; to open each in full would take ten times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from pangeo.errors import SourceError
from pangeo.ingestion.corrections import Attributes
from pangeo.ingestion.readers import Glance, QuickReader
from pangeo.ingestion.scan import Piece, look_at
from pangeo.ingestion.sources import SourceFile
from pangeo.ingestion.timeaxis import EPOCH, restate_time


def look_at_all(
    files: Sequence[SourceFile],
    variables: Sequence[str] | None,
    attributes: Attributes | None = None,
) -> list[Piece]:
    """Every file, opened lazily and undecoded, checked as ``look_at`` does.

    Raises
    ------
    SourceError
        Naming file, variable, what was found and what was expected.
    """
    first = look_at(files[0], variables, attributes)
    if first.time is None or not first.varying or len(files) == 1:
        return [first, *(look_at(file, variables, attributes) for file in files[1:])]
    pieces: list[Piece] = []
    known: dict[bytes, tuple[Piece, Glance]] = {}
    for file in files:
        glance = _glance(file, first)
        if glance is not None and glance.likeness in known:
            pieces.append(_as(*known[glance.likeness], file, glance))
            continue
        piece = look_at(file, variables, attributes) if pieces else first
        pieces.append(piece)
        if glance is not None and _describes(glance, piece):
            known[glance.likeness] = piece, glance
    for numbers in _glanced_at(pieces):
        group = [pieces[number] for number in numbers]
        dated = _restated(group) or [look_at(each.file, variables, attributes) for each in group]
        for number, piece in zip(numbers, dated, strict=True):
            pieces[number] = piece
    return pieces


def _glance(file: SourceFile, first: Piece) -> Glance | None:
    reader = file.reader
    return reader.glance(file.path, first.varying) if isinstance(reader, QuickReader) else None


def _describes(glance: Glance, piece: Piece) -> bool:
    """Whether the glance found what the full look found."""
    own = {name: each for name, each in glance.variables.items() if name in piece.raw.variables}
    return (
        own.keys() == piece.varying.keys() & piece.raw.variables.keys()
        and piece.time in own
        and all(each.shape == piece.raw.variables[name].shape for name, each in own.items())
    )


def _as(like: Piece, before: Glance, file: SourceFile, glance: Glance) -> Piece:
    own = {
        name: xr.Variable(each.dims, each._data, like.raw.variables[name].attrs)
        for name, each in glance.variables.items()
        if name in like.raw.variables
    }
    other = frozenset(key for key, _ in before.attrs.items() ^ glance.attrs.items())
    return replace(like, file=file, notes=[], own=own, other_attrs=other)


def _glanced_at(pieces: Sequence[Piece]) -> list[list[int]]:
    """The numbers of those that were not looked at in full, of each kind together."""
    alike: dict[int, list[int]] = {}
    for number, piece in enumerate(pieces):
        if piece.own:
            alike.setdefault(id(piece.raw), []).append(number)
    return list(alike.values())


def _restated(pieces: Sequence[Piece]) -> list[Piece] | None:
    """Files of one kind with their dates on the epoch, of all of them in one go.

    None where they must be looked at one by one: a date cannot be told, or an array that was
    the same as the time axis in one file is another in the next.
    """
    time, dates = pieces[0].time, pieces[0].dates
    assert time is not None  # only what is dated is alike
    joined = xr.Dataset(
        {
            name: (
                each.dims,
                np.concatenate(
                    [piece.own[str(name)].values for piece in pieces], each.dims.index(time)
                ),
                each.attrs,
            )
            for name, each in dates.variables.items()
            if time in each.dims
        }
    )
    try:
        restated, notes = restate_time(joined.set_coords(time), time, pieces[0].file.path)
    except SourceError:
        return None
    if any(each.attrs.get("units") != EPOCH for each in restated.variables.values()):
        return None
    found, start = [], 0
    for piece in pieces:
        stop = start + piece.own[time].shape[0]
        part = restated.isel({time: slice(start, stop)})
        own = {**piece.own, **{str(name): each for name, each in part.variables.items()}}
        found.append(replace(piece, own=own, notes=notes if not start else []))
        start = stop
    return found


def first_of_each_kind(pieces: Sequence[Piece]) -> list[Piece]:
    """Of the files that are alike the first one, beginning with the first of all."""
    kinds: dict[int, Piece] = {}
    for piece in pieces:
        kinds.setdefault(id(piece.raw), piece)
    return list(kinds.values())
