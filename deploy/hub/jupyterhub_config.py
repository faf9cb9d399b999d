"""JupyterHub for a group: jupyterhub -f jupyterhub_config.py, as root.

Where it listens and where it keeps its state comes from the environment, which is described in
README.md; what a user may have stands below, and for clusters in the file of the gateway.
"""

import os
import resource
import sys
from pathlib import Path

from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.spawner import LocalProcessSpawner

MEMORY = "8G"  # that each process of a Lab, such as the kernel of a notebook, may hold
PROCESSES = 2000  # and threads, that an account may have: its Lab, and its part of clusters here
IDLE = 4 * 3600  # seconds after which a Lab that nobody looks at, and that computes nothing, ends

BIN = Path(sys.executable).parent
PREFIX = BIN.parents[1]
GATEWAY = Path(__file__).resolve().parents[1] / "gateway" / "dask_gateway_config.py"
STATE = Path(os.environ.get("HUB_STATE", "/var/lib/pangeo-hub"))
SHARED = Path(os.environ.get("HUB_SHARED", "/srv/pangeo"))
PRIVATE = STATE / "hub"
GATEWAY_ADDRESS = os.environ.get("GATEWAY_ADDRESS", "127.0.0.1:8002")
GATEWAY_SCHEDULERS = os.environ.get("GATEWAY_SCHEDULERS", "127.0.0.1:8786")
SCHEME = "https" if "GATEWAY_CERTIFICATE" in os.environ else "http"

os.umask(0o022)
STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
PRIVATE.mkdir(mode=0o700, exist_ok=True)
(STATE / "clusters").mkdir(mode=0o711, exist_ok=True)  # each finds its own, and lists no other
SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)


class Limited(LocalProcessSpawner):
    """A Lab under the account of its user, with the limits that a process can have by itself."""

    def make_preexec_fn(self, name):
        become = super().make_preexec_fn(name)

        def preexec():
            resource.setrlimit(resource.RLIMIT_DATA, (self.mem_limit,) * 2)
            resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES,) * 2)
            become()

        return preexec


class Proxy(ConfigurableHTTPProxy):
    """The proxy with one watcher: JupyterHub 6.1 adds one whenever it starts a proxy again.

    When the hub ends, it stops the last of them; the others then start a proxy that stays.
    """

    async def start(self):
        if self._check_running_callback is not None:
            self._check_running_callback.stop()
        await super().start()


def service(*command):
    """A command that ends with the hub, even one that was killed: the next starts its own."""
    return ["/usr/bin/setpriv", "--pdeathsig", "KILL", *map(str, command)]


c = get_config()  # noqa: F821 (jupyterhub gives it)

# Listening: users reach the proxy; all else is on this machine alone.
c.JupyterHub.bind_url = os.environ.get("HUB_ADDRESS", "http://127.0.0.1:8000")
c.JupyterHub.ssl_cert = os.environ.get("HUB_CERTIFICATE", "")
c.JupyterHub.ssl_key = os.environ.get("HUB_CERTIFICATE_KEY", "")
c.JupyterHub.hub_bind_url = os.environ.get("HUB_INTERNAL", "http://127.0.0.1:8081")
c.JupyterHub.proxy_class = Proxy
c.ConfigurableHTTPProxy.api_url = os.environ.get("HUB_PROXY_API", "http://127.0.0.1:8001")
c.ConfigurableHTTPProxy.command = [
    str(BIN / "node"), str(PREFIX / "proxy/node_modules/.bin/configurable-http-proxy")
]  # fmt: skip
c.ConfigurableHTTPProxy.pid_file = str(PRIVATE / "proxy.pid")

# What is remembered, for root alone.
c.JupyterHub.db_url = f"sqlite:///{PRIVATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(PRIVATE / "cookie_secret")

# Who is it: accounts of this machine with their passwords, if they are in the group.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {os.environ.get("HUB_GROUP", "pangeo")}
c.LocalAuthenticator.create_system_users = False

# A Lab for each, under the account of the user.
c.JupyterHub.spawner_class = Limited
c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.args = [
    "--KernelManager.transport=ipc",  # a kernel on ports would be overheard by other accounts
    f"--ServerApp.shutdown_no_activity_timeout={2 * IDLE}",  # by itself, should there be no hub
    f"--MappingKernelManager.cull_idle_timeout={IDLE}",
]
c.Spawner.default_url = "/lab"
c.Spawner.ip = "127.0.0.1"
c.Spawner.start_timeout = 120
c.Spawner.mem_limit = MEMORY
c.Spawner.environment = {
    "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
    "PANGEO_SHARED": str(SHARED),
    "DASK_GATEWAY__ADDRESS": f"{SCHEME}://{GATEWAY_ADDRESS}",
    "DASK_GATEWAY__PROXY_ADDRESS": GATEWAY_SCHEDULERS,
    "DASK_GATEWAY__AUTH__TYPE": "jupyterhub",
}

# Beside it: the gateway with everybody's clusters, and what ends Labs that nobody uses.
c.JupyterHub.services = [
    {
        "name": "dask-gateway",
        "command": service(BIN / "dask-gateway-server", "-f", GATEWAY),
        "environment": {
            "GATEWAY_BACKEND": "local",
            "GATEWAY_STATE": str(STATE / "gateway"),
            "GATEWAY_CLUSTERS": str(STATE / "clusters"),
            **{name: value for name, value in os.environ.items()
               if name.startswith("GATEWAY_") or name == "SLURM_CONF"},
            "GATEWAY_ADDRESS": GATEWAY_ADDRESS,
            "GATEWAY_SCHEDULERS": GATEWAY_SCHEDULERS,
        },
        "display": False,
    },
    {
        "name": "idle-culler",
        "command": service(BIN / "jupyterhub-idle-culler", f"--timeout={IDLE}"),
        "display": False,
    },
]  # fmt: skip
c.JupyterHub.load_roles = [
    {
        "name": "user",
        "scopes": ["self", "access:services!service=dask-gateway"],
    },
    {
        "name": "server",  # what the Lab itself may do for its user
        "scopes": [
            "users:activity!user",
            "access:servers!server",
            "access:services!service=dask-gateway",
        ],
    },
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    },
]
