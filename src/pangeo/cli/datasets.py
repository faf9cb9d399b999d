"""``pangeo ls``, ``info``, ``open`` and ``catalog check``: look at what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pangeo.cli.output import console, json_option, listed, print_json, version_option

if TYPE_CHECKING:
    from pangeo.catalogs import CheckReport, Entry


MOST_SOURCES = 10


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
        click.echo(f"no datasets in {found.workspace}\nmake one: pangeo ingest FILE --name NAME")
        return

    from rich.table import Column, Table

    # A name is there to be copied, so it is never cut; the list of variables is where need be.
    longest = max(len(entry.name) for entry in entries)
    name = Column("name", no_wrap=True, min_width=longest)
    variables = Column("variables", no_wrap=True, overflow="ellipsis")
    table = Table(name, variables, "time", "W, S, E, N", "size", box=None)
    for entry in entries:
        row = (entry.name, ", ".join(entry.variables), _period(entry), _box(entry))
        table.add_row(*row, _size(entry.nbytes))
    console().print(table)


@click.command()
@click.argument("name")
@json_option
def info(name: str, as_json: bool) -> None:
    """Say everything that the catalogue knows of the dataset NAME."""
    from pangeo.catalogs import catalog

    entry = catalog()[name]
    if as_json:
        print_json(entry.as_dict())
        return
    shown = entry.sources[-MOST_SOURCES:]  # the newest
    lines = [
        ("name", entry.name),
        ("title", entry.title),
        ("version", f"{entry.version}, {entry.stac['pangeo:updated']}"),
        ("verified", _verified(entry)),
        ("time", _period(entry)),
        ("box", f"{_box(entry)} (west, south, east, north)" if entry.bbox else "no position"),
        ("size", f"{_size(entry.nbytes)} before compression"),
    ]
    for variable, sizes in entry.variables.items():
        shape = ", ".join(f"{dim}: {size}" for dim, size in sizes.items())
        lines.append(("variable", f"{variable} ({shape})"))
    for layout, chunks in entry.chunks.items():
        for variable in entry.variables:
            shape = " x ".join(map(str, chunks[variable])) or "one value"
            lines.append(("layout", f"{layout}: {variable} in chunks of {shape}"))
    lines += [("source", f"{each['path']}  sha256 {each['sha256'][:12]}") for each in shown]
    if len(entry.sources) > len(shown):
        lines.append(("source", f"and {len(entry.sources) - len(shown)} more, see --json"))
    lines += [("restated", note) for note in entry.notes]
    click.echo("\n".join(f"{label:<9} {text}" for label, text in lines))


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
    """Say of every dataset whether its data can be reached, and if not, why.

    Reads metadata and one chunk of each layout, and describes again what is missing or stale.
    Exit status 1 where something is not well.
    """
    from pangeo.catalogs import catalog

    report = catalog().check()
    if as_json:
        print_json(report.as_dict())
    else:
        _print_health(report)
    context.exit(0 if report else 1)


def _print_health(report: CheckReport) -> None:
    from rich.table import Column, Table

    table = Table(Column("name", no_wrap=True), "data", "description", "reason", box=None)
    for each in report:
        described = "written again" if each.repaired else "up to date" if each.reachable else ""
        data = "reachable" if each.reachable else "NOT REACHABLE"
        table.add_row(each.name, data, described, each.reason or "")
    if len(report):
        console().print(table)
    click.echo("all is well" if report else "not all is well")


def _verified(entry: Entry) -> str:
    certificate = entry.certificate
    if certificate is None:
        return f"not yet: pangeo verify {entry.name}"
    checks = certificate["checks"]
    bad = [f"{each['what']}: {each['found']}" for each in checks if not each["holds"]]
    found = f"NOT as ingested: {'; '.join(bad)}" if bad else f"all {len(checks)} checks hold"
    said = f"{certificate['verified_at']}, version {certificate['version']}: {found}"
    if certificate["version"] == entry.version:
        return said
    return f"{said}; not yet the newest: pangeo verify {entry.name}"


def _period(entry: Entry) -> str:
    start, end = entry.interval
    return f"{start[:10]} .. {end[:10]}" if start and end else "no dates"


def _box(entry: Entry) -> str:
    return ", ".join(f"{number:.4g}" for number in entry.bbox) if entry.bbox else "no position"


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.3g} {unit}"
