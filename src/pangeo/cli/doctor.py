"""``pangeo doctor``: why workers do not come, or do not see the data."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from pangeo.cli.output import json_option, print_json


@click.command()
@click.argument("where", default="auto")
@click.option("--site", help="The profile of this machine.")
@click.option("--queue", help="Queue or partition of the job.")
@click.option("--account", help="Account that the job is charged to.")
@click.option("--walltime", help="Of the job, such as 02:00:00.")
@click.option("--cores", type=int, help="Cores of the worker.")
@click.option("--memory", help="Memory of the worker, such as 16GiB.")
@click.option("--interface", help="Network interface to listen on, such as ib0.")
@click.option("--data", multiple=True, help="A dataset to be read on the worker; repeatable.")
@click.option("--script", is_flag=True, help="Print the job script as well.")
@click.option("--dry-run", is_flag=True, help="Look at this machine alone; start nothing.")
@json_option
def doctor(
    where: str, data: tuple[str, ...], script: bool, dry_run: bool, as_json: bool, **asked: Any
) -> None:
    """Say what is well and what is wrong with workers at WHERE: local, slurm, pbs, ...

    Looks at this machine, then starts one worker and looks from there, and ends it. Exit status 1
    where something is wrong.
    """
    from pangeo.clusters import doctor as look
    from pangeo.config import workspace

    probes = {f"dataset {name}": partial(_read, str(workspace()), name) for name in data}
    found = look(where, probes=probes, dry_run=dry_run, **asked)
    if as_json:
        print_json(found.as_dict())
    else:
        for finding in found:
            click.secho(str(finding), fg=None if finding.well else "red")
        if script and found.script:
            click.echo(f"\n{found.script}")
    if not found:
        raise SystemExit(1)


def _read(folder: str, name: str) -> str:
    """Read one value of the first field of a dataset, with the credentials of this process."""
    from pangeo.catalogs import catalog

    dataset = catalog(folder).open(name)
    field = next(iter(dataset.data_vars.values()))
    value = field.isel(dict.fromkeys(field.dims, 0)).values
    return f"{name} can be read: the first value of {field.name} is {value}"
