"""``pangeo search``: find datasets by what is in them."""

from __future__ import annotations

import click

from pangeo.cli.datasets import print_table
from pangeo.cli.output import json_option, listed, print_json


@click.command()
@click.argument("text", required=False)
@click.option("--variable", help="Whole name, standard name or long name of a variable.")
@click.option("--bbox", help="west,south,east,north in degrees; west > east crosses the dateline.")
@click.option("--time", help="ISO 8601 interval: 2006-04/2010-09, 2010/..")
@json_option
def search(
    text: str | None, variable: str | None, bbox: str | None, time: str | None, as_json: bool
) -> None:
    """Find the datasets in which every word of TEXT occurs, and that answer the options.

    Exit status 0 also where nothing was found.
    """
    from pangeo.catalogs import search as find

    found = find(
        text,
        variable=variable,
        bbox=listed(bbox),  # type: ignore[arg-type]  # BBox tells what is wrong
        time=time,
    )
    if as_json:
        print_json([entry.as_dict() for entry in found])
    elif found:
        print_table(found)
    else:
        click.echo(str(found))
