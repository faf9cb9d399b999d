"""The command line: the same verbs as in Python.

Nothing heavy is imported before a command runs, so that ``pangeo --help`` answers at once.
"""

from __future__ import annotations

from typing import Any

import click

from pangeo.cli.datasets import catalog_, info, ls, open_
from pangeo.cli.demo import demo
from pangeo.cli.doctor import doctor
from pangeo.cli.ingest import ingest
from pangeo.cli.output import print_refusal
from pangeo.cli.search import search
from pangeo.cli.up import up
from pangeo.cli.versions import expire, history, rm, rollback, tag, verify
from pangeo.errors import PangeoError

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


class _Verbs(click.Group):
    """Turns a refusal into a message and exit status 1, an interrupt into 130."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PangeoError as error:
            print_refusal(ctx, error)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("\npangeo: stopped; what was committed stays, the rest is undone", err=True)
            ctx.exit(INTERRUPTED)


# "\b" keeps click from joining the lines of the paragraph under it.
HELP = """A community platform for Big Data geoscience.

From NetCDF files to catalogued, analysis-ready datasets, opened by name as xarray and computed
with Dask.

\b
  pangeo demo                          see it work, on real data
  pangeo up                            JupyterLab, with lessons and dashboards
  pangeo ingest *.nc --name my-data    your own files
  pangeo ls                            what there is
"""


@click.group(cls=_Verbs, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pangeo", message="pangeo %(version)s")
def main() -> None:
    """The command ``pangeo``."""


for command in (
    demo, ingest, ls, search, info, open_, verify, history, tag, rollback, expire, rm, catalog_,
    doctor, up,
):  # fmt: skip
    main.add_command(command)
