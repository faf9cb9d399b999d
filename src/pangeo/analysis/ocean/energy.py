"""How much kinetic energy is in the eddies, and how much in the mean current."""

from __future__ import annotations

import xarray as xr

from pangeo.analysis.ocean.components import components, is_anomaly
from pangeo.analysis.ocean.provenance import provenance
from pangeo.grids import axis


def eddy_kinetic_energy(currents: xr.Dataset) -> xr.DataArray:
    """The kinetic energy per unit mass of what departs from the mean current, at each time.

    (u'2 + v'2) / 2. The departure is that from the mean over all times there are; currents of
    a sea level *anomaly* (``ugosa``, ``vgosa``) are departures already, from the mean of the
    product, and are taken as they are. The mean over time of the result is the usual map.

    Parameters
    ----------
    currents
        Dataset with eastward and northward velocity in m s-1, told by their standard names or
        by well-known ones. Stays lazy.

    Returns
    -------
    xarray.DataArray
        ``eke``, as the currents are shaped, in m2 s-2. The attribute ``comment`` says from
        which mean it departs.

    Raises
    ------
    InputError
        When the pair of velocities cannot be told or has other units.
    AxisError
        When the currents are no departures, and there is no time to take their mean over.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import pangeo
    >>> time = np.arange("2000-01-01", "2000-01-05", dtype="datetime64[D]").astype("M8[ns]")
    >>> said = {"units": "m s-1"}
    >>> currents = xr.Dataset({"u": ("time", [1.0, 3, 1, 3], said),
    ...                        "v": ("time", [2.0, 2, 2, 2], said)}, {"time": time})
    >>> pangeo.ocean.eddy_kinetic_energy(currents).values
    array([0.5, 0.5, 0.5, 0.5])
    """
    u, v = components(currents)
    origin = provenance(currents, u)
    if is_anomaly(u):
        base = "of the product, which its anomalies have taken off"
    else:
        time = str(axis(currents, "time").name)
        u, v = (each - each.mean(time) for each in (u, v))
        base = f"over the {currents.sizes.get(time, 1)} times of the data"
    energy = 0.5 * (u**2 + v**2)
    return energy.rename("eke").assign_attrs(
        origin
        | {
            "long_name": "eddy kinetic energy",
            "units": "m2 s-2",
            "comment": f"(u'2 + v'2) / 2, departures from the mean {base}",
        }
    )


def mean_kinetic_energy(currents: xr.Dataset) -> xr.DataArray:
    """The kinetic energy per unit mass of the mean current over time.

    Together with the mean of :func:`eddy_kinetic_energy` over the same times it is the mean of
    the whole kinetic energy.

    Parameters
    ----------
    currents
        As for :func:`eddy_kinetic_energy`.

    Returns
    -------
    xarray.DataArray
        ``mke``, as the currents but without time, in m2 s-2.

    Raises
    ------
    InputError
        When the pair of velocities cannot be told or has other units.
    AxisError
        When there is no time axis.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import pangeo
    >>> time = np.arange("2000-01-01", "2000-01-05", dtype="datetime64[D]").astype("M8[ns]")
    >>> said = {"units": "m s-1"}
    >>> currents = xr.Dataset({"u": ("time", [1.0, 3, 1, 3], said),
    ...                        "v": ("time", [2.0, 2, 2, 2], said)}, {"time": time})
    >>> float(pangeo.ocean.mean_kinetic_energy(currents))
    4.0
    """
    u, v = components(currents)
    time = str(axis(currents, "time").name)
    energy = 0.5 * (u.mean(time) ** 2 + v.mean(time) ** 2)
    return energy.rename("mke").assign_attrs(
        provenance(currents, u)
        | {
            "long_name": "kinetic energy of the mean current",
            "units": "m2 s-2",
            "comment": f"of the mean over {currents.sizes.get(time, 1)} times",
        }
    )
