"""Indices of El Niño: the monthly anomaly of sea surface temperature in a box of the Pacific."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import xarray as xr

from pangeo.analysis.given import given_year
from pangeo.analysis.monthly import anomaly
from pangeo.analysis.months import check_monthly, month_numbers, time_axis
from pangeo.analysis.nino import (
    against,
    box_of,
    extent_of,
    given_field,
    sea_surface_temperature,
)
from pangeo.analysis.recording import recorded
from pangeo.analysis.statistics import mean
from pangeo.errors import InputError
from pangeo.types import BBox, BBoxLike, TimeLike

NINO34 = BBox(-170, -5, -120, 5)
BOXES = {
    "nino12": BBox(-90, -10, -80, 0),
    "nino3": BBox(-150, -5, -90, 5),
    "nino34": NINO34,
    "nino4": BBox(160, -5, -150, 5),
    "oni": NINO34,
}
_CALLED = {
    "nino12": "Niño 1+2", "nino3": "Niño 3", "nino34": "Niño 3.4", "nino4": "Niño 4", "oni": "ONI",
}  # fmt: skip
_SOURCE = (
    "NOAA Climate Prediction Center, Monthly Atmospheric and SST Indices, "
    "https://www.cpc.ncep.noaa.gov/data/indices/; "
    "Trenberth, K. E., 1997: The Definition of El Niño. Bull. Amer. Meteor. Soc., 78, 2771-2777"
)
_ONI_SOURCE = (
    "NOAA Climate Prediction Center, Oceanic Niño Index: three-month running mean of the Niño 3.4 "
    "anomaly against centred 30-year base periods, https://www.cpc.ncep.noaa.gov/products/"
    "analysis_monitoring/ensostuff/ONI_v5.php"
)


@recorded
def index(
    sst: xr.Dataset | xr.DataArray, name: str | BBoxLike = "nino34", *,
    climatology: xr.Dataset | xr.DataArray | TimeLike | Sequence[float] | None = None,
    window: int | None = None,
) -> xr.DataArray:  # fmt: skip
    """A monthly index of sea surface temperature: Niño 1+2, 3, 3.4, 4, ONI, or of any box.

    The anomaly in the box, each cell weighing as much as its area, in degC; then a running mean
    of ``window`` months, labelled by the one in its middle, as NOAA does.

    Parameters
    ----------
    sst
        Sea surface temperature, K or degC, (time, latitude, longitude), monthly or with shorter
        steps, of which the mean of each month is taken; or a Dataset that holds it. Stays
        lazy, and only the box is read.
    name
        ``"nino12"`` (10S-0, 90W-80W), ``"nino3"`` (5S-5N, 150W-90W), ``"nino34"`` (5S-5N,
        170W-120W), ``"nino4"`` (5S-5N, 160E-150W), ``"oni"`` (Niño 3.4, three months), or
        (west, south, east, north) in degrees.
    climatology
        What the anomaly is against, as in :func:`anomaly`: the mean year of ``sst`` itself, of a
        base period such as ``"1991/2020"``, or one that is given. NOAA's ONI moves its base
        every five years; with a fixed one values differ by some tenths in decades far from it.
    window
        Months in the running mean, an odd number; 3 for the ONI, else 1.

    Returns
    -------
    xarray.DataArray
        (time), degC, with the definition, the climatology and the source in its attributes. A
        month without data is missing, and so is a running mean with it.

    Raises
    ------
    InputError
        When the index is not known, no variable is the sea surface temperature, the data cover
        only a part of the box, or the climatology does not fit.
    AxisError, SelectionError
        When an axis cannot be told, or no cell lies in the box.

    Examples
    --------
    >>> import pangeo
    >>> sst = pangeo.samples.open("ostia_monthly")
    >>> oni = pangeo.analysis.index(sst, "oni")
    >>> f"{float(oni.sel(time='2009-12').squeeze()):+.1f} {oni.units}"
    '+1.5 degC'
    """
    box, called = _box(name)
    window = (3 if name == "oni" else 1) if window is None else window
    field = sea_surface_temperature(sst)
    region = box_of(field, box, called)
    time = time_axis(region)
    given = given_year(climatology)
    if given is None:
        series = mean(anomaly(region, climatology=cast("TimeLike | None", climatology)))
    else:
        series = against(region, given_field(given, region), box)
    monthly, base = _monthly(series, str(time.name)), series.attrs["climatology"]
    if window != 1:
        monthly = _running(monthly, str(time.name), window)
    if (np.diff(month_numbers(time)) == 1).all():  # as the steps were
        monthly = monthly.assign_coords({time.name: sst[time.name]})
    provenance = {key: sst.attrs[key] for key in sst.attrs if str(key).startswith("pangeo_")}
    running = f", {window}-month running mean, labelled by its middle" if window > 1 else ""
    return monthly.rename(name if isinstance(name, str) else "index").assign_attrs(
        provenance
        | {
            "long_name": f"{called} index",
            "units": "degC",
            "units_metadata": "temperature: difference",
            "definition": f"area-weighted mean over {extent_of(box)} of the monthly anomaly of "
            f"sea surface temperature{running}",
            "climatology": base,
            "window": window,
            "references": _ONI_SOURCE if name == "oni" else _SOURCE,
        }
    )


def _box(name: str | BBoxLike) -> tuple[BBox, str]:
    if not isinstance(name, str):
        box = BBox.of(name)
        return box, extent_of(box)
    if name not in BOXES:
        raise InputError(
            "no such index", found=f"name={name!r}",
            expected=f"one of {list(BOXES)}, or (west, south, east, north)",
            fix="correct the name; pangeo.analysis.mean(anomaly, bbox=...) is of any field",
        )  # fmt: skip
    return BOXES[name], _CALLED[name]


def _monthly(series: xr.DataArray, time: str) -> xr.DataArray:
    """One value a month; a series is short, so it may be one chunk."""
    whole = series.chunk({time: -1}) if series.chunks else series
    numbers = month_numbers(whole[time])
    if (np.diff(numbers) == 1).all():
        return whole
    if (np.diff(numbers) < 0).any():
        check_monthly(whole[time])
    from pangeo.analysis.periods import resample

    return resample(whole, "month")


def _running(series: xr.DataArray, time: str, window: Any) -> xr.DataArray:
    if not isinstance(window, int) or window % 2 == 0 or not 1 <= window <= series.sizes[time]:
        raise InputError(
            "cannot take this running mean", found=f"window={window!r}",
            expected=f"an odd number of months up to the {series.sizes[time]} there are",
            fix="window=3 for the ONI, window=5 for Trenberth's, window=1 for none",
        )  # fmt: skip
    from pangeo.analysis.periods import rolling

    return rolling(series, window, centered=True)
