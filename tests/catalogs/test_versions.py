"""Earlier versions: listed, gone back to, and a dataset that is taken away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import pangeo
from pangeo.cli import main
from pangeo.errors import DatasetNotFoundError


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
