"""Files that say the same numbers in other ways are brought to one way, where that is exact.

Another width of integer or float, another fill value: converted. Another packing: every
value is stored as it reads, unpacked, where nothing is stored so far. Whatever would round
a number, or make a fill value of one, is left as it is, and refused by who compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from pangeo.errors import SourceError
from pangeo.ingestion.alike import first_of_each_kind
from pangeo.ingestion.scan import Piece

_PACKING = ("scale_factor", "add_offset", "_Unsigned")
_FILLS = ("_FillValue", "missing_value")
_IN_PACKED_UNITS = ("valid_min", "valid_max", "valid_range")

type Change = Callable[[np.ndarray], np.ndarray]


def agree(pieces: Sequence[Piece], stored: xr.Dataset | None) -> tuple[list[Piece], list[str]]:
    """The files with their numbers said as ``stored`` says them, else as the first of them does.

    Also what was converted, in words.
    """
    first = pieces[0].raw
    kinds = {id(piece.raw): piece for piece in first_of_each_kind(pieces)}
    changes: dict[int, dict[str, _Conversion]] = {number: {} for number in kinds}
    notes: list[str] = []
    for name, variable in first.variables.items():
        said = {number: each.raw.variables.get(name) for number, each in kinds.items()}
        if variable.dtype.kind not in "iuf" or name in pieces[0].dates.variables:
            continue
        if any(each is None or each.dtype.kind not in "iuf" for each in said.values()):
            continue
        aim = _aim([each for each in said.values() if each is not None], stored, name)
        for number, each in said.items():
            found = (
                _conversion(str(name), each, aim, kinds[number].file.path)
                if each is not None
                else None
            )
            if found is not None:
                changes[number][str(name)] = found
                notes.append(f"{found.words}, as in {kinds[number].file.path.name}")
    raws = {number: _changed(kinds[number].raw, changes[number]) for number in kinds}
    return [_convert(piece, raws[id(piece.raw)], changes[id(piece.raw)]) for piece in pieces], notes


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to say numbers: their type, how they are packed, what stands for none."""

    dtype: np.dtype[Any]
    packing: tuple[Any, ...]
    fill: Any
    """None where nothing does."""

    @classmethod
    def of(cls, variable: xr.Variable) -> _Way:
        packing = tuple(_plain(variable.attrs.get(key)) for key in _PACKING)
        fills = [
            fill
            for key in _FILLS
            if key in variable.attrs
            for fill in np.ravel(variable.attrs[key]).tolist()
        ]
        several = frozenset(fills)
        fill = fills[0] if len(several) == 1 else (several or None)
        return cls(variable.dtype.newbyteorder("="), packing, fill)

    @property
    def has_many_fills(self) -> bool:
        """Whether several numbers stand for none."""
        return isinstance(self.fill, frozenset)

    def __str__(self) -> str:
        return f"{self.dtype}" + (f" with fill value {self.fill}" if self.fill is not None else "")


@dataclass(frozen=True, slots=True)
class _Conversion:
    change: Change
    dtype: np.dtype[Any]
    attrs: dict[Any, Any]
    words: str


def _aim(several: Sequence[xr.Variable], stored: xr.Dataset | None, name: Any) -> xr.Variable:
    """A variable that says its numbers as all are to say them."""
    if stored is not None and name in stored.variables:
        return stored.variables[name]
    ways = [_Way.of(each) for each in several]
    first = several[0]
    if len({way.packing for way in ways}) > 1:
        plain = [_decoded(each[(slice(0, 0),) * each.ndim]) for each in several]
        dtype = np.result_type(*(each.dtype for each in plain))
        return xr.Variable(first.dims, np.empty((0,) * first.ndim, dtype), _plain_attrs(first))
    widest = np.result_type(*(way.dtype for way in ways))
    if not all(_is_exact(way.dtype, widest) for way in ways):
        return first
    attrs = {**first.attrs}
    attrs |= {key: _cast(attrs[key], widest) for key in _FILLS if key in attrs}
    return xr.Variable(first.dims, np.empty((0,) * first.ndim, widest), attrs)


def _conversion(
    name: str, variable: xr.Variable, aim: xr.Variable, path: Path
) -> _Conversion | None:
    """How a variable comes to say its numbers as the aim does; None where it does, or cannot."""
    own, other = _Way.of(variable), _Way.of(aim)
    if own == other or _both_nan(own, other):
        return None
    if own.packing != other.packing:
        is_plain = not any(other.packing) and aim.dtype.kind == "f" and np.isnan(_nan(other.fill))
        decoded = _decoded(variable[(slice(0, 0),) * variable.ndim])
        if not is_plain or not _is_exact(decoded.dtype, other.dtype):
            return None
        unpack = Unpack({key: value for key, value in variable.attrs.items()
                         if key in (*_PACKING, *_FILLS)}, other.dtype)  # fmt: skip
        words = f"{name}: stored unpacked as {other.dtype}, for its packing is not the same"
        return _Conversion(unpack, other.dtype, _plain_attrs(variable), words)
    if not _is_exact(own.dtype, other.dtype) or own.has_many_fills or other.has_many_fills:
        return None
    if (own.fill is not None and other.fill is None) or own.packing[-1] is not None:
        return None  # a number that is read as unsigned may be written in two ways
    attrs = {key: value for key, value in variable.attrs.items() if key not in _FILLS}
    attrs |= {key: aim.attrs[key] for key in _FILLS if key in aim.attrs}
    words, where = f"{name}: {own} stored as {other}", f"{name!r} of {path}"
    return _Conversion(Recast(where, own.fill, other.fill, other.dtype), other.dtype, attrs, words)


@dataclass(frozen=True, slots=True)
class Unpack:
    """Values as they read."""

    attrs: Mapping[Any, Any]
    dtype: np.dtype[Any]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Unpack."""
        dims = [f"d{number}" for number in range(values.ndim)]
        return np.asarray(_decoded(xr.Variable(dims, values, self.attrs)).values, self.dtype)


@dataclass(frozen=True, slots=True)
class Recast:
    """Values in a wider type, with another fill value."""

    name: str
    """What is read, in words."""
    fill: Any
    other_fill: Any
    dtype: np.dtype[Any]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Convert, or say that a value is in the way of the fill value."""
        cast = values.astype(self.dtype)
        if self.fill == self.other_fill or self.other_fill is None:
            return cast
        missing = np.zeros(values.shape, bool) if self.fill is None else values == self.fill
        if (cast[~missing] == self.other_fill).any():
            raise SourceError(
                f"cannot store {self.name} with the fill value of the rest",
                found=f"values of {self.other_fill} that stand for themselves",
                expected=f"none, for {self.other_fill} stands for missing values there",
                fix="ingest the files under two names, or write these with another fill value",
            )
        cast[missing] = self.other_fill
        return cast


class ConvertedArray(BackendArray):
    """An array that is converted where it is read."""

    def __init__(self, variable: xr.Variable, change: Change, dtype: np.dtype[Any]) -> None:
        self.variable, self.change = variable, change
        self.shape, self.dtype = variable.shape, dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key: tuple[int | slice, ...]) -> Any:
        return self.change(np.asarray(self.variable[key].values))


def _applied(variable: xr.Variable, conversion: _Conversion) -> xr.Variable:
    array = ConvertedArray(variable, conversion.change, conversion.dtype)
    return xr.Variable(variable.dims, indexing.LazilyIndexedArray(array), conversion.attrs)


def _changed(raw: xr.Dataset, changes: Mapping[str, _Conversion]) -> xr.Dataset:
    return raw.assign({name: _applied(raw.variables[name], each) for name, each in changes.items()})


def _convert(piece: Piece, raw: xr.Dataset, changes: Mapping[str, _Conversion]) -> Piece:
    own = {
        name: _applied(piece.own[name], _of_file(each, name, piece))
        for name, each in changes.items()
        if name in piece.own
    }
    return replace(piece, raw=raw, own={**piece.own, **own})


def _of_file(conversion: _Conversion, name: str, piece: Piece) -> _Conversion:
    """The same, but for the file that it names when something is in the way."""
    if not isinstance(conversion.change, Recast):
        return conversion
    change = replace(conversion.change, name=f"{name!r} of {piece.file.path}")
    return replace(conversion, change=change)


def _decoded(variable: xr.Variable) -> xr.Variable:
    return xr.conventions.decode_cf_variable(
        "value", variable, decode_times=False, decode_timedelta=False
    )


def _plain_attrs(variable: xr.Variable) -> dict[Any, Any]:
    """The attributes of a variable that is packed no more."""
    left_out = (*_PACKING, *_FILLS, *_IN_PACKED_UNITS)
    kept = {key: value for key, value in variable.attrs.items() if key not in left_out}
    return {**kept, "_FillValue": np.nan}


def _is_exact(own: np.dtype[Any], other: np.dtype[Any]) -> bool:
    """Whether every number of one type is one of the other."""
    if own.kind in "iu" and other.kind == "f":
        return 8 * own.itemsize <= np.finfo(other).nmant + 1
    return own.newbyteorder("=") == other or np.can_cast(own, other, "safe")


def _plain(value: Any) -> Any:
    found = np.asarray(value).tolist()
    return tuple(found) if isinstance(found, list) else found


def _cast(value: Any, dtype: np.dtype[Any]) -> Any:
    return np.asarray(value).astype(dtype)[()]


def _nan(fill: Any) -> float:
    return float(fill) if isinstance(fill, (int, float)) else 0.0


def _both_nan(own: _Way, other: _Way) -> bool:
    same = (own.dtype, own.packing) == (other.dtype, other.packing)
    return same and bool(np.isnan(_nan(own.fill)) and np.isnan(_nan(other.fill)))
