"""The verbs on the command line: results in words and as JSON, refusals, exit statuses."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner, Result
from rich.console import Console

import pangeo
from pangeo.cli import main

OSTIA = "sst-ostia"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def ostia() -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), OSTIA)


def test_ingest_says_what_it_did() -> None:
    path = str(pangeo.samples.path("ostia_monthly"))
    result = run("ingest", path, "--name", OSTIA, "--title", "OSTIA")
    assert result.exit_code == 0
    assert result.stdout.startswith("sst-ostia: created, version ")
    assert "surface_temperature (time: 54, latitude: 18, longitude: 432)" in result.stdout
    assert pangeo.catalog()[OSTIA].title == "OSTIA"


def test_ingest_as_json() -> None:
    path = str(pangeo.samples.path("ostia_monthly"))
    result = run("ingest", path, "--name", OSTIA, "--json")
    report = json.loads(result.stdout)
    assert report["status"] == "created"
    assert report["sources"] == [str(Path(path).resolve())]
    assert report["version"] == pangeo.catalog()[OSTIA].version


@pytest.fixture
def two_halves(tmp_path: Path) -> list[str]:
    """The sample cut in two: 24 months, and the 30 after them."""
    halves = []
    with xr.open_dataset(pangeo.samples.path("ostia_monthly"), decode_cf=False) as whole:
        for name, steps in (("first.nc", slice(0, 24)), ("second.nc", slice(24, None))):
            whole.isel(time=steps).to_netcdf(tmp_path / name, engine="h5netcdf")
            halves.append(str(tmp_path / name))
    return halves


@pytest.mark.parametrize(("mode", "status"), [("append", "appended"), ("update", "updated")])
def test_ingest_adds_steps(two_halves: list[str], mode: str, status: str) -> None:
    run("ingest", two_halves[0], "--name", OSTIA)
    report = json.loads(
        run("ingest", two_halves[1], "--name", OSTIA, "--mode", mode, "--json").stdout
    )
    assert report["status"] == status
    assert pangeo.open(OSTIA).sizes["time"] == 54


def test_a_step_before_the_end_is_refused_by_append_and_taken_by_update(
    two_halves: list[str],
) -> None:
    run("ingest", two_halves[1], "--name", OSTIA)
    refused = run("ingest", two_halves[0], "--name", OSTIA, "--mode", "append")
    assert refused.exit_code == 1
    assert "mode='update'" in refused.stderr
    assert run("ingest", two_halves[0], "--name", OSTIA, "--mode", "update").exit_code == 0
    assert pangeo.open(OSTIA).indexes["time"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("layouts", "made"),
    [("map", {"map"}), ("map,series", {"map", "series"}), ("map, series", {"map", "series"})],
)
def test_ingest_makes_the_layouts_named(layouts: str, made: set[str]) -> None:
    path = str(pangeo.samples.path("ostia_monthly"))
    assert run("ingest", path, "--name", OSTIA, "--layouts", layouts).exit_code == 0
    assert set(pangeo.catalog()[OSTIA].chunks) == made


@pytest.mark.usefixtures("ostia")
def test_ls() -> None:
    assert OSTIA in run("ls").stdout
    (entry,) = json.loads(run("ls", "--json").stdout)
    assert entry["name"] == OSTIA
    assert entry["interval"][0] == "2006-04-16T00:00:00Z"


def test_ls_of_nothing_says_how_to_begin() -> None:
    assert "which does not exist yet\nmake one: pangeo ingest FILE --name NAME" in run("ls").stdout
    assert json.loads(run("ls", "--json").stdout) == []


def test_check_of_nothing_says_that_there_is_nothing_to_check(workspace: Path) -> None:
    for there in ("which does not exist yet", str(workspace)):
        checked = run("catalog", "check")
        assert checked.exit_code == 0
        assert checked.stdout.startswith("nothing to check: no datasets in ")
        assert there in checked.stdout
        workspace.mkdir(exist_ok=True)


@pytest.mark.usefixtures("ostia")
def test_a_dataset_whose_store_is_lost_is_named_and_can_be_removed(workspace: Path) -> None:
    shutil.rmtree(workspace / "datasets" / OSTIA / "store")
    listed = run("ls")
    assert (listed.stdout, listed.exit_code) == ("", 0)
    assert f"cannot be read: {OSTIA}" in listed.stderr
    checked = run("catalog", "check")
    assert checked.exit_code == 1
    assert re.search(rf"{OSTIA} +NOT REACHABLE +does not open: a description", checked.stdout)
    assert f"`pangeo rm {OSTIA}`" in checked.stdout
    assert json.loads(run("rm", OSTIA, "--yes", "--json").stdout) == {"removed": OSTIA}
    assert run("rm", OSTIA).exit_code == 1, "there is nothing to ask about"
    assert run("catalog", "check").exit_code == 0


@pytest.mark.usefixtures("ostia")
def test_info() -> None:
    shown = run("info", OSTIA).stdout
    for line in ("2006-04-16 .. 2010-09-16", "2 x 18 x 432", "sha256 e40d33fe", "note "):
        assert line in shown
    assert json.loads(run("info", OSTIA, "--json").stdout)["nbytes"] > 1_600_000


def verified() -> str:
    (line,) = [one for one in run("info", OSTIA).stdout.splitlines() if one.startswith("verified")]
    return line.removeprefix("verified").strip()


@pytest.mark.usefixtures("ostia")
def test_info_says_whether_the_dataset_was_verified() -> None:
    assert verified() == f"not yet: pangeo verify {OSTIA}"
    assert json.loads(run("info", OSTIA, "--json").stdout)["certificate"] is None
    report = json.loads(run("verify", OSTIA, "--json").stdout)
    version, when = report["version"], report["verified_at"]
    assert verified() == f"{when}, version {version}: all {len(report['checks'])} checks hold"
    assert json.loads(run("info", OSTIA, "--json").stdout)["certificate"] == report
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), OSTIA, mode="replace")
    assert verified().startswith(f"{when}, version {version}: all")
    assert verified().endswith(f"; not yet the newest: pangeo verify {OSTIA}")


@pytest.mark.usefixtures("ostia")
def test_info_says_what_is_not_as_ingested(workspace: Path) -> None:
    chunks = (workspace / "datasets" / OSTIA / "store" / "chunks").iterdir()
    max(chunks, key=lambda path: path.stat().st_size).unlink()
    assert run("verify", OSTIA).exit_code == 1
    assert ": NOT as ingested: map: checksums: " in verified()


@pytest.mark.usefixtures("ostia")
def test_verify_takes_a_version() -> None:
    first = pangeo.catalog()[OSTIA].version
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), OSTIA, mode="replace")
    assert f"verified, version {first}" in run("verify", OSTIA, "--version", first).stdout


@pytest.mark.usefixtures("ostia")
def test_open_prints_the_dataset() -> None:
    result = run("open", OSTIA, "--bbox", "-170,-5,-120,5", "--time", "2009/2010")
    assert result.exit_code == 0
    assert "<xarray.Dataset>" in result.stdout
    assert "time: 21" in result.stdout
    assert "longitude: 61" in result.stdout
    as_json = json.loads(run("open", OSTIA, "--variables", "surface_temperature", "--json").stdout)
    assert as_json["dims"]["time"] == 54
    assert as_json["data_vars"]["surface_temperature"]["attrs"]["units"] == "K"


@pytest.mark.usefixtures("ostia")
@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "nothing"),
        ("open", "nothing"),
        ("open", OSTIA, "--bbox", "1,2,3"),
        ("open", OSTIA, "--bbox", "0,60,10,70"),
        ("open", OSTIA, "--time", "1950"),
        ("open", OSTIA, "--version", "v1"),
        ("verify", OSTIA, "--version", "v1"),
        ("tag", OSTIA, "a/b"),
        ("tag", "nothing", "v1"),
        ("expire", OSTIA, "--older-than", "30"),
        ("expire", "nothing", "--older-than", "30d"),
        ("ingest", "nothing.nc", "--name", "x"),
        ("ingest", __file__, "--name", "x"),
        ("ingest", __file__, "--name", "a/b"),
        ("ingest", __file__, "--name", "x", "--layouts", "columns"),
        ("ingest", __file__, "--name", "x", "--layouts", ""),
    ],
)
def test_a_refusal_is_three_lines_and_status_1(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for label in ("found:", "expected:", "to do:"):
        assert label in result.stderr
    refused = run(*arguments, "--json")
    assert refused.exit_code == 1
    error = json.loads(refused.stdout)["error"]
    assert set(error) == {"type", "problem", "found", "expected", "fix"}
    assert issubclass(getattr(pangeo.errors, error["type"]), pangeo.PangeoError)


@pytest.mark.parametrize(
    "arguments", [("ingest", "--name", "x"), ("ingest", "a.nc"), ("fly",), ("open",)]
)
def test_wrong_usage_is_status_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_an_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.Dataset, "to_zarr", interrupt)
    result = run("ingest", str(pangeo.samples.path("ostia_monthly")), "--name", OSTIA)
    assert result.exit_code == 130
    assert "stopped" in result.stderr
    assert json.loads(run("ls", "--json").stdout) == []


@pytest.mark.usefixtures("ostia")
def test_an_option_that_is_empty_is_not_left_out() -> None:
    for option in ("--bbox", "--variables"):
        assert run("open", OSTIA, option, "").exit_code == 1, option
    path = str(pangeo.samples.path("ostia_monthly"))
    assert run("ingest", path, "--name", "x", "--variables", "").exit_code == 1


@pytest.mark.usefixtures("ostia")
def test_blanks_between_names_are_no_part_of_them() -> None:
    wanted = ("--variables", " surface_temperature , time")
    assert run("open", OSTIA, *wanted).exit_code == 0
    path = str(pangeo.samples.path("ostia_monthly"))
    assert run("ingest", path, "--name", "x", *wanted).exit_code == 0


@pytest.mark.parametrize("command", ["ls", "ingest"])
def test_a_workspace_that_is_a_file_is_refused(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PANGEO_WORKSPACE", str(tmp_path / "file"))
    pangeo.config.refresh()
    ingest = (str(pangeo.samples.path("ostia_monthly")), "--name", "x")
    result = run(command, *(ingest if command == "ingest" else ()), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["type"] == "StoreError"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8765/w", "127.0.0.1:8765/w", "s3://bucket/w"])
@pytest.mark.parametrize("command", ["ls", "ingest"])
def test_a_workspace_elsewhere_is_refused_with_what_reads_it(
    url: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANGEO_WORKSPACE", url)
    pangeo.config.refresh()
    ingest = (str(pangeo.samples.path("ostia_monthly")), "--name", "x")
    result = run(command, *(ingest if command == "ingest" else ()))
    assert result.exit_code == 1
    assert f"pangeo.catalog('{url if '://' in url else f'http://{url}'}')" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["2024", "/tmp/v2-1in", "5", "[1]", "None", "'quoted'"])
def test_the_workspace_is_a_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANGEO_WORKSPACE", text)
    pangeo.config.refresh()  # a SyntaxWarning would be an error
    assert pangeo.config.get("workspace") == text
    assert pangeo.config.workspace() == Path(text).absolute()


def test_a_setting_that_cannot_be_understood_is_refused() -> None:
    with pangeo.config.set(workspace=5), pytest.raises(pangeo.errors.InputError, match="=5"):
        pangeo.config.workspace()
    with (
        pangeo.config.set({"ingest.memory": "lots"}),
        pytest.raises(pangeo.errors.InputError, match="PANGEO_INGEST__MEMORY"),
    ):
        pangeo.config.ingest_memory()


@pytest.mark.usefixtures("ostia")
def test_ls_never_cuts_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "a-name-that-is-as-long-as-the-terminal-is-wide-and-so-leaves-no-room"
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), name)
    monkeypatch.setattr("pangeo.cli.datasets.console", lambda: Console(width=72, file=sys.stdout))
    assert name in run("ls").stdout


@pytest.mark.usefixtures("ostia")
@pytest.mark.parametrize(
    ("width", "columns"),
    [
        ("80", "name variables time W, S, E, N size"),
        ("200", "name title variables time W, S, E, N size layouts verified"),
    ],
)
def test_ls_has_the_columns_that_have_room(
    width: str, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "other", title="A title")
    header, *rows = run("ls").stdout.splitlines()
    assert " ".join(header.split()) == columns
    assert len(rows) == 2
    assert max(map(len, rows)) <= int(width)


@pytest.mark.usefixtures("ostia")
def test_info_wraps_what_is_long_below_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    lines = run("info", OSTIA).stdout.splitlines()
    place = lines.index("variable  surface_temperature (time: 54, latitude:")
    assert lines[place + 1] == "          18, longitude: 432) in K"


def test_a_title_cannot_steer_the_terminal() -> None:
    path = pangeo.samples.path("ostia_monthly")
    pangeo.ingest(path, OSTIA, title="clear \x07\nthe screen")
    for shown in (run("ls").stdout, run("info", OSTIA).stdout):
        assert "clear" in shown
        assert "\x07" not in shown


@pytest.mark.usefixtures("ostia")
def test_a_damaged_dataset_is_named_and_the_others_listed(workspace: Path) -> None:
    assert run("catalog", "check").stdout.endswith("all is well\n")
    store = workspace / "datasets" / "bad" / "store"
    (store / "snapshots").mkdir(parents=True)
    for name in ("1", "2"):
        (store / "snapshots" / name).touch()
    listed = run("ls")
    assert OSTIA in listed.stdout
    assert "cannot be read: bad" in listed.stderr
    (workspace / "datasets" / OSTIA / "collection.json").write_text("{}")
    checked = run("catalog", "check")
    assert checked.exit_code == 1
    assert re.search(rf"bad +NOT REACHABLE +does not open: {store}", checked.stdout)
    assert re.search(rf"{OSTIA} +reachable +written again", checked.stdout)
    assert "bad, to do: restore the folder" in checked.stdout
    store.rename(workspace / "away")
    (workspace / "datasets" / OSTIA / "collection.json").unlink()
    assert json.loads(run("catalog", "check", "--json").stdout) == {
        "entries": [
            {"name": OSTIA, "reachable": True, "reason": None, "fix": None, "repaired": True}
        ],
        "repaired": [OSTIA],
    }


def test_a_log_says_done_only_of_what_was_done() -> None:
    path = str(pangeo.samples.path("ostia_monthly"))
    assert f"ingest {OSTIA}: done" in run("ingest", path, "--name", OSTIA).stderr
    assert "done" not in run("ingest", path, "--name", OSTIA).stderr  # again: unchanged


def test_the_version_is_the_package_s() -> None:
    assert run("--version").stdout == f"pangeo {pangeo.__version__}\n"


def test_info_of_very_many_variables_is_no_endless_list() -> None:
    many = {f"v{number:02d}": (f"x{number}", np.zeros(number + 1)) for number in range(60)}
    pangeo.ingest(xr.Dataset(many), "many")
    shown = run("info", "many").stdout
    assert "v19" in shown
    assert "v20 " not in shown.partition("chunks")[0]
    assert "and 40 more, see --json" in shown
    assert "map: and 57 other shapes, see --json" in shown
    assert len(json.loads(run("info", "many", "--json").stdout)["variables"]) == 60


def test_a_dataset_in_memory_is_no_file() -> None:
    report = pangeo.ingest(xr.Dataset({"a": ("x", np.arange(3.0))}), "made")
    assert "sources    Dataset in memory" in str(report)
    path = pangeo.samples.path("ostia_monthly")
    assert "sources    1 file\n" in str(pangeo.ingest(path, OSTIA))
