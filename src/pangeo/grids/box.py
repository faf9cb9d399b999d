"""Select a box on the sphere, whatever the order and convention of the axes.

xarray's ``sel(lat=slice(-5, 5))`` gives an empty box without a word where latitude
descends, and ``sel(lon=slice(190, 240))`` one where longitude runs from -180 to 180.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pangeo.errors import SelectionError
from pangeo.grids.axes import axis, rectilinear_axes
from pangeo.grids.observations import take
from pangeo.types import BBox, BBoxLike


def select_box[T: (xr.Dataset, xr.DataArray)](obj: T, bbox: BBoxLike) -> T:
    """The part of a latitude-longitude grid whose cell centres lie in a box, edges included.

    Of observations, whose longitude and latitude lie along one dimension, those in the box.

    Parameters
    ----------
    obj
        Dataset or DataArray with one-dimensional longitude and latitude: the axes of a grid,
        ascending or descending, or positions in any order. Longitude in any convention.
        Stays lazy.
    bbox
        (west, south, east, north) in degrees; west > east crosses the dateline.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        In the order and the longitude convention of ``obj``. Only a box that crosses the seam
        of the axis comes back with longitudes (and their bounds) that run on beyond it, so
        that they stay monotonic; the attribute ``unwrapped`` of the longitude then says so.

    Raises
    ------
    SelectionError
        When no cell centre or observation lies in the box; names the extent of the data.
    AxisError
        When longitude or latitude cannot be told or are not one-dimensional.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> sst = xr.DataArray(np.zeros((3, 4)), coords={"lat": [4, 0, -4], "lon": [0, 90, 180, 270]})
    >>> select_box(sst, (-100, -5, 10, 5)).lon.values
    array([-90,   0])
    """
    box = BBox.of(bbox)
    lon, lat = axis(obj, "longitude"), axis(obj, "latitude")
    if lon.ndim == 1 and lon.dims == lat.dims:
        return _observed_in(obj, lon, lat, box)
    lon, lat = rectilinear_axes(
        obj,
        to="select a box",
        otherwise=f"take it whole and mask by hand: {_mask(obj, box)}",
    )
    rows = _rows(lat.values, box)
    columns = _columns(lon.values, box)
    if not rows.size or not columns.size:
        raise _empty(lon, lat, box)
    obj = obj.isel({lat.name: slice(int(rows[0]), int(rows[-1]) + 1)})
    return _take_columns(obj, lon, columns, box)


def select_longitudes[T: (xr.Dataset, xr.DataArray)](obj: T, west: float, east: float) -> T:
    """The part of a grid between two meridians, both included, as ``select_box`` gives it.

    None of it where no column lies between them.
    """
    lon, box = axis(obj, "longitude"), BBox(west, -90, east, 90)
    columns = _columns(lon.values, box)
    return _take_columns(obj, lon, columns, box) if columns.size else obj.isel({lon.name: []})


def _take_columns[T: (xr.Dataset, xr.DataArray)](
    obj: T, lon: xr.DataArray, columns: np.ndarray, box: BBox
) -> T:
    if columns.size == lon.size and not _is_broken(columns):
        return obj
    if not _is_broken(columns):
        first, last = sorted((int(columns[0]), int(columns[-1])))
        return obj.isel({lon.name: slice(first, last + 1)})
    return _across_seam(obj, lon, columns, box)


def _observed_in[T: (xr.Dataset, xr.DataArray)](
    obj: T, lon: xr.DataArray, lat: xr.DataArray, box: BBox
) -> T:
    """The observations in the box; those without a position are in none."""
    stored = lon.values  # once, for lazy ones are read each time
    values, noise = stored.astype("float64"), tolerance_of(stored)
    in_columns = (values - box.west + noise) % 360 <= box.width + 2 * noise
    rows = _rows(lat.values, box)
    inside = rows[in_columns[rows]]
    if not inside.size:
        raise SelectionError(
            f"the box {box} holds no observation",
            found=f"observations with {_extent(lon)} and {_extent(lat)}",
            expected="a box with at least one position in it, as (west, south, east, north)",
            fix="move or widen the box so that it meets the observations",
        )
    return take(obj, str(lon.dims[0]), inside, f"bbox {box}")


def _mask(obj: xr.Dataset | xr.DataArray, box: BBox) -> str:
    """The line of Python that leaves of the dataset ``ds`` what lies in the box."""
    lon, lat = (f"ds[{axis(obj, name).name!r}]" for name in ("longitude", "latitude"))
    rows = f"({lat} >= {box.south:g}) & ({lat} <= {box.north:g})"
    return f"ds.where({rows} & (({lon} - ({box.west:g})) % 360 <= {box.width:g}))"


def tolerance_of(values: np.ndarray) -> float:
    """Rounding noise of the axis: a float32 axis that says 0.1 holds 0.100000001."""
    dtype = values.dtype if values.dtype.kind == "f" else np.dtype("float64")
    return float(np.finfo(dtype).eps) * 360


def _rows(latitudes: np.ndarray, box: BBox) -> np.ndarray:
    values, noise = latitudes.astype("float64"), tolerance_of(latitudes)
    return np.flatnonzero((values >= box.south - noise) & (values <= box.north + noise))


def _columns(longitudes: np.ndarray, box: BBox) -> np.ndarray:
    """Indices of the columns in the box, ordered from west to east, each meridian once."""
    values, noise = longitudes.astype("float64"), tolerance_of(longitudes)
    if box.width >= 360:
        return np.arange(values.size)
    east_of_west = (values - box.west + noise) % 360
    inside = np.flatnonzero(east_of_west <= box.width + 2 * noise)
    order = inside[np.argsort(east_of_west[inside], kind="stable")]
    if not order.size or np.ptp(values) < 360 - noise:
        return order
    # An axis that holds both 0 and 360 names one meridian twice.
    apart = np.diff(east_of_west[order], prepend=-np.inf) > 2 * noise
    return order if not _is_broken(order) else order[apart]


def _is_broken(columns: np.ndarray) -> bool:
    """Whether the columns, west to east, are two runs of the axis instead of one."""
    return bool((np.abs(np.diff(columns)) != 1).any())


def _across_seam[T: (xr.Dataset, xr.DataArray)](
    obj: T, lon: xr.DataArray, columns: np.ndarray, box: BBox
) -> T:
    """Join the two ends of the axis, with longitudes that run on from the western edge."""
    if lon[0] > lon[-1]:
        columns = columns[::-1]  # keep the order that the dataset has
    name, values = str(lon.name), lon.values.astype("float64")
    turns = np.floor((values[columns] - box.west + tolerance_of(lon.values)) / 360)
    new_lon = xr.DataArray(
        (values[columns] - 360 * turns).astype(_signed(lon.dtype)),
        dims=name,
        attrs={
            **lon.attrs,
            "unwrapped": f"longitudes run on from the western edge, {box.west:g}",
        },
    )
    cut = int(np.flatnonzero(np.abs(np.diff(columns)) != 1)[0]) + 1
    runs = (columns[:cut], columns[cut:])
    pieces = [obj.isel({name: slice(min(run), max(run) + 1)}) for run in runs]
    if isinstance(obj, xr.DataArray):
        joined = _join([piece.to_dataset(name="_") for piece in pieces], name)
        return _with_longitudes(joined, lon, new_lon)["_"].rename(obj.name)
    return _with_longitudes(_join(pieces, name), lon, new_lon)


def _with_longitudes(joined: xr.Dataset, lon: xr.DataArray, new_lon: xr.DataArray) -> xr.Dataset:
    """Set the longitudes, and turn the bounds of each cell to where its centre now is."""
    joined = joined.assign_coords({lon.name: new_lon})
    bounds = lon.attrs.get("bounds", lon.encoding.get("bounds"))
    if bounds not in joined.variables:
        return joined
    joined[lon.name].encoding["bounds"] = bounds
    apart = joined[bounds] - joined[lon.name].astype("float64")
    turned = (joined[bounds] - 360 * np.round(apart / 360)).astype(_signed(joined[bounds].dtype))
    turned = turned.transpose(*joined[bounds].dims).assign_attrs(joined[bounds].attrs)
    return joined.assign({bounds: turned})


def _signed(dtype: np.dtype) -> np.dtype:
    return np.result_type(dtype, np.int8)


def _join(pieces: list[xr.Dataset], dim: str) -> xr.Dataset:
    """Concatenate along ``dim`` only what has it; everything else is the same in all."""
    return xr.concat(
        pieces, dim=dim, data_vars="minimal", coords="minimal",
        compat="override", join="override", combine_attrs="override",
    )  # fmt: skip


def _extent(coord: xr.DataArray) -> str:
    return f"{coord.name} {float(coord.min()):g}..{float(coord.max()):g} ({coord.size} values)"


def _empty(lon: xr.DataArray, lat: xr.DataArray, box: BBox) -> SelectionError:
    middle = {lat.name: (box.south + box.north) / 2, lon.name: box.west + box.width / 2}
    return SelectionError(
        f"the box {box} holds no cell of the grid",
        found=f"a grid with {_extent(lon)} and {_extent(lat)}",
        expected="a box with at least one cell centre in it, as (west, south, east, north)",
        fix="move or widen the box so that it meets the grid; or take of the whole, ds, the cell "
        f"whose centre is nearest: ds.pangeo.sel({middle}, method='nearest')",
    )
