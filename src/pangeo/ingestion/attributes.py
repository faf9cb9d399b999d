"""Attributes that a store cannot hold, or that would make it say something else.

A store keeps attributes as JSON, which has no NaN, no infinity and one type of number.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr


def mend_attributes(raw: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """The undecoded file with attributes that can be stored, and what was changed, in words."""
    raw, notes = raw.copy(), []
    for name, variable in raw.variables.items():
        attrs = dict(variable.attrs)
        for fill in ("_FillValue", "missing_value"):
            if fill == "_FillValue" and variable.dtype.kind == "f":
                continue  # may be NaN, which xarray knows how to store
            if fill in attrs and not _can_occur(attrs[fill], variable):
                value = attrs.pop(fill)
                notes.append(f"{name}: {fill} {_shown(value)} left out, no value can equal it")
        meanings = (variable.dtype.metadata or {}).get("enum")
        if meanings and "flag_meanings" not in attrs:
            attrs |= {"flag_values": list(meanings.values()), "flag_meanings": " ".join(meanings)}
            notes.append(f"{name}: the names of its HDF5 enumeration are in flag_meanings")
        attrs, texts = _as_json(attrs)
        notes += [f"{name}: attribute {key} is kept as text" for key in texts]
        raw[name].attrs = attrs
    raw.attrs, texts = _as_json(dict(raw.attrs))
    return raw, notes + [f"global attribute {key} is kept as text" for key in texts]


def _can_occur(fill: Any, variable: xr.Variable) -> bool:
    """Whether a value of the variable can equal a fill value, in its own type."""
    values = np.ravel(fill).tolist()
    if variable.dtype.kind in "iuf" and any(isinstance(value, str) for value in values):
        return False
    if variable.dtype.kind == "f":
        return not all(isinstance(value, float) and math.isnan(value) for value in values)
    if variable.dtype.kind not in "iu":
        return True
    types = [variable.dtype]
    if "_Unsigned" in variable.attrs:
        types += [np.dtype(f"{kind}{variable.dtype.itemsize}") for kind in "iu"]
    return all(any(_is_within(value, np.iinfo(each)) for each in types) for value in values)


def _shown(fill: Any) -> str:
    """A fill value in a message, text in quotes: where a number was meant, say it as one."""
    return f"{fill!r}, which is text," if isinstance(fill, str) else str(fill)


def _is_within(value: Any, limits: np.iinfo[Any]) -> bool:
    if isinstance(value, float) and not value.is_integer():
        return False  # NaN and infinity too
    return not isinstance(value, (int, float)) or limits.min <= int(value) <= limits.max


def _as_json(attrs: dict[Any, Any]) -> tuple[dict[Any, Any], list[str]]:
    """The attributes, those that JSON cannot say as text, and the names of those."""
    kept, texts = {}, []
    for key, value in attrs.items():
        odd = key != "_FillValue" and not _is_plain(value)
        kept[key] = str(np.asarray(value).tolist()) if odd else value
        texts += [str(key)] if odd else []
    return kept, texts


def _is_plain(value: Any) -> bool:
    array = np.asarray(value)
    if array.dtype.kind == "f":
        return bool(np.isfinite(array).all()) and array.dtype.itemsize <= 8
    return array.dtype.kind in "iubU" or isinstance(value, str)
