"""``expire`` forgets what is old and frees the disk, and touches nothing that is kept."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import icechunk
import numpy as np
import pytest
import xarray as xr
import zarr
from click.testing import CliRunner

import pangeo
from pangeo.catalogs import expiry
from pangeo.cli import main
from pangeo.errors import DatasetNotFoundError, InputError, StoreError
from pangeo.storage import Location, Version, hold_lease, open_repository

from .conftest import Deliver, field

NOW = dt.timedelta(0)
OBJECTS = ("chunks", "manifests", "snapshots", "transactions")


@pytest.fixture
def location(workspace: Path) -> Location:
    return Location(workspace, "sla")


@pytest.fixture
def five(deliver: Deliver) -> list[str]:
    """Five versions, oldest first, of ``field(0)`` to ``field(4)``."""
    return [deliver(seed) for seed in range(5)]


def files(location: Location) -> dict[Path, int]:
    """The files that make up the versions, and their sizes."""
    found = [path for folder in OBJECTS for path in (location.store / folder).iterdir()]
    return {path: path.stat().st_size for path in found}


def make_old(location: Location) -> None:
    """Let every file there is be two days old."""
    two_days_ago = time.time() - 2 * 86400
    for path in location.store.rglob("*"):
        os.utime(path, (two_days_ago, two_days_ago))


def history() -> dict[str, Version]:
    return {each.snapshot: each for each in pangeo.catalog().history("sla")}


def age_between(older: str, newer: str) -> dt.timedelta:
    """An age that the one version has and the other has not."""
    known = history()
    first, second = known[older].written_at, known[newer].written_at
    return dt.datetime.now(dt.UTC) - (first + (second - first) / 2)


def is_delivery(seed: int, version: str | None = None) -> bool:
    return np.array_equal(pangeo.open("sla", version=version).sla[-2:].values, field(seed))


def test_all_but_the_newest_are_forgotten_and_their_files_removed(
    five: list[str], location: Location
) -> None:
    before = files(location)
    make_old(location)
    report = pangeo.catalog().expire("sla", NOW)
    after = files(location)
    assert report.forgotten == five[3::-1]
    assert report.files == len(before) - len(after)
    assert report.nbytes == sum(before.values()) - sum(after.values()) > 4 * field(0).nbytes / 2
    assert str(report).startswith(f"sla: 4 version(s) forgotten, {report.files} file(s) removed, ")
    assert list(history()) == five[4:]
    assert is_delivery(4)
    assert pangeo.verify("sla", against_sources=True)
    assert pangeo.catalog()["sla"].version == five[4]


def test_an_expired_version_is_said_to_be_gone(five: list[str]) -> None:
    pangeo.catalog().expire("sla", NOW)
    with pytest.raises(DatasetNotFoundError, match="it was expired, or never there"):
        pangeo.open("sla", version=five[0])


def test_a_dataset_of_a_version_that_goes_fails_to_read_and_shows_no_gaps(
    five: list[str], location: Location
) -> None:
    still_open = pangeo.open("sla", version=five[0])
    make_old(location)
    pangeo.catalog().expire("sla", NOW)
    with pytest.raises(StoreError, match=r"cannot read 'sla'.* or the version was expired"):
        still_open.load()


def test_tagged_and_younger_versions_are_kept(five: list[str], location: Location) -> None:
    pangeo.catalog().tag("sla", "paper", five[1])
    make_old(location)
    report = pangeo.catalog().expire("sla", age_between(five[2], five[3]))
    assert report.forgotten == [five[2], five[0]]
    assert list(history()) == [five[4], five[3], five[1]]
    assert history()[five[1]].tags == ["paper"]
    assert is_delivery(3, five[3])
    assert is_delivery(1, five[1])
    for version in (None, "paper", five[3]):
        assert pangeo.verify("sla", version=version, against_sources=False)


def test_files_of_the_last_day_stay_whatever_is_asked_for(
    five: list[str], location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(location)
    report = pangeo.catalog().expire("sla", NOW)
    assert (len(report.forgotten), report.files, report.nbytes) == (4, 0, 0)
    assert "run it again later" in str(report)
    assert files(location) == before
    assert list(history()) == five[4:]
    monkeypatch.setattr(expiry, "SAFE_AGE", NOW)
    report = pangeo.catalog().expire("sla", NOW)
    assert report.forgotten == []
    assert report.files == len(before) - len(files(location)) > 0


def test_the_dataset_grows_and_goes_back_after_it(deliver: Deliver, location: Location) -> None:
    first = deliver(0)
    pangeo.catalog().tag("sla", "first")
    second, third = deliver(1), deliver(2)
    make_old(location)
    assert pangeo.catalog().expire("sla", NOW).forgotten == [second]
    fourth = deliver(3, "append", "2000-01-03")
    fifth = deliver(4, "update", "2000-01-02")
    assert list(history()) == [fifth, fourth, third, first]
    assert pangeo.open("sla").sizes["time"] == 4
    assert pangeo.verify("sla", against_sources=True)
    pangeo.catalog().rollback("sla", "first")
    assert is_delivery(0)
    assert list(history()) == [first, fifth, fourth, third]
    sixth = deliver(3, "append", "2000-01-03")
    assert list(history())[:2] == [sixth, first]
    assert pangeo.verify("sla")


def test_what_a_rollback_set_aside_goes_when_that_was_long_ago(
    five: list[str], location: Location
) -> None:
    catalog = pangeo.catalog()
    catalog.tag("sla", "paper", five[3])
    before_it = dt.datetime.now(dt.UTC)
    catalog.rollback("sla", five[2])
    make_old(location)
    assert catalog.expire("sla", dt.datetime.now(dt.UTC) - before_it).forgotten == five[1::-1]
    assert list(history()) == [five[2], five[4], five[3]]
    assert is_delivery(4, f"before-rollback-{five[4]}")
    assert catalog.expire("sla", NOW).forgotten == [five[4]]
    assert list(history()) == [five[2], five[3]]
    assert history()[five[3]].tags == ["paper"]


def test_a_version_that_was_gone_back_to_can_be_set_aside_again(
    five: list[str], location: Location
) -> None:
    catalog = pangeo.catalog()
    catalog.tag("sla", "paper", five[0])
    catalog.rollback("sla", five[3])
    catalog.rollback("sla", five[4])
    make_old(location)
    assert catalog.expire("sla", age_between(five[2], five[3])).forgotten == five[2:0:-1]
    assert catalog.expire("sla", NOW).forgotten == [five[3]]
    catalog.rollback("sla", "paper")
    assert list(history()) == [five[0], five[4]]
    assert is_delivery(4, five[4])


def test_a_branch_beside_the_versions_stays_whole(five: list[str], location: Location) -> None:
    """As an ingest uses that goes on for long."""
    repository = open_repository(location)
    repository.create_branch("staging", five[1])
    for value in (7, 8):
        session = repository.writable_session("staging")
        zarr.open_group(session.store, mode="a")["map/sla"][0] = np.full((30, 40), value)  # type: ignore[index]
        tip = session.commit("a part")
    make_old(location)
    assert pangeo.catalog().expire("sla", NOW).forgotten == five[3::-1]
    session = open_repository(location).writable_session("staging")
    assert session.snapshot_id == tip
    staged = zarr.open_group(session.store, mode="a")["map/sla"]
    assert (staged[0] == 8).all()  # type: ignore[index]
    np.testing.assert_array_equal(staged[1], field(1)[1])  # type: ignore[index]
    staged[0] = np.full((30, 40), 9)  # type: ignore[index]
    session.commit("the next part")
    assert list(history()) == five[4:]
    assert is_delivery(4)


INGEST_AND_DIE = """
import os, signal, sys, pangeo
pangeo.ingest(sys.argv[1], "sla", mode="replace",
              progress=lambda done, total: done == total and os.kill(os.getpid(), signal.SIGKILL))
"""


def run_and_die(script: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=False)
    assert done.returncode in (-signal.SIGKILL, -signal.SIGALRM), "it was not killed in time"


def test_what_a_killed_ingest_left_is_removed(
    deliver: Deliver, location: Location, tmp_path: Path
) -> None:
    deliver(0)
    whole = files(location)
    with xr.open_dataset(tmp_path / "delivery-0.nc") as ds:
        (-ds).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    run_and_die(INGEST_AND_DIE, str(tmp_path / "other.nc"))
    torn = location.store / "chunks" / "3QX8NRZTBHFWNXNTZHYG#1"  # half way into a file
    torn.write_bytes(b"half of a chu")
    left = files(location).items() - whole.items()
    assert len(left) > 1
    assert pangeo.catalog().expire("sla", NOW).files == 0, "it may belong to a live writer"
    make_old(location)
    report = pangeo.catalog().expire("sla", NOW)
    assert (report.forgotten, report.files) == ([], len(left))
    assert report.nbytes == sum(size for _, size in left)
    assert files(location) == whole
    assert is_delivery(0)
    assert pangeo.verify("sla")


EXPIRE_AND_DIE = """
import datetime as dt, os, signal, sys
import icechunk, pangeo
from pangeo.catalogs import expiry
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
{kill}
pangeo.catalog().expire("sla", dt.timedelta(0))
"""
MOMENTS = {
    "before anything is forgotten": "icechunk.Repository.expire_snapshots = die",
    "when all is forgotten": "icechunk.Repository.garbage_collect = die",
    "when all but torn files are removed": "expiry._remove_torn = die",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_one_that_is_killed_leaves_what_it_keeps(
    moment: str, five: list[str], location: Location
) -> None:
    pangeo.catalog().tag("sla", "paper", five[1])
    pangeo.catalog().rollback("sla", five[3])
    make_old(location)
    run_and_die(EXPIRE_AND_DIE.format(kill=MOMENTS[moment]))
    assert is_delivery(3)
    assert is_delivery(1, "paper")
    assert pangeo.verify("sla")
    make_old(location)
    pangeo.catalog().expire("sla", NOW)
    assert list(history()) == [five[3], five[1]]
    kept = {*history(), "1CECHNKREP0F1RSTCMT0"}  # and Icechunk's own first
    assert {path.name for path in (location.store / "snapshots").iterdir()} == kept
    assert pangeo.verify("sla")


@pytest.mark.parametrize("milliseconds", [4, 16, 64])
def test_one_that_is_killed_while_it_removes_files_leaves_what_it_keeps(
    milliseconds: int, five: list[str], location: Location
) -> None:
    for number in range(3000):
        (location.store / "chunks" / f"{number:019}0").write_bytes(b"left by a killed ingest")
    make_old(location)
    run_and_die(
        f"""
import datetime as dt, icechunk, pangeo, signal, time
collect = icechunk.Repository.garbage_collect
def at_work(*arguments):
    signal.setitimer(signal.ITIMER_REAL, {milliseconds / 1000})
    collect(*arguments)
    time.sleep(1)
icechunk.Repository.garbage_collect = at_work
pangeo.catalog().expire("sla", dt.timedelta(0))
"""
    )
    assert is_delivery(4)
    assert pangeo.verify("sla")
    pangeo.catalog().expire("sla", NOW)
    assert not list((location.store / "chunks").glob("00000*"))
    assert is_delivery(4)


def test_a_rollback_after_one_that_was_killed(five: list[str], location: Location) -> None:
    """Killed after it took the tag of a version away, and before it forgot the version."""
    pangeo.catalog().rollback("sla", five[3])
    pangeo.catalog().rollback("sla", five[4])
    pangeo.catalog().rollback("sla", five[0])
    pangeo.catalog().rollback("sla", five[4])
    repository = open_repository(location)
    repository.delete_tag(f"before-rollback-{five[3]}")
    pangeo.catalog().rollback("sla", five[2])
    assert is_delivery(2)


def test_it_waits_for_a_writer(
    five: list[str], location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "hold_lease", functools.partial(hold_lease, wait=0))
    with hold_lease(location.lease), pytest.raises(StoreError, match="somebody else is writing"):
        pangeo.catalog().expire("sla", NOW)
    assert list(history()) == five[::-1]


def test_a_damaged_store_is_not_cleaned_up(five: list[str], location: Location) -> None:
    make_old(location)
    before = files(location)
    for path in (location.store / "manifests").iterdir():
        path.write_bytes(b"torn")
    with pytest.raises(StoreError, match="could not clean up 'sla' to the end") as refused:
        pangeo.catalog().expire("sla", NOW)
    assert "pangeo verify sla" in refused.value.fix
    assert files(location).keys() == before.keys()


def test_files_that_cannot_be_removed_are_told(
    five: list[str], location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused:
        objects_failed_to_delete = 1
        delete_errors = ("Permission denied",)

    monkeypatch.setattr(icechunk.Repository, "garbage_collect", lambda *arguments: Refused)
    with pytest.raises(StoreError, match="Permission denied"):
        pangeo.catalog().expire("sla", NOW)


@pytest.mark.parametrize(
    "age",
    ["", "30", "d", "-3d", "1.5d", "3m", "3 months", "30D", "9" * 12 + "d", "9" * 400 + "w", 30,
     None, dt.timedelta(days=-1), dt.timedelta.max, np.timedelta64(3, "D")],
)  # fmt: skip
def test_an_age_that_could_be_misunderstood_is_refused(age: object) -> None:
    with pytest.raises(InputError, match="how old a version may be"):
        pangeo.catalog().expire("sla", age)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "age"),
    [("0d", NOW), ("12h", dt.timedelta(hours=12)), ("30d", dt.timedelta(30)),
     ("8 w", dt.timedelta(56))],
)  # fmt: skip
def test_an_age_as_text(text: str, age: dt.timedelta) -> None:
    difference = expiry._limit(text) - expiry._limit(age)
    assert abs(difference) < dt.timedelta(minutes=1)


def test_it_on_the_command_line(five: list[str], location: Location) -> None:
    run: Callable[..., str] = lambda *args: CliRunner().invoke(main, args).stdout  # noqa: E731
    assert "0 version(s) forgotten, 0 file(s)" in run("expire", "sla", "--older-than", "30d")
    make_old(location)
    report = json.loads(run("expire", "sla", "--older-than", "0d", "--json"))
    assert report["forgotten"] == five[3::-1]
    assert report.keys() == {"name", "forgotten", "files", "nbytes"}
    refused = json.loads(run("expire", "sla", "--older-than", "a while", "--json"))
    assert "'30d'" in refused["error"]["expected"]
    assert CliRunner().invoke(main, ["expire", "sla"]).exit_code == 2
