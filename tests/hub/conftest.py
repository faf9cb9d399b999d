"""A real JupyterHub, installed and configured as an operator does it, and people who use it."""

from __future__ import annotations

import contextlib
import grp
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import websocket

DEPLOY = Path(__file__).parents[2] / "deploy" / "hub"
GROUP = "pangeo_test"
MEMBERS = ("pangeo_alice", "pangeo_bob")
STRANGER = "pangeo_eve"  # has an account, and is not of the group
LONG = 120  # seconds that only something broken takes, on a machine that others use too

type Eventually = Callable[..., bool]


@pytest.fixture(scope="session")
def prefix() -> Iterator[Path]:
    """What `deploy/hub/install` makes: Python, packages and proxy that every account can read."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("useradd", "setpriv", "patchelf"))):
        pytest.skip("makes accounts and acts for them; as root on Debian: make servers")
    folder = Path(tempfile.mkdtemp(prefix="pangeo-hub-"))
    folder.chmod(0o755)
    install = [DEPLOY / "install", folder]
    try:
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def passwords(prefix: Path) -> Iterator[dict[str, str]]:
    """Accounts of this machine, with their passwords; two of them are in the group of the hub."""
    known = {name: secrets.token_urlsafe(12) for name in (*MEMBERS, STRANGER)}
    _remove(list(known))  # what an earlier run that was killed has left
    subprocess.run(["groupadd", GROUP], check=True)
    for name, password in known.items():
        groups = ["--groups", GROUP] if name in MEMBERS else []
        subprocess.run(["useradd", "--create-home", *groups, name], check=True)
        subprocess.run(["chpasswd"], input=f"{name}:{password}", text=True, check=True)
    yield known
    _remove(list(known))


def _remove(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(KeyError):
            for process in processes_of(pwd.getpwnam(name).pw_uid):
                process.kill()
                process.wait(10)
            subprocess.run(
                ["userdel", "--remove", "--force", name], capture_output=True, check=True
            )
    with contextlib.suppress(KeyError):
        grp.getgrnam(GROUP)
        subprocess.run(["groupdel", GROUP], check=True)


def processes_of(account: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.uids().real == account and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


class Hub:
    """JupyterHub with its proxy and its gateway, on ports that the kernel gave."""

    def __init__(self, prefix: Path, ports: list[int], eventually: Eventually) -> None:
        self.prefix, self.eventually = prefix, eventually
        self.folder = Path(tempfile.mkdtemp(prefix="hub-"))
        self.folder.chmod(0o755)
        self.log = self.folder / "hub.log"
        self.shared, self.state = self.folder / "shared", self.folder / "state"
        self.address = f"http://127.0.0.1:{ports[0]}"
        self.internal = f"127.0.0.1:{ports[1]}"
        self.gateway = f"127.0.0.1:{ports[3]}"
        self.configuration = DEPLOY / "jupyterhub_config.py"
        kept = {name: value for name, value in os.environ.items() if "PANGEO" not in name}
        self.environment = kept | {
            "HUB_ADDRESS": self.address,
            "HUB_INTERNAL": f"http://{self.internal}",
            "HUB_PROXY_API": f"http://127.0.0.1:{ports[2]}",
            "HUB_STATE": str(self.state),
            "HUB_SHARED": str(self.shared),
            "HUB_GROUP": GROUP,
            "GATEWAY_ADDRESS": self.gateway,
            "GATEWAY_SCHEDULERS": f"127.0.0.1:{ports[4]}",
        }

    def change(self, *lines: str) -> None:
        """Start the next time with other settings on top."""
        first = f"load_subconfig({str(self.configuration)!r})"
        changed = self.folder / "changed.py"
        changed.write_text("\n".join([first, "c = get_config()", *lines]))
        self.configuration = changed

    def start(self) -> None:
        command = [str(DEPLOY / "up"), str(self.prefix), str(self.configuration)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        assert self.eventually(self.answers, LONG), self.log.read_text()

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            hub = requests.get(f"{self.address}/hub/health", timeout=5).ok
            return hub and requests.get(f"http://{self.gateway}/api/health", timeout=5).ok
        return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """As an operator stops it: it ends Labs and clusters first."""
        self.process.terminate()
        self.process.wait(LONG)

    def members(self) -> list[psutil.Process]:
        """Every process of the hub, its users' Labs, kernels and clusters; orphans too."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                said = " ".join([*process.environ().values(), *process.cmdline()])
                if any(each in said for each in (str(self.folder), self.gateway, self.internal)):
                    found.append(process)
        return found

    def member(self, words: str, uid: int = 0) -> psutil.Process:
        """The process of an account with these words on its command line or in its environment."""
        for each in self.members():
            with contextlib.suppress(psutil.Error):
                said = " ".join([*each.cmdline(), *each.environ().values()])
                if words in said and each.uids().real == uid:
                    return each
        raise AssertionError(f"no {words} among {[each.cmdline() for each in self.members()]}")


class Person:
    """Somebody at a browser: logs in, starts a Lab, runs cells in the kernel of a notebook."""

    def __init__(self, hub: Hub, name: str) -> None:
        self.hub, self.name = hub, name
        self.uid = pwd.getpwnam(name).pw_uid if name in (*MEMBERS, STRANGER) else -1
        self.lab = f"{hub.address}/user/{name}"
        self.browser = requests.Session()
        self._kernel: str | None = None
        self._channel: Any = None

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        self.browser.close()

    def get(self, url: str, **options: Any) -> requests.Response:
        return self.browser.get(url, timeout=60, **options)

    def log_in(self, password: str) -> requests.Response:
        login = f"{self.hub.address}/hub/login"
        self.get(login)
        form = {"username": self.name, "password": password, "_xsrf": self._cookie("/hub/")}
        return self.browser.post(login, data=form, timeout=60)

    def start(self) -> None:
        """Open the Lab, which starts it."""
        self._kernel = None
        self.get(f"{self.hub.address}/hub/spawn/{self.name}")
        assert self.hub.eventually(self.has_lab, LONG), self.hub.log.read_text()

    def has_lab(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            page = self.get(f"{self.lab}/lab")
            return page.ok and page.url.partition("?")[0] == f"{self.lab}/lab"
        return False

    def run(self, code: str, seconds: float = LONG) -> str:
        """What a cell prints; the error that it raises as text, where it does."""
        self.send(code)
        return self.printed(seconds)

    def send(self, code: str) -> None:
        if self._channel is None:
            self._connect()
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "test",
                  "username": self.name, "version": "5.3"}  # fmt: skip
        content = {"code": code, "silent": False, "store_history": False}
        self._sent = header["msg_id"]
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._channel.send(json.dumps(message | {"channel": "shell"}))

    def printed(self, seconds: float = LONG) -> str:
        said = ""
        self._channel.settimeout(seconds)
        while True:
            message = json.loads(self._channel.recv())
            if message["parent_header"].get("msg_id") != self._sent:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                said += content["text"]
            elif message["msg_type"] == "error":
                said += f"{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return said.strip()

    def is_busy(self) -> bool:
        """Whether the kernel is at work."""
        (kernel,) = self.get(f"{self.lab}/api/kernels").json()
        return bool(kernel["execution_state"] == "busy")

    def _connect(self) -> None:
        if self._kernel is None:
            headers = {"X-XSRFToken": self._cookie(f"/user/{self.name}/")}
            started = self.browser.post(f"{self.lab}/api/kernels", headers=headers, timeout=60)
            assert started.ok, started.text
            self._kernel = started.json()["id"]
        url = f"{self.lab}/api/kernels/{self._kernel}/channels".replace("http", "ws", 1)
        cookies = self.cookies(f"/user/{self.name}/api/kernels")
        self._channel = websocket.create_connection(url, cookie=cookies, timeout=60)

    def cookies(self, path: str) -> str:
        """What the browser would send there."""
        request = self.browser.prepare_request(requests.Request("GET", self.hub.address + path))
        return str(request.headers["Cookie"])

    def leave(self) -> None:
        """Close the browser; what runs in the kernel runs on."""
        if self._channel is not None:
            self._channel.close()
        self._channel = None

    def _cookie(self, path: str) -> str:
        return next(each.value for each in self.browser.cookies if
                    each.name == "_xsrf" and each.path == path)  # fmt: skip


@pytest.fixture(scope="session")
def bring_up(prefix, passwords, free_ports, eventually) -> Iterator[Callable[..., Hub]]:
    """Gives hubs, and sees at the end that nothing of them is left."""
    hubs: list[Hub] = []

    def one(*settings: str, **environment: str) -> Hub:
        hub = Hub(prefix, free_ports(5), eventually)
        hub.environment |= environment
        if settings:
            hub.change(*settings)
        hubs.append(hub)
        hub.start()
        return hub

    yield one
    left = []
    for hub in hubs:
        if hub.process.poll() is None:
            hub.stop()
        eventually(lambda hub=hub: hub.members() == [])
        for member in hub.members():
            left.append(member.cmdline())
            member.kill()
        shutil.rmtree(hub.folder)
    assert left == []


@pytest.fixture(scope="session")
def hub(bring_up) -> Hub:
    """As it is configured for operators."""
    return bring_up()


@pytest.fixture
def person(hub) -> Iterator[Callable[[str], Person]]:
    """Gives people who have not logged in."""
    with contextlib.ExitStack() as browsers:
        yield lambda name: browsers.enter_context(Person(hub, name))


@pytest.fixture(scope="session")
def log_in(passwords) -> Iterator[Callable[[Hub, str], Person]]:
    """Gives people of the group, in their Labs."""
    with contextlib.ExitStack() as browsers:

        def one(hub: Hub, name: str) -> Person:
            person = browsers.enter_context(Person(hub, name))
            assert person.log_in(passwords[name]).ok
            person.start()
            return person

        yield one


@pytest.fixture(scope="session")
def alice(log_in, hub) -> Person:
    return log_in(hub, "pangeo_alice")


@pytest.fixture(scope="session")
def bob(log_in, hub) -> Person:
    return log_in(hub, "pangeo_bob")
