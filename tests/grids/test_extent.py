"""The smallest box around the data, and the whole circle only where they go round."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pangeo.grids import spatial_extent

GLOBE = (-180, 180)


@pytest.mark.parametrize(
    ("lon", "expected"),
    [
        ([10, 20], (10, 20)),
        ([0, 170], (0, 170)),
        ([0, 100, 180], (0, -180)),
        ([350, 10], (-10, 10)),
        ([5], (5, 5)),
        (np.arange(0, 360, 10), GLOBE),
        (np.arange(-180, 181, 45), GLOBE),
        (np.arange(0.5, 350, 1), (0.5, -10.5)),
        (np.r_[0:100:1, 260:360:1], (-100, 99)),
        (np.arange(0, 200, 1.0), (0, -161)),
        (np.arange(0, 360, 10).astype("uint16"), GLOBE),
    ],
)
def test_west_and_east(lon: object, expected: tuple[float, float]) -> None:
    ds = xr.Dataset(coords={"lat": [-5.0, 5.0], "lon": np.asarray(lon)})
    box = spatial_extent(ds)
    assert box is not None
    assert (box.west, box.east) == expected
