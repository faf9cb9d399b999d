"""How a Lab begins and ends: in time, beside another, killed, with nothing left."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

COMPUTE = """
import pangeo, time
client = pangeo.cluster("local", workers=2, cores=1)
futures = client.map(lambda number: time.sleep(60), range(4))
print("computing", flush=True)
"""


def output(kernel: Any, code: str, until: str, seconds: float = 60) -> str:
    """What a notebook prints, as soon as this is in it."""
    kernel.execute(code)
    said = ""
    while until not in said:
        message = kernel.get_iopub_msg(timeout=seconds)
        said += message["content"].get("text", "")
        assert message["msg_type"] != "error", message["content"]
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_within_ten_seconds_with_a_computation_under_way(up: Any, number: int) -> None:
    lab = up()
    kernel = lab.kernel()
    output(kernel, COMPUTE, "computing")
    lab.ask("dask/clusters", "PUT")
    kernel.stop_channels()
    assert lab.end(number) < 10
    assert lab.process.returncode in (0, -number)
    assert "Traceback" not in lab.said()


def test_it_is_ready_within_fifteen_seconds(up: Any) -> None:
    """A bound of the programme, three times what it takes here: not a measurement."""
    assert up().seconds < 15


def test_what_its_user_has_set_for_another_server_does_not_count(up: Any, tmp_path: Path) -> None:
    (tmp_path / "jupyter_server_config.py").write_text(
        "c.ServerApp.certfile = c.ServerApp.keyfile = __file__\n"
        f"c.ServerApp.sock = {str(tmp_path / 'socket')!r}\n"
        "c.ServerApp.root_dir = '/'\nc.ServerApp.ip = '0.0.0.0'\nc.ServerApp.base_url = '/x'\n"
    )
    lab = up(JUPYTER_CONFIG_DIR=str(tmp_path))
    assert [each["name"] for each in lab.ask("api/contents")["content"]][-1] == "pangeo-workshop"


def test_a_second_one_takes_another_port_and_says_so(up: Any) -> None:
    first, second = up(), up()
    ports = [int(re.search(r":(\d+)/", lab.url)[1]) for lab in (first, second)]
    assert ports[0] != ports[1]
    assert f"port 8888 is taken, perhaps by another Lab: this one is on {ports[1]}" in second.said()
    for lab in (first, second):
        assert lab.ask("api/status")["kernels"] == 0
    first.end()
    assert second.ask("api/status")["kernels"] == 0


def test_killed_during_a_computation_it_leaves_nothing(up: Any, eventually: Any) -> None:
    lab = up()
    kernel = lab.kernel()
    output(kernel, COMPUTE, "computing")
    lab.ask("dask/clusters", "PUT")
    kernel.stop_channels()
    assert len(lab.members.children(recursive=True)) >= 5
    lab.end(signal.SIGKILL)  # that nothing is left is seen where every Lab ends
    again = up()  # which also removes the folder of the one that was killed
    folders = {int(path.name.split("-")[2]) for path in again.own_folders()}
    assert folders == {again.process.pid}


def test_a_kernel_killed_takes_its_cluster_and_its_panes_with_it(up: Any, eventually: Any) -> None:
    lab = up()
    kernel = lab.kernel()
    output(kernel, COMPUTE, "computing")
    running = psutil.Process(
        int(output(kernel, "import os; print(os.getpid(), 'x')", "x").split()[0])
    )
    workers = running.children(recursive=True)
    plots = lab.ask("proxy/dask/individual-plots.json")
    assert len(plots) > 10  # those of a scheduler that answers
    running.kill()
    kernel.stop_channels()
    assert eventually(lambda: not any(each.is_running() for each in workers), 30)
    assert eventually(lambda: len(lab.ask("proxy/dask/individual-plots.json")) == 4, 30)


def test_all_it_listens_on_is_on_this_machine_and_not_for_others(up: Any, listeners: Any) -> None:
    lab = up()
    kernel = lab.kernel()
    link = output(kernel, COMPUTE + "print(client.dashboard_link, 'x')", " x").split()[-2]
    members = [lab.members, *lab.members.children(recursive=True)]
    addresses = listeners(members)
    assert {address for address, _ in addresses} == {"127.0.0.1"}
    notebook = [each for each in members if "ipykernel_launcher" in " ".join(each.cmdline())]
    # A kernel speaks through files that its user alone can open, but for what its child processes
    # print, which comes with a secret. Scheduler and two nannies ask for TLS; the pages of the
    # scheduler are below a path that cannot be guessed.
    assert len(listeners(notebook)) == 1 + 3 + 1
    assert re.fullmatch(r"/proxy/\d+/[\w-]{22}/status", link)
    assert "Dask" in lab.ask(link.removeprefix("/"))
    kernel.stop_channels()
