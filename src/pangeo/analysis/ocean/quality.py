"""Leaves of observations what their flags call good, and counts what goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pangeo.errors import InputError
from pangeo.grids import linked_names

ARGO_GOOD = (1, 2)  # Argo reference table 2: good, probably good
_POSITION = {"POSITION_QC": ("LATITUDE", "LONGITUDE")}
_NO_FLAG = "no flag"


def quality_control(
    observations: xr.Dataset,
    *,
    keep: Iterable[int | str] | None = None,
    flags: Mapping[str, str] | None = None,
) -> xr.Dataset:
    """Observations without what their flags call bad; the attributes count what was removed.

    Parameters
    ----------
    observations
        Dataset with variables and their flags: Argo profiles (``DOXY`` and ``DOXY_QC``, and
        ``POSITION_QC`` for the position), or altimetry along its tracks, whose variables name
        their flags in the attribute ``quality_flag`` or, as CF has it, ``ancillary_variables``.
    keep
        The flags to keep, by value or by the words of ``flag_meanings``. None keeps ``good``
        where the flags have such a meaning, and 1 and 2 of Argo: good and probably good.
    flags
        Which variable is flagged by which, where the file does not say: ``{"ssh":
        "nasa_flag"}``. Only these are looked at then. None takes all that the file says.

    Returns
    -------
    xarray.Dataset
        With the same variables and shapes, NaN (or no date) where a flag is not kept. A value
        without a flag goes too. Each variable that has a flag gains ``quality_flag``,
        ``quality_kept`` and ``quality_removed``, and in ``quality_removed_flags`` how many of
        each flag there were. Computes the flags, and which values are there, in order to count.

    Raises
    ------
    InputError
        When nothing has a flag, a variable is not there, or the flag to keep is none of its
        flags.

    References
    ----------
    Argo user's manual, reference table 2, doi:10.13155/29825

    Examples
    --------
    >>> import xarray as xr
    >>> import pangeo
    >>> profile = xr.Dataset({"TEMP": ("N_LEVELS", [12.0, 99.0, 11.0]),
    ...                       "TEMP_QC": ("N_LEVELS", [b"1", b"4", b"2"])})
    >>> good = pangeo.ocean.quality_control(profile)
    >>> good.TEMP.values, good.TEMP.attrs["quality_removed_flags"]
    (array([12., nan, 11.]), '1 of flag 4')
    """
    pairs = _linked(observations) if flags is None else list(flags.items())
    _check(observations, pairs)
    wanted = None if keep is None else {_text(each) for each in _listed(keep)}
    filtered = observations.copy()
    for name, flag_name in pairs:
        # Of the variable as it is by now: two flags may speak of it.
        filtered[name] = _filtered(filtered[name], observations[flag_name], wanted)
    return filtered


def _linked(ds: xr.Dataset) -> list[tuple[str, str]]:
    """Each variable with the flag of it, as the file says."""
    pairs: list[tuple[str, str]] = []
    for name, variable in ds.variables.items():
        said = linked_names(variable, ("quality_flag", "ancillary_variables"))
        pairs += [
            (str(name), flag)
            for flag in said
            if flag in ds and "good" in str(ds[flag].attrs.get("flag_meanings", "")).split()
        ]
        flag = f"{name}_QC"
        if flag in ds and set(ds[flag].dims) == set(variable.dims):
            pairs.append((str(name), flag))
    for flag, flagged in _POSITION.items():
        pairs += [(name, flag) for name in flagged if flag in ds and name in ds]
    return pairs


def _check(ds: xr.Dataset, pairs: Sequence[tuple[str, str]]) -> None:
    absent = sorted({name for pair in pairs for name in pair if name not in ds})
    if absent or not pairs:
        raise InputError(
            "cannot tell what is good of these observations",
            found=f"no variable {absent}" if absent else "no variable that has a flag",
            expected="flags as Argo names them (TEMP_QC), or named in the attribute "
            "'quality_flag' or 'ancillary_variables' of a variable, with a meaning 'good'",
            fix=f"say which flags which: quality_control(ds, flags={{'NAME': 'FLAG'}}, keep=[0]); "
            f"variables: {[str(name) for name in ds.variables][:40]}",
        )


def _filtered(variable: xr.DataArray, flag: xr.DataArray, wanted: set[str] | None) -> xr.DataArray:
    codes, words = _codes(flag)
    names = words | {code: code for code in words.values()}  # either may be asked for
    chosen = wanted if wanted is not None else _default(flag, words)
    kept = {names.get(each, each) for each in chosen}
    known = set(words.values()) if words else set(np.unique(codes.values)) | set("0123456789")
    if not kept & known:
        raise InputError(
            f"{flag.name!r} has no such flag to keep",
            found=f"keep={sorted(chosen)}",
            expected=f"some of {sorted(words) or sorted(known)}",
            fix="keep=['good'] or keep=[1, 2], as the attributes of the flag have it",
        )
    is_good = codes.isin(sorted(kept))
    there = variable.notnull()
    lost = (there & ~is_good).compute()
    removed = int(lost.sum())
    flagged = codes.broadcast_like(lost).transpose(*lost.dims).values[lost.values]
    counts = dict(zip(*np.unique(flagged, return_counts=True), strict=True))
    meaning = {code: word for word, code in words.items()}
    text = [
        f"{count} of {code if code == _NO_FLAG else f'flag {meaning.get(code, code)}'}"
        for code, count in counts.items()
    ]
    earlier = int(variable.attrs.get("quality_removed", 0))
    before = variable.attrs.get("quality_removed_flags")
    return variable.where(is_good).assign_attrs(
        variable.attrs
        | {
            "quality_flag": str(flag.name),
            "quality_kept": ", ".join(sorted(meaning.get(code, code) for code in kept)),
            "quality_removed": earlier + removed,
            "quality_removed_flags": ", ".join(filter(None, [before, *text])) or "none",
        }
    )


def _codes(flag: xr.DataArray) -> tuple[xr.DataArray, dict[str, str]]:
    """The flags as text, "1" for 1, 1.0 and b"1"; and the code of each meaning."""
    values = np.asarray(flag.values)
    where, kinds = pd.factorize(values.ravel(), use_na_sentinel=False)
    texts = np.array([_text(kind) for kind in kinds] or [""])
    codes = flag.copy(data=texts[where].reshape(values.shape))
    meanings = str(flag.attrs.get("flag_meanings", "")).split()
    given = flag.attrs.get("flag_values")
    # "good bad" without values: by the position, as CF had it before flag_values.
    numbers: Iterable[Any] = range(len(meanings)) if given is None else np.atleast_1d(given)
    return codes, dict(zip(meanings, (_text(each) for each in numbers), strict=False))


def _default(flag: xr.DataArray, words: Mapping[str, str]) -> set[str]:
    return {"good"} if "good" in words else {_text(each) for each in ARGO_GOOD}


def _listed(keep: Iterable[int | str]) -> list[int | str]:
    return [keep] if isinstance(keep, (str, int)) else list(keep)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, (float, np.floating)):
        return _NO_FLAG if np.isnan(value) else f"{value:g}"
    return str(value).strip() or _NO_FLAG
