"""Where a Dask client is at hand, its workers write; the dataset is the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from distributed import Client

import pangeo
from pangeo.errors import SourceError

LAYOUTS = ("map", "series")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with pangeo.cluster(workers=2, cores=1, dashboard=False) as client:
        yield client


def write_days(folder: Path, days: range) -> list[Path]:
    paths = []
    for day in days:
        values = np.random.default_rng(day).integers(-1000, 1000, (1, 20, 30)).astype("int16")
        attrs = {"scale_factor": 0.001, "_FillValue": np.int16(-32767)}
        ds = xr.Dataset(
            {"sla": (("time", "lat", "lon"), values, attrs)},
            coords={"time": ("time", [float(day)], {"units": "days since 2000-01-01"})},
        )
        paths.append(folder / f"{day:03}.nc")
        ds.to_netcdf(paths[-1], engine="h5netcdf")
    return paths


def test_workers_write_what_threads_write(tmp_path: Path, client: Client) -> None:
    paths = write_days(tmp_path, range(40))
    seen: set[str] = set()

    def progress(done: int, total: int) -> None:
        seen.add("progress")

    pangeo.ingest(paths[:30], "sla", layouts=LAYOUTS, progress=progress)
    pangeo.ingest(paths[30:], "sla", mode="append")
    assert seen
    prefixes = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.task_prefixes))
    assert any("on_worker" in prefix for prefix in prefixes), "no worker was asked"
    for layout in LAYOUTS:
        found = pangeo.open("sla", layout=layout).sla.values
        for step, path in enumerate(paths):
            with xr.open_dataset(path, engine="h5netcdf") as expected:
                np.testing.assert_array_equal(found[step], expected.sla.values[0])
    assert pangeo.verify("sla", against_sources=True)


def test_an_error_on_a_worker_arrives_whole(tmp_path: Path, client: Client) -> None:
    path = write_days(tmp_path, range(1))[0]
    with xr.open_dataset(path, engine="h5netcdf", decode_cf=False) as ds:
        ds = ds.load()
    encoding = {"sla": {"zlib": True, "shuffle": True, "chunksizes": (1, 20, 30)}}
    ds.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    with h5py.File(path) as file:
        chunk = file["sla"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot read 'sla' of") as caught:
        pangeo.ingest(path, "sla")
    assert caught.value.fix == "copy or download the file again"
    assert pangeo.catalog().entries == []


def test_a_result_is_computed_by_the_workers(client: Client) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
    anomaly = pangeo.analysis.anomaly(pangeo.open("sst").surface_temperature)
    pangeo.ingest(anomaly, "anomaly", layouts=LAYOUTS)
    for layout in LAYOUTS:
        found = pangeo.open("anomaly", layout=layout)[anomaly.name]
        np.testing.assert_array_equal(found.values, anomaly.values)
    assert pangeo.verify("anomaly")
