"""``pangeo demo``: from a NetCDF file to the Niño 3.4 figure, step by step.

The first example of Pangeo, end to end: real data, an analysis-ready store, a catalogue, a
Dask cluster, the climatology, the anomaly and the index, a figure.
"""

from __future__ import annotations

import importlib
import logging
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from pangeo.cli.output import console, progress_bar
from pangeo.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from distributed import Client

NAME = "sst-ostia"
SAMPLE = "ostia_monthly"
SEASONS = 5  # NOAA: an event lasts at least five overlapping three-month seasons


@click.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("pangeo-demo"),
    show_default=True,
    help="Folder for the figure and the table.",
)
def demo(output: Path) -> None:
    """Compute the Niño 3.4 index from real data, from the file to the figure.

    Uses a Dask cluster on this machine, nothing else: no network, no account.
    """
    _check_output(output)
    clock = _Clock()
    with clock.step(f"find real data: the sample {SAMPLE!r}"):
        from pangeo import samples

        path = samples.path(SAMPLE)
        click.echo(f"   {path.name}, {path.stat().st_size / 1e6:.1f} MB, monthly OSTIA SST")

    with clock.step(f"ingest it as {NAME!r} into an analysis-ready store"):
        from pangeo.config import workspace
        from pangeo.ingestion import ingest

        with progress_bar("   writing") as progress:
            report = ingest(path, NAME, progress=progress)
        click.echo(f"   {report.status}: version {report.version} in {workspace()}")

    with ExitStack() as until_done:
        with clock.step("start a Dask cluster on this machine, and open the dataset by name"):
            from pangeo.catalogs import open as open_dataset
            from pangeo.clusters import cluster

            client = until_done.enter_context(cluster("local"))
            workers = len(client.scheduler_info()["workers"])
            click.echo(f"   {workers} workers, over TLS, on this machine only")
            click.echo(f"   dashboard: {client.dashboard_link}")
            dataset = open_dataset(NAME)
            click.echo(f"   {dict(dataset.surface_temperature.sizes)}, nothing read so far")

        with clock.step("compute climatology, anomaly and Niño 3.4 index on the cluster"):
            from pangeo import analysis

            with _quiet_when_interrupted(client):
                index = analysis.nino34(dataset).compute()
            click.echo(f"   climatology: {index.attrs['climatology']}")

    with clock.step("draw the figure and write the table"):
        from pangeo import plot

        figure_path, table_path = output / "nino34.png", output / "nino34.csv"
        plot.series(index).savefig(figure_path, dpi=150)
        index.to_series().dropna().round(4).to_csv(table_path)
        click.echo(f"   {figure_path}\n   {table_path}")

    _print_events(index)
    clock.print_times()
    _print_next(figure_path)


def _check_output(folder: Path) -> None:
    """Refuse a folder that cannot be written before there is something to write."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write the figure to {folder}",
            found=error.strerror or str(error),
            expected="a folder in which this user may write",
            fix="choose another: pangeo demo --output FOLDER",
        ) from error


@contextmanager
def _quiet_when_interrupted(client: Client) -> Iterator[None]:
    """Keep to ourselves what Dask logs when it is torn down in the middle of its work."""
    try:
        yield
    except KeyboardInterrupt:
        _say_no_more()
        with suppress(TimeoutError, OSError):
            client.sync(client._run, _say_no_more, on_error="ignore", callback_timeout=2)
        raise


def _say_no_more() -> None:
    for name in ("asyncio", "distributed", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class _Clock:
    """Announces each step, remembers how long it took, and stops between two when told to.

    Python loses an interrupt that falls into the callback of a weak reference, and every
    import has one: so the interrupt is noted too, and asked for at the end of the step.
    """

    def __init__(self) -> None:
        self._times: list[tuple[str, float]] = []
        self._interrupted = False
        signal.signal(signal.SIGINT, self._interrupt)
        # An interrupt in the middle of this import ends Python itself, so it waits for it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        importlib.import_module("matplotlib.ft2font")
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._interrupted = True
        signal.default_int_handler(number, frame)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        click.secho(f"{len(self._times) + 1}. {title}", bold=True)
        started = time.perf_counter()
        yield
        if self._interrupted:
            raise KeyboardInterrupt
        self._times.append((title, time.perf_counter() - started))

    def print_times(self) -> None:
        from rich.table import Table

        click.secho("\nWhat took how long", bold=True)
        table = Table("step", "seconds", box=None)
        for title, seconds in self._times:
            table.add_row(title, f"{seconds:.1f}")
        table.add_row("in all", f"{sum(seconds for _, seconds in self._times):.1f}")
        console().print(table)


@dataclass(frozen=True, slots=True)
class Event:
    """A run of months beyond the threshold."""

    name: str
    first: str
    last: str
    peak: float
    peak_month: str


def find_events(index: xr.DataArray, threshold: float) -> list[Event]:
    """The El Niño and La Niña events: at least five seasons in a row beyond the threshold."""
    series = index.to_series()  # a gap is beyond no threshold, and so it ends a run
    state = (series >= threshold).astype(int) - (series <= -threshold).astype(int)
    runs = series.groupby((state != state.shift()).cumsum())
    events = []
    for _, run in runs:
        kind = state[run.index[0]]
        if kind and len(run) >= SEASONS:
            peak = (run * kind).idxmax()
            events.append(
                Event(
                    "El Niño" if kind > 0 else "La Niña",
                    f"{run.index[0]:%Y-%m}", f"{run.index[-1]:%Y-%m}",
                    float(run[peak]), f"{peak:%Y-%m}",
                )
            )  # fmt: skip
    return events


def _print_events(index: xr.DataArray) -> None:
    from rich.table import Table

    from pangeo.analysis.nino import THRESHOLD

    click.secho(f"\nNiño 3.4 beyond {THRESHOLD:g} degC for at least {SEASONS} seasons", bold=True)
    table = Table("event", "from", "to", "peak, degC", "in", box=None)
    for event in find_events(index, THRESHOLD):
        table.add_row(event.name, event.first, event.last, f"{event.peak:+.2f}", event.peak_month)
    console().print(table)


def _print_next(figure: Path) -> None:
    pangeo = _command()
    click.secho("\nWhat to try next", bold=True)
    click.echo(
        f"   look at {figure}\n"
        f"   {pangeo} ls\n"
        f"   {pangeo} info {NAME}\n"
        f"   {pangeo} open {NAME} --bbox -170,-5,-120,5 --time 2009/2010\n"
        f"   {pangeo} ingest YOUR-FILES*.nc --name my-data"
    )


def _command() -> str:
    """What to type for the program that is running: its name, or its path if that is needed."""
    running = Path(sys.argv[0]).absolute()
    found = shutil.which(running.name)
    if found is not None and Path(found).samefile(running):
        return running.name
    if running.is_relative_to(Path.cwd()):
        running = running.relative_to(Path.cwd())
    return shlex.quote(str(running))
