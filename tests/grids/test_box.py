"""What comes along with a box, and what is said where there can be none."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pangeo import samples
from pangeo.errors import AxisError, InputError
from pangeo.grids import select_box


def with_bounds(where: str) -> xr.Dataset:
    lon = np.array([45.0, 135, 225, 315])
    bounds = np.stack([lon - 45, lon + 45], axis=1)
    ds = xr.Dataset(
        {"x": (("lat", "lon"), np.arange(8.0).reshape(2, 4))},
        coords={"lat": [0.0, 10.0], "lon": lon},
    )
    ds["lon_bnds"] = (("lon", "bnds"), bounds, {"note": "bounds"})
    getattr(ds.lon, where)["bounds"] = "lon_bnds"
    return ds


@pytest.mark.parametrize("where", ["attrs", "encoding"])
@pytest.mark.parametrize("as_coordinate", [True, False])
@pytest.mark.parametrize("flip", [1, -1])
def test_the_bounds_run_on_with_the_longitudes(where: str, as_coordinate: bool, flip: int) -> None:
    ds = with_bounds(where)
    ds = ds.set_coords("lon_bnds") if as_coordinate else ds
    ds = ds.chunk().isel(lon=slice(None, None, flip))
    part = select_box(ds, (-90, 0, 90, 10))
    assert list(part.lon.values) == [-45, 45][::flip]
    np.testing.assert_array_equal(part.lon_bnds, [[-90, 0], [0, 90]][::flip])
    assert part.lon_bnds.attrs == {"note": "bounds"}
    assert part.lon_bnds.dims == ("lon", "bnds")
    assert getattr(part.lon, "attrs" if where == "attrs" else "encoding")["bounds"] == "lon_bnds"
    assert ("lon_bnds" in part.coords) is as_coordinate


def test_bounds_that_wrap_stay_around_their_cell() -> None:
    ds = with_bounds("attrs").assign_coords(lon=[0.0, 90, 180, 270])
    ds.lon.attrs["bounds"] = "lon_bnds"
    ds["lon_bnds"] = (("lon", "bnds"), [[315, 45], [45, 135], [135, 225], [225, 315]])
    part = select_box(ds, (-90, 0, 90, 10))
    assert list(part.lon.values) == [-90, 0, 90]
    np.testing.assert_array_equal(part.lon_bnds, [[-135, -45], [-45, 45], [45, 135]])


def test_bounds_elsewhere_stay() -> None:
    ds = with_bounds("attrs")
    part = select_box(ds, (180, 0, 350, 10))
    xr.testing.assert_identical(part, ds.isel(lon=slice(2, 4)))


@pytest.mark.parametrize("box", [(-190, -5, 240, 5), (0, -5, 361, 5)])
def test_a_box_wider_than_the_circle_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=f"it is {box[2] - box[0]} degrees wide"):
        select_box(with_bounds("attrs"), box)
    assert select_box(with_bounds("attrs"), (-180, 0, 180.00001, 10)).lon.size == 4


def test_the_refusal_says_how_to_mask_by_hand() -> None:
    curvilinear = samples.open("nemo_2015_01")
    apart = xr.Dataset(
        {"x": (("j", "i"), np.arange(6.0).reshape(2, 3))},
        coords={"lon": ("i", [175.0, -175.0, 0.0]), "lat": ("j", [0.0, 1.0])},
    )
    for ds, lon, lat in ((curvilinear, "nav_lon", "nav_lat"), (apart, "lon", "lat")):
        with pytest.raises(AxisError, match="cannot select a box") as refusal:
            select_box(ds, (170, -5, -170, 5))
        line = refusal.value.fix.partition(": ")[2]
        left = eval(line, {"ds": ds})
        inside = (abs(ds[lat]) <= 5) & ((ds[lon] % 360 >= 170) & (ds[lon] % 360 <= 190))
        assert inside.any()
        xr.testing.assert_identical(left, ds.where(inside))
