"""What happens to a computation when a part of the hub is killed, and what is left afterwards."""

from __future__ import annotations

import psutil
import pytest

CLUSTER = "import pangeo, time\nclient = pangeo.cluster(workers=1, cores=1, memory='1GiB')"
WORK = (
    "futures = client.map(lambda n: time.sleep(0.1) or n, range(40), pure=False)\n"
    "print(sum(client.gather(futures)))"
)
GONE = "ComputeError: the cluster is gone"
SUM = str(sum(range(40)))


@pytest.fixture
def at_work(alice, eventually):
    """Alice, whose kernel waits for her cluster."""
    assert alice.run(f"{CLUSTER}\nclient.wait_for_workers(1)\nprint('there')") == "there"
    alice.send(WORK)
    assert eventually(alice.is_busy)
    yield alice
    alice.leave()
    alice.run("client.close()")


def part_of(hub, name: str) -> list[psutil.Process]:
    """The processes of root that run this command."""
    commands = ((each, " ".join(each.cmdline()[:2])) for each in hub.members())
    return [each for each, command in commands if name in command and each.uids().real == 0]


def starts_anew(person) -> None:
    """The same kernel, on a cluster that it asks for again."""
    assert person.run(f"client.close()\n{CLUSTER}\n{WORK}") == SUM


def test_the_hub_killed_comes_back_to_the_same_labs(hub, at_work, eventually):
    before = hub.member("ipykernel_launcher", uid=at_work.uid)
    hub.kill()
    assert GONE in at_work.printed()  # its gateway went with it, by which the work was reached
    assert eventually(lambda: not any(part_of(hub, each) for each in ("gateway", "idle-culler")))
    hub.start()
    at_work.leave()
    assert at_work.has_lab()  # without another login
    starts_anew(at_work)
    assert hub.member("ipykernel_launcher", uid=at_work.uid) == before
    for part in ("dask-gateway-server", "idle-culler", "configurable-http-proxy"):
        assert len(part_of(hub, part)) == 1, part


def test_the_proxy_killed_is_started_again_and_the_work_goes_on(hub, at_work, eventually):
    proxy = hub.member("configurable-http-proxy")
    proxy.kill()
    at_work.leave()
    assert eventually(lambda: not proxy.is_running() and at_work.has_lab(), 60)
    assert at_work.run("print(sum(client.gather(futures)))") == SUM


def test_the_gateway_killed_is_started_again(hub, at_work, eventually):
    gateway = hub.member("dask-gateway-server")
    gateway.kill()
    assert GONE in at_work.printed()
    assert eventually(hub.answers, 60)
    starts_anew(at_work)


def test_nothing_is_left_when_the_hub_is_stopped_at_work(hub, alice, eventually):
    """The last one: also what Bob has, and what was started again after each part was killed."""
    alice.run(CLUSTER)
    alice.send(WORK)
    assert eventually(alice.is_busy)
    hub.stop()
    alice.leave()
    assert eventually(lambda: hub.members() == []), [each.cmdline() for each in hub.members()]
