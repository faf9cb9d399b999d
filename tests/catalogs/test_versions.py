"""Earlier versions: listed, tagged, gone back to, and a dataset that is taken away."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import icechunk
import pytest
import zarr
from click.testing import CliRunner

import pangeo
from pangeo.cli import main
from pangeo.errors import DatasetNotFoundError, InputError, StoreError
from pangeo.storage import BRANCH, Location, hold_lease, new_repository


@pytest.fixture
def snapshots(tmp_path: Path) -> list[str]:
    """Two versions of one dataset, oldest first: 12 months, then all."""
    with pangeo.samples.open("ostia_monthly") as ds:
        ds.drop_attrs(deep=False).isel(time=slice(12)).to_netcdf(
            tmp_path / "year.nc", engine="h5netcdf"
        )
    first = pangeo.ingest(tmp_path / "year.nc", "sst")
    second = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst", mode="replace")
    return [first.version, second.version]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.stdout


def test_history_lists_the_newest_first(snapshots: list[str]) -> None:
    found = pangeo.catalog().history("sst")
    assert [each.snapshot for each in found] == snapshots[::-1]
    assert [each.message.split()[0] for each in found] == ["replaced", "created"]
    status, shown = run("history", "sst", "--json")
    assert status == 0
    assert [each["version"] for each in json.loads(shown)] == snapshots[::-1]
    assert snapshots[0] in run("history", "sst")[1]


def tags() -> dict[str, list[str]]:
    return {each.snapshot: each.tags for each in pangeo.catalog().history("sst")}


def test_a_tag_opens_its_version_for_good(snapshots: list[str]) -> None:
    first, second = snapshots
    tagged = pangeo.catalog().tag("sst", "paper-2026", first)
    assert (tagged.snapshot, tagged.tags) == (first, ["paper-2026"])
    assert pangeo.catalog().tag("sst", "v1.0").snapshot == second  # the newest
    assert pangeo.catalog().tag("sst", "v1.1", "v1.0").tags == ["v1.0", "v1.1"]
    assert pangeo.open("sst", version="paper-2026").sizes["time"] == 12
    assert tags() == {second: ["v1.0", "v1.1"], first: ["paper-2026"]}


def test_tags_on_the_command_line(snapshots: list[str]) -> None:
    first, second = snapshots
    said = f"sst: version {first} is tagged paper\n"
    assert run("tag", "sst", "paper", "--version", first) == (0, said)
    status, shown = run("tag", "sst", "v2", "--json")
    assert status == 0
    assert json.loads(shown).items() >= {"version": second, "tags": ["v2"]}.items()
    rows = run("history", "sst")[1].splitlines()
    assert rows[1].startswith(f" {second}")
    assert rows[1].split()[-1] == "v2"
    assert [each["tags"] for each in json.loads(run("history", "sst", "--json")[1])] == [
        ["v2"],
        ["paper"],
    ]


def test_a_tag_never_moves(snapshots: list[str]) -> None:
    pangeo.catalog().tag("sst", "paper", snapshots[0])
    for version in snapshots:
        with pytest.raises(InputError, match=f"means version {snapshots[0]}"):
            pangeo.catalog().tag("sst", "paper", version)
    assert tags() == {snapshots[1]: [], snapshots[0]: ["paper"]}


@pytest.mark.usefixtures("snapshots")
@pytest.mark.parametrize(
    "tag",
    ["", "a b", "a/b", "../x", "-x", ".x", "é", "x" * 101, "3QX8NRZTBHFWNXNTZHYG",
     "before-rollback-1", 5, None],
)  # fmt: skip
def test_a_tag_that_could_be_misunderstood_is_refused(tag: object) -> None:
    with pytest.raises(InputError, match="cannot name a version so"):
        pangeo.catalog().tag("sst", tag)  # type: ignore[arg-type]
    assert not any(tags().values())


def test_every_id_that_icechunk_makes_is_refused_as_a_tag(snapshots: list[str]) -> None:
    for snapshot in snapshots:
        with pytest.raises(InputError, match="looks like the id"):
            pangeo.catalog().tag("sst", snapshot)


def test_an_unknown_version_cannot_be_tagged(snapshots: list[str]) -> None:
    with pytest.raises(DatasetNotFoundError, match="no version 'v9'"):
        pangeo.catalog().tag("sst", "paper", "v9")
    assert tags() == {each: [] for each in snapshots}


def test_what_a_rollback_set_aside_is_listed_after_the_others(snapshots: list[str]) -> None:
    first, second = snapshots
    pangeo.catalog().rollback("sst", first)
    assert list(tags().items()) == [(first, []), (second, [f"before-rollback-{second}"])]
    assert pangeo.open("sst", version=second).sizes["time"] == 54, "by its id too"
    assert pangeo.catalog().rollback("sst", second).version == second


def test_a_version_with_a_tag_needs_no_other_to_be_set_aside(snapshots: list[str]) -> None:
    first, second = snapshots
    pangeo.catalog().tag("sst", "v2")
    pangeo.catalog().rollback("sst", first)
    assert tags() == {first: [], second: ["v2"]}


def test_a_refusal_names_the_newest_of_many_versions(tmp_path: Path) -> None:
    many = Location(tmp_path, "many")
    with hold_lease(many.lease) as lease, new_repository(many, lease) as repository:
        for number in range(1, 13):
            session = repository.writable_session(BRANCH)
            zarr.open_group(session.store, mode="a").attrs["number"] = number
            newest = session.commit(f"number {number}")
    with pytest.raises(DatasetNotFoundError, match="expired, or never there") as refused:
        pangeo.catalog(tmp_path).open("many", version="v9")
    assert refused.value.found.startswith(f"versions {newest}, ")
    assert refused.value.found.endswith(" and 2 more")


def test_rollback_and_back_again(snapshots: list[str]) -> None:
    first, second = snapshots
    entry = pangeo.catalog().rollback("sst", first)
    assert entry.version == first
    assert pangeo.open("sst").sizes["time"] == 12
    assert pangeo.catalog()["sst"].interval[1] == "2007-03-16T12:00:00Z"
    assert pangeo.open("sst", version=f"before-rollback-{second}").sizes["time"] == 54
    assert run("rollback", "sst", f"before-rollback-{second}")[0] == 0
    assert pangeo.open("sst").sizes["time"] == 54
    assert [each.snapshot for each in pangeo.catalog().history("sst")] == snapshots[::-1]


def test_an_unknown_version_is_refused(snapshots: list[str]) -> None:
    with pytest.raises(DatasetNotFoundError, match="no version"):
        pangeo.catalog().rollback("sst", "v9")
    assert pangeo.open("sst").attrs["pangeo_version"] == snapshots[1]


@pytest.mark.usefixtures("snapshots")
def test_a_removed_dataset_is_gone_and_its_name_free(workspace: Path) -> None:
    pangeo.catalog().remove("sst")
    assert pangeo.catalog().entries == []
    assert list((workspace / "datasets").iterdir()) == []
    with pytest.raises(DatasetNotFoundError):
        pangeo.catalog().remove("sst")
    assert pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst").status == "created"


@pytest.mark.usefixtures("snapshots")
def test_back_to_a_version_that_is_damaged_too_is_refused_and_nothing_moves(
    snapshots: list[str], workspace: Path
) -> None:
    shutil.rmtree(workspace / "datasets" / "sst" / "store" / "manifests")
    before = [each.as_dict() for each in pangeo.catalog().history("sst")]
    with pytest.raises(StoreError, match=r"object not found \(manifests/"):
        pangeo.catalog().rollback("sst", snapshots[0])
    assert [each.as_dict() for each in pangeo.catalog().history("sst")] == before


@pytest.mark.parametrize("method", ["create_tag", "reset_branch"])
def test_a_full_disk_is_not_called_damage(
    snapshots: list[str], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise icechunk.IcechunkError("object store error: No space left (os error 28)")

    monkeypatch.setattr(icechunk.Repository, method, refuse)
    with pytest.raises(StoreError, match=r"cannot write to.*\n.*No space left") as refused:
        pangeo.catalog().rollback("sst", snapshots[0])
    assert "pangeo rm" not in refused.value.fix
    if method == "create_tag":
        with pytest.raises(StoreError, match="cannot write to"):
            pangeo.catalog().tag("sst", "paper")


@pytest.mark.usefixtures("snapshots")
def test_what_cannot_be_removed_is_named_and_linked_no_more(
    workspace: Path, tmp_path: Path
) -> None:
    folder = workspace / "datasets" / "sst"
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="no dataset any more") as refused:
        pangeo.catalog().remove("sst")
    (left,) = (workspace / "datasets").iterdir()
    assert refused.value.fix.endswith(f": {left}")
    links = json.loads((workspace / "catalog.json").read_text())["links"]
    assert [each["rel"] for each in links] == ["root"]


def test_what_a_killed_ingest_left_can_be_removed(workspace: Path) -> None:
    left = workspace / "datasets" / "sst" / "store" / "snapshots"
    left.mkdir(parents=True)
    with pytest.raises(DatasetNotFoundError, match="free what it left with `pangeo rm sst`"):
        pangeo.open("sst")
    pangeo.catalog().remove("sst")
    assert list((workspace / "datasets").iterdir()) == []


@pytest.mark.usefixtures("snapshots")
def test_rm_asks_first() -> None:
    refused = CliRunner().invoke(main, ["rm", "sst"], input="n\n")
    assert refused.exit_code == 1
    assert len(pangeo.catalog()) == 1
    assert run("rm", "sst", "--yes") == (0, "sst: removed\n")
    assert len(pangeo.catalog()) == 0


@pytest.mark.usefixtures("snapshots")
def test_verify_on_the_command_line(workspace: Path) -> None:
    status, shown = run("verify", "sst", "--against-sources")
    assert status == 0
    assert shown.startswith("sst: verified")
    chunks = sorted(
        (workspace / "datasets" / "sst" / "store" / "chunks").rglob("*"),
        key=lambda path: path.stat().st_mtime,
    )
    chunks[-1].write_bytes(b"torn")
    status, shown = run("verify", "sst", "--json")
    assert status == 1
    assert json.loads(shown)["holds"] is False
