"""What the user says that the files should have said: the keyword ``attributes``.

It is for what no rule can tell: what an hour of the year 0 means, whether -999 was a value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from pangeo.errors import InputError

type Attributes = Mapping[str, Mapping[str, Any]]
"""Attributes by variable; None in place of a value removes the attribute."""

_OF_THE_DATA = {"_FillValue", "missing_value", "valid_min", "valid_max", "valid_range"}
_NUMBERS = {*_OF_THE_DATA, "scale_factor", "add_offset"}


def plain(attributes: Attributes | None) -> dict[str, dict[str, Any]] | None:
    """The corrections as the store can remember them; None where there are none.

    Raises
    ------
    InputError
        When they are no mapping of mappings, or a value is one that no file could hold.
    """
    if attributes is None:
        return None
    if not isinstance(attributes, Mapping):
        raise _unclear(f"attributes={attributes!r}")
    for name, said in attributes.items():
        if not isinstance(said, Mapping):
            raise _unclear(f"{said!r} for {name!r}")
    return {
        str(name): {str(key): _plain(value) for key, value in said.items()}
        for name, said in attributes.items()
        if said
    } or None


def correct(
    raw: xr.Dataset, attributes: Attributes | None, path: object
) -> tuple[xr.Dataset, list[str]]:
    """The undecoded file with these attributes in place of its own, and what that changed.

    Raises
    ------
    InputError
        When the file has no variable of a name, or a number is needed and none was given.
    """
    if not attributes:
        return raw, []
    unknown = [name for name in attributes if name not in raw.variables]
    if unknown:
        raise InputError(
            f"no variable {', '.join(map(repr, unknown))} in {path}, so no attributes of it",
            found=f"variables {sorted(map(str, raw.variables))}",
            expected="names of variables of the file",
            fix="correct the names given in attributes",
        )
    raw, notes = raw.copy(), []
    for name, said in attributes.items():
        own = dict(raw[name].attrs)
        for key, value in said.items():
            before = own.pop(key, None)
            if value is not None:
                own[key] = _typed(name, key, value, raw[name].dtype)
            notes += _note(name, key, before, own.get(key))
        raw[name].attrs = own
    return raw, notes


def keyword(attributes: Attributes) -> str:
    """The corrections as one would type them."""
    return f"attributes={attributes!r}"


def _note(name: str, key: str, before: Any, now: Any) -> list[str]:
    before, now = np.asarray(before).tolist(), np.asarray(now).tolist()
    if before == now:
        return []
    done = "removed" if now is None else f"set to {now!r}"
    return [f"{name}: {key} {done} by the ingest"
            + (f", the file says {before!r}" if before is not None else "")]  # fmt: skip


def _typed(name: str, key: str, value: Any, dtype: np.dtype) -> Any:
    """A value in the type that the attribute must have: a fill value is compared with data."""
    if key not in _NUMBERS or dtype.kind not in "iuf":
        return value
    try:
        array = np.asarray(json.loads(value) if isinstance(value, str) else value)
        with np.errstate(invalid="ignore"):
            typed = array.astype(dtype if key in _OF_THE_DATA else "float64")
    except (ValueError, TypeError) as error:
        raise _unclear(f"{key}={value!r} for {name!r}, which holds numbers") from error
    if dtype.kind != "f" and key in _OF_THE_DATA and not (typed == array).all():
        typed = array  # the ingest will say that no value can equal it
    return typed if typed.ndim else typed[()]


def _plain(value: Any) -> Any:
    """A value of an attribute as JSON holds it."""
    value = value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise _unclear(repr(value))


def _unclear(found: str) -> InputError:
    return InputError(
        "cannot tell which attributes the files should have",
        found=found,
        expected="for each variable a mapping of attributes: text, numbers, None to remove one",
        fix="for example attributes={'time': {'units': 'days since 1950-01-01'}}",
    )
