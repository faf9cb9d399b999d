"""The first Niño example of Pangeo, written in plain xarray, works on what is opened by name."""

from __future__ import annotations

import numpy as np
import pytest

import pangeo


# xarray: rolling(time=3).mean() needs no dim; the example has it.
@pytest.mark.filterwarnings("ignore:Reductions are applied:FutureWarning")
@pytest.mark.parametrize("with_dask", [True, False])
def test_plain_xarray_agrees_with_nino34_up_to_the_area_weights(with_dask: bool) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    sst = pangeo.open("sst-ostia").surface_temperature
    if not with_dask:
        sst = sst.load()

    sst_clim = sst.groupby("time.month").mean(dim="time")
    sst_anom = sst.groupby("time.month") - sst_clim
    nino34_index = (
        sst_anom.sel(latitude=slice(-5, 5), longitude=slice(190, 240))
        .mean(dim=("latitude", "longitude"))
        .rolling(time=3)
        .mean(dim="time")
    )

    ours = pangeo.analysis.nino34(sst)
    assert ours.sizes == nino34_index.sizes
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(nino34_index))
    difference = np.abs(ours - nino34_index)
    # Within 5 degrees of the equator areas differ by 0.4 %, and so may the weighted mean.
    assert float(difference.max()) < 0.004 * float(np.abs(ours).max())
    assert float(difference.max()) > 0, "the area weights are missing"


def test_the_accessor_comes_with_the_dataset() -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
    ds = pangeo.open("sst-ostia")
    np.testing.assert_array_equal(
        ds.pangeo.nino34().values, pangeo.analysis.nino34(ds.surface_temperature).values
    )
