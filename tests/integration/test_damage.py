"""Damage to any file of a store: right numbers, or an error, or a verify that says no."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import pangeo

from .daily import LAYOUTS, NAME, digest, write_days


@pytest.fixture
def store(tmp_path: Path, workspace: Path) -> Path:
    """Days that were appended to a full block of ``series``, which is cut in space."""
    first = write_days(tmp_path / "first.nc", range(32))
    pangeo.ingest(
        first, NAME, layouts=LAYOUTS, variables=["sla", "mask"],
        chunks={"map": {"time": 16}, "series": {"lat": 4, "lon": 8}},
    )  # fmt: skip
    pangeo.ingest(write_days(tmp_path / "more.nc", range(32, 40)), NAME, mode="append")
    assert pangeo.verify(NAME)
    return workspace / "datasets" / NAME / "store"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@contextmanager
def changed(path: Path, content: bytes | None) -> Iterator[None]:
    """Another content for the block; None: the file is not there."""
    before = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    yield
    path.write_bytes(before)


def outcome(right: str | None) -> str:
    """What a reader meets; ``"unnoticed"``, which must not be, if it is not right and verified."""
    met = attempt(digest)
    if met == right:
        return "right"
    if attempt(lambda: bool(pangeo.verify(NAME))) is True:
        return "unnoticed"
    return "raised" if met == "raised" else "found by verify"


def attempt(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except KeyboardInterrupt:
        raise
    except BaseException:  # a panic in Rust is no Exception
        return "raised"


@pytest.mark.parametrize("flips", [1, pytest.param(100, marks=pytest.mark.soak)])
def test_a_flipped_bit_makes_no_wrong_number_that_verify_calls_good(
    store: Path, flips: int
) -> None:
    right, seeded = digest(), random.Random(0)
    met: dict[str, Counter[str]] = {}
    for path in files(store):
        content, kind = path.read_bytes(), path.relative_to(store).parts[0]
        for _ in range(flips):
            flipped, bit = bytearray(content), seeded.randrange(8 * len(content))
            flipped[bit // 8] ^= 1 << bit % 8
            with changed(path, bytes(flipped)):
                what = outcome(right)
            assert what != "unnoticed", f"bit {bit} of {path}"
            met.setdefault(kind, Counter())[what] += 1
    print(*(f"{kind}: {dict(counts)}" for kind, counts in met.items()), sep="\n")
    assert met.keys() >= {"chunks", "manifests", "snapshots", "transactions", "repo"}
    assert met["chunks"]["raised"] > met["chunks"]["right"], "it is not the data that was hit"
    assert digest() == right, "the damage was not undone"


def test_a_file_that_is_lost_or_empty_is_noticed(store: Path) -> None:
    right, met = digest(), Counter[str]()
    for path in files(store):
        for content in (None, b""):
            with changed(path, content):
                what = outcome(right)
            assert what != "unnoticed", f"{path} {'lost' if content is None else 'empty'}"
            met[what] += 1
    assert met["raised"] > len(files(store / "chunks")), met


def test_chunks_that_changed_places_are_noticed(store: Path) -> None:
    right, met = digest(), Counter[str]()
    for one, other in itertools.combinations(files(store / "chunks"), 2):
        first, second = one.read_bytes(), other.read_bytes()
        if len(first) != len(second):
            continue  # the store knows the size of each
        with changed(one, second), changed(other, first):
            what = outcome(right)
        assert what != "unnoticed", f"{one} and {other}"
        met[what] += 1
    # Such are those of ``series`` without land, and each is whole: no checksum tells.
    assert met["found by verify"] >= 6, met
