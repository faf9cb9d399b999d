"""Look at a file before the first byte is written.

Nothing is decoded: packed integers stay packed, so that what is stored is bit for bit what
the file holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from pangeo.errors import InputError, SourceError
from pangeo.grids import AxisName, claims_axis, linked_names
from pangeo.ingestion.attributes import mend_attributes
from pangeo.ingestion.calendars import coded_times
from pangeo.ingestion.corrections import Attributes, correct
from pangeo.ingestion.decoding import check_decodes
from pangeo.ingestion.sources import SourceFile
from pangeo.ingestion.text import as_bytes
from pangeo.ingestion.timeaxis import date_from_twin, restate_time, time_dimension


@dataclass(frozen=True, slots=True)
class Piece:
    """One file, looked at lazily and undecoded, with its times on the epoch of the store."""

    file: SourceFile
    raw: xr.Dataset
    """What the file says; files that differ in their values alone share it."""
    text: list[str]
    """Variables of text, which are bytes in ``raw``."""
    notes: list[str]
    time: str | None
    """The name of its dated axis, if it has one."""
    dates: xr.Dataset
    """The dated axis, and bounds of it, as the file counts time."""
    varying: Mapping[str, tuple[str, ...]]
    """What else of its kind has in its own way: variables along time, with their dimensions."""
    own: Mapping[str, xr.Variable] = field(default_factory=dict)
    """What this file has in place of variables of ``raw``."""
    other_attrs: frozenset[str] = frozenset()
    """Global attributes in which it differs from ``raw``."""

    def variable(self, name: str) -> xr.Variable:
        """A variable of this file, lazy."""
        return self.own[name] if name in self.own else self.raw.variables[name]

    @property
    def times(self) -> np.ndarray:
        """The numbers of its dated axis."""
        return self.variable(self.time).values if self.time else np.zeros(0, "int64")

    def ledger_line(self) -> dict[str, Any]:
        """What the store remembers of the file: what it was, and its first and last time."""
        ends = [int(self.times[0]), int(self.times[-1])] if self.times.size else []
        return {**self.file.ledger_line(), "times": ends}


def look_at(
    file: SourceFile, variables: Sequence[str] | None, attributes: Attributes | None = None
) -> Piece:
    """Open one file and check that everything in it can be stored and opened again.

    ``attributes`` are what it should have said: they take the place of its own first of all.

    Raises
    ------
    SourceError
        Naming file, variable, what was found and what was expected.
    """
    raw = file.reader.open(file.path)
    notes = [f"left out: {what} of {file.path.name}" for what in raw.encoding.get("left_out", [])]
    raw, corrected = correct(raw, attributes, file.path)
    notes += corrected
    whole = raw
    if variables is not None:
        raw = _choose(raw, variables, file)
    empty = [str(name) for name, each in raw.variables.items() if 0 in each.shape]
    notes += [f"{name} left out: it has no values, {dict(raw[name].sizes)}" for name in empty]
    raw = raw.drop_vars(empty)
    if not raw.data_vars:
        raise SourceError(
            f"cannot ingest {file.path}",
            found="no data variables" + (f", only {list(raw.coords)}" if raw.coords else ""),
            expected="at least one data variable with values in it",
            fix="check the file with `ncdump -h`",
        )
    raw, text = as_bytes(raw)
    for name, variable in raw.variables.items():
        _check_storable(str(name), variable, file)
    raw, mended = mend_attributes(raw)
    notes += mended
    raw, dated = date_from_twin(raw)
    notes += dated
    time, dates = time_dimension(raw), xr.Dataset()
    if time is not None:
        dates = raw[list(coded_times(raw, time))]
        raw, restated = restate_time(raw, time, file.path)
        notes += restated
    check_decodes(raw, file.path)
    # Who takes dates from elsewhere is like no other file.
    varying = {} if dated else _varying(whole, raw, time)
    return Piece(file, raw, text, notes, time, dates, varying)


def _varying(whole: xr.Dataset, raw: xr.Dataset, time: str | None) -> dict[str, tuple[str, ...]]:
    """What changes along time, but for what is stored otherwise than the file has it."""
    return {
        str(name): tuple(map(str, each.dims))
        for name, each in whole.variables.items()
        if time in each.dims
        and (name not in raw or (each.dtype.kind in "iuf" and not each.dtype.metadata))
    }


def _choose(raw: xr.Dataset, variables: Sequence[str], file: SourceFile) -> xr.Dataset:
    """The chosen variables with what belongs to them: coordinates, bounds, grid mappings."""
    missing = [name for name in variables if name not in raw.variables]
    if missing or not variables:
        raise InputError(
            f"no variable {', '.join(map(repr, missing))} in {file.path}",
            found=f"variables {sorted(map(str, raw.variables))}",
            expected="names of variables of the file",
            fix="correct the list given as variables",
        )
    keep, queue = set[str](), [*variables, *map(str, raw.dims)]
    while queue:
        name = queue.pop()
        if name in keep or name not in raw.variables:
            continue
        keep.add(name)
        queue += linked_names(raw.variables[name], _LINKS)
    dims = {dim for name in keep for dim in raw[name].dims}
    keep |= {
        str(name)
        for name in raw.variables
        if dims.issuperset(raw[name].dims) and any(claims_axis(raw[name], each) for each in _PLACES)
    }
    return raw[[name for name in raw.variables if name in keep]]


_LINKS = (
    "coordinates", "bounds", "climatology", "grid_mapping",
    "cell_measures", "formula_terms", "ancillary_variables",
)  # fmt: skip
_PLACES: tuple[AxisName, ...] = ("longitude", "latitude", "time")


def _check_storable(name: str, variable: xr.Variable, file: SourceFile) -> None:
    if name in ("zarr.json", ".", "..") or "/" in name or name.startswith("__"):
        raise SourceError(
            f"cannot ingest variable {name!r} of {file.path}",
            found="a name that the store keeps for itself",
            expected="another name",
            fix=f"rename it in the file: ncrename -v {name},NEW",
        )
    if len(set(variable.dims)) < variable.ndim:
        raise SourceError(
            f"cannot ingest variable {name!r} of {file.path}",
            found=f"a dimension twice in {variable.dims}",
            expected="every dimension once",
            fix=f"ingest the variables you need, without {name!r}: variables=['NAME', ...]",
        )
    if variable.dtype.kind not in "iufb":
        raise SourceError(
            f"cannot ingest variable {name!r} of {file.path}",
            found=f"values of type {variable.dtype}",
            expected="numbers or text",
            fix=f"ingest the variables you need, without {name!r}: variables=['NAME', ...]",
        )


def date(piece: Piece, position: int) -> str:
    """A time of a file in words."""
    assert piece.time is not None  # or there is no date
    dates = xr.Dataset(coords={piece.time: piece.variable(piece.time)})
    found = xr.decode_cf(dates)[piece.time].values[position]
    is_plain = isinstance(found, np.datetime64)
    return str(np.datetime_as_string(found, unit="auto") if is_plain else found)
