"""Which layouts a dataset gets, and in what chunks: advice from its shape, or the user's word."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from pangeo.errors import InputError
from pangeo.storage import map_chunks, series_block, series_chunks

LAYOUT = "map"  # few times, whole space: the layout that sources have
SERIES = "series"  # long time, small space

type Chunks = Mapping[str, Mapping[str, int]]
"""For a layout the sizes that chunks are to have along some dimensions."""

# From so much on, a point through time is worth a layout of its own.
MANY_CHUNKS, MANY_BYTES = 32, 32 * 2**20


@dataclass(frozen=True, slots=True)
class Shapes:
    """The layouts of a dataset, with the chunk shape of each variable in each."""

    map: dict[str, tuple[int, ...]]
    series: dict[str, tuple[int, ...]] | None
    """None where there is no such layout."""
    block: int
    """Steps in a block of ``series``, which grows by whole blocks only."""

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """The layouts as the store remembers them."""
        layouts: dict[str, dict[str, Any]] = {LAYOUT: {"chunks": self.map}}
        if self.series is not None:
            layouts[SERIES] = {"chunks": self.series, "block": self.block}
        return layouts


def advise(
    reference: xr.Dataset,
    time: str | None,
    steps: int,
    layouts: Sequence[str] | None = None,
    chunks: Chunks | None = None,
) -> Shapes:
    """Layouts and chunk shapes that suit a dataset of so many steps, where the user is silent.

    Raises
    ------
    InputError
        When chunks are given for what the dataset does not have.
    """
    given = _checked(chunks or {}, reference)
    in_map = {
        str(name): _with(given.get(LAYOUT), each, map_chunks(each, time))
        for name, each in reference.variables.items()
    }
    wanted = (
        SERIES in layouts
        if layouts is not None
        else SERIES in given
        or any(
            _is_large(each, time, steps, in_map[str(name)])
            for name, each in reference.variables.items()
        )
    )
    block = given.get(SERIES, {}).get(str(time)) or series_block(steps)
    if time is None or not wanted:
        return Shapes(in_map, None, block)
    fields = {
        str(name): each
        for name, each in reference.variables.items()
        if time not in each.dims or name == time or _is_field(each)
    }
    in_series = {
        name: _with(given.get(SERIES), each, series_chunks(each, time, block))
        if time in each.dims
        else in_map[name]
        for name, each in fields.items()
    }
    return Shapes(in_map, in_series, block)


def _is_field(variable: xr.Variable) -> bool:
    """Whether there is more to it than a number at every step."""
    return variable.ndim > 1 and math.prod(variable.shape) > 1


def _is_large(variable: xr.Variable, time: str | None, steps: int, chunk: Sequence[int]) -> bool:
    if time not in variable.dims:
        return False
    sizes = [steps if dim == time else size for dim, size in variable.sizes.items()]
    count = math.prod(math.ceil(size / each) for size, each in zip(sizes, chunk, strict=True))
    return count >= MANY_CHUNKS and math.prod(sizes) * variable.dtype.itemsize >= MANY_BYTES


def _with(
    given: Mapping[str, int] | None, variable: xr.Variable, advised: tuple[int, ...]
) -> tuple[int, ...]:
    """The advised chunk shape, but for what is given; an axis is read whole, whatever is given."""
    if isinstance(variable, xr.IndexVariable):
        return advised
    sizes = zip(variable.dims, advised, strict=True)
    return tuple((given or {}).get(str(dim), size) for dim, size in sizes)


def _checked(chunks: Chunks, reference: xr.Dataset) -> Chunks:
    if not isinstance(chunks, Mapping):
        raise InputError(
            "cannot tell which chunks are meant",
            found=f"chunks={chunks!r}",
            expected="for 'map' or 'series', sizes along some dimensions",
            fix="for example chunks={'map': {'time': 1}}, or leave chunks out",
        )
    for layout, sizes in chunks.items():
        known = layout in (LAYOUT, SERIES) and isinstance(sizes, Mapping)
        if not known or not all(
            dim in reference.sizes and isinstance(size, int) and size > 0
            for dim, size in sizes.items()
        ):
            raise InputError(
                "cannot cut the dataset into these chunks",
                found=f"{layout!r}: {sizes!r}",
                expected="for 'map' or 'series', sizes along some of "
                + ", ".join(map(str, reference.sizes)),
                fix="for example chunks={'map': {'time': 1}}, or leave chunks out",
            )
    return chunks
