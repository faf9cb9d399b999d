"""``pangeo ingest``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from pangeo.cli.output import json_option, print_json, progress_bar

if TYPE_CHECKING:
    from pangeo.ingestion import Mode


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--name", required=True, help="The name of the dataset in the catalogue.")
@click.option(
    "--mode",
    type=click.Choice(["create", "replace"]),
    default="create",
    show_default=True,
    help="Make a new dataset, or put a new version in place of one.",
)
@click.option("--variables", help="Only these variables, separated by commas.")
@click.option("--title", help="A line that describes the dataset.")
@json_option
def ingest(
    files: tuple[str, ...],
    name: str,
    mode: str,
    variables: str | None,
    title: str | None,
    as_json: bool,
) -> None:
    """Make an analysis-ready dataset of FILES and put it in the catalogue.

    FILES are NetCDF files, globs or directories; several files are joined along time.
    """
    from pangeo.ingestion import ingest as run

    with progress_bar(f"ingest {name}") as progress:
        report = run(
            files,
            name,
            mode=cast("Mode", mode),
            variables=variables.split(",") if variables else None,
            title=title,
            progress=progress,
        )
    if as_json:
        print_json(report.as_dict())
    else:
        click.echo(str(report))
