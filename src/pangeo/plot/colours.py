"""Which colours a variable is drawn in, and what value each stands for."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import matplotlib
import numpy as np
import xarray as xr
from matplotlib import colors
from matplotlib.ticker import MaxNLocator

from pangeo.errors import InputError

# Words of the standard name, the long name or the name, and the colormap of cmocean for it.
# The first that is found decides: "anomaly" before "temperature".
_BY_WORD = {
    "anomaly": "balance", "trend": "balance", "difference": "balance",
    "sea_surface_height_above_sea_level": "balance", "vorticity": "curl",
    "kinetic": "amp", "eke": "amp", "mke": "amp", "variance": "amp", "deviation": "amp",
    "velocity": "balance", "ugos": "balance", "vgos": "balance", "sla": "balance",
    "speed": "speed", "oxygen": "deep_r", "o2": "deep_r", "temperature": "thermal",
    "tos": "thermal", "sst": "thermal", "salinity": "haline", "density": "dense",
    "chlorophyll": "algae", "ice": "ice", "precipitation": "rain", "depth": "deep",
}  # fmt: skip
_DIVERGING = ("balance", "curl")  # drawn about a middle
_SPARED = (1.0, 99.0)  # percentiles: a few cells must not take the colours of all others

LEVELS = 12  # about so many, where contours are asked for without any

type Extend = Literal["neither", "min", "max", "both"]


@dataclass(frozen=True, slots=True)
class Colours:
    """A colormap, the norm that leads to it, and the levels between which colours are one."""

    cmap: colors.Colormap
    norm: colors.Normalize
    levels: np.ndarray | None
    extend: Extend

    @property
    def of_cells(self) -> tuple[colors.Colormap, colors.Normalize]:
        """Colormap and norm for cells: with levels, of one colour between each two."""
        if self.levels is None:
            return self.cmap, self.norm
        middles = (self.levels[:-1] + self.levels[1:]) / 2
        below, above = self.extend in ("min", "both"), self.extend in ("max", "both")
        low, high = self.cmap(0.0), self.cmap(1.0)
        tones = [*([low] * below), *self.cmap(self.norm(middles)), *([high] * above)]
        steps, norm = colors.from_levels_and_colors(list(self.levels), tones, extend=self.extend)
        return steps, norm


def colours_of(
    obj: xr.DataArray,
    *,
    levels: int | Sequence[float] | None,
    center: float | None,
    limits: Sequence[float] | None,
    cmap: str | colors.Colormap | None,
) -> Colours:
    """The colours of a variable, from what is asked for, else from what it is.

    Raises
    ------
    InputError
        When there is no such colormap, the levels do not ascend, or the middle is not
        between the limits.
    """
    if obj.dtype.kind not in "iufb":
        raise InputError(
            f"cannot draw {obj.name!r}: these are no numbers",
            found=f"{obj.dtype}",
            expected="integers, floats or booleans",
            fix="draw what can be measured of them: a length, or a number of each",
        )
    values = obj.values.astype("float64")
    values = values[np.isfinite(values)]
    if not values.size:
        raise InputError(
            f"cannot draw {obj.name!r}: there is nothing to draw",
            found=f"{obj.size} values, all missing",
            expected="some values",
            fix="choose a time, a depth or a box with values in it",
        )
    chosen = _colormap(obj, cmap)
    both_ways = center is None and cmap is None and _diverges(chosen)
    center = 0.0 if both_ways and values.min() < 0 < values.max() else center
    low, high = _limits(values, center, limits)
    steps = _levels(levels, low, high)
    if steps is not None:
        low, high = float(steps[0]), float(steps[-1])
    if both_ways and not low < 0 < high:
        center = None
    norm = _norm(low, high, center)
    below, above = bool(values.min() < low), bool(values.max() > high)
    extend: Extend = (
        "both" if below and above else "min" if below else "max" if above else "neither"
    )
    return Colours(chosen, norm, steps, extend)


def check_style(style: str) -> str:
    """The style, if it is one of a map, a section or a Hovmöller diagram."""
    if style not in ("cells", "contours"):
        raise InputError(
            "there is no such style",
            found=f"style={style!r}",
            expected="'cells' or 'contours'",
            fix="'contours' fills between levels, 'cells' shows the values as they are",
        )
    return style


def _colormap(obj: xr.DataArray, cmap: str | colors.Colormap | None) -> colors.Colormap:
    if isinstance(cmap, colors.Colormap):
        return cmap
    if cmap is None:
        said = " ".join(str(obj.attrs.get(key, "")) for key in ("standard_name", "long_name"))
        words = set(f"{said} {said.replace('_', ' ')} {obj.name}".lower().split())
        cmap = next((name for word, name in _BY_WORD.items() if word in words), "viridis")
    with warnings.catch_warnings():
        # cmocean 4.0 still counts the colours of its lists, which matplotlib 3.11 warns of.
        warnings.simplefilter("ignore", matplotlib.MatplotlibDeprecationWarning)
        import cmocean
    if cmap in cmocean.cm.cmap_d:
        found: colors.Colormap = cmocean.cm.cmap_d[cmap]
        return found
    if cmap in matplotlib.colormaps:
        return matplotlib.colormaps[cmap]
    raise InputError(
        f"there is no colormap {cmap!r}",
        found=f"cmap={cmap!r}",
        expected=f"a name of matplotlib, or of cmocean: {', '.join(cmocean.cm.cmapnames)}",
        fix="leave it out to have the one that goes with the variable",
    )


def _diverges(cmap: colors.Colormap) -> bool:
    return cmap.name.removeprefix("cmo.") in _DIVERGING


def _limits(
    values: np.ndarray, center: float | None, limits: Sequence[float] | None
) -> tuple[float, float]:
    if limits is not None:
        low, high = (float(end) for end in limits)
        if not low < high:
            raise _wrong("limits", limits, "a pair (lowest, highest)")
        return low, high
    low, high = (float(end) for end in np.percentile(values, _SPARED))
    if low == high:
        low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    if center is not None:
        reach = max(abs(high - center), abs(center - low))
        low, high = center - reach, center + reach
    return low, high


def _levels(levels: int | Sequence[float] | None, low: float, high: float) -> np.ndarray | None:
    if levels is None:
        return None
    if isinstance(levels, int):
        return np.asarray(MaxNLocator(nbins=levels, min_n_ticks=1).tick_values(low, high))
    steps = np.asarray(levels, "float64")
    if steps.ndim != 1 or steps.size < 2 or not (np.diff(steps) > 0).all():
        raise _wrong("levels", levels, "a number of levels, or two or more that ascend")
    return steps


def _norm(low: float, high: float, center: float | None) -> colors.Normalize:
    if center is None:
        return colors.Normalize(low, high)
    if not low < center < high:
        raise _wrong("center", center, f"a value between the lowest and highest, {low:g}, {high:g}")
    return colors.TwoSlopeNorm(vmin=low, vcenter=center, vmax=high)


def _wrong(what: str, found: object, expected: str) -> InputError:
    return InputError(
        f"cannot colour with these {what}",
        found=f"{what}={found!r}",
        expected=expected,
        fix="for example levels=[0, 30, 60, 120], center=60, limits=(0, 120)",
    )
