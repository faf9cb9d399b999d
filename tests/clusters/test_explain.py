"""What a failure on the workers is called: each one made to happen on a real cluster."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr
from distributed import Client
from distributed.scheduler import KilledWorker

import pangeo
from pangeo.clusters.explain import explainer
from pangeo.errors import ComputeError, StoreError


@pytest.fixture
def client() -> Iterator[Client]:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        pangeo.cluster("local", workers=1, cores=1, memory="400MiB") as started,
    ):
        yield started


def test_a_worker_that_outgrows_its_memory(client: Client) -> None:
    def grow() -> int:
        held = [np.ones(2_000_000) for _ in range(100)]  # 16 MB each
        time.sleep(5)
        return len(held)

    with pytest.raises(ComputeError, match="ran out of memory in task grow") as caught:
        client.submit(grow).result()
    assert "400.00 MiB" in caught.value.found
    assert "pangeo.cluster('local', workers=1, cores=1, memory='800.00MiB')" in caught.value.fix
    assert isinstance(caught.value.__cause__, KilledWorker)


def test_a_worker_that_dies_is_not_said_to_be_out_of_memory(client: Client) -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(ComputeError, match="died each time it ran task die") as caught:
        client.submit(die).result()
    assert caught.value.found.startswith("1 tries")


def test_an_array_that_cannot_be_had_names_the_block(client: Client) -> None:
    def too_large(block: np.ndarray, block_info: Any = None) -> np.ndarray:
        if block_info and block_info[0]["chunk-location"] == (2, 1):
            return np.empty(10**15)
        return block

    numbers = da.ones((6, 4), chunks=(2, 2)).map_blocks(too_large, dtype=float, meta=np.array(()))
    with pytest.raises(ComputeError, match=r"memory in task .*too_large.*block \(2, 1\)") as caught:
        numbers.compute()
    assert "Unable to allocate" in caught.value.found


def test_what_is_the_fault_of_the_work_stays_as_it_is(client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        client.submit(lambda: 1 / 0).result()


def with_code(number: int) -> Exception:
    error = Exception("no such number")
    error.code = number  # type: ignore[attr-defined]
    return error


def raised_while_handling(kind: type[Exception]) -> Exception:
    error = ZeroDivisionError("division by zero")
    error.__context__ = kind("what the work got over")
    return error


def its_own_cause() -> Exception:
    error = ValueError("raised from itself")
    error.__cause__ = error
    return error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("station 403 has no data"),
        ValueError("the required filter is wider than the series"),
        with_code(404),
        with_code(403),
        raised_while_handling(FileNotFoundError),
        raised_while_handling(ModuleNotFoundError),
        its_own_cause(),
    ],
)
def test_an_error_of_the_work_is_not_taken_for_one_of_the_cluster(error: Exception) -> None:
    assert explainer(error) is None


def test_a_cluster_that_is_there_is_not_said_to_be_gone(client: Client) -> None:
    future = client.submit(time.sleep, 60)
    future.cancel()
    with pytest.raises(CancelledError):
        future.result()
    with pytest.raises(OSError, match="closed"):
        client.run(os._exit, 1)
    client.wait_for_workers(1, timeout=30)
    assert client.submit(sum, [1, 2]).result() == 3


def test_a_chunk_that_is_lost(client: Client, workspace: Path) -> None:
    field = xr.DataArray(
        np.random.default_rng(0).random((40, 90, 180)),
        dims=("time", "lat", "lon"),
        coords={
            "time": np.arange("2000-01-01", "2000-02-10", dtype="M8[D]").astype("M8[ns]"),
            "lat": ("lat", np.arange(-89.0, 90, 2), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(0.0, 360, 2), {"units": "degrees_east"}),
        },
        name="sst",
    )
    pangeo.ingest(field.to_dataset(), "sst", layouts=["map"])
    chunks = sorted(workspace.rglob("chunks/*"), key=lambda path: path.stat().st_size)
    chunks[-1].unlink()
    with pytest.raises(StoreError, match="cannot read 'sst'") as caught:
        pangeo.open("sst").sst.mean(("lat", "lon")).compute()
    assert "of map/sst" in caught.value.found
    assert "pangeo verify" in caught.value.fix
    assert caught.value.__notes__[0].startswith("  in task:  mean")


def test_a_file_that_is_not_there(client: Client) -> None:
    def read(path: str) -> bytes:
        return Path(path).read_bytes()

    with pytest.raises(ComputeError, match="not there") as caught:
        client.submit(read, "/nowhere/at/all.nc").result()
    assert "/nowhere/at/all.nc" in caught.value.found


@pytest.fixture
def refusing() -> Iterator[Callable[[int], str]]:
    """A server on this machine that answers with the number that its address ends in."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(int(self.path.rsplit("/", 1)[-1]))

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield lambda number: f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("number", "said"), [(404, "not there"), (403, "refused")])
def test_an_answer_of_a_server(
    client: Client, refusing: Callable[[int], str], number: int, said: str
) -> None:
    def fetch(address: str, path: str) -> bytes:
        import obstore

        store = obstore.store.from_url(
            address, client_options={"allow_http": True}, retry_config={"max_retries": 0}
        )
        return bytes(obstore.get(store, path).bytes())

    with pytest.raises(ComputeError, match=f"task fetch .*{said}") as caught:
        client.submit(fetch, refusing(number), str(number)).result()
    assert str(number) in str(caught.value) or "not found" in str(caught.value).lower()


def test_a_codec_that_the_workers_lack(client: Client) -> None:
    def decode(codec: str) -> object:
        from zarr.registry import get_codec_class

        return get_codec_class(codec)

    with pytest.raises(ComputeError, match="cannot decode a chunk") as caught:
        client.submit(decode, "only_here").result()
    assert "only_here" in caught.value.found


def test_a_package_that_the_workers_lack(client: Client) -> None:
    def need() -> None:
        import only_here  # noqa: F401

    with pytest.raises(ComputeError, match="lack a package") as caught:
        client.submit(need).result()
    assert "only_here" in caught.value.expected


def test_a_cluster_that_ended_for_lack_of_work(eventually: Callable[..., bool]) -> None:
    with (
        dask.config.set({"distributed.scheduler.idle-timeout": "12s"}),
        pangeo.cluster("local", workers=1, cores=1) as client,
    ):
        client.cluster.scheduler.idle_timeout = 1  # from the start it might end before its worker
        assert client.submit(sum, [1, 2]).result() == 3
        assert eventually(lambda: client.cluster.scheduler.status.name == "closed")
        with pytest.raises(ComputeError, match="the cluster is gone") as caught:
            client.submit(sum, [1, 3]).result()
        assert "no work" in caught.value.found
        assert isinstance(caught.value.__cause__, (CancelledError, OSError))


def test_no_worker_within_the_time_allowed() -> None:
    with (
        dask.config.set({"distributed.scheduler.no-workers-timeout": "1s"}),
        pangeo.cluster("local", workers=1, cores=1) as client,
    ):
        client.cluster.scale(0)
        with pytest.raises(ComputeError, match="no worker came for task sum"):
            client.submit(sum, [1, 2]).result()
