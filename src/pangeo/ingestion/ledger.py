"""What ingest saw of every field at every step: how many values, the lowest, the highest.

The numbers are those that are stored, packed ones packed. They are counted as the data pass
by, kept in the group ``ledger`` of the same commit, and are what ``verify`` compares with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.ingestion.steps import STORED, Steps

LEDGER = "ledger"


@dataclass(slots=True)
class Seen:
    """One field, an entry per step: valid values, the lowest and the highest of them."""

    valid: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray

    @classmethod
    def nothing(cls, steps: int) -> Seen:
        """Not a value seen at any step."""
        return cls(np.zeros(steps, "int64"), np.full(steps, np.inf), np.full(steps, -np.inf))

    @classmethod
    def in_values(cls, values: np.ndarray, missing: np.ndarray) -> Seen:
        """What there is in values whose first dimension is the steps; ``missing`` marks none."""
        values = values.view("uint8") if values.dtype == bool else values
        values, missing = (each.reshape(len(values), -1) for each in (values, missing))
        if values.shape[1] > BLOCK:
            return cls(*np.array([_in_step(*each) for each in zip(values, missing, strict=True)]).T)
        ends = np.finfo(values.dtype) if values.dtype.kind == "f" else np.iinfo(values.dtype)
        valid = values.shape[1] - np.count_nonzero(missing, axis=1)
        lowest = np.where(missing, ends.max, values).min(1).astype("float64")
        highest = np.where(missing, ends.min, values).max(1).astype("float64")
        lowest[valid == 0], highest[valid == 0] = np.inf, -np.inf
        return cls(valid, lowest, highest)

    def forget(self, steps: slice) -> None:
        """Begin anew at these steps: the whole chunk that they fill is written again."""
        self.valid[steps], self.lowest[steps], self.highest[steps] = 0, np.inf, -np.inf

    def add(self, steps: slice, other: Seen) -> None:
        """Count what was seen at these steps as well."""
        self.valid[steps] += other.valid.astype(self.valid.dtype)
        self.lowest[steps] = np.minimum(self.lowest[steps], other.lowest)
        self.highest[steps] = np.maximum(self.highest[steps], other.highest)

    def differs(self, other: Seen) -> np.ndarray:
        """Where two accounts of the same steps disagree."""
        return np.asarray(
            (self.valid != other.valid)
            | (self.lowest != other.lowest)
            | (self.highest != other.highest)
        )


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
    name: str, along: int, steps: slice, values: np.ndarray, attrs: Mapping[Any, Any]
) -> Counted:
    """Count the values of a region, whose dimension ``along`` is the steps."""
    values = np.moveaxis(values, along, 0)
    return Counted(name, steps, Seen.in_values(values, is_missing(values, attrs)))


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
    """The account of every field of a dataset that changes with time."""

    seen: dict[str, Seen]

    @classmethod
    def begin(cls, fields: Iterable[str], steps: Steps, before: Ledger | None) -> Ledger:
        """An account of the steps that are to be; steps that stay keep what was seen."""
        ledger = cls({name: Seen.nothing(steps.times.size) for name in fields})
        kept = steps.owner == STORED
        if before is None:
            return ledger
        for name, seen in ledger.seen.items():
            for part in ("valid", "lowest", "highest"):
                old = getattr(before.seen[name], part)
                getattr(seen, part)[kept] = old[steps.offset[kept]]
        return ledger

    def add(self, counted: Counted) -> None:
        """Count a region."""
        self.seen[counted.name].add(counted.steps, counted.seen)

    def write(self, store: icechunk.IcechunkStore) -> None:
        """Keep the account in the session, in place of the one before."""
        root = zarr.open_group(store, mode="a")
        group = root.create_group(LEDGER, overwrite=True)
        for name, seen in self.seen.items():
            for part in ("valid", "lowest", "highest"):
                group.create_array(f"{name}/{part}", data=getattr(seen, part))


def read_ledger(store: icechunk.IcechunkStore, fields: Iterable[str]) -> Ledger:
    """The account that a version of a dataset carries."""
    group = zarr.open_group(store, path=LEDGER, mode="r")

    def part(name: str, of: str) -> np.ndarray:
        array = group[f"{name}/{of}"]
        assert isinstance(array, zarr.Array)
        return np.asarray(array[:])

    return Ledger(
        {name: Seen(*(part(name, of) for of in ("valid", "lowest", "highest"))) for name in fields}
    )


def fields_along(reference: xr.Dataset, time: str | None) -> list[str]:
    """The variables that change with time, the axis itself left out."""
    return [
        str(name)
        for name, variable in reference.variables.items()
        if time in variable.dims and name != time
    ]
