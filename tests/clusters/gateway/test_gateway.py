"""Workers of a real Dask Gateway, which starts them as processes of this machine."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dask
import psutil
import pytest

import pangeo
from pangeo.clusters import doctor, places
from pangeo.clusters import gateway as room
from pangeo.clusters.gateway_client import let_go
from pangeo.errors import ClusterError, InputError

type Eventually = Callable[..., bool]

ASKED: dict[str, Any] = {"cores": 1, "memory": "1GiB"}


@pytest.fixture(scope="module")
def server(serve) -> Any:
    return serve("local")


@pytest.fixture
def alice(server) -> Iterator[None]:
    with server.user("alice"):
        yield


@pytest.fixture
def names(server) -> Callable[[str], list[str]]:
    """Gives the clusters that a user has on the server."""
    from dask_gateway import Gateway

    def listed(user: str) -> list[str]:
        with server.user(user):
            gateway = Gateway()
            try:
                return [each.name for each in gateway.list_clusters()]
            finally:
                let_go(gateway)

    return listed


# Sent by value: the workers of a gateway do not have this module.
slowly = lambda number: time.sleep(0.3) or number  # noqa: E731


def workers(client: Any) -> int:
    return len(client.scheduler_info()["workers"])


def test_the_niño_index_is_computed_by_workers_of_the_gateway(alice, server, names, eventually):
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
    sst = pangeo.open("sst").surface_temperature
    expected = pangeo.analysis.nino34(sst).compute()
    with pangeo.cluster("gateway", workers=2, **ASKED) as client:
        client.wait_for_workers(2, timeout=60)
        found = client.scheduler_info()["workers"].values()
        assert [(each["nthreads"], each["memory_limit"]) for each in found] == [(1, 2**30)] * 2
        assert client.dashboard_link.startswith(f"{server.address}/clusters/")
        assert names("alice") == [client.cluster.name]
        assert pangeo.analysis.nino34(sst).compute().identical(expected)
    assert eventually(lambda: names("alice") == [])
    assert eventually(lambda: len(server.members()) == 2)  # the server and its proxy


def test_nothing_listens_beyond_this_machine(alice, server, listeners):
    with pangeo.cluster("gateway", workers=1, **ASKED) as client:
        members = server.members()
        assert (
            len(members) == 6
        )  # server, proxy, scheduler, the worker's keeper, his tracker, the worker
        assert {address for address, _ in listeners(members)} == {"127.0.0.1"}
        with urllib.request.urlopen(client.dashboard_link, timeout=30) as answer:
            assert answer.status == 200  # without a login: who knows the link may look


def test_a_worker_that_dies_is_replaced_and_the_result_right(alice, eventually):
    with pangeo.cluster("gateway", workers=2, **ASKED) as client:
        client.wait_for_workers(2, timeout=60)
        client.wait_for_workers(1)  # there may be more than waited for
        processes = client.run(os.getpid)
        futures = client.map(slowly, range(40))
        address, number = processes.popitem()
        os.kill(psutil.Process(number).ppid(), signal.SIGKILL)  # its keeper would start another
        assert client.gather(futures) == list(range(40))
        assert eventually(
            lambda: workers(client) == 2 and address not in client.scheduler_info()["workers"], 60
        )


def test_adaptive_workers_come_and_go(alice, eventually):
    with pangeo.cluster("gateway", workers=2, adaptive=True, **ASKED) as client:
        assert workers(client) == 0
        assert client.gather(client.map(slowly, range(12))) == list(range(12))
        assert eventually(lambda: workers(client) == 0, 90)
        assert client.submit(sum, [1, 4]).result(timeout=60) == 5


def test_a_user_neither_sees_nor_reaches_the_cluster_of_another(alice, server, names):
    from dask_gateway import Gateway

    with pangeo.cluster("gateway", **ASKED) as client:
        name = client.cluster.name
        assert names("alice") == [name]
        assert names("bob") == []
        with server.user("bob"):
            gateway = Gateway()
            for attempt in (gateway.connect, gateway.stop_cluster, gateway.get_cluster):
                with pytest.raises(Exception, match="403"):
                    attempt(name)
            let_go(gateway)
        assert client.submit(sum, [1, 2]).result() == 3


def test_more_workers_than_the_gateway_allows_are_refused(alice, names, eventually):
    for workers, cores, most in ((21, 1, 20), (5, 8, 4)):  # of workers, and of all their cores
        for adaptive in (False, True):
            with pytest.raises(ClusterError, match=f"exceed resource limit of {most} workers"):
                pangeo.cluster("gateway", workers=workers, cores=cores, adaptive=adaptive)
            assert eventually(lambda: names("alice") == [])


def test_larger_workers_than_the_gateway_allows_are_refused(alice, names):
    with pytest.raises(ClusterError, match=r"worker_memory must be <= 32.*got 64"):
        pangeo.cluster("gateway", memory="64GiB")
    with pytest.raises(ClusterError, match=r"worker_cores must be <= 8.*got 9"):
        pangeo.cluster("gateway", cores=9)
    assert names("alice") == []


def test_more_clusters_than_a_user_may_have_are_refused(alice, eventually, names):
    with pangeo.cluster("gateway", **ASKED), pangeo.cluster("gateway", **ASKED):
        with pytest.raises(ClusterError, match="alice has 2 clusters, and may have 2"):
            pangeo.cluster("gateway", **ASKED)
        assert len(names("alice")) == 2
    assert eventually(lambda: names("alice") == [])


def test_what_the_gateway_has_no_option_for_is_refused(alice, names):
    with pytest.raises(InputError, match="lets nobody choose walltime") as caught:
        pangeo.cluster("gateway", walltime="01:00:00")
    assert "worker_cores, worker_memory" in caught.value.expected
    with pytest.raises(InputError, match="dashboard means nothing"):
        pangeo.cluster("gateway", dashboard=False)
    assert names("alice") == []


def test_workers_that_take_their_time_are_waited_for_no_longer(
    alice, monkeypatch, caplog, eventually
):
    monkeypatch.setattr(places, "PATIENCE", 0.0)
    with pangeo.cluster("gateway", **ASKED) as client:
        assert "they join as the gateway can start them" in caplog.text
        assert client.submit(sum, [1, 2]).result(timeout=60) == 3


def test_waiting_for_more_workers_than_come_ends_with_a_reason(alice):
    with pangeo.cluster("gateway", **ASKED) as client:
        client.wait_for_workers(1)
        with pytest.raises(ClusterError, match="1 of the workers did not come"):
            client.wait_for_workers(2, timeout=1)


def test_the_doctor_looks_at_a_gateway_too(alice):
    diagnosis = doctor("gateway", **ASKED)
    assert diagnosis, diagnosis
    assert "worker_cores: 1" in diagnosis.script
    assert [each.what for each in diagnosis if "ssh" in each.found] == []


def test_an_interrupt_while_it_starts_leaves_no_cluster(alice, names, server, eventually):
    interrupt = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        pangeo.cluster("gateway", **ASKED)
    assert eventually(lambda: names("alice") == [])
    assert eventually(lambda: len(server.members()) == 2)  # the server and its proxy


def test_auto_takes_the_gateway_of_the_settings_and_shows_what_it_would_ask(alice, names):
    assert pangeo.cluster(cores=2, memory="3GiB", dry_run=True) == (
        "worker_cores: 2\nworker_memory: 3.0\n"
    )
    assert names("alice") == []


def test_a_wrong_password_is_told_and_not_shown(server, caplog):
    server_log = server.log.read_text()
    with server.user("alice"), caplog.at_level(logging.DEBUG):
        settings = dask.config.get("gateway.auth.kwargs") | {"password": "open sesame"}
        with (
            dask.config.set({"gateway.auth.kwargs": settings}),
            pytest.raises(ClusterError, match="does not let you in") as caught,
        ):
            pangeo.cluster("gateway")
        assert caught.value.__cause__ is None
        assert "401" in caught.value.found
    for text in (str(caught.value), caplog.text, server.log.read_text(), server_log):
        assert "open sesame" not in text
        assert server.password not in text


def test_no_secret_stands_on_a_command_line_or_in_the_log(alice, server):
    names = ("DASK_GATEWAY_API_TOKEN", "DASK_GATEWAY_PROXY_TOKEN")
    with pangeo.cluster("gateway", **ASKED):
        secrets, lines = {server.password}, []
        for member in server.members():
            with contextlib.suppress(psutil.Error):  # one that ended while we looked
                known = member.environ()
                secrets |= {known[name] for name in names if name in known}
                lines.append(" ".join(member.cmdline()))
        assert len(secrets) >= 3
    for secret in secrets:
        assert not any(secret in line for line in [*lines, server.log.read_text()])


def test_a_gateway_that_is_not_there_is_told(free_ports):
    nowhere = f"http://127.0.0.1:{free_ports(1)[0]}"
    with (
        dask.config.set({"gateway.address": nowhere}),
        pytest.raises(ClusterError, match=f"{nowhere} does not answer"),
    ):
        pangeo.cluster("gateway")


def test_settings_that_are_not_there_are_told():
    with pytest.raises(ClusterError, match="No dask-gateway address provided"):
        pangeo.cluster("gateway")
    with (
        dask.config.set(
            {"gateway.address": "http://127.0.0.1:1", "gateway.auth.type": "jupyterhub"}
        ),
        pytest.raises(ClusterError, match="No JupyterHub API token provided"),
    ):
        pangeo.cluster("gateway")


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask_gateway", None)
    with pytest.raises(ClusterError, match=r"pip install 'pangeo\[gateway\]'"):
        pangeo.cluster("gateway")


@pytest.mark.parametrize(
    ("default", "expected"),
    [(2.0, 1.5), (2, 1.5), (2 * 2**30, 3 * 2**29), ("2G", "1.5G")],
)
def test_memory_is_given_in_the_unit_of_the_option(default, expected):
    found = room._amount(3 * 2**29, default)
    assert (found, type(found)) == (expected, type(expected))


def test_whole_amounts_suit_an_option_of_whole_numbers():
    assert room._amount(4 * 2**30, 2) == 4
    assert isinstance(room._amount(4 * 2**30, 2), int)


@pytest.mark.parametrize(("status", "said"), [(403, "does not let you in"), (503, "not answer")])
def test_what_an_http_status_of_the_way_there_means(status: int, said: str) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        login = {"type": "basic", "kwargs": {"username": "alice", "password": "secret"}}
        with (
            dask.config.set({"gateway.address": address, "gateway.auth": login}),
            pytest.raises(ClusterError, match=said) as caught,
        ):
            pangeo.cluster("gateway", dry_run=True)
        server.shutdown()
    assert str(status) in caught.value.found
