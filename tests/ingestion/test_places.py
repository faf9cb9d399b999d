"""Boxes on the axes that files have: beyond 360 degrees, in capitals, known by one sign only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pangeo
from pangeo.errors import AxisError

BEYOND = {
    "sst/coads_climatology.cdf": ("COADSX", "COADSY", "SST"),
    "wind/monthly_navy_winds.cdf": ("FNOCX", "FNOCY", "UWND"),
    "ocean/levitus_climatology.cdf": ("XAXLEVITR", "YAXLEVITR", "TEMP"),
    "mask/etopo40.cdf": ("ETOPO40X", "ETOPO40Y", "ROSE"),
}
BOXES = [
    (170, -10, -120, 10),  # over the dateline
    (0, -5, 10, 5),  # stands at 360 to 370
    (350, -5, 380, 5),
    (-30, -20, 30, 20),  # over the seam of the axis
    (19, 0, 21, 10),
    (-180, -90, 180, 90),
]


@pytest.mark.parametrize("name", BEYOND)
def test_a_box_on_longitudes_beyond_360(data_folder: Path, name: str) -> None:
    x, y, field = BEYOND[name]
    said = {"TIME": {"units": "hours since 2000-01-01"}} if "coads" in name else None
    pangeo.ingest(data_folder / name, "beyond", attributes=said)
    with xr.open_dataset(data_folder / name, engine="scipy", decode_times=False) as raw:
        whole = raw[field].load()
    for west, south, east, north in BOXES:
        found = pangeo.open("beyond", bbox=(west, south, east, north))
        end = east if west < east else east + 360
        turned = whole[x].values[:, None] + [-360, 0, 360]
        columns = np.flatnonzero(((west <= turned) & (turned <= end)).any(1))
        rows = np.flatnonzero((whole[y].values >= south) & (whole[y].values <= north))
        wanted = whole.isel({x: columns, y: rows})
        # The same cells, each with its values, whatever turn of the circle they are given in.
        ours = found[field].assign_coords({x: np.round(found[x] % 360, 4)}).sortby(x)
        theirs = wanted.assign_coords({x: np.round(wanted[x] % 360, 4)}).sortby(x)
        np.testing.assert_array_equal(ours[x].values, theirs[x].values)
        np.testing.assert_array_equal(ours.values, theirs.values)
        assert (np.diff(found[x].values) > 0).all()


SIGNS = [
    ("XAX_1", "YAX_1", {"units": "degrees_east"}, {"units": "degrees_north"}),
    ("XAX_1", "YAX_1", {"units": "Degree_E"}, {"units": "DEGREES_N"}),
    ("X", "Y", {"standard_name": "longitude"}, {"standard_name": "latitude"}),
    ("LONGITUDE", "LATITUDE", {}, {}),
    ("Lon", "Lat", {"units": "degrees"}, {"units": "degrees"}),
    ("nav_lon", "nav_lat", {}, {}),
]


@pytest.mark.parametrize(("x", "y", "lon", "lat"), SIGNS, ids=lambda each: str(each))
def test_axes_that_are_known_by_one_sign(make_file, x: str, y: str, lon: dict, lat: dict) -> None:
    def change(ds: xr.Dataset) -> xr.Dataset:
        ds = ds.rename(lon=x, lat=y, time="T")
        ds[x].attrs, ds[y].attrs = lon, lat
        return ds

    pangeo.ingest(make_file(change=change), "signs")
    found = pangeo.open("signs", bbox=(1, 31, 3, 32), time="2000-01-02")
    assert dict(found.sizes) == {"T": 1, y: 2, x: 3}
    assert pangeo.catalog()["signs"].bbox == pytest.approx((0, 30, 5, 33))


def test_axes_without_any_sign_are_no_axes(make_file) -> None:
    def change(ds: xr.Dataset) -> xr.Dataset:
        return ds.rename(lon="a", lat="b").drop_attrs().assign_coords(time=ds.time)

    pangeo.ingest(make_file(change=change), "signs")
    with pytest.raises(AxisError, match="no longitude axis"):
        pangeo.open("signs", bbox=(1, 31, 3, 32))
