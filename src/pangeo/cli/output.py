"""What the command line prints: results, refusals, progress."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from pangeo.errors import PangeoError

_JSON = "pangeo.json"


def _remember(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    context.find_root().meta[_JSON] = value
    return value


json_option = click.option(
    "--json", "as_json", is_flag=True, callback=_remember, help="Print the result as JSON."
)

version_option = click.option("--version", help="A snapshot id or a tag; by default the newest.")


def print_json(result: Any) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(result, indent=2, default=str))


def listed(text: str | None) -> list[str] | None:
    """The names in an option such as ``--variables "v, lat"``; None where it was not given."""
    return None if text is None else [name.strip() for name in text.split(",")]


def print_refusal(context: click.Context, error: PangeoError) -> None:
    """A refusal: as JSON on standard output where JSON was asked for, else in words."""
    if context.find_root().meta.get(_JSON):
        print_json({"error": {"type": type(error).__name__, **error.as_dict()}})
    else:
        click.echo(f"pangeo: {error}", err=True)


def console(*, stderr: bool = False) -> Console:
    """A terminal that draws where it can; into a log, lines are as wide as they need to be.

    Rich knows the width of a terminal, and reads the variable COLUMNS.
    """
    from rich.console import Console

    is_known = (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, highlight=False, width=None if is_known else 200)


LOG_SECONDS = 10.0  # between two lines in a log


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, on standard error; in a log a line now and then, and one at the end."""
    from rich import progress

    # Not rich's own test: a notebook forces colours on what is a pipe all the same.
    if not sys.stderr.isatty():
        log = _Log(title)
        yield log
        if log.total:
            click.echo(f"{title}: done, {log.total / 1e6:.0f} MB", err=True)
        return
    columns = (
        progress.TextColumn("{task.description}"), progress.BarColumn(),
        progress.DownloadColumn(), progress.TransferSpeedColumn(), progress.TimeRemainingColumn(),
    )  # fmt: skip
    with progress.Progress(*columns, console=console(stderr=True), transient=True) as bars:
        bar = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


class _Log:
    """Says every few seconds how far it is, how fast, and how long it will take."""

    def __init__(self, title: str) -> None:
        self.title, self.total = title, 0
        self._started = self._said = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int, total: int) -> None:
        self.total, now = total, time.monotonic()
        self._first = done if self._first is None else self._first  # not what an earlier run did
        if now - self._said < LOG_SECONDS or done == total:
            return
        self._said = now
        speed = max(done - self._first, 1) / (now - self._started)
        click.echo(
            f"{self.title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB, {done / total:.0%}, "
            f"{speed / 1e6:.0f} MB/s, {(total - done) / speed:.0f} s to go",
            err=True,
        )
