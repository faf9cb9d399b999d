"""A dataset in time: ``pangeo verify``, ``history``, ``tag``, ``rollback``, ``expire``, ``rm``."""

from __future__ import annotations

import click

from pangeo.cli.output import console, json_option, print_json, version_option


@click.command()
@click.argument("name")
@version_option
@click.option("--against-sources", is_flag=True, help="Compare random points with the sources too.")
@json_option
@click.pass_context
def verify(
    context: click.Context, name: str, version: str | None, against_sources: bool, as_json: bool
) -> None:
    """Read the whole dataset NAME and tell whether it still is what was ingested.

    Exit status 1 where it is not.
    """
    from pangeo.ingestion import verify as run

    report = run(name, version=version, against_sources=against_sources)
    if as_json:
        print_json(report.as_dict())
    else:
        click.echo(str(report))
    context.exit(0 if report else 1)


@click.command()
@click.argument("name")
@json_option
def history(name: str, as_json: bool) -> None:
    """List the versions of the dataset NAME, newest first.

    Those that only a tag keeps, such as the ones that a rollback set aside, come last.
    """
    from pangeo.catalogs import catalog

    found = catalog().history(name)
    if as_json:
        print_json([each.as_dict() for each in found])
        return

    from rich.table import Column, Table

    version = Column("version", no_wrap=True)  # there to be copied, so never cut
    table = Table(version, "written", "what was done", "tags", box=None)
    for each in found:
        written = f"{each.written_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(each.snapshot, written, each.message, ", ".join(each.tags))
    console().print(table)


@click.command()
@click.argument("name")
@click.argument("tag")
@version_option
@json_option
def tag(name: str, tag: str, version: str | None, as_json: bool) -> None:
    """Give a version of the dataset NAME the name TAG, for good; the newest by default.

    A tag opens its version as an id does, and `pangeo expire` never forgets that version.
    """
    from pangeo.catalogs import catalog

    tagged = catalog().tag(name, tag, version)
    if as_json:
        print_json(tagged.as_dict())
    else:
        click.echo(f"{name}: version {tagged.snapshot} is tagged {tag}")


@click.command()
@click.argument("name")
@click.argument("version")
@json_option
def rollback(name: str, version: str, as_json: bool) -> None:
    """Make VERSION the newest version of the dataset NAME again.

    Those that came after it stay readable, under tags that `pangeo history` shows.
    """
    from pangeo.catalogs import catalog

    entry = catalog().rollback(name, version)
    if as_json:
        print_json(entry.as_dict())
    else:
        click.echo(f"{name}: back at version {entry.version}")


@click.command()
@click.argument("name")
@click.option("--older-than", required=True, help="An age in hours, days or weeks: 12h, 30d, 8w.")
@json_option
def expire(name: str, older_than: str, as_json: bool) -> None:
    """Forget old versions of the dataset NAME and free the disk of what they alone held.

    The newest version and tagged ones are kept. What a rollback set aside goes when it was set
    aside that long ago. Files of the last day stay in any case.
    """
    from pangeo.catalogs import catalog

    report = catalog().expire(name, older_than)
    if as_json:
        print_json(report.as_dict())
    else:
        click.echo(str(report))


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def rm(name: str, yes: bool, as_json: bool) -> None:
    """Take the dataset NAME with all its versions away. Its sources are not touched.

    A damaged dataset goes too, and so does what an ingest left that never ended.
    """
    from pangeo.catalogs import catalog
    from pangeo.storage import Location

    found = catalog()
    if not yes and Location(found.workspace, name).folder.exists():
        click.confirm(f"remove {name} with all its versions?", abort=True, err=True)
    found.remove(name)
    if as_json:
        print_json({"removed": name})
    else:
        click.echo(f"{name}: removed")
