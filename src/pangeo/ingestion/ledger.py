"""What ingest saw of every field at every step: how many values, the lowest, the highest.

And a sum that tells whether each value is in its place. The numbers are those that are stored,
packed ones packed. They are counted as the data pass by, kept in the group ``ledger`` of the
same commit, and are what ``verify`` compares with. What has no time counts as one step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.ingestion.steps import STORED, Steps

LEDGER = "ledger"


@dataclass(slots=True)
class Seen:
    """One field, an entry per step: valid values, the lowest and the highest of them, a sum."""

    valid: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    sums: np.ndarray
    """Of what is stored times the numbers of its place: values that change places change it."""

    @classmethod
    def nothing(cls, steps: int) -> Seen:
        """Not a value seen at any step."""
        none = np.zeros(steps, "int64")
        return cls(none, np.full(steps, np.inf), np.full(steps, -np.inf), none.astype("uint32"))

    @classmethod
    def in_values(cls, values: np.ndarray, missing: np.ndarray, space: Sequence[slice]) -> Seen:
        """What there is in values whose first dimension is the steps; ``missing`` marks none.

        ``space`` is where the other dimensions lie in the field.
        """
        values = values.view("uint8") if values.dtype == bool else values
        sums = _placed(values, space)
        values, missing = (each.reshape(len(values), -1) for each in (values, missing))
        if values.shape[1] > BLOCK:
            seen = [_in_step(*each) for each in zip(values, missing, strict=True)]
            valid, lowest, highest = np.array(seen).T
            return cls(valid, lowest, highest, sums)
        ends = np.finfo(values.dtype) if values.dtype.kind == "f" else np.iinfo(values.dtype)
        valid = values.shape[1] - np.count_nonzero(missing, axis=1)
        lowest = np.where(missing, ends.max, values).min(1).astype("float64")
        highest = np.where(missing, ends.min, values).max(1).astype("float64")
        lowest[valid == 0], highest[valid == 0] = np.inf, -np.inf
        return cls(valid, lowest, highest, sums)

    def forget(self, steps: slice) -> None:
        """Begin anew at these steps: the whole chunk that they fill is written again."""
        self.valid[steps], self.lowest[steps], self.highest[steps] = 0, np.inf, -np.inf
        self.sums[steps] = 0

    def add(self, steps: slice, other: Seen) -> None:
        """Count what was seen at these steps as well."""
        self.valid[steps] += other.valid.astype(self.valid.dtype)
        self.lowest[steps] = np.minimum(self.lowest[steps], other.lowest)
        self.highest[steps] = np.maximum(self.highest[steps], other.highest)
        self.sums[steps] += other.sums

    def differs(self, other: Seen) -> np.ndarray:
        """Where two accounts of the same steps disagree."""
        return np.asarray(
            (self.valid != other.valid)
            | (self.lowest != other.lowest)
            | (self.highest != other.highest)
            | (self.sums != other.sums)
        )

    def until(self, steps: int) -> Seen:
        """The same of the first steps."""
        return Seen(*(getattr(self, part)[:steps] for part in PARTS))


PARTS = [part.name for part in fields(Seen)]


def _placed(values: np.ndarray, space: Sequence[slice]) -> np.ndarray:
    """For each step, the sum of the stored bits times a number of their place, modulo 2**32.

    It does not depend on how the field is cut into chunks, nor on the order of these.
    """
    bits = np.dtype(f"u{values.dtype.itemsize}").newbyteorder(values.dtype.byteorder)
    sums = values.view(bits)
    sums = sums ^ sums >> np.uint64(32) if sums.dtype.itemsize == 8 else sums
    for dim, span in reversed(list(enumerate(space))):
        sums = np.einsum("...i,i->...", sums, _numbers(dim, span))
    return sums.astype("uint32")


def _numbers(dim: int, span: slice) -> np.ndarray:
    """An odd number for each place along a dimension, in no order, as splitmix64 makes them."""
    place = np.arange(span.start, span.stop, dtype="uint64") + np.uint64(dim << 48 | 1)
    place *= np.uint64(0x9E3779B97F4A7C15)
    place = (place ^ place >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    place = (place ^ place >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return (place ^ place >> np.uint64(31)).astype("uint32") | np.uint32(1)


BLOCK = 2**16  # values: few enough to stay in the cache of a core


def _in_step(values: np.ndarray, missing: np.ndarray) -> tuple[int, float, float]:
    """How many values of one step there are, the lowest and the highest of them."""
    valid, lowest, highest = 0, np.inf, -np.inf
    for start in range(0, values.size, BLOCK):
        block, gone = values[start : start + BLOCK], missing[start : start + BLOCK]
        if gone.any():
            block = block[~gone]
        if block.size:
            valid += block.size
            lowest, highest = min(lowest, float(block.min())), max(highest, float(block.max()))
    return valid, lowest, highest


class Counted(NamedTuple):
    """What was seen in a region of a field."""

    name: str
    steps: slice
    seen: Seen


def count(
    name: str,
    along: int | None,
    region: tuple[slice, ...],
    values: np.ndarray,
    attrs: Mapping[Any, Any],
) -> Counted:
    """Count the values of a region, whose dimension ``along`` is the steps, if it has any."""
    if along is None:
        along, values, region = 0, values[np.newaxis], (slice(0, 1), *region)
    space = region[:along] + region[along + 1 :]
    values = np.moveaxis(values, along, 0)
    return Counted(name, region[along], Seen.in_values(values, is_missing(values, attrs), space))


def is_missing(values: np.ndarray, attrs: Mapping[Any, Any]) -> np.ndarray:
    """Which stored values stand for none: fill values, missing values, NaN."""
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    fills = {
        fill
        for key in ("_FillValue", "missing_value")
        for fill in (np.ravel(attrs[key]).tolist() if key in attrs else ())
        if fill == fill  # NaN is there already
    }
    for fill in fills:
        missing |= values == fill
    return missing


@dataclass(slots=True)
class Ledger:
    """The account of all that a dataset holds, its axes left out."""

    seen: dict[str, Seen]

    @classmethod
    def begin(
        cls, reference: xr.Dataset, time: str | None, steps: Steps, before: Ledger | None
    ) -> Ledger:
        """An account of the steps that are to be; what stays keeps what was seen."""
        names = counted_names(reference)
        dated = [name for name in names if time in reference[name].dims]
        seen = {name: Seen.nothing(steps.times.size if name in dated else 1) for name in names}
        if before is None:
            return cls(seen)
        kept = steps.owner == STORED
        for name in dated:
            for part in PARTS:
                old = getattr(before.seen[name], part)
                getattr(seen[name], part)[kept] = old[steps.offset[kept]]
        return cls(
            {name: each if name in dated else before.seen[name] for name, each in seen.items()}
        )

    def add(self, counted: Counted) -> None:
        """Count a region."""
        self.seen[counted.name].add(counted.steps, counted.seen)

    def write(self, store: icechunk.IcechunkStore) -> None:
        """Keep the account in the session, in place of the one before."""
        root = zarr.open_group(store, mode="a")
        group = root.create_group(LEDGER, overwrite=True)
        for name, seen in self.seen.items():
            # One array, not one for each part: every append writes them all anew.
            parts = np.array([getattr(seen, part) for part in PARTS], "float64")
            group.create_array(name, data=parts)


def read_ledger(store: icechunk.IcechunkStore, names: Iterable[str]) -> Ledger:
    """The account that a version of a dataset carries."""
    group = zarr.open_group(store, path=LEDGER, mode="r")

    def seen(name: str) -> Seen:
        array = group[name]
        assert isinstance(array, zarr.Array)
        valid, lowest, highest, sums = np.asarray(array[:])
        return Seen(valid.astype("int64"), lowest, highest, sums.astype("uint32"))

    return Ledger({name: seen(name) for name in names})


def counted_names(reference: xr.Dataset) -> list[str]:
    """The variables that are counted: all but the axes."""
    return [str(name) for name in reference.variables if name not in reference.xindexes]
