"""How long a map of a quarter of a degree takes, from the field to the PNG, and by cartopy alone.

Both draw the same field in the same projection, with coastlines, at the same number of pixels; in
one process, after imports, in turn.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from statistics import median

import cartopy
import numpy as np
import xarray as xr
from cartopy import crs
from matplotlib.figure import Figure

import pangeo

ROUNDS = 5


def field() -> xr.DataArray:
    lat, lon = np.arange(-89.875, 90, 0.25), np.arange(0.125, 360, 0.25)
    values = np.sin(np.deg2rad(6 * lat))[:, None] * np.cos(np.deg2rad(9 * lon))[None, :]
    return xr.DataArray(values, {"latitude": lat, "longitude": lon}, name="sla")


def by_pangeo(obj: xr.DataArray) -> Figure:
    return pangeo.plot.map(obj)


def by_cartopy(obj: xr.DataArray) -> Figure:
    figure = Figure(figsize=(9, 5), dpi=150)
    axes = figure.add_subplot(projection=crs.Robinson(180))
    drawn = axes.pcolormesh(
        obj.longitude, obj.latitude, obj, transform=crs.PlateCarree(), cmap="RdBu"
    )
    axes.coastlines("110m")
    figure.colorbar(drawn)
    return figure


def seconds(draw: Callable[[xr.DataArray], Figure], obj: xr.DataArray) -> float:
    started = time.perf_counter()
    draw(obj).savefig(io.BytesIO(), format="png")
    return time.perf_counter() - started


def main() -> None:
    cartopy.config["pre_existing_data_dir"] = pangeo.plot.NATURAL_EARTH
    obj = field()
    ways = {"pangeo.plot.map": by_pangeo, "cartopy, pcolormesh": by_cartopy}
    taken = [{name: seconds(way, obj) for name, way in ways.items()} for _ in range(ROUNDS)]
    print(f"{'0.25 degrees, Robinson':24}{'first s':>10}{'median s':>10}")
    for name in ways:
        times = [each[name] for each in taken]
        print(f"{name:24}{times[0]:10.2f}{median(times):10.2f}")
    ratios = [each["cartopy, pcolormesh"] / each["pangeo.plot.map"] for each in taken]
    print(f"cartopy / pangeo: {median(ratios):.1f}")


if __name__ == "__main__":
    main()
