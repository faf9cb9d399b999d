"""Look at every file before the first byte is written, and join them into one dataset.

Nothing is decoded: packed integers stay packed, so that what is stored is bit for bit what
the files hold. Whatever would make one file mean something else than another is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pangeo.errors import InputError, SourceError
from pangeo.ingestion.sources import SourceFile
from pangeo.ingestion.timeaxis import restate_time, time_dimension


@dataclass(frozen=True, slots=True)
class Scan:
    """The files as one lazy, undecoded dataset, and what was stated anew in it."""

    dataset: xr.Dataset
    notes: list[str]


def scan(files: Sequence[SourceFile], variables: Sequence[str] | None) -> Scan:
    """Look at every file and join them along time.

    Raises
    ------
    SourceError
        Naming file, variable, what was found and what was expected.
    """
    scans = [_look_at(file, variables) for file in files]
    notes = list(dict.fromkeys(note for each in scans for note in each.notes))
    if len(scans) == 1:
        return Scan(scans[0].dataset, notes)
    datasets = [each.dataset for each in scans]
    return Scan(_join(files, datasets), notes + _differing_attributes(datasets))


def _look_at(file: SourceFile, variables: Sequence[str] | None) -> Scan:
    raw = file.reader.open(file.path)
    if variables is not None:
        raw = _choose(raw, variables, file)
    if not raw.data_vars:
        raise SourceError(
            f"cannot ingest {file.path}",
            found="no data variables" + (f", only {list(raw.coords)}" if raw.coords else ""),
            expected="at least one data variable",
            fix="check the file with `ncdump -h`",
        )
    for name, variable in raw.variables.items():
        _check_storable(str(name), variable, file)
    raw, notes = _without_impossible_fill(raw)
    time = time_dimension(raw)
    if time is not None:
        raw, restated = restate_time(raw, time, file.path)
        notes += restated
    _check_decodes(raw, file)
    return Scan(raw, notes)


def _without_impossible_fill(raw: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Drop fill values that no value of the variable can equal, such as NaN on integers."""
    raw, notes = raw.copy(), []
    for name, variable in raw.variables.items():
        for attribute in ("_FillValue", "missing_value"):
            fill = variable.attrs.get(attribute)
            if fill is None or variable.dtype.kind not in "iu" or _holds(variable.dtype, fill):
                continue
            raw[name].attrs = {k: v for k, v in variable.attrs.items() if k != attribute}
            notes.append(f"{name}: {attribute} {fill} left out, {variable.dtype} cannot hold it")
    return raw, notes


def _holds(dtype: np.dtype[Any], fill: Any) -> bool:
    limits, values = np.iinfo(dtype), np.asarray(fill, "float64")
    return bool(((values >= limits.min) & (values <= limits.max)).all())


def _choose(raw: xr.Dataset, variables: Sequence[str], file: SourceFile) -> xr.Dataset:
    """The chosen variables with what belongs to them: coordinates, bounds, grid mappings."""
    missing = [name for name in variables if name not in raw.variables]
    if missing:
        raise InputError(
            f"no variable {missing[0]!r} in {file.path}",
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
        attrs = raw[name].attrs
        for linked in ("coordinates", "bounds", "climatology", "grid_mapping"):
            queue += str(attrs.get(linked, "")).replace(":", " ").split()
    return raw[[name for name in raw.variables if name in keep]]


def _check_storable(name: str, variable: xr.Variable, file: SourceFile) -> None:
    others = f"ingest the variables you need, without {name!r}: variables=['NAME', ...]"
    if 0 in variable.shape:
        raise SourceError(
            f"cannot ingest variable {name!r} of {file.path}",
            found=f"an empty dimension: {dict(variable.sizes)}",
            expected="at least one value along each dimension",
            fix=others,
        )
    if variable.dtype.kind not in "iufb":
        raise SourceError(
            f"cannot ingest variable {name!r} of {file.path}",
            found=f"{'text' if variable.dtype.kind in 'SUO' else 'type'} ({variable.dtype})",
            expected="numbers",
            fix=others,
        )


def _check_decodes(raw: xr.Dataset, file: SourceFile) -> None:
    """What cannot be decoded now could not be opened later."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # readers of the dataset will see them
            xr.decode_cf(raw, decode_timedelta=False)
    except (ValueError, OverflowError) as error:
        raise SourceError(
            f"cannot decode {file.path}",
            found=str(error).splitlines()[0],
            expected="attributes that follow the CF conventions",
            fix="correct the attributes of the file (ncatted), or ingest the variables you "
            "need, without the one named: variables=['NAME', ...]",
        ) from error


def _join(files: Sequence[SourceFile], opened: Sequence[xr.Dataset]) -> xr.Dataset:
    times = {time_dimension(raw) for raw in opened}
    time = times.pop() if len(times) == 1 else None
    if time is None:
        raise SourceError(
            f"cannot join {len(files)} files into one dataset",
            found="files without one and the same dated time axis",
            expected="files that follow each other along time",
            fix="ingest them one by one, each under a name of its own",
        )
    order = sorted(range(len(files)), key=lambda i: int(opened[i][time].values[0]))
    files, opened = [files[i] for i in order], [opened[i] for i in order]
    for file, raw in zip(files[1:], opened[1:], strict=True):
        _check_same(files[0], opened[0], file, raw, time)
    _check_sequence(files, opened, time)
    return xr.concat(
        [raw.chunk() for raw in opened], dim=time, data_vars="minimal", coords="minimal",
        compat="override", join="override", combine_attrs="override",
    )  # fmt: skip


# Attributes that differ from file to file without changing what the numbers mean.
_FREE_ATTRS = {"history", "actual_range", "valid_min", "valid_max", "valid_range", "comment"}


def _differing_attributes(datasets: Sequence[xr.Dataset]) -> list[str]:
    """Say which global attributes the joined dataset has from its first file only."""
    names = dict.fromkeys(name for each in datasets for name in each.attrs)
    differing = [
        str(name) for name in names if len({_text(each.attrs.get(name)) for each in datasets}) > 1
    ]
    return [f"global attributes of the first file: {', '.join(differing)}"] if differing else []


def _check_same(
    first: SourceFile, reference: xr.Dataset, file: SourceFile, raw: xr.Dataset, time: str
) -> None:
    def refuse(what: str, found: Any, expected: Any) -> SourceError:
        return SourceError(
            f"cannot join {file.path} with {first.path}: {what} differs",
            found=f"{found!r} in {file.path.name}",
            expected=f"{expected!r} as in {first.path.name}",
            fix="ingest them under two names, or make the files agree",
        )

    if set(raw.variables) != set(reference.variables):
        raise refuse(
            "the set of variables",
            sorted(map(str, set(raw.variables) - set(reference.variables))),
            sorted(map(str, set(reference.variables) - set(raw.variables))),
        )
    for name, variable in raw.variables.items():
        other = reference.variables[name]
        for what, found, expected in (
            ("dtype", variable.dtype, other.dtype),
            ("dimensions", variable.dims, other.dims),
            ("shape", _shape(variable, time), _shape(other, time)),
        ):
            if found != expected:
                raise refuse(f"{what} of {name!r}", found, expected)
        for key in (*other.attrs, *variable.attrs):
            ours, theirs = variable.attrs.get(key), other.attrs.get(key)
            if key not in _FREE_ATTRS and _text(ours) != _text(theirs):
                raise refuse(f"attribute {key!r} of {name!r}", ours, theirs)
        if time not in variable.dims and not np.array_equal(
            variable.values, other.values, equal_nan=variable.dtype.kind == "f"
        ):
            raise refuse(f"the values of {name!r}", "other values", "the values")


def _shape(variable: xr.Variable, time: str) -> dict[Any, int]:
    return {dim: size for dim, size in variable.sizes.items() if dim != time}


def _text(value: Any) -> str:
    return repr(np.asarray(value).tolist())


def _check_sequence(files: Sequence[SourceFile], opened: Sequence[xr.Dataset], time: str) -> None:
    for i, (file, raw) in enumerate(zip(files, opened, strict=True)):
        values = raw[time].to_index()
        problem = None
        if not (values.is_monotonic_increasing and values.is_unique):
            problem = "times twice or out of order"
        elif i and values[0] <= opened[i - 1][time].values[-1]:
            problem = f"times that {files[i - 1].path.name} holds already, or earlier ones"
        if problem:
            raise SourceError(
                f"cannot join {file.path} along {time!r}",
                found=f"{problem}: {_date(raw, time, 0)} .. {_date(raw, time, -1)}",
                expected="times that only grow from file to file",
                fix="leave out the file that repeats what another holds",
            )


def _date(raw: xr.Dataset, time: str, position: int) -> str:
    return str(xr.decode_cf(raw[[time]])[time].values[position])
