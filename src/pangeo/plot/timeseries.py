"""A series in time, and where it is beyond its thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.ticker import StrMethodFormatter

from pangeo.errors import InputError
from pangeo.grids import axis
from pangeo.plot.dates import drawable_dates
from pangeo.plot.figure import Figure
from pangeo.plot.wording import name_of, units_of

# The ends of ColorBrewer's RdBu, which the colour-blind tell apart.
ABOVE, BELOW = "#b2182b", "#2166ac"
_INK, _QUIET = "#222222", "#6b6b6b"
WIDEST = 120  # letters of a line under the title


def series(
    obj: xr.DataArray, *, thresholds: Sequence[float] | None = None, title: str | None = None
) -> Figure:
    """A figure of a series in time, with what is beyond its thresholds in red and blue.

    Parameters
    ----------
    obj
        DataArray along time alone, in any calendar. Computed if it is lazy.
    thresholds
        (low, high): above high is filled red, below low blue; ``(0, 0)`` fills an anomaly about
        zero. None takes the attribute
        ``thresholds``, as an index of :mod:`pangeo.analysis` has it; without it only the line
        is drawn.
    title
        None takes the ``long_name``.

    Returns
    -------
    matplotlib.figure.Figure
        Neither shown nor known to pyplot. A subtitle states the running mean and the
        climatology, from the attributes. Save it with ``savefig``; in a notebook it shows as
        the last expression of a cell.

    Raises
    ------
    InputError
        When ``obj`` is not along time alone, has no values, or the thresholds are not a pair.
    AxisError
        When there is no time axis.

    Examples
    --------
    >>> import pangeo
    >>> index = pangeo.analysis.nino34(pangeo.samples.open("ostia_monthly"))
    >>> figure = pangeo.plot.series(index)
    >>> figure.axes[0].get_title(loc="left")
    'Niño 3.4 index'
    """
    time = _check_series(obj)
    pair = _pair(obj.attrs.get("thresholds") if thresholds is None else thresholds)
    x, y = drawable_dates(time), obj.values.astype("float64")
    if not np.isfinite(y).any():
        raise _bad("there is nothing to draw", f"{y.size} steps, all missing", "some values")
    figure = Figure(figsize=(9, 4), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    if pair is not None:
        _fill(axes, x, y, pair)
        if pair[0] < pair[1]:
            _name_phases(axes, obj, pair)
    alone = np.isfinite(y).sum() == 1
    axes.plot(x, y, color=_INK, linewidth=1.3, marker="o" if alone else None, label=obj.name)
    _headline(axes, obj, title)
    _dress(axes, obj, x)
    return figure


def _check_series(obj: xr.DataArray) -> xr.DataArray:
    if not isinstance(obj, xr.DataArray):
        raise _bad(
            "a series is one variable",
            f"{type(obj).__name__} {[str(name) for name in getattr(obj, 'data_vars', [])]}",
            "a DataArray: series(ds['NAME'])",
        )
    time = axis(obj, "time")
    if obj.dims != time.dims:
        raise _bad(
            f"{obj.name!r} is not a series in time alone",
            f"dimensions {dict(obj.sizes)}",
            f"{time.name!r} alone: average or select the others first",
        )
    return time


def _pair(thresholds: Sequence[float] | None) -> tuple[float, float] | None:
    if thresholds is None:
        return None
    try:
        low, high = (float(value) for value in thresholds)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not low <= high:
        raise _bad("these are no thresholds", f"{thresholds!r}", "a pair (low, high)")
    return low, high


def _bad(problem: str, found: str, expected: str) -> InputError:
    return InputError(
        f"cannot draw the series: {problem}",
        found=found,
        expected=expected,
        fix="for example pangeo.plot.series(ds['sst'].pangeo.mean(), thresholds=(26, 28))",
    )


def _fill(axes: Axes, x: np.ndarray, y: np.ndarray, pair: tuple[float, float]) -> None:
    """Pale from the middle of the thresholds to the line, full colour beyond a threshold."""
    low, high = pair
    middle = (low + high) / 2
    for edge, where, colour in ((high, y >= middle, ABOVE), (low, y <= middle, BELOW)):
        beyond = y >= high if colour == ABOVE else y <= low
        axes.fill_between(
            x, middle, y, where=where, interpolate=True, color=colour, alpha=0.22, linewidth=0
        )
        axes.fill_between(
            x, edge, y, where=beyond, interpolate=True, color=colour, alpha=0.85, linewidth=0
        )
        axes.axhline(edge, color=colour, linewidth=0.9, linestyle=(0, (5, 3)))
    axes.axhline(middle, color=_INK, linewidth=0.8)
    reach = 1.1 * max(np.nanmax(np.abs(y - middle)), 2 * (high - middle))
    axes.set_ylim(middle - reach, middle + reach)


def _name_phases(axes: Axes, obj: xr.DataArray, pair: tuple[float, float]) -> None:
    """The name and the threshold of each phase, in the margin where no data can be."""
    names = [name.strip() for name in str(obj.attrs.get("phases", "below, above")).split(",")]
    bottom, top = axes.get_ylim()
    ends = ((pair[0], bottom, "<", BELOW), (pair[1], top, ">", ABOVE))
    for name, (edge, end, sign, colour) in zip(names, ends, strict=True):
        axes.text(
            1.015, (edge + end) / 2, f"{name}\n{sign} {_number(edge)} {units_of(obj)}".rstrip(),
            transform=axes.get_yaxis_transform(), color=colour, weight="bold",
            fontsize=10, va="center", linespacing=1.5,
        )  # fmt: skip


def _number(value: float) -> str:
    return f"{value:+g}".replace("-", "\N{MINUS SIGN}")


def _headline(axes: Axes, obj: xr.DataArray, title: str | None) -> None:
    heading = title or name_of(obj)
    subtitle = _subtitle(obj)
    room = 10 + 14 * (1 + subtitle.count("\n")) if subtitle else 10
    axes.set_title(heading, loc="left", weight="bold", fontsize=13, pad=room)
    if subtitle:
        axes.annotate(
            subtitle, (0, 1), (0, 8), xycoords="axes fraction", textcoords="offset points",
            color=_QUIET, fontsize=9, va="bottom",
        ).set_in_layout(False)  # fmt: skip  # a long name must not narrow the axes


def _subtitle(obj: xr.DataArray) -> str:
    """How the series was made, as far as its attributes say."""
    said = []
    window = int(obj.attrs.get("window", 1))
    if window > 1:
        label = obj.attrs.get("window_label")
        labelled = f", labelled by its {label}" if label else ""
        said.append(f"{window}-month running mean{labelled}")
    if "climatology" in obj.attrs:
        base = str(obj.attrs["climatology"]).replace("..", " to ")
        said.append(f"climatology: {base}")
    if "pangeo_dataset" in obj.attrs:
        said.append(f"data: {obj.attrs['pangeo_dataset']}")
    lines: list[str] = []
    for part in said:
        if lines and len(lines[-1]) + len(part) < WIDEST:
            lines[-1] += f"   ·   {part}"
        else:
            lines.append(part)
    return "\n".join(lines)


def _dress(axes: Axes, obj: xr.DataArray, x: np.ndarray) -> None:
    """Axes that can be read, and no ink that says nothing."""
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = mdates.ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
    if x.size > 1:
        axes.set_xlim(x.min(), x.max())
    difference = "difference" in str(obj.attrs.get("units_metadata", ""))
    units = units_of(obj)
    axes.set_ylabel(f"Anomaly ({units})" if difference else units, color=_INK)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_QUIET)
    axes.tick_params(colors=_INK, color=_QUIET, labelsize=9)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
