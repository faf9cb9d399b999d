"""The Niño 3.4 index: how warm the middle of the equatorial Pacific is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import xarray as xr

from pangeo.analysis.coarse import coarse
from pangeo.analysis.given import given_year
from pangeo.analysis.monthly import anomaly
from pangeo.analysis.months import check_monthly, dated_by_middle, time_axis
from pangeo.analysis.recording import recorded
from pangeo.analysis.statistics import mean
from pangeo.analysis.temperature import check_temperature
from pangeo.errors import InputError
from pangeo.grids import find_axes, rectilinear_axes, select_box
from pangeo.types import BBox, TimeLike

NINO34 = BBox(-170, -5, -120, 5)
REGION_BYTES = 2**28
THRESHOLD = 0.5  # degC; El Niño above, La Niña below its negative

_STANDARD_NAMES = (
    "sea_surface_temperature",
    "sea_surface_foundation_temperature",
    "sea_surface_subskin_temperature",
    "sea_surface_skin_temperature",
    "surface_temperature",
    "sea_water_potential_temperature",
    "sea_water_conservative_temperature",
    "sea_water_temperature",
)

_REFERENCES = (
    "Trenberth, K. E., 1997: The Definition of El Niño. Bull. Amer. Meteor. Soc., 78, 2771-2777, "
    "doi:10.1175/1520-0477(1997)078<2771:TDOENO>2.0.CO;2; "
    "NOAA Climate Prediction Center, Monthly Atmospheric and SST Indices"
)


@recorded
def nino34(
    sst: xr.Dataset | xr.DataArray,
    *,
    climatology: xr.Dataset | xr.DataArray | TimeLike | Sequence[float] | None = None,
    window: int = 3,
) -> xr.DataArray:
    """The Niño 3.4 index in degC: El Niño above +0.5, La Niña below -0.5.

    The monthly anomaly of sea surface temperature in 5N-5S, 170W-120W, each cell weighing as
    much as its area, then a running mean of ``window`` months.

    Parameters
    ----------
    sst
        Monthly sea surface temperature, K or degC, (time, latitude, longitude), any calendar,
        either longitude convention, either order of latitude; or a Dataset that holds it.
        Stays lazy, and only the box is read. A step belongs to a month as in
        :func:`climatology`: by its time bounds, where ``sst`` holds them.
    climatology
        What the anomaly is against: None is the mean year of ``sst`` itself; a base period
        such as ``"1991/2020"`` is that of this part of ``sst``; or a mean year that is given:
        per cell, with the dimension ``month``, or as twelve numbers for the box, January
        first. An anomaly on four years is not NOAA's on thirty.
    window
        Months in the running mean, which is labelled by its last month; 1 for none.

    Returns
    -------
    xarray.DataArray
        ``nino34`` (time), degC. The first ``window - 1`` months are NaN, and so is a mean with a
        missing month in it. The attributes say which climatology and window were used and
        carry those of the data along.

    Raises
    ------
    InputError
        When no variable is the sea surface temperature, its units are none of temperature,
        the steps are not one month apart (a gap is refused, not averaged across), the data
        cover only a part of the box, or the climatology does not fit.
    AxisError, SelectionError
        When an axis cannot be told, or no cell lies in the box.

    References
    ----------
    Trenberth (1997), The Definition of El Niño, doi:10.1175/1520-0477(1997)078<2771:TDOENO>2.0.CO;2

    Examples
    --------
    >>> import pangeo
    >>> index = pangeo.analysis.nino34(pangeo.samples.open("ostia_monthly"))
    >>> f"{float(index.sel(time='2009-12').squeeze()):+.1f} {index.units}"
    '+1.3 degC'
    """
    region = box_of(sea_surface_temperature(sst), NINO34, "Niño 3.4")
    time = time_axis(region)
    check_monthly(time)
    _check_window(window, time.size)
    given = given_year(climatology)
    if given is None:
        monthly = mean(anomaly(region, climatology=cast("TimeLike | None", climatology)))
    else:
        monthly = against(region, given_field(given, region), NINO34)
    # One short series: a single chunk, or the running mean would be a task per month.
    series = monthly.chunk({time.name: -1}) if monthly.chunks else monthly
    index = series.rolling({time.name: window}).mean(keep_attrs=True) if window > 1 else series
    index = index.assign_coords({time.name: sst[time.name]})
    return index.rename("nino34").assign_attrs(_attributes(sst, monthly, window))


def sea_surface_temperature(sst: xr.Dataset | xr.DataArray) -> xr.DataArray:
    """The variable that is the temperature of the sea surface, without levels."""
    if isinstance(sst, xr.DataArray):
        field = dated_by_middle(sst)
    else:
        field = _variable(dated_by_middle(sst))
    check_temperature(field)
    level = find_axes(field).vertical
    if level in field.dims:
        raise InputError(
            f"{field.name!r} has levels, and only the surface makes the index",
            found=f"{field.sizes[level]} levels along {level!r}",
            expected="the sea surface alone",
            fix=f"choose it: sst.isel({level}=0), if that is the uppermost",
        )
    return field


def _variable(ds: xr.Dataset) -> xr.DataArray:
    axes = find_axes(ds)
    wanted = {axes.longitude, axes.latitude, axes.time}
    fields = list(ds.data_vars.values())
    gridded = [field for field in fields if wanted <= set(field.dims)]
    for standard_name in _STANDARD_NAMES:
        named = [field for field in fields if field.attrs.get("standard_name") == standard_name]
        if named:
            gridded = [field for field in named if wanted <= set(field.dims)] or named
            break
    if len(gridded) == 1:
        return gridded[0]
    names = {str(f.name): f.attrs.get("standard_name", "no standard_name") for f in gridded}
    raise InputError(
        "cannot tell which variable is the sea surface temperature",
        found=f"variables {names or [str(name) for name in ds.data_vars]}",
        expected="one on (time, latitude, longitude) with standard_name='sea_surface_temperature'",
        fix="choose it: nino34(ds['NAME'])",
    )


def _check_window(window: int, months: int) -> None:
    if not isinstance(window, int) or not 1 <= window <= months:
        raise InputError(
            "cannot take this running mean",
            found=f"window={window!r}",
            expected=f"a whole number of months from 1 to the {months} there are",
            fix="window=3 for the index, window=5 for Trenberth's, window=1 for none",
        )


def box_of(field: xr.DataArray, box: BBox, called: str) -> xr.DataArray:
    """The cells in the box, which must reach its edges to within one cell."""
    region = select_box(field, box)
    lon, lat = rectilinear_axes(region, to="cut the box", otherwise="")
    whole_lon, whole_lat = (field[coord.name].values.astype(float) for coord in (lon, lat))
    east_of_west = (lon.values.astype(float) - box.west + 180) % 360 - 180
    rows = lat.values.astype(float)
    reach = {
        f"{lat.name} {lat.min():g}..{lat.max():g}": (
            rows - box.south, box.north - rows, whole_lat,
        ),
        f"{lon.name} {lon.min():g}..{lon.max():g}": (
            east_of_west, box.width - east_of_west, whole_lon,
        ),
    }  # fmt: skip
    for extent, (before, after, whole) in reach.items():
        if whole.size > 1 and max(before.min(), after.min()) > 1.01 * _step(whole):
            raise InputError(
                f"the data cover only a part of the {called} box",
                found=f"cells at {extent} of it",
                expected=f"{extent_of(box)}, to within one cell",
                fix="take data that cover the box, or average what there is with analysis.mean",
            )
    return coarse_region(region)


def coarse_region(region: xr.DataArray) -> xr.DataArray:
    """A region that fits into memory in chunks that are read once, for mean year and anomaly.

    A larger one is left as it is stored, and read once for each.
    """
    if region.nbytes > REGION_BYTES:
        return region
    return region.copy(data=coarse(region.variable, max(2**20, region.nbytes // 8))._data)


def extent_of(box: BBox) -> str:
    """As climatologists write it: ``5S to 5N and 170W to 120W``."""
    south, north = (
        f"{abs(y):g}{'S' if y < 0 else 'N' if y > 0 else ''}" for y in (box.south, box.north)
    )
    degrees = ((x + 180) % 360 - 180 for x in (box.west, box.east))
    west, east = (f"{abs(x):g}{'W' if x < 0 else 'E'}" for x in degrees)
    return f"{south} to {north} and {west} to {east}"


def _step(values: np.ndarray) -> float:
    return float(np.median(np.abs(np.diff(values))))


def given_field(climatology: xr.Dataset | xr.DataArray, region: xr.DataArray) -> xr.DataArray:
    """The climatology itself, or that variable of a Dataset which is meant."""
    if isinstance(climatology, xr.DataArray):
        return climatology
    if region.name in climatology.data_vars:
        return climatology[region.name]
    if len(climatology.data_vars) == 1:
        return next(iter(climatology.data_vars.values()))
    raise InputError(
        "cannot tell which variable is the climatology",
        found=f"variables {[str(name) for name in climatology.data_vars]}",
        expected=f"one called {region.name!r}, or only one",
        fix="choose it: climatology=ds['NAME']",
    )


def against(region: xr.DataArray, given: xr.DataArray, box: BBox) -> xr.DataArray:
    """The monthly anomaly of the box against a climatology of its cells or of the box."""
    axes = find_axes(given)
    if axes.longitude in given.dims and axes.latitude in given.dims:
        return mean(anomaly(region, climatology=select_box(given, box)))
    return anomaly(mean(region), climatology=given)


def _attributes(
    sst: xr.Dataset | xr.DataArray, monthly: xr.DataArray, window: int
) -> dict[str, object]:
    running = f", {window}-month running mean, labelled by its last month" if window > 1 else ""
    label = {"window_label": "last month"} if window > 1 else {}
    provenance = {key: sst.attrs[key] for key in sst.attrs if str(key).startswith("pangeo_")}
    return (
        provenance
        | label
        | {
            "long_name": "Niño 3.4 index",
            "units": "degC",
            "units_metadata": "temperature: difference",
            "definition": "area-weighted mean over 5N-5S, 170W-120W of the monthly anomaly of sea "
            f"surface temperature{running}",
            "climatology": monthly.attrs["climatology"],
            "window": window,
            "thresholds": [-THRESHOLD, THRESHOLD],
            "phases": "La Niña, El Niño",  # below the first threshold, above the second
            "references": _REFERENCES,
        }
    )
