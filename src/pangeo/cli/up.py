"""``pangeo up``: the whole platform on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pangeo.lab import Lab


@click.command()
@click.argument(
    "folder", type=click.Path(file_okay=False, path_type=Path, exists=True), default=Path()
)
@click.option("--slurm", "where", flag_value="slurm", help="Workers are jobs of Slurm.")
@click.option("--pbs", "where", flag_value="pbs", help="Workers are jobs of PBS.")
@click.option("--gateway", "where", flag_value="gateway", help="Workers come from a Dask Gateway.")
@click.option("--local", "where", flag_value="local", help="Workers are on this machine.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="On 127.0.0.1; by default 8888 if it is free."
)
def up(folder: Path, where: str | None, port: int | None) -> None:
    """Start JupyterLab with the lessons, and the dashboards beside the notebook.

    FOLDER is what the Lab shows, by default this one; the lessons are written into it. Without
    an option, workers are taken where pangeo.cluster() finds them. Ctrl-C ends everything.
    """
    from pangeo.lab import up as start

    start(folder.resolve(), where=where or "auto", port=port, ready=_say)


def _say(lab: Lab) -> None:
    if lab.moved:
        click.echo(f"port 8888 is taken, perhaps by another Lab: this one is on {lab.port}")
    click.echo("JupyterLab, with the lessons of the workshop; open this address in a browser:")
    click.secho(f"\n   {lab.url}\n", bold=True)
    if lab.tunnel:
        click.echo(f"From another machine, first type there:\n\n   {lab.tunnel}\n")
    click.echo(f"pangeo.cluster() takes its workers at: {lab.where}")
    if not lab.panes:
        click.echo(
            "dask-labextension is not there, so there are no panes; the dashboards are pages:\n"
            f"   {lab.dashboards}\n   {lab.dashboards.replace('/status', '/text')}"
        )
    click.echo("Ctrl-C ends it, its notebooks and their clusters.")
