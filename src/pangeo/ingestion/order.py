"""What an ingest has to do: which files to take, and which steps of theirs to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import xarray as xr

from pangeo.errors import DatasetExistsError, DatasetNotFoundError, InputError
from pangeo.ingestion.joining import Scan, scan
from pangeo.ingestion.recipe import Recipe
from pangeo.ingestion.report import Status
from pangeo.ingestion.shapes import LAYOUT
from pangeo.ingestion.sources import SourceFile
from pangeo.ingestion.steps import Steps, appended, from_files, updated
from pangeo.storage import (
    Location,
    check_chunks,
    open_raw,
    open_repository,
    read_description,
    reading,
    readonly_store,
)

type Mode = Literal["create", "append", "update", "replace"]

SETTLED = ("variables", "layouts", "chunks", "attributes")  # of the recipe, for good


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written, as a new version."""

    status: Status
    """What the dataset will be: created, replaced, appended or updated."""
    found: Scan
    """The files to take, looked at."""
    steps: Steps
    stored: xr.Dataset | None = None
    """What steps are added to, undecoded; None where everything is made anew."""
    said: dict[str, Any] | None = None
    """How that is described."""

    @property
    def files(self) -> list[SourceFile]:
        """The files to take."""
        return [piece.file for piece in self.found.pieces]


def order_for(location: Location, recipe: Recipe, mode: Mode) -> Order | None:
    """What there is to do; None where the dataset holds all of it already.

    Raises
    ------
    SourceError
        When a file cannot be taken as it is.
    DatasetExistsError
        When the name belongs to a dataset made otherwise.
    StoreError
        When the dataset is damaged.
    """
    said = _said_of(location)
    if said is None or mode == "replace":
        found = scan(recipe.files, recipe.variables, attributes=recipe.attributes)
        status: Status = "created" if said is None else "replaced"
        return Order(status, found, from_files(found.pieces))
    if mode == "create":
        if _is_made_by(said, recipe):
            _check_held(location)
            return None
        raise _taken(location.name, said, recipe)
    return _extension(location, said, recipe, mode)


def _extension(
    location: Location, said: dict[str, Any], recipe: Recipe, mode: Mode
) -> Order | None:
    """Append or update; files that the ledger knows by their digest are passed over."""
    asked, before = recipe.as_dict(), said["recipe"]
    for key in SETTLED:
        if asked[key] is not None and asked[key] != before.get(key):
            raise _settled(location.name, key, before.get(key), asked[key])
    files = _new_files(recipe.files, said["sources"], mode)
    if not files:
        _check_held(location)
        return None
    with reading(location):
        store, _ = readonly_store(open_repository(location), location)
        stored = open_raw(store, LAYOUT)
    found = scan(files, before["variables"], stored, before.get("attributes"))
    if said["time"] is None:
        raise _undated(location.name)
    merge = appended if mode == "append" else updated
    steps = merge(stored[said["time"]].values, found.pieces)
    return Order("appended" if mode == "append" else "updated", found, steps, stored, said)


def _check_held(location: Location) -> None:
    """Refuse to call a dataset unchanged that has lost what its ledger knows."""
    store, _ = readonly_store(open_repository(location), location)
    check_chunks(store)


def _said_of(location: Location) -> dict[str, Any] | None:
    """What the newest version says of itself; None before the first commit."""
    try:
        repository = open_repository(location)
    except DatasetNotFoundError:
        return None
    with reading(location):
        store, _ = readonly_store(repository, location)
        return read_description(store)


def _is_made_by(said: dict[str, Any], recipe: Recipe) -> bool:
    """Whether a dataset holds just these files, however they came into it."""
    held = {source["sha256"] for source in said["sources"]}
    asked, before = recipe.as_dict(), said["recipe"]
    return held == set(asked["sources"]) and all(asked[key] == before.get(key) for key in SETTLED)


def _new_files(
    files: Sequence[SourceFile], ledger: Sequence[dict[str, Any]], mode: Mode
) -> list[SourceFile]:
    """The files to take: those that the ledger does not know, and those to be gone back to.

    An update that names a file whose steps a later one has replaced, and not that later one,
    wants it back.
    """
    last = {line["sha256"]: number for number, line in enumerate(ledger)}
    named = {file.sha256 for file in files}

    def is_settled(file: SourceFile) -> bool:
        if file.sha256 not in last:
            return False
        known = ledger[last[file.sha256]]
        later = ledger[last[file.sha256] + 1 :]
        return mode == "append" or not any(
            line["sha256"] not in named and _overlap(line["times"], known["times"])
            for line in later
        )

    return [file for file in files if not is_settled(file)]


def _overlap(some: Sequence[int], others: Sequence[int]) -> bool:
    return some[0] <= others[1] and others[0] <= some[1]


def _settled(name: str, key: str, before: object, asked: object) -> InputError:
    return InputError(
        f"cannot change the {key} of {name!r} while adding steps to it",
        found=f"{key}={asked!r}",
        expected=f"{key}={before!r}, as it was made" if before else f"no {key}, as it was made",
        fix=f"leave {key} out, or put a new version in its place with mode='replace'",
    )


def _taken(name: str, said: dict[str, Any], recipe: Recipe) -> DatasetExistsError:
    before, now = said["recipe"], recipe.as_dict()
    other = ", ".join(key for key in now if before.get(key) != now[key])
    return DatasetExistsError(
        f"{name!r} already exists and was made otherwise",
        found=f"a dataset of {len(said['sources'])} file(s), ingested {said['ingested_at']}, "
        f"with other {other}",
        expected="a new name, or the same files, variables, layouts and attributes as before",
        fix="choose another name, add steps with mode='append' or 'update', "
        "or put a new version in its place with mode='replace'",
    )


def _undated(name: str) -> InputError:
    return InputError(
        f"cannot add steps to {name!r}",
        found="a dataset without a dated time axis",
        expected="a dataset that grows along time",
        fix="put a new version in its place with mode='replace'",
    )
