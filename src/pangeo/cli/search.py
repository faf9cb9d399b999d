"""``pangeo search``: find datasets by what is in them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import click

from pangeo.cli.datasets import print_table
from pangeo.cli.output import json_option, listed, print_json

type _Given = tuple[str, ...]


def _once(context: click.Context, parameter: click.Parameter, given: _Given) -> str | None:
    """One value, or none; click itself would take the last of several without a word."""
    if len(given) > 1:
        raise click.BadParameter(
            f"given {len(given)} times: ask for one at a time", context, parameter
        )
    return given[0] if given else None


def _single(name: str, **options: Any) -> Callable[..., Any]:
    return click.option(name, multiple=True, callback=_once, **options)


def _properties(
    context: click.Context, parameter: click.Parameter, given: _Given
) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for each in given:
        field, sign, value = each.partition("=")
        if not (field and sign):
            raise click.BadParameter(f"{each!r} is not FIELD=VALUE", context, parameter)
        if field in asked:
            raise click.BadParameter(f"{field!r} is given twice", context, parameter)
        asked[field] = _value(value)
    return asked


def _value(text: str) -> Any:
    """As JSON has it, where it is a number, true, false or in quotes; else the text itself."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    is_number = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    return value if is_number or isinstance(value, str) else text


@click.command()
@click.argument("text", required=False)
@_single("--variable", help="Whole name, standard name or long name of a variable.")
@_single("--bbox", help="west,south,east,north in degrees; west > east crosses the dateline.")
@_single("--time", help="ISO 8601 interval: 2006-04/2010-09, 2010/..")
@click.option(
    "--property",
    "properties",
    metavar="FIELD=VALUE",
    multiple=True,
    callback=_properties,
    help="Any other field of the description; may be repeated, and all must hold.",
)
@json_option
def search(
    text: str | None,
    variable: str | None,
    bbox: str | None,
    time: str | None,
    properties: dict[str, Any],
    as_json: bool,
) -> None:
    """Find the datasets in which every word of TEXT occurs, and that answer the options.

    A FIELD within another is written with dots: providers.name=NOAA. A VALUE that is a number,
    true or false means that; in double quotes it is text. Exit status 0 also where nothing was
    found.
    """
    from pangeo.catalogs import search as find

    found = find(
        text,
        variable=variable,
        bbox=listed(bbox),  # type: ignore[arg-type]  # BBox tells what is wrong
        time=time,
        properties=properties,
    )
    if as_json:
        print_json([entry.as_dict() for entry in found])
    elif found:
        print_table(found)
    else:
        click.echo(str(found))
