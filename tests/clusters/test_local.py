"""A cluster on this machine: whole, private, and gone when it is closed."""

from __future__ import annotations

import operator
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import dask
import dask.array as da
import psutil
import pytest
from distributed import Client, Scheduler, Security, wait
from distributed.client import default_client
from tornado.httpclient import AsyncHTTPClient

from pangeo import config
from pangeo.clusters import OwningClient, cluster
from pangeo.clusters import local as local_room
from pangeo.errors import ClusterError, InputError


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with cluster(workers=2, cores=1, memory="600 MiB") as client:
        yield client


def test_it_has_the_workers_that_were_asked_for(client: Client) -> None:
    workers = client.scheduler_info()["workers"].values()
    assert [worker["nthreads"] for worker in workers] == [1, 1]
    assert [worker["memory_limit"] for worker in workers] == [600 * 2**20] * 2


def test_dask_computes_on_it(client: Client) -> None:
    assert default_client() is client
    pids = set(client.run(os.getpid).values())
    assert os.getpid() not in pids
    assert client.submit(os.getpid).result() in pids
    assert float(da.ones((100, 100), chunks=10).sum().compute()) == 10_000


def test_only_this_machine_can_reach_it(client: Client, listeners) -> None:
    wait(client.map(abs, range(-10, 0)))
    workers = [psutil.Process(pid) for pid in client.run(os.getpid).values()]
    found = listeners([psutil.Process(), *workers])
    ports = {int(address.rsplit(":", 1)[1]) for address in client.scheduler_info()["workers"]}
    assert ports <= {port for _, port in found}, "the workers were not looked at"
    assert {address for address, _ in found} == {"127.0.0.1"}


def test_a_stranger_is_refused(client: Client) -> None:
    """Neither without TLS nor with other keys."""
    address = client.scheduler.address
    assert address.startswith("tls://127.0.0.1:")
    strangers = [
        (address.replace("tls", "tcp"), None),
        (address, Security.temporary()),
    ]
    with dask.config.set({"distributed.comm.timeouts.connect": "2s"}):
        for other, security in strangers:
            with pytest.raises((OSError, TimeoutError)):
                Client(other, security=security, timeout="2s", set_as_default=False)


def test_waiting_for_workers_ends(eventually) -> None:
    with (
        config.set({"cluster.wait": "1s"}),
        cluster(workers=2, cores=1) as client,
    ):
        client.cluster.scale(1)
        assert eventually(lambda: len(client.nthreads()) == 1)
        with pytest.raises(ClusterError, match="did not come") as caught:
            client.wait_for_workers(2)
        assert "fewer than 2 after 1 s" in caught.value.found
        with pytest.raises(InputError, match="3 workers will never come") as refused:
            client.wait_for_workers(3)
        assert "workers=3" in refused.value.fix


def test_more_workers_may_come_when_it_is_scaled_by_hand() -> None:
    with cluster("local", workers=1, cores=1) as client:
        client.cluster.scale(2)
        client.wait_for_workers(2)


@pytest.mark.parametrize(("minimum", "maximum"), [(3, 1), (-1, 1)])
def test_numbers_that_no_cluster_can_adapt_to(client: Client, minimum: int, maximum: int) -> None:
    with pytest.raises(InputError, match=f"minimum={minimum}, maximum={maximum}"):
        client.adapt(minimum, maximum)


@pytest.mark.parametrize("end", ["client.close", "client.shutdown", "client.cluster.close"])
def test_a_cluster_that_has_ended_is_no_longer_announced(
    end: str, tmp_path: Path, eventually
) -> None:
    """However it ended, the panes of the Lab go on to one that runs."""
    with config.set({"cluster.dashboards": str(tmp_path)}):
        client = cluster(workers=1, cores=1)
    try:
        assert [file.stem for file in tmp_path.iterdir()] == [client.announced.stem]
        operator.attrgetter(end.removeprefix("client."))(client)()
        assert eventually(lambda: not list(tmp_path.iterdir()), 30)
    finally:
        client.close()


def test_the_dashboard_is_on_this_machine(client: Client) -> None:
    assert client.dashboard_link.startswith("http://127.0.0.1:")
    assert ":8787" not in client.dashboard_link
    with urllib.request.urlopen(client.dashboard_link, timeout=30) as answer:
        assert answer.status == 200


def test_the_dashboard_is_found_only_by_who_knows_its_path(client: Client) -> None:
    link = urlsplit(client.dashboard_link)
    assert re.fullmatch(r"/[\w-]{22}/status", link.path)
    secret = link.path.removesuffix("status")
    for page in ("", "status", "json/counts.json", "sitemap.json", secret[1:-2] + "/status"):
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(f"http://{link.netloc}/{page}", timeout=30)
        assert secret not in refused.value.read().decode()
    assert client.cluster.dashboard_link == client.dashboard_link
    assert type(client.cluster).__name__ == "LocalCluster"


def test_the_dashboard_is_hidden_before_the_workers_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who opened a page by then would go on to see the cluster."""
    told = []
    start = Scheduler.start_unsafe

    async def asked(scheduler: Scheduler) -> Scheduler:
        url = f"http://127.0.0.1:{scheduler.http_server.port}/individual-plots.json"
        told.append((await AsyncHTTPClient().fetch(url, raise_error=False)).code)
        return await start(scheduler)

    monkeypatch.setattr(Scheduler, "start_unsafe", asked)
    with cluster(workers=1, cores=1):
        assert told == [404]


def test_without_a_dashboard_nothing_is_told_to_who_asks() -> None:
    with cluster(workers=1, cores=1, dashboard=False) as client:
        for page in ("status", "info/main/workers.html", "json/counts.json", "metrics"):
            link = client.dashboard_link.replace("status", page)
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(link, timeout=30)
        assert client.submit(abs, -1).result() == 1


def test_an_interrupt_while_it_closes_comes_when_it_is_closed(
    monkeypatch: pytest.MonkeyPatch, family, eventually
) -> None:
    this = psutil.Process()
    before = family(this)
    client = cluster(workers=1, cores=1)
    close = Client.close

    def close_interrupted(self: Client, *args: object, **kwargs: object) -> None:
        signal.raise_signal(signal.SIGINT)
        close(self, *args, **kwargs)

    monkeypatch.setattr(Client, "close", close_interrupted)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        client.close()
    monkeypatch.undo()
    assert client.status == "closed"
    assert signal.getsignal(signal.SIGINT) is handler
    assert eventually(lambda: family(this) == before)


def test_a_client_closes_in_another_thread(family, eventually) -> None:
    this = psutil.Process()
    before = family(this)
    client = cluster(workers=1, cores=1)
    thread = threading.Thread(target=client.close)
    thread.start()
    thread.join()
    assert client.status == "closed"
    assert eventually(lambda: family(this) == before)


@pytest.mark.parametrize("how", ["close", "with", "shutdown"])
def test_closing_leaves_nothing(how: str, family, listeners, eventually) -> None:
    """Two clusters live side by side, so only what this one adds counts."""
    this = psutil.Process()
    before, open_before = family(this), listeners([this])
    client = cluster("local", workers=1, cores=1)
    assert len(family(this)) == len(before) + 1
    if how == "with":
        with client:
            pass
    else:
        getattr(client, how)()
        client.close()  # again, which does no harm
    assert client.status == "closed"
    assert eventually(lambda: family(this) == before)
    assert sorted(listeners([this])) == sorted(open_before)


def test_what_is_not_given_is_for_dask_to_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = {}

    class Noted:
        def __init__(self, **keywords: object) -> None:
            passed.update(keywords)
            raise OSError("that is enough")

    monkeypatch.setattr(local_room, "LocalCluster", Noted)
    with pytest.raises(ClusterError, match="OSError: that is enough"):
        cluster()
    assert set(passed) == {
        "host", "protocol", "security", "dashboard_address", "scheduler_kwargs",
    }  # fmt: skip
    with pytest.raises(ClusterError):
        cluster(workers=3, memory=10**9)
    assert (passed["n_workers"], passed["memory_limit"]) == (3, 10**9)
    assert "threads_per_worker" not in passed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"where": "slrum"}, r"one of \['auto', 'local', 'gateway'"),
        ({"workers": 0}, "workers=0"),
        ({"workers": "2"}, "workers='2'"),
        ({"cores": 1.5}, "cores=1.5"),
        ({"cores": True}, "cores=True"),
        ({"memory": "lots"}, "memory='lots'"),
        ({"memory": 0}, "memory=0"),
    ],
)
def test_what_cannot_be_understood_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cluster(**arguments)


def test_a_worker_that_is_killed_costs_no_result() -> None:
    def slowly(number: int) -> int:
        time.sleep(0.1)
        return number

    with cluster("local", workers=2, cores=1) as client:
        before = set(client.run(os.getpid).values())
        futures = client.map(slowly, range(40))
        os.kill(next(iter(before)), signal.SIGKILL)
        assert client.gather(futures) == list(range(40))
        client.wait_for_workers(2, timeout=30)
        assert len(before & set(client.run(os.getpid).values())) == 1


def test_adaptive_workers_come_and_go_here_too(eventually) -> None:
    with cluster("local", workers=2, cores=1, adaptive=True) as client:
        assert client.nthreads() == {}
        assert client.submit(sum, [1, 2]).result(timeout=30) == 3
        assert eventually(lambda: not client.nthreads())


def test_a_client_that_cannot_connect_leaves_no_cluster(
    monkeypatch: pytest.MonkeyPatch, family, eventually
) -> None:
    this = psutil.Process()
    before = family(this)

    def fail(self: Client, *args: object, **kwargs: object) -> None:
        raise OSError("no way in")

    monkeypatch.setattr(OwningClient, "__init__", fail)
    monkeypatch.setattr(OwningClient, "__del__", lambda self: None)
    with pytest.raises(OSError, match="no way in"):
        cluster(workers=1, cores=1)
    assert eventually(lambda: family(this) == before)


def run_script(folder: Path, text: str) -> subprocess.Popen[str]:
    script = folder / "analyse.py"
    script.write_text(text)
    return subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=folder, start_new_session=True,
    )  # fmt: skip


def session(leader: int) -> list[int]:
    """All processes of the session, orphans too."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process.pid)
        except (psutil.Error, ProcessLookupError):
            continue
    return members


def test_a_script_without_a_guard_is_told_so_once(tmp_path: Path, eventually) -> None:
    """Though it has a word for its own name."""
    script = run_script(
        tmp_path,
        "import logging\nimport pangeo\nlog = logging.getLogger(__name__)\n"
        "client = pangeo.cluster(workers=2, cores=1)\nprint('never here')\n",
    )
    out, err = script.communicate(timeout=60)
    assert script.returncode == 1
    assert out == ""
    assert err.count("Traceback") == 1, err
    assert "pangeo.errors.ClusterError: the workers did not start" in err
    assert "analyse.py starts a cluster as soon as it is run" in err
    assert 'if __name__ == "__main__": main()' in err
    assert eventually(lambda: session(script.pid) == [])


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ('if __name__ == "__main__":\n    pass', True),
        ("if '__main__' == __name__ and True:\n    pass", True),
        ("import logging\nlogging.getLogger(__name__)", False),
        ("# if __name__ == '__main__':\npass", False),
        ('name = "__main__"', False),
        ("%matplotlib inline", True),  # a program of which nothing can be told
    ],
)
def test_a_guard_is_known_when_it_is_seen(
    text: str, guarded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)
    assert local_room._script_without_guard() == (None if guarded else "script.py")


KEEP_RUNNING = """
import time
import pangeo

if __name__ == "__main__":
    client = pangeo.cluster(workers=2, cores=1)
    client.submit(time.sleep, 600)
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_client_that_is_killed_leaves_no_orphan(
    tmp_path: Path, number: signal.Signals, eventually
) -> None:
    script = run_script(tmp_path, KEEP_RUNNING)
    assert script.stdout is not None
    assert script.stdout.readline() == "ready\n"
    assert len(session(script.pid)) >= 3
    script.send_signal(number)
    script.communicate(timeout=60)
    assert eventually(lambda: session(script.pid) == [])


def test_a_script_that_ends_without_closing_ends(tmp_path: Path, eventually) -> None:
    text = KEEP_RUNNING.replace("    time.sleep(600)\n", "")
    script = run_script(tmp_path, text)
    out, err = script.communicate(timeout=60)
    assert (script.returncode, out) == (0, "ready\n")
    assert "Traceback" not in err
    assert eventually(lambda: session(script.pid) == [])
