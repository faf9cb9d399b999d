"""Which step of a dataset comes from where: from one of the files, or from what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pangeo.errors import SourceError
from pangeo.ingestion.scan import Piece, date

STORED = -1  # the owner of a step that is in the store already


@dataclass(frozen=True, slots=True)
class Steps:
    """The time axis that a dataset is to have, and who gives each step.

    ``owner`` is the number of a file, or STORED; ``offset`` the step in it.
    """

    times: np.ndarray
    owner: np.ndarray
    offset: np.ndarray
    changed: np.ndarray
    """Which steps have to be written."""


def from_files(pieces: Sequence[Piece]) -> Steps:
    """The steps of files that follow each other."""
    sizes = [piece.times.size for piece in pieces]
    times = np.concatenate([piece.times for piece in pieces])
    owner = np.repeat(np.arange(len(pieces)), sizes)
    offset = np.concatenate([np.arange(size) for size in sizes])
    return Steps(times, owner, offset, np.ones(times.size, bool))


def appended(stored: np.ndarray, pieces: Sequence[Piece]) -> Steps:
    """The stored steps, and those of files after them.

    Raises
    ------
    SourceError
        When a file begins before the dataset ends.
    """
    new = from_files(pieces)
    if stored.size and new.times[0] <= stored[-1]:
        last = _dates(stored[-1:], pieces[0].raw[pieces[0].time].attrs)[0]
        raise SourceError(
            f"cannot append {pieces[0].file.path}",
            found=f"times from {date(pieces[0], 0)} on",
            expected=f"times after {last}, where the dataset ends",
            fix="mode='update' puts late and corrected steps in their place",
        )
    return _merge(stored, new)


def updated(stored: np.ndarray, pieces: Sequence[Piece]) -> Steps:
    """The stored steps with those of the files put in their place, new ones inserted."""
    return _merge(stored, from_files(pieces))


def _merge(stored: np.ndarray, new: Steps) -> Steps:
    times = np.union1d(stored, new.times)
    owner, offset = np.full(times.size, STORED), np.zeros(times.size, int)
    here = np.searchsorted(times, stored)
    offset[here] = np.arange(stored.size)
    there = np.searchsorted(times, new.times)
    owner[there], offset[there] = new.owner, new.offset
    # A stored step that another one was put before has to move.
    changed = (owner != STORED) | (offset != np.arange(times.size))
    return Steps(times, owner, offset, changed)


def gaps(times: np.ndarray, attrs: Mapping[Any, Any]) -> list[str]:
    """Where steps are missing, in words: intervals half as long again as the usual one.

    An axis on which that is common has no usual interval, and nothing to miss.
    """
    lengths = np.diff(times)
    if lengths.size < 3:
        return []
    wide = np.flatnonzero(lengths > 1.5 * np.median(lengths))
    if not wide.size or wide.size > max(1, lengths.size / 4):
        return []
    first, second = _dates(times[[wide[0], wide[0] + 1]], attrs)
    more = f", and {wide.size - 1} more such gaps" if wide.size > 1 else ""
    return [f"steps are missing between {first} and {second}{more}"]


def _dates(times: np.ndarray, attrs: Mapping[Any, Any]) -> list[str]:
    """Times of the store in words, in the calendar of the data."""
    coded = xr.Dataset(coords={"t": ("t", times, dict(attrs))})
    return [str(each)[:19] for each in xr.decode_cf(coded).t.values]
