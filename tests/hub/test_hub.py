"""Two people at a real JupyterHub, each under their own account."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import subprocess

import psutil
import pytest
import requests
import websocket

CLUSTER = "import pangeo\nclient = pangeo.cluster(workers=1, cores=1, memory='1GiB')"
GET = "import urllib.request\nprint(urllib.request.urlopen({!r}).status)"


@pytest.fixture(scope="module")
def clusters(alice, bob) -> dict[str, str]:
    """The name of the cluster that each has, asked for with nothing configured."""
    return {who.name: who.run(f"{CLUSTER}\nprint(client.cluster.name)") for who in (alice, bob)}


@pytest.fixture(scope="module")
def link(alice, clusters) -> str:
    """Where Alice is told that her dashboard is."""
    return str(alice.run("print(client.dashboard_link)"))


@pytest.fixture(scope="module")
def shared(hub) -> None:
    """A dataset that the operator has put into the catalogue of the group."""
    python = hub.prefix / "env" / "bin" / "python"
    code = "import pangeo; pangeo.ingest(pangeo.samples.path('ostia_monthly'), 'sst')"
    environment = {"PANGEO_WORKSPACE": str(hub.shared), "HOME": str(hub.folder)}
    subprocess.run([python, "-c", code], env=environment, check=True)


@pytest.mark.parametrize("name", ["pangeo_alice", "root", "nobody_of_that_name"])
def test_a_wrong_password_is_refused(hub, person, name):
    visitor = person(name)
    assert visitor.log_in("open sesame").status_code == 403
    assert visitor.get(f"{hub.address}/hub/home").url.endswith("/hub/login?next=%2Fhub%2Fhome")


def test_an_account_outside_the_group_is_refused(hub, person, passwords):
    stranger = person("pangeo_eve")
    assert stranger.log_in(passwords["pangeo_eve"]).status_code == 403
    assert "/hub/login" in stranger.get(f"{hub.address}/hub/home").url


def test_each_lab_runs_under_the_account_of_its_user(alice, bob):
    for who in (alice, bob):
        said = who.run("import os; print(os.getuid(), os.getcwd())")
        assert said == f"{who.uid} /home/{who.name}"


def test_nobody_reaches_the_lab_of_another(hub, alice, bob):
    for path in ("/lab", "/api/kernels", "/api/contents"):
        assert bob.get(alice.lab + path).status_code == 403
        assert bob.get(bob.lab + path).status_code == 200
    lab = hub.member(f"/user/{alice.name}", uid=alice.uid)
    (port,) = {each.laddr.port for each in listening(lab)}
    direct = f"http://127.0.0.1:{port}/user/{alice.name}/api/contents"
    token = bob.run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])")
    for header in ({}, {"Authorization": f"token {token}"}):
        assert requests.get(direct, headers=header, timeout=30).status_code == 403


def test_each_computes_on_a_cluster_under_their_own_account(alice, bob, clusters):
    assert len(set(clusters.values())) == 2
    for who in (alice, bob):
        assert who.run("print(type(client).__name__)") == "GatewayClient"
        accounts = "print({*client.run(os.getuid).values(), client.run_on_scheduler(os.getuid)})"
        assert who.run(f"import os\n{accounts}") == f"{{{who.uid}}}"
        assert who.run("print(client.submit(sum, [1, 2]).result())") == "3"


def test_nobody_sees_or_reaches_the_cluster_of_another(alice, bob, clusters):
    bob.run("from dask_gateway import Gateway\ngateway = Gateway()")
    seen = bob.run("print([each.name for each in gateway.list_clusters()])")
    assert seen == str([clusters[bob.name]])
    for verb in ("connect", "stop_cluster"):
        refused = bob.run(f"gateway.{verb}({clusters[alice.name]!r})")
        assert refused.startswith("ClientResponseError: 403")
    scheduler = alice.run("print(client.scheduler_info()['address'])")
    own = "security=client.security, timeout=10"  # of his cluster: hers asks for another
    refused = bob.run(f"import distributed\ndistributed.Client({scheduler!r}, {own})")
    assert "Error" in refused
    assert alice.run("print(client.submit(sum, [1, 2]).result())") == "3"


def test_a_dashboard_is_reached_through_the_lab_of_its_user(hub, alice, link):
    assert re.fullmatch(rf"/user/{alice.name}/proxy/\d+/status", link)
    page = alice.get(hub.address + link)
    assert page.status_code == 200
    assert "Dask Diagnostic UI" in page.text
    (token,) = set(re.findall(r'"token":"([^"]+)"', page.text))
    socket = websocket.create_connection(
        f"{hub.address}{link}/ws".replace("http", "ws", 1),
        subprotocols=["bokeh", token], cookie=alice.cookies(link), timeout=60,
    )  # fmt: skip
    assert json.loads(socket.recv())["msgtype"] == "ACK"  # figures are drawn through it
    socket.close()


def test_the_panes_of_a_lab_show_the_clusters_of_its_user_alone(alice, bob, clusters):
    for who in (alice, bob):
        listed = who.get(f"{who.lab}/proxy/dask/individual-plots.json").json()
        assert len(listed) > 10  # those of a scheduler that answers, not what is listed without
    assert bob.get(f"{alice.lab}/proxy/dask/individual-plots.json").status_code == 403
    override = alice.get(f"{alice.lab}/lab/api/settings/dask-labextension:plugin").json()
    assert override["schema"]["properties"]["defaultURL"]["default"] == "proxy/dask"


def test_nobody_sees_the_dashboard_of_another(hub, alice, bob, clusters, link):
    port = link.split("/")[-2]
    direct = f"http://127.0.0.1:{port}/status"
    through_the_gateway = f"http://{hub.gateway}/clusters/{clusters[alice.name]}/status"
    own_lab = f"{bob.lab}/proxy/{port}/status"
    assert bob.get(hub.address + link).status_code == 403
    assert "shown to the account alone" in bob.get(own_lab).text
    for url in (direct, through_the_gateway):
        assert bob.run(GET.format(url)) == "HTTPError: HTTP Error 403: Forbidden"
    assert requests.get(direct, timeout=30).status_code == 403  # root, as which these tests run
    assert alice.run(GET.format(direct)) == "200"
    worker = alice.run(
        "print([each['services']['dashboard'] for each in "
        "client.scheduler_info()['workers'].values()][0])"
    )
    assert bob.run(GET.format(f"http://127.0.0.1:{worker}/status")).endswith("403: Forbidden")


def test_everything_listens_on_this_machine_alone(hub, alice, bob, clusters):
    found = {(each.laddr.ip, who.uids().real) for who in hub.members() for each in listening(who)}
    assert found == {("127.0.0.1", uid) for uid in (0, alice.uid, bob.uid)}


def test_a_kernel_speaks_to_its_lab_through_files(hub, alice):
    """Whoever shares the machine could listen to what it prints on a port."""
    file = hub.member("ipykernel_launcher", uid=alice.uid).cmdline()[-1]
    said = alice.run(f"print(open({file!r}).read())")
    assert json.loads(said)["transport"] == "ipc"
    folder = os.path.dirname(file)
    assert os.stat(folder).st_mode & 0o077 == 0


def test_no_secret_is_in_the_log(hub, alice, bob, clusters, passwords):
    log = hub.log.read_text()
    assert alice.name in log
    tokens = [who.run("print(os.environ['JUPYTERHUB_API_TOKEN'])") for who in (alice, bob)]
    lines = " ".join(" ".join(each.cmdline()) for each in hub.members())
    for secret in (*passwords.values(), *tokens):
        assert len(secret) > 10
        assert secret not in log
        assert secret not in lines


def test_no_secret_of_the_hub_can_be_read(hub, bob):
    bob.run("import pathlib")
    own = [each for each in (hub.state / "clusters").iterdir() if each.stat().st_uid == bob.uid]
    files = [path for path in hub.state.rglob("*") if path.is_file()]
    private = [path for path in files if not any(each in path.parents for each in own)]
    assert {"jupyterhub.sqlite", "cookie_secret", "database.key"} <= {each.name for each in private}
    for path in private:
        assert "PermissionError" in bob.run(f"pathlib.Path({str(path)!r}).read_bytes()"), path


def test_what_the_group_shares_is_read_by_name_and_not_written(hub, alice, bob, shared):
    for who in (alice, bob):
        assert who.run("import pangeo\nprint(pangeo.search('sst').names)") == "['sst']"
        assert who.run("print(pangeo.open('sst').sizes['time'])") == "54"
    catalogue = f"pangeo.catalog({str(hub.shared)!r})"
    assert "Permission denied" in bob.run(f"{catalogue}.remove('sst')")
    sample = "pangeo.samples.path('ostia_monthly')"
    with_it = f"with pangeo.config.set(workspace={str(hub.shared)!r}):"
    assert "Permission denied" in bob.run(f"{with_it} pangeo.ingest({sample}, 'mine')")
    assert "mine" in bob.run(f"print(pangeo.ingest({sample}, 'mine'))")
    assert bob.run("print(pangeo.search().names)") == "['mine', 'sst']"
    assert alice.run("print(pangeo.search().names)") == "['sst']"


def test_the_cluster_reads_what_the_group_shares(alice, clusters, shared):
    mean = "print(pangeo.open('sst').surface_temperature.mean().compute().item())"
    assert float(alice.run(mean)) == pytest.approx(300.808, abs=0.001)


def test_a_kernel_that_wants_too_much_memory_is_refused_and_lives(alice):
    assert alice.run("print(len(bytearray(2**30)))") == str(2**30)
    assert "MemoryError" in alice.run("bytearray(9 * 2**30)")  # that it may hold 8 GiB stands
    assert alice.run("import os; print(os.environ['MEM_LIMIT'])") == str(8 * 2**30)  # at its head


def test_a_user_has_as_many_clusters_as_the_gateway_allows(alice, clusters):
    alice.run(CLUSTER.replace("client", "another"))
    refused = alice.run(CLUSTER.replace("client", "third"))
    assert "pangeo_alice has 2 clusters, and may have 2" in refused
    alice.run("another.close()")


def listening(process: psutil.Process) -> list[psutil._ntuples.pconn]:
    with contextlib.suppress(psutil.NoSuchProcess):
        found = process.net_connections(kind="inet")
        return [each for each in found if each.status == psutil.CONN_LISTEN]
    return []


def test_the_tests_ran_under_real_accounts(alice, bob):
    assert [pwd.getpwuid(who.uid).pw_name for who in (alice, bob)] == [alice.name, bob.name]
    assert 0 not in (alice.uid, bob.uid)
