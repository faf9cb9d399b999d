"""``pangeo ingest``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import click

from pangeo.cli.output import json_option, listed, print_json, progress_bar

if TYPE_CHECKING:
    from pangeo.ingestion import Mode


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--name", required=True, help="The name of the dataset in the catalogue.")
@click.option(
    "--mode",
    type=click.Choice(["create", "append", "update", "replace"]),
    default="create",
    show_default=True,
    help="Make a new dataset; add steps after its end; also put late or corrected steps in "
    "their place; or put a new version in place of the whole.",
)
@click.option("--variables", help="Only these variables, separated by commas.")
@click.option("--title", help="A line that describes the dataset.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="VARIABLE:ATTRIBUTE=VALUE",
    help="What the files should have said, such as TIME:units='hours since 2000-01-01'; an "
    "empty value removes the attribute. May be given several times.",
)
@click.option("--layouts", help="map, or map,series; by default as the data need it.")
@click.option(
    "--chunks",
    multiple=True,
    metavar="LAYOUT:DIM=SIZE,...",
    help="Sizes of stored chunks, such as map:time=1,lat=360; what is not given is chosen to "
    "suit. Once for each layout.",
)
@click.option(
    "--dry-run", is_flag=True, help="Look at everything, say what would be made; write nothing."
)
@json_option
def ingest(
    files: tuple[str, ...],
    name: str,
    mode: str,
    variables: str | None,
    title: str | None,
    settings: tuple[str, ...],
    layouts: str | None,
    chunks: tuple[str, ...],
    dry_run: bool,
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
            variables=listed(variables),
            title=title,
            layouts=None if layouts is None else [each.strip() for each in layouts.split(",")],
            attributes=_attributes(settings),
            chunks=_chunks(chunks),
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        print_json(report.as_dict())
    else:
        click.echo(str(report))


def _chunks(given: tuple[str, ...]) -> dict[str, dict[str, int]] | None:
    """What ``--chunks`` says, by layout."""
    chunks: dict[str, dict[str, int]] = {}
    for each in given:
        layout, _, sizes = each.partition(":")
        try:
            pairs = [size.split("=") for size in sizes.split(",")]
            chunks[layout.strip()] = {dim.strip(): int(size) for dim, size in pairs}
        except ValueError:
            raise click.BadParameter(
                f"{each!r} is not LAYOUT:DIM=SIZE,...", param_hint="'--chunks'"
            ) from None
    return chunks or None


def _attributes(settings: tuple[str, ...]) -> dict[str, dict[str, str | None]] | None:
    """What ``--set`` says, by variable."""
    attributes: dict[str, dict[str, str | None]] = {}
    for setting in settings:
        said = re.fullmatch(r"(.+?):([^:=]+)=(.*)", setting, re.S)
        if said is None:
            raise click.BadParameter(
                f"{setting!r} is not VARIABLE:ATTRIBUTE=VALUE", param_hint="'--set'"
            )
        attributes.setdefault(said[1], {})[said[2]] = said[3] or None
    return attributes or None
