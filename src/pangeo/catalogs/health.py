"""Whether the data of a catalogue can be reached, and are described as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import icechunk
import zarr

from pangeo.catalogs.publishing import repair
from pangeo.errors import DatasetNotFoundError, PangeoError
from pangeo.storage import (
    Location,
    check_chunks,
    complete,
    damaged,
    open_repository,
    read_description,
    readonly_store,
    reason_of,
)


@dataclass(frozen=True, slots=True)
class Health:
    """What ``check`` found of one dataset."""

    name: str
    """The dataset."""
    reachable: bool
    """Whether its newest version opens, and a chunk of each layout can be read."""
    reason: str | None = None
    """What is wrong with it; None where nothing is."""
    fix: str | None = None
    """What to do about that."""
    repaired: bool = False
    """Whether its description was not what the data say, and was written again."""

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        said = "well" if self.reachable else "NOT REACHABLE"
        said += ", described again" if self.repaired else ""
        said += f": {self.reason}" if self.reason else ""
        return f"{self.name}: {said}" + (f"\n  to do: {self.fix}" if self.fix else "")


class CheckReport(Sequence[Health]):
    """What ``check`` found: a ``Health`` for each dataset, by name; true where all is well."""

    def __init__(self, found: Sequence[Health]) -> None:
        self._found = tuple(found)

    @property
    def repaired(self) -> list[str]:
        """The names of the datasets that were described again."""
        return [each.name for each in self._found if each.repaired]

    @property
    def unreachable(self) -> dict[str, str]:
        """The datasets whose data cannot be reached, and why."""
        return {each.name: str(each.reason) for each in self._found if not each.reachable}

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {"entries": [each.as_dict() for each in self], "repaired": self.repaired}

    def __getitem__(self, index: Any) -> Any:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __bool__(self) -> bool:
        return all(each.reason is None for each in self._found)

    def __repr__(self) -> str:
        return "\n".join(map(str, self._found)) or "no datasets"


def check_dataset(location: Location) -> Health | None:
    """Look whether a dataset can be read, and describe it again where that is needed.

    None where an ingest never ended. Of the data, one chunk of each layout is read, and the
    axes, to describe it anew; of all other chunks it is seen whether their files are there.
    """
    name = location.name
    try:
        store, _ = readonly_store(open_repository(location), location)
        layouts = read_description(store)["layouts"]
    except DatasetNotFoundError:
        return None
    except Exception as error:  # whatever it is, the other datasets are to be seen to
        return _ill(location, "does not open", error)
    for layout in layouts:
        try:
            _read_one_chunk(store, layout)
        except Exception as error:
            return _ill(location, f"layout {layout!r} cannot be read", error)
    try:
        check_chunks(store)
    except Exception as error:
        return _ill(location, "not all can be read", error)
    try:
        return Health(name, reachable=True, repaired=repair(location)[1])
    except Exception as error:
        return _ill(location, "cannot be described", error, reachable=True)


def _ill(location: Location, what: str, error: Exception, *, reachable: bool = False) -> Health:
    fix = (error if isinstance(error, PangeoError) else damaged(location, error)).fix
    return Health(location.name, reachable, f"{what}: {reason_of(error)}", fix)


def _read_one_chunk(store: icechunk.IcechunkStore, layout: str) -> None:
    """Read the metadata of a layout, and the first chunk there is of its largest array."""
    group = zarr.open_group(store, path=layout, mode="r")
    arrays = sorted(dict(group.arrays()).values(), key=lambda each: each.nbytes, reverse=True)
    for array in arrays:
        place = _first_chunk(store, array.path)
        if place is not None:
            grid = array.shards or array.chunks
            starts = [index * size for index, size in zip(place, grid, strict=True)]
            region = zip(starts, array.chunks, strict=True)
            array[tuple(slice(start, start + size) for start, size in region)]
            return


def _first_chunk(store: icechunk.IcechunkStore, path: str) -> tuple[int, ...] | None:
    """Where the first stored chunk of an array is; those of nothing but fill are not stored."""

    async def first() -> tuple[int, ...] | None:
        async for place in store.session.chunk_coordinates(f"/{path}", batch_size=1):
            return tuple(place)
        return None

    return complete(first())
