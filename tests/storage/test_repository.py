"""What a store promises: checksums, versions, and nothing half made."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import icechunk
import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given
from hypothesis import strategies as st

from pangeo.errors import DatasetNotFoundError, InputError, StoreError
from pangeo.storage import (
    BRANCH,
    Location,
    array_encoding,
    hold_lease,
    locations,
    map_chunks,
    new_repository,
    open_repository,
    read_description,
    readonly_store,
    versions,
)
from pangeo.storage.encoding import CHUNK_BYTES, SMALL_BYTES


def commit(location: Location, value: int) -> str:
    """A version whose only variable starts with ``value`` and is too large to be stored inline."""
    noise = np.random.default_rng(0).integers(0, 2**31, (64, 64), "int32")
    noise[0, 0] = value
    field = xr.DataArray(noise, dims=("y", "x"))
    encoding = {"field": array_encoding(field.variable, (64, 64))}
    session = open_session(location)
    field.to_dataset(name="field").to_zarr(
        session.store, mode="w", zarr_format=3, consolidated=False, encoding=encoding
    )
    return session.commit(f"value {value}")


def open_session(location: Location) -> icechunk.Session:
    try:
        return open_repository(location).writable_session(BRANCH)
    except DatasetNotFoundError:
        with hold_lease(location.lease) as lease, new_repository(location, lease) as repository:
            return repository.writable_session(BRANCH)


def test_a_flipped_bit_is_refused_at_read(tmp_path: Path) -> None:
    location = Location(tmp_path, "data")
    commit(location, 1)
    (chunk,) = [path for path in (location.store / "chunks").rglob("*") if path.is_file()]
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 0x10
    chunk.write_bytes(content)
    store, _ = readonly_store(open_repository(location), location)
    with pytest.raises(Exception, match="checksum"):
        zarr.open_group(store, mode="r")["field"][:]


def test_a_lost_chunk_is_told_with_its_dataset_on_a_worker_too(tmp_path: Path) -> None:
    location = Location(tmp_path, "data")
    commit(location, 1)
    store, _ = readonly_store(open_repository(location), location)
    sent = pickle.loads(pickle.dumps(store))
    (chunk,) = [path for path in (location.store / "chunks").rglob("*") if path.is_file()]
    chunk.unlink()
    with pytest.raises(StoreError, match=f"cannot read 'data'.*\n.*{chunk.name}") as refused:
        zarr.open_group(sent, mode="r")["field"][:]
    assert isinstance(refused.value.__cause__, icechunk.IcechunkError)
    again = pickle.loads(pickle.dumps(refused.value))
    assert str(again) == str(refused.value)


def test_what_the_system_refuses_is_not_called_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague's file that is private is no reason to take the dataset away."""
    location = Location(tmp_path, "data")
    commit(location, 1)
    store, _ = readonly_store(open_repository(location), location)
    (chunk,) = [path for path in (location.store / "chunks").rglob("*") if path.is_file()]
    chunk.unlink()
    chunk.symlink_to(chunk)  # a loop, for permissions say nothing to a test that runs as root
    with pytest.raises(StoreError, match="operating system refuses") as refused:
        zarr.open_group(store, mode="r")["field"][:]
    assert "pangeo rm" not in refused.value.fix

    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", deny)
    with pytest.raises(StoreError, match="operating system refuses") as refused:
        open_repository(location)
    assert "pangeo rm" not in refused.value.fix


def test_an_icechunk_store_of_others_is_no_dataset(tmp_path: Path) -> None:
    location = Location(tmp_path, "data")
    commit(location, 1)
    store, _ = readonly_store(open_repository(location), location)
    with pytest.raises(StoreError, match="no dataset of Pangeo"):
        read_description(store)


def test_versions_are_read_by_snapshot_and_tag(tmp_path: Path) -> None:
    location = Location(tmp_path, "data")
    first, second = commit(location, 1), commit(location, 2)
    repository = open_repository(location)
    repository.create_tag("v1", snapshot_id=first)
    assert [version.snapshot for version in versions(repository)] == [second, first]
    for wanted, value in ((None, 2), (first, 1), ("v1", 1), (second, 2)):
        store, snapshot = readonly_store(repository, location, wanted)
        assert zarr.open_group(store, mode="r")["field"][0, 0] == value
        assert snapshot == (second if value == 2 else first)


def test_an_unknown_version_is_refused_with_those_there_are(tmp_path: Path) -> None:
    location = Location(tmp_path, "data")
    snapshot = commit(location, 1)
    with pytest.raises(DatasetNotFoundError, match=snapshot):
        readonly_store(open_repository(location), location, "nothing")


def test_a_repository_without_a_commit_is_no_dataset(tmp_path: Path) -> None:
    location = Location(tmp_path, "data")
    with hold_lease(location.lease) as lease, new_repository(location, lease):
        pass
    with pytest.raises(DatasetNotFoundError, match="never ended"):
        open_repository(location)


MEANWHILE: dict[str, tuple[Callable[..., object], bool]] = {
    "nothing was made": (lambda location, session: None, False),
    "a version was made, and then Ctrl-C": (lambda location, session: session.commit("made"), True),
    "another writer took over": (lambda location, session: location.lease.unlink(), True),
}


def make_and_fail(location: Location, meanwhile: Callable[..., object]) -> None:
    with (
        hold_lease(location.lease) as lease,
        new_repository(location, lease) as repository,
    ):
        session = repository.writable_session(BRANCH)
        zarr.create_group(session.store)
        meanwhile(location, session)
        raise KeyboardInterrupt


@pytest.mark.parametrize(("meanwhile", "stays"), MEANWHILE.values(), ids=MEANWHILE)
def test_a_new_repository_is_removed_when_the_block_fails_unless(
    tmp_path: Path, meanwhile: Callable[..., object], stays: bool
) -> None:
    location = Location(tmp_path, "data")
    with pytest.raises(KeyboardInterrupt):
        make_and_fail(location, meanwhile)
    assert location.store.exists() == stays


CREATE_AND_DIE = """
import signal, sys, time
from collections.abc import Callable
from pathlib import Path
from pangeo.storage import Location, hold_lease, new_repository
location = Location(Path(sys.argv[1]), "data")
with hold_lease(location.lease) as lease:
    signal.setitimer(signal.ITIMER_REAL, float(sys.argv[2]))  # SIGALRM, which nobody catches
    while True:
        with new_repository(location, lease):
            pass
"""


@pytest.mark.parametrize("seconds", [0.002, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07])
def test_a_kill_while_it_is_created_costs_nothing(tmp_path: Path, seconds: float) -> None:
    """Made and removed again and again, so that the kill falls into any part of either."""
    command = [sys.executable, "-c", CREATE_AND_DIE, str(tmp_path), str(seconds)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGALRM
    location = Location(tmp_path, "data")
    with pytest.raises(DatasetNotFoundError):
        open_repository(location)
    snapshot = commit(location, 1)  # which takes the lease of the dead over
    assert [version.snapshot for version in versions(open_repository(location))] == [snapshot]
    assert [child.name for child in location.folder.iterdir()] == ["store"]


@pytest.mark.parametrize("left", [[], ["1CECHNKREP0F1RSTCMT0", "1CECHNKREP0F1RSTCMT0#1"]])
def test_a_store_that_was_only_begun_is_no_dataset(tmp_path: Path, left: list[str]) -> None:
    location = Location(tmp_path, "data")
    location.store.mkdir(parents=True)
    for name in left:
        (location.store / "snapshots").mkdir(exist_ok=True)
        (location.store / "snapshots" / name).touch()
    with pytest.raises(DatasetNotFoundError, match="never ended"):
        open_repository(location)
    commit(location, 1)
    assert versions(open_repository(location))


def test_a_store_that_lost_its_main_object_is_damaged_not_new(tmp_path: Path) -> None:
    location = Location(tmp_path, "data")
    commit(location, 1)
    (location.store / "repo").unlink()
    with pytest.raises(StoreError, match="cannot open the store of 'data'"):
        open_repository(location)


def test_a_new_repository_where_nothing_can_be_written_is_refused(tmp_path: Path) -> None:
    for folder in ("/dev/null/workspace", "/proc/workspace"):
        with (
            hold_lease(tmp_path / "writer.lease") as lease,
            pytest.raises(StoreError, match=f"cannot write to {folder}"),
            new_repository(Location(Path(folder), "data"), lease),
        ):
            pytest.fail("nothing can be written there")


def test_only_folders_with_a_name_are_datasets(tmp_path: Path) -> None:
    assert locations(tmp_path) == []
    location = Location(tmp_path, "data")
    location.folder.mkdir(parents=True)
    for stray in (".DS_Store", "README", "a b"):
        (location.folder.parent / stray).touch()
    (location.folder.parent / ".trash").mkdir()
    assert locations(tmp_path) == [location]
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="no workspace at"):
        locations(tmp_path / "file")


def test_an_unknown_name_is_told_the_nearest_first(tmp_path: Path) -> None:
    for name in ("aaa", "sst-ostia", "zzz"):
        Location(tmp_path, name).folder.mkdir(parents=True)
    with pytest.raises(DatasetNotFoundError, match="one of sst-ostia, aaa, zzz"):
        open_repository(Location(tmp_path, "sst-ostai"))


def test_a_broken_repository_is_told_from_a_missing_one(tmp_path: Path) -> None:
    location = Location(tmp_path, "data")
    commit(location, 1)
    for path in location.store.rglob("*"):
        if path.is_file():
            path.write_bytes(b"torn")
    with pytest.raises(StoreError, match="cannot open the store of 'data'"):
        open_repository(location)


@pytest.mark.parametrize(
    "name", ["", "../up", "a b", "-x", ".hidden", "a/b", "é", "x" * 101, None, 5, Path("data")]
)
def test_a_name_that_is_no_folder_name_is_refused(tmp_path: Path, name: object) -> None:
    with pytest.raises(InputError, match="cannot name a dataset so"):
        Location(tmp_path, name)  # type: ignore[arg-type]


@given(
    times=st.integers(1, 400),
    space=st.lists(st.integers(1, 3000), min_size=0, max_size=3),
    itemsize=st.sampled_from(["int8", "int16", "float32", "float64"]),
    dated=st.booleans(),
)
def test_map_chunks_hold_few_steps_of_whole_space(
    times: int, space: list[int], itemsize: str, dated: bool
) -> None:
    dims = ("time", "z", "y", "x")[: 1 + len(space)]
    shape = (times, *space)
    lazy = np.broadcast_to(np.zeros((), itemsize), shape)
    chunks = map_chunks(xr.Variable(dims, lazy), "time" if dated else None)
    step = int(np.prod(space, dtype="int64")) * lazy.itemsize
    assert all(1 <= chunk <= size for chunk, size in zip(chunks[1:], space, strict=True))
    assert np.prod(chunks, dtype="int64") * lazy.itemsize <= CHUNK_BYTES
    if dated and step <= CHUNK_BYTES:
        assert chunks[1:] == tuple(space), "space was cut although a step fits"
        assert chunks[0] == 1 or chunks[0] * step <= SMALL_BYTES, "appending rewrites a lot"
