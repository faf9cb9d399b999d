"""A real Dask Gateway, with the very configuration that an operator is given."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dask
import dask_gateway  # noqa: F401 (its defaults come before settings that hold for a while)
import psutil
import pytest

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "gateway" / "dask_gateway_config.py"
BIN = Path(sys.executable).parent

type Eventually = Callable[..., bool]


class Server:
    """Dask Gateway in a process of its own, on ports that the kernel gives."""

    def __init__(self, ports: list[int], backend: str, eventually: Eventually) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gateway-"))
        self.address = f"http://127.0.0.1:{ports[0]}"
        self.schedulers = f"127.0.0.1:{ports[1]}"
        self.password = secrets.token_hex(16)
        self.configuration = CONFIGURATION
        self.eventually = eventually
        self.tokens: dict[str, str] = {}
        self.environment = {
            **{name: value for name, value in os.environ.items() if "JUPYTERHUB" not in name},
            "GATEWAY_BACKEND": backend,
            "GATEWAY_ADDRESS": f"127.0.0.1:{ports[0]}",
            "GATEWAY_SCHEDULERS": self.schedulers,
            "GATEWAY_STATE": str(self.folder / "state"),
            "GATEWAY_STAGING": str(self.folder / "jobs"),
        }
        state = self.folder / "state"
        state.mkdir(mode=0o700)
        (state / "password").write_text(self.password)

    def change(self, *lines: str) -> None:
        """Start the next time with other settings on top."""
        self.configuration = self.folder / "changed.py"
        first = f"load_subconfig({str(CONFIGURATION)!r})"
        self.configuration.write_text("\n".join([first, "c = get_config()", *lines]))

    def start(self) -> None:
        command = [str(BIN / "dask-gateway-server"), "-f", str(self.configuration)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        assert self.eventually(self.answers, 60), self.log.read_text()

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"{self.address}/api/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """As an operator stops it: it ends its clusters first."""
        self.process.terminate()
        self.process.wait(60)

    def members(self) -> list[psutil.Process]:
        """The processes of the server and of its clusters, orphans too."""
        here = self.address.removeprefix("http://")
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if here in " ".join([*process.environ().values(), *process.cmdline()]):
                    found.append(process)
        return found

    def user(self, name: str) -> contextlib.AbstractContextManager[object]:
        """Dask's settings as this user has them."""
        return dask.config.set(
            {
                "gateway.address": self.address,
                "gateway.proxy-address": self.schedulers,
                "gateway.auth": self.login(name),
            }
        )

    def login(self, name: str) -> dict[str, Any]:
        if name in self.tokens:
            return {"type": "jupyterhub", "kwargs": {"api_token": self.tokens[name]}}
        return {"type": "basic", "kwargs": {"username": name, "password": self.password}}


@pytest.fixture(scope="module")
def serve(free_ports, eventually) -> Iterator[Callable[..., Server]]:
    """Gives servers, and sees at the end that nothing of them is left."""
    servers: list[Server] = []

    def one(backend: str, *settings: str, **environment: str) -> Server:
        server = Server(free_ports(2), backend, eventually)
        server.environment |= environment
        if settings:
            server.change(*settings)
        servers.append(server)
        server.start()
        return server

    yield one
    for server in servers:
        if server.process.poll() is not None and server.members():
            server.start()  # a test has left clusters of a server that it killed
        if server.process.poll() is None:
            server.stop()
        assert eventually(lambda server=server: server.members() == []), server.members()
        shutil.rmtree(server.folder)


class Hub(ThreadingHTTPServer):
    """What JupyterHub answers when the gateway asks whose token it was shown."""

    def __init__(self, *names: str) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.tokens = {name: secrets.token_hex(16) for name in names}
        self.environment = {
            "JUPYTERHUB_API_TOKEN": secrets.token_hex(16),
            "JUPYTERHUB_API_URL": f"http://127.0.0.1:{self.server_port}/hub/api",
            "JUPYTERHUB_SERVICE_NAME": "dask",
        }


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        token = self.headers["Authorization"].removeprefix("token ")
        names = [name for name, own in self.server.tokens.items() if own == token]
        self.send_response(200 if names else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        for name in names:
            user = {"name": name, "kind": "user", "scopes": ["access:services!service=dask"]}
            self.wfile.write(json.dumps(user).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def on_slurm(serve: Callable[..., Server], hub: Hub, slurm_conf: Path) -> Callable[..., Server]:
    """Gives servers whose clusters are jobs, of any account: root's too, which tests run under."""
    anybody = "c.DaskGateway.backend_class.least_uid = 0"

    def one(*settings: str) -> Server:
        server = serve("slurm", anybody, *settings, **hub.environment, SLURM_CONF=str(slurm_conf))
        server.tokens = hub.tokens
        return server

    return one


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A hub with two users, who are accounts of this machine."""
    with Hub("root", "nobody") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
