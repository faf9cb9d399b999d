"""The bar that says which value a colour stands for."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.ticker import FuncFormatter

from pangeo.plot.colours import Colours
from pangeo.plot.figure import Figure
from pangeo.plot.wording import raised, units_of

_MOST_TICKS = 20


def add_colourbar(
    figure: Figure,
    drawn: ScalarMappable,
    beside: Sequence[Axes],
    obj: xr.DataArray,
    colours: Colours,
) -> None:
    """A bar to the right of these axes, with the units above it and a tick at each level.

    An arrow at an end says that values go beyond it.
    """
    bar = figure.colorbar(
        drawn, ax=list(beside), shrink=0.8, aspect=25, pad=0.02, extend=colours.extend
    )
    if colours.levels is not None and colours.levels.size < _MOST_TICKS:
        bar.set_ticks(colours.levels.tolist())
    # What is very small or large is counted in powers of ten, told with the units.
    largest = max(abs(float(end)) for end in (colours.norm.vmin or 0, colours.norm.vmax or 0))
    power = floor(log10(largest)) if largest else 0
    power = 0 if -3 <= power <= 4 else power
    bar.ax.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value / 10**power:.6g}".replace("-", "\N{MINUS SIGN}"))
    )
    factor = f"10{raised(str(power))} " if power else ""
    bar.ax.set_title(f"{factor}{units_of(obj)}".strip(), fontsize=9)
    bar.ax.tick_params(labelsize=8)
