"""A workspace broken in every way: each verb does its work, or says what is wrong and what to do.

No message is of Icechunk, Zarr or Python alone, and no verb is lost for the datasets beside.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pangeo
from pangeo import config
from pangeo.errors import PangeoError
from pangeo.storage import lease

NAME = "sla"
type Sound = tuple[Path, str]
"""A workspace that is whole, and the first version of its dataset."""


def delivery(folder: Path, first_day: int) -> Path:
    """Two days of noise, so that every chunk is a file of its own."""
    coords = {
        "time": pd.date_range("2000-01-01", periods=2) + pd.Timedelta(days=first_day),
        "lat": ("lat", np.arange(30.0), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(40.0), {"units": "degrees_east"}),
    }
    values = np.random.default_rng(first_day).normal(size=(2, 30, 40))
    path = folder / f"{first_day}.nc"
    xr.Dataset({"sla": (("time", "lat", "lon"), values)}, coords).to_netcdf(path, engine="h5netcdf")
    return path


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two deliveries in a row, one that corrects them, and one that comes after."""
    folder = tmp_path_factory.mktemp("sources")
    return [delivery(folder, day) for day in (0, 2, 1, 4)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, sources: list[Path]) -> Sound:
    folder = tmp_path_factory.mktemp("sound")
    with config.set(workspace=str(folder)):
        chunks = {"series": {"time": 2}}
        first = pangeo.ingest(sources[0], NAME, layouts=("map", "series"), chunks=chunks)
        pangeo.ingest(sources[1], NAME, mode="append")
        pangeo.ingest(sources[0], "beside")
        pangeo.search(NAME)  # makes the index
        assert pangeo.verify(NAME)
    return folder, first.version


def lose(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def each_file(path: Path, content: Callable[[bytes], bytes]) -> None:
    for file in [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]:
        file.write_bytes(content(file.read_bytes()))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "lost": lose,
    "empty": lambda path: each_file(path, lambda _: b""),
    "cut": lambda path: each_file(path, lambda whole: whole[: len(whole) // 2]),
    "noise": lambda path: each_file(path, lambda _: np.random.default_rng(0).bytes(300)),
}
STORE = f"datasets/{NAME}/store"
PARTS = [
    STORE, f"{STORE}/repo", f"{STORE}/snapshots", f"{STORE}/manifests", f"{STORE}/chunks",
    f"{STORE}/transactions", f"datasets/{NAME}/collection.json",
    f"datasets/{NAME}/certificate.json", "catalog.json", "catalog.parquet", "catalog.generation",
]  # fmt: skip


def verbs(sources: list[Path], first: str) -> dict[str, Callable[[], Any]]:
    whole = {"layouts": ("map", "series"), "chunks": {"series": {"time": 2}}}

    def ingest(*numbers: int, **options: Any) -> Callable[[], Any]:
        return lambda: pangeo.ingest([sources[number] for number in numbers], NAME, **options)

    return {
        "open": lambda: pangeo.open(NAME),
        "open a version": lambda: pangeo.open(NAME, version=first),
        "ls": lambda: pangeo.catalog().entries,
        "show": lambda: pangeo.catalog()._repr_html_(),
        "search": lambda: list(pangeo.search(NAME)),
        "info": lambda: pangeo.catalog()[NAME].as_dict(),
        "history": lambda: pangeo.catalog().history(NAME),
        "verify": lambda: pangeo.verify(NAME),
        "check": lambda: pangeo.catalog().check(),
        "dry run": ingest(0, 1, dry_run=True, mode="update"),
        "the same again": ingest(0, 1, **whole),
        "append": ingest(3, mode="append"),
        "update": ingest(2, mode="update"),
        "replace": ingest(0, 1, mode="replace"),
        "tag": lambda: pangeo.catalog().tag(NAME, "paper"),
        "expire": lambda: pangeo.catalog().expire(NAME, "0d"),
        "rollback": lambda: pangeo.catalog().rollback(NAME, first),
        "remove": lambda: pangeo.catalog().remove(NAME),
    }


def outcome(verb: Callable[[], Any]) -> Any:
    """What it gives, or the refusal; any other error is one of the test."""
    try:
        return verb()
    except PangeoError as error:
        return error


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "damage", ["lost", "cut", "noise", pytest.param("empty", marks=pytest.mark.soak)]
)
def test_every_verb_works_or_says_what_to_do(
    sound: Sound, sources: list[Path], workspace: Path, part: str, damage: str
) -> None:
    whole, first = sound
    met: dict[str, Any] = {}
    for name, verb in verbs(sources, first).items():
        shutil.rmtree(workspace, ignore_errors=True)
        shutil.copytree(whole, workspace)
        DAMAGES[damage](workspace / part)
        met[name] = outcome(verb)
        assert next(each.name for each in pangeo.catalog().entries) == "beside", name
    assert pangeo.verify("beside")
    assert met["remove"] is None
    for refused in (each for each in met.values() if isinstance(each, PangeoError)):
        assert f"pangeo rm {NAME}" in refused.fix or f"pangeo verify {NAME}" in refused.fix
    if part.startswith(STORE) and "transactions" not in part:
        assert isinstance(met["verify"], PangeoError) or not met["verify"]
        assert list(met["check"].unreachable) == [NAME], "a loss that is not told"
        (fix,) = [each.fix for each in met["check"] if each.name == NAME]
        assert f"pangeo rm {NAME}" in fix


@pytest.mark.parametrize("damage", ["lost", "empty", "cut"])
@pytest.mark.parametrize("part", ["chunks", "manifests"])
def test_what_is_damaged_is_mended_from_the_sources(
    sound: Sound, sources: list[Path], workspace: Path, part: str, damage: str
) -> None:
    shutil.copytree(sound[0], workspace)
    DAMAGES[damage](workspace / STORE / part)
    pangeo.ingest(sources[:2], NAME, mode="replace")
    assert pangeo.verify(NAME, against_sources=True)
    assert pangeo.catalog().check()


@pytest.mark.parametrize("part", ["", "repo", "snapshots"])
def test_what_does_not_open_is_taken_away_and_made_again(
    sound: Sound, sources: list[Path], workspace: Path, part: str
) -> None:
    shutil.copytree(sound[0], workspace)
    lose(workspace / STORE / part)
    for mode in ("create", "append", "update", "replace"):
        with pytest.raises(PangeoError, match=f"`pangeo rm {NAME}` and ingest its sources again"):
            pangeo.ingest(sources[:2], NAME, mode=mode)  # type: ignore[arg-type]
    pangeo.catalog().remove(NAME)
    assert pangeo.ingest(sources[:2], NAME).status == "created"
    assert pangeo.verify(NAME, against_sources=True)


def test_what_verify_found_is_shown_of_a_dataset_that_does_not_open(
    sound: Sound, workspace: Path
) -> None:
    shutil.copytree(sound[0], workspace)
    (workspace / f"datasets/{NAME}/certificate.json").unlink()
    lose(workspace / STORE / "manifests")
    assert not pangeo.verify(NAME)
    certificate = pangeo.catalog()[NAME].certificate
    assert certificate is not None
    assert certificate["holds"] is False


def test_files_that_are_lost_are_not_called_unchanged(
    sound: Sound, sources: list[Path], workspace: Path
) -> None:
    shutil.copytree(sound[0], workspace)
    chunks = (workspace / STORE / "chunks").iterdir()
    assert pangeo.ingest(sources[:2], NAME, mode="append").status == "unchanged"
    max(chunks, key=lambda path: path.stat().st_mtime_ns).unlink()
    with pytest.raises(PangeoError, match=r"1 of 3 chunk files are not in"):
        pangeo.ingest(sources[:2], NAME, mode="append")


def test_a_lost_chunk_that_is_read_later_names_its_dataset(sound: Sound, workspace: Path) -> None:
    """Also where the lazy dataset is another's source."""
    shutil.copytree(sound[0], workspace)
    lazy = pangeo.open(NAME)
    lose(workspace / STORE / "chunks")
    for read in (lazy.load, lambda: pangeo.ingest(lazy.mean("time"), "mean")):
        with pytest.raises(PangeoError, match=f"cannot read {NAME!r}.*\n.*chunks/") as refused:
            read()
        assert f"`pangeo verify {NAME}`" in refused.value.fix
        assert re.search(r"chunk \[\d+, \d+, \d+\] of \w+/\w+, chunks/", refused.value.found)


def test_a_flipped_bit_of_the_source_is_not_blamed_on_what_is_made_of_it(
    sound: Sound, sources: list[Path], workspace: Path
) -> None:
    shutil.copytree(sound[0], workspace)
    pangeo.ingest(pangeo.open(NAME).mean("lat"), "mean")
    for path in (workspace / STORE / "chunks").iterdir():
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    with pytest.raises(PangeoError, match="checksum") as refused:
        pangeo.ingest(pangeo.open(NAME).mean("lat") + 1, "mean", mode="replace")
    assert "nothing was committed" in str(refused.value)
    assert "that the source was made of" in refused.value.fix
    assert "pangeo rm" not in refused.value.fix, "which would take what is whole away"
    assert pangeo.verify("mean")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_lease_that_cannot_be_read_is_taken_over(
    sound: Sound, sources: list[Path], workspace: Path, monkeypatch: pytest.MonkeyPatch,
    content: bytes,
) -> None:  # fmt: skip
    monkeypatch.setattr(lease, "SILENCE", 0.1)
    shutil.copytree(sound[0], workspace)
    for path in (workspace / f"datasets/{NAME}/writer.lease", workspace / "catalog.lease"):
        path.write_bytes(content)
    assert pangeo.ingest(sources[3], NAME, mode="append").status == "appended"
