"""What ingest saw of every field at every step: how many values, the lowest, the highest.

The numbers are those that are stored, packed ones packed. They are counted as the data pass
by, kept in the group ``ledger`` of the same commit, and are what ``verify`` compares with.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

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

    def forget(self, steps: slice) -> None:
        """Begin anew at these steps: the whole chunk that they fill is written again."""
        self.valid[steps], self.lowest[steps], self.highest[steps] = 0, np.inf, -np.inf

    def add(self, steps: slice, values: np.ndarray, missing: np.ndarray) -> None:
        """Count values, whose first dimension is the steps; ``missing`` marks fill values."""
        cells, there = tuple(range(1, values.ndim)), ~missing
        values = values.view("uint8") if values.dtype == bool else values
        ends = np.finfo(values.dtype) if values.dtype.kind == "f" else np.iinfo(values.dtype)
        lowest = np.min(values, cells, where=there, initial=ends.max).astype("float64")
        highest = np.max(values, cells, where=there, initial=ends.min).astype("float64")
        count = there.sum(cells)
        lowest[count == 0], highest[count == 0] = np.inf, -np.inf
        self.valid[steps] += count
        self.lowest[steps] = np.minimum(self.lowest[steps], lowest)
        self.highest[steps] = np.maximum(self.highest[steps], highest)

    def differs(self, other: Seen) -> np.ndarray:
        """Where two accounts of the same steps disagree."""
        return np.asarray(
            (self.valid != other.valid)
            | (self.lowest != other.lowest)
            | (self.highest != other.highest)
        )


def is_missing(values: np.ndarray, attrs: Mapping[Any, Any]) -> np.ndarray:
    """Which stored values stand for none: fill values, missing values, NaN."""
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    for key in ("_FillValue", "missing_value"):
        for fill in np.ravel(attrs[key]).tolist() if key in attrs else ():
            missing |= values == fill
    return missing


@dataclass(slots=True)
class Ledger:
    """The account of every field of a dataset that changes with time."""

    seen: dict[str, Seen]
    _lock: threading.Lock = field(default_factory=threading.Lock)

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

    def add(
        self, name: str, along: int, steps: slice, values: np.ndarray, attrs: Mapping[Any, Any]
    ) -> None:
        """Count the values of a region; threads may call it at once."""
        values = np.moveaxis(values, along, 0)
        missing = is_missing(values, attrs)
        with self._lock:
            self.seen[name].add(steps, values, missing)

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
