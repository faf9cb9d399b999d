"""Nothing is public without its place in the reference."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import pangeo
from pangeo import errors
from pangeo.cli import main
from pangeo.config import DEFAULTS

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
ROOMS = {name: getattr(pangeo, name) for name in ("analysis", "ocean", "plot", "samples")}
DIRECTIVE = re.compile(r"^\.\. (?:auto|py:)(\w+):: ([\w.]+)\n((?:   :.*\n)*)", re.M)


def documented() -> set[str]:
    """Every dotted name that a page of the reference describes."""
    names: set[str] = set()
    for page in REFERENCE.glob("*.md"):
        for kind, target, options in DIRECTIVE.findall(page.read_text()):
            name = target if target.startswith("pangeo.") else f"pangeo.{target}"
            names.add(name)
            members = re.search(r":members:(.*)", options)
            if kind == "module" and members:
                chosen = [one.strip() for one in members[1].split(",") if one.strip()]
                names |= {f"{name}.{member}" for member in chosen or public(name)}
    return names


def public(module: str) -> list[str]:
    room = getattr(pangeo, module.removeprefix("pangeo."))
    own = [name for name, value in vars(room).items() if isinstance(value, type)]
    return getattr(room, "__all__", own)


def commands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield name, command


@pytest.mark.parametrize("name", pangeo.__all__)
def test_every_public_name_has_its_place(name: str) -> None:
    assert f"pangeo.{name}" in documented()


@pytest.mark.parametrize("room", ROOMS)
def test_every_function_of_a_public_room_has_its_place(room: str) -> None:
    assert {f"pangeo.{room}.{name}" for name in ROOMS[room].__all__} <= documented()


PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts),
]
BLOCK = re.compile(
    r"^ *```(?:python|\{code-cell\} ipython3)\n(?::tags:[^\n]*\n+|---\n.*?^---\n)?"
    r"((?!:tags:|---\n|%%console).*?)^ *```$",
    re.M | re.S,
)


def unbound(page: str) -> str:
    """What the Python blocks of a page use without having brought it, one after the other."""
    code = "\n".join(BLOCK.findall(page)).replace("%%", "# %%")
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "F821,F822",
        "-q",
        "-",
    ]
    done = subprocess.run(command, input=code, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_bring_every_name_that_they_use(page: Path) -> None:
    assert unbound(page.read_text()) == ""


def test_a_name_that_was_never_imported_is_seen() -> None:
    assert "xr" in unbound("```python\nxr.open_dataset('a')\n```\n")
    assert unbound("```python\nimport xarray as xr\n```\n\n```python\nxr.Dataset()\n```\n") == ""


@pytest.mark.parametrize("head", [":tags: [hide-input]\n\n", "---\ntags: [hide-cell]\n---\n"])
def test_a_cell_with_tags_is_looked_at_too(head: str) -> None:
    cell = "```{{code-cell}} ipython3\n{}{}\n```\n"
    assert "xr" in unbound(cell.format(head, "xr.Dataset()"))
    assert unbound(cell.format(head, "xr = 1") + cell.format("", "xr")) == ""
    assert unbound(cell.format(":tags: [remove-input]\n", "%%console\npangeo --help")) == ""


def test_every_line_of_a_report_says_what_it_means() -> None:
    source = Path(inspect.getfile(pangeo.IngestReport)).read_text()
    fields = dataclasses.fields(pangeo.IngestReport)
    silent = [
        each.name
        for each in fields
        if not re.search(rf'^    {each.name}: .*\n    """', source, re.M)
    ]
    assert silent == []


def test_every_error_has_its_place() -> None:
    page = (REFERENCE / "errors.md").read_text()
    tree = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, pangeo.PangeoError)
    ]
    assert {"PangeoError", "SelectionError"} <= set(tree)
    assert [name for name in tree if not re.search(rf":: (pangeo\.)?{name}\n", page)] == []


def test_a_name_without_a_place_would_be_seen() -> None:
    assert "pangeo.catalogs.static" not in documented()
    assert "pangeo.analysis.geostrophy" not in documented()


def test_every_command_prints_its_help_on_the_page() -> None:
    """The page is executed when it is built, so that options cannot be forgotten."""
    page = (REFERENCE / "cli.md").read_text()
    missing = [name for name, _ in commands(main) if f"\npangeo {name} --help\n" not in page]
    assert missing == []


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"{name} {option.opts[0]}"
        for name, command in commands(main)
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []


def test_every_command_says_what_it_does() -> None:
    assert [name for name, command in commands(main) if not command.get_short_help_str()] == []


def settings(tree: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from settings(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


@pytest.mark.parametrize("setting", list(settings(DEFAULTS)))
def test_every_setting_has_a_line(setting: str) -> None:
    assert f"\n| `{setting}` |" in (REFERENCE / "settings.md").read_text()


def test_every_plugin_door_has_a_section() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    page = (REFERENCE / "plugins.md").read_text()
    assert [group for group in groups if f"\n## `{group}`" not in page] == []


def test_every_sample_has_a_line() -> None:
    page = (REFERENCE / "samples.md").read_text()
    assert [name for name in pangeo.samples.names() if f"\n| `{name}` |" not in page] == []


def test_a_page_shows_no_folder_of_the_machine_that_built_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs" / "_ext")
    monkeypatch.chdir(tmp_path)
    importlib.import_module("console").console("", "pwd")
    assert capsys.readouterr().out == "$ pwd\n/data\n"
