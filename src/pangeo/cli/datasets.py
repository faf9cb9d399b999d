"""``pangeo ls``, ``info``, ``open`` and ``catalog check``: look at what there is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from pangeo.cli.output import console, json_option, listed, print_json, version_option

if TYPE_CHECKING:
    from pathlib import Path

    from pangeo.catalogs import CheckReport, Entry


MOST_SOURCES = 10
MOST_VARIABLES = 20
MOST_SHAPES, MOST_NAMES = 3, 6  # of the chunks of a layout, and of the variables cut so
INDENT = 10  # where the texts of ``info`` begin


@click.command()
@json_option
def ls(as_json: bool) -> None:
    """List the datasets of the catalogue."""
    from pangeo.catalogs import catalog

    found = catalog()
    entries, unreadable = found.entries, found.unreadable
    if unreadable:
        click.echo(f"cannot be read: {', '.join(unreadable)}; see pangeo catalog check", err=True)
    if as_json:
        print_json([entry.as_dict() for entry in entries])
        return
    if not entries:
        if not unreadable:
            click.echo(_nothing_in(found.workspace))
        return

    print_table(entries)


def print_table(entries: Sequence[Entry]) -> None:
    """A line for each entry, with as many columns as there is room for."""
    from pangeo.catalogs.table import table_text

    header, _, rows = table_text(entries, console().width, len(entries)).partition("\n")
    click.secho(header, bold=True)
    click.echo(rows)


@click.command()
@click.argument("name")
@json_option
def info(name: str, as_json: bool) -> None:
    """Say everything that the catalogue knows of the dataset NAME."""
    from pangeo.catalogs.publishing import newest_entry
    from pangeo.catalogs.shared import locate
    from pangeo.catalogs.wording import printable

    entry = newest_entry(locate(name))
    if as_json:
        print_json(entry.as_dict())
        return
    room = console().width - INDENT
    for label, text in _lines(entry):
        lines = textwrap.wrap(printable(text), room, break_long_words=False, break_on_hyphens=False)
        click.echo(click.style(f"{label:<{INDENT}}", dim=True) + f"\n{'':{INDENT}}".join(lines))


@click.command(name="open")
@click.argument("name")
@click.option("--time", help="ISO 8601 interval: 2006-04/2010-09, 2010/..")
@click.option("--bbox", help="west,south,east,north in degrees; west > east crosses the dateline.")
@click.option("--variables", help="Only these variables, separated by commas.")
@version_option
@json_option
def open_(
    name: str,
    time: str | None,
    bbox: str | None,
    variables: str | None,
    version: str | None,
    as_json: bool,
) -> None:
    """Print the dataset NAME as xarray shows it, or a part of it; no data are read."""
    from pangeo.catalogs import open as open_dataset

    dataset = open_dataset(
        name,
        version=version,
        time=time,
        bbox=listed(bbox),  # type: ignore[arg-type]  # BBox tells what is wrong
        variables=listed(variables),
    )
    if as_json:
        print_json(dataset.to_dict(data=False))
    else:
        click.echo(str(dataset))


@click.group(name="catalog")
def catalog_() -> None:
    """Look after the catalogue itself."""


@catalog_.command()
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Say of every dataset whether its data can be reached, and if not, why and what to do.

    Reads metadata and one chunk of each layout, sees whether the files of all other chunks are
    there, and describes again what is missing or stale.
    Exit status 1 where something is not well.
    """
    from pangeo.catalogs import catalog

    found = catalog()
    report = found.check()
    if as_json:
        print_json(report.as_dict())
    elif len(report):
        _print_health(report)
    else:
        click.echo(f"nothing to check: {_nothing_in(found.workspace)}")
    context.exit(0 if report else 1)


def _print_health(report: CheckReport) -> None:
    from rich.table import Column, Table

    table = Table(Column("name", no_wrap=True), "data", "description", "reason", box=None)
    for each in report:
        described = "written again" if each.repaired else "up to date" if each.reachable else ""
        data = "reachable" if each.reachable else "NOT REACHABLE"
        table.add_row(each.name, data, described, each.reason or "")
    console().print(table)
    for each in report:
        if each.fix is not None:
            click.echo(f"{each.name}, to do: {each.fix}")
    click.echo("all is well" if report else "not all is well")


def _nothing_in(workspace: Path) -> str:
    there = "" if workspace.exists() else ", which does not exist yet"
    return f"no datasets in {workspace}{there}\nmake one: pangeo ingest FILE --name NAME"


def _lines(entry: Entry) -> Iterator[tuple[str, str]]:
    """Everything that the catalogue knows of it, as lines of a label and a text."""
    from pangeo.catalogs import wording

    yield "name", entry.name
    yield "title", entry.title
    yield "version", f"{entry.version}, {wording.updated(entry) or 'date unknown'}"
    yield "verified", _verified(entry)
    yield "time", wording.period(entry)
    yield "box", _box(entry)
    yield "size", f"{wording.size(entry.nbytes)} before compression"
    yield from ((label.lower(), text) for label, text in wording.origin(entry).items())
    known = wording.variables(entry)
    for each in known[:MOST_VARIABLES]:
        units = f" in {each.units}" if each.units else ""
        yield "variable", f"{each.name} ({each.dimensions}){units}  {each.meaning}".rstrip()
    if len(known) > MOST_VARIABLES:
        yield "variable", f"and {len(known) - MOST_VARIABLES} more, see --json"
    for layout, shapes in wording.layouts(entry).items():
        common = sorted(shapes.items(), key=lambda each: -len(each[1]))
        for shape, names in common[:MOST_SHAPES]:
            of = f" of {_shortened(names)}" if len(shapes) > 1 else ""
            yield "chunks", f"{layout}: {shape}{of}"
        if len(shapes) > MOST_SHAPES:
            yield "chunks", f"{layout}: and {len(shapes) - MOST_SHAPES} other shapes, see --json"
    shown = entry.sources[-MOST_SOURCES:]  # the newest
    yield from (("source", f"{each['path']}  sha256 {each['sha256'][:12]}") for each in shown)
    if len(entry.sources) > len(shown):
        yield "source", f"and {len(entry.sources) - len(shown)} more, see --json"
    yield from (("note", note) for note in entry.notes)


def _shortened(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES + 1 else ""
    return ", ".join(names[:MOST_NAMES] if more else names) + more


def _verified(entry: Entry) -> str:
    from pangeo.catalogs.wording import verdict

    seen = verdict(entry)
    if seen.state == "not yet":
        return f"not yet: pangeo verify {entry.name}"
    said = f"{seen.when}, version {seen.version}: {seen.found}"
    if seen.state == "older":
        return f"{said}; not yet the newest: pangeo verify {entry.name}"
    return said


def _box(entry: Entry) -> str:
    if entry.bbox is None:
        return "no position"
    sides = ", ".join(f"{side:.6g}" for side in entry.bbox)
    return f"{sides} (west, south, east, north)"
