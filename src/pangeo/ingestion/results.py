"""A Dataset as a source: a result becomes a named dataset.

What is in the Dataset is what is stored: packing that a file once had is not applied again,
for a result need not fit into it. Everything lazy is computed in one go, on the workers of
Dask or on its threads, so that what several chunks need is computed once.
"""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dask.array
import dask.base
import icechunk
import numpy as np
import xarray as xr
from dask.delayed import delayed

from pangeo.errors import SourceError
from pangeo.ingestion.dates import dated, is_dated
from pangeo.ingestion.jobs import Arrays, Done, Job, is_on_cluster, on_threads
from pangeo.ingestion.ledger import count
from pangeo.ingestion.sources import SourceFile
from pangeo.ingestion.write import FromFiles


class ResultReader:
    """Reads the one Dataset that it was made with."""

    formats = "an xarray.Dataset"

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def recognises(self, path: Path, head: bytes) -> bool:
        """No file is a Dataset."""
        return False

    def open(self, path: Path) -> xr.Dataset:
        """The Dataset as a file would say it: lazy, its dates as numbers, its text as text."""
        plain = self._dataset.drop_encoding()
        _check_plain(plain)
        try:
            dates = {
                name: dated(each, self._dataset.variables[name].encoding.get("units"))
                for name, each in plain.variables.items()
                if is_dated(each)
            }
            plain = plain.assign(dates)
            variables, attrs = xr.conventions.encode_dataset_coordinates(plain)
            variables, attrs = xr.conventions.cf_encoder(variables, attrs)
            return xr.Dataset(variables, attrs=attrs)
        except Exception as error:  # xarray, pandas and NumPy each refuse in their own way
            raise SourceError(
                f"cannot ingest the {path}",
                found=(str(error).strip() or type(error).__name__).splitlines()[0],
                expected="variables and coordinates that a NetCDF file could hold",
                fix="turn what is named into numbers, dates or text, "
                "or leave it out: ds.drop_vars('NAME'), ds.reset_index('NAME')",
            ) from error


_READ_OTHERWISE = ("scale_factor", "add_offset", "_FillValue", "missing_value", "_Unsigned")


def _check_plain(result: xr.Dataset) -> None:
    """Refuse what would not be stored as it is, or not be read as it is stored."""
    for name, variable in result.variables.items():
        packing = [key for key in _READ_OTHERWISE if key in variable.attrs]
        problem = ""
        if packing:
            problem = f"attributes {', '.join(packing)}, which would make other numbers of these"
        elif not isinstance(name, str) or not all(isinstance(dim, str) for dim in variable.dims):
            problem = f"a name or a dimension that is no text: {name!r} {variable.dims}"
        elif any(size != size for size in variable.shape):
            problem = "Dask chunks of unknown size"
        if problem:
            raise SourceError(
                f"cannot ingest the variable {name!r} of the Dataset",
                found=problem,
                expected="a variable of known shape that is what it reads as",
                fix="delete such attributes, rename, or compute_chunk_sizes() first",
            )


def as_source(result: xr.Dataset | xr.DataArray) -> SourceFile:
    """A result, to be ingested as a file is; known by the token that Dask gives it.

    Raises
    ------
    SourceError
        When it is an array without a name.
    """
    if isinstance(result, xr.DataArray):
        if result.name is None:
            raise SourceError(
                "cannot ingest an array without a name",
                found=f"a DataArray {dict(result.sizes)} with name=None",
                expected="a name, which the variable will have in the dataset",
                fix="give it one: array.rename('sst_anomaly')",
            )
        result = result.to_dataset()
    lazy = [name for name, each in result.variables.items() if not each._in_memory]
    made_of = _made_of(result)
    # What a lazy result reads may change without a sign, unless it is a version of ours.
    token = uuid.uuid4().hex if lazy and not made_of else dask.base.tokenize(_in_chunks(result))
    reader = ResultReader(_without_provenance(result))
    words = "Dataset made of " + ", ".join(made_of) if made_of else "Dataset in memory"
    return SourceFile(Path(words), result.nbytes, f"dask-{token}", None, "xarray", reader)


SMALL = 2**20  # bytes


def _in_chunks(result: xr.Dataset) -> xr.Dataset:
    """The same in Dask, which knows its arrays by tokens, and objects' sizes not at all.

    What is small and was not read yet is read: xarray keeps it then, with another token.
    """
    result = result.copy()
    for each in result.variables.values():
        if each.chunks is None and each.nbytes <= SMALL:
            each.load()
    objects = {
        name: each.chunk()
        for name, each in result.variables.items()
        if each.dtype == object and name not in result.xindexes
    }
    return result.drop_vars(objects).chunk("auto").assign(objects)


# What pangeo.open gives: where it comes from, and how it was read.
_PROVENANCE = ("pangeo_dataset", "pangeo_version")
_READING = ("pangeo_layout", "pangeo_layout_costs")


def _without_provenance(result: xr.Dataset) -> xr.Dataset:
    """Free of what says where it comes from: opening the new dataset says that anew."""
    result = result.copy()
    for attrs in (result.attrs, *(each.attrs for each in result.variables.values())):
        for key in _PROVENANCE + _READING:
            attrs.pop(key, None)
    return result


def _made_of(result: xr.Dataset) -> list[str]:
    """The datasets, with their versions, that it was made of."""
    said = [result.attrs, *(each.attrs for each in result.variables.values())]
    return sorted(
        {
            f"{attrs['pangeo_dataset']} {attrs['pangeo_version']}"
            for attrs in said
            if all(key in attrs for key in _PROVENANCE)
        }
    )


class FromResult(FromFiles):
    """Chunks of ``map`` that Dask computes, all of them in one graph."""

    __slots__ = ()

    def run(self, session: icechunk.Session, jobs: Sequence[Job]) -> Iterator[Done]:
        """Compute, write and count every job."""
        lazy = [job for job in jobs if self._variable(job).chunks is not None]
        there = [job for job in jobs if self._variable(job).chunks is None]
        yield from on_threads(Arrays(session.store), self, there, self.threads)
        blocks = [(self._block(job), job) for job in lazy]
        if is_on_cluster():
            fork = pickle.dumps(session.fork())
            tasks = [delayed(_in_fork)(fork, *each, *self.field(each[1])) for each in blocks]
            for written, seen in dask.base.compute(*tasks):
                session.merge(pickle.loads(written))
                yield seen
        else:
            arrays = Arrays(session.store)
            tasks = [delayed(_write)(arrays, *each, *self.field(each[1])) for each in blocks]
            yield from dask.base.compute(*tasks, scheduler="threads")

    def _variable(self, job: Job) -> xr.Variable:
        return self.scan.reference.variables[self.field(job)[0]]

    def _block(self, job: Job) -> Any:
        """A region of the dataset that is to be, as one delayed array."""
        name, along, _ = self.field(job)
        if along is None:
            part = self._variable(job)[job.region].data
        else:
            parts = self.parts(name, along, job.region)
            part = dask.array.concatenate([dask.array.asarray(each.data) for each in parts], along)
        return part.rechunk(-1).to_delayed(optimize_graph=False).item()


def _write(
    arrays: Arrays,
    values: np.ndarray,
    job: Job,
    name: str,
    along: int | None,
    attrs: dict[Any, Any],
) -> Done:
    expected = tuple(each.stop - each.start for each in job.region)
    if values.shape != expected or values.dtype != arrays[job.array].dtype:
        raise SourceError(
            f"the computation of {name!r} gave something else than it announced",
            found=f"a block {values.shape} of {values.dtype}",
            expected=f"{expected} of {arrays[job.array].dtype}",
            fix="correct the shape or the dtype that is announced to Dask, "
            "as map_blocks(..., dtype=, chunks=) does",
        )
    arrays[job.array][job.region] = values
    return job, count(name, along, job.region, values, attrs)


def _in_fork(fork: bytes, *of: Any) -> tuple[bytes, Done]:
    session = pickle.loads(fork)
    seen = _write(Arrays(session.store), *of)
    return pickle.dumps(session), seen
