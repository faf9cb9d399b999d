"""Dask Gateway for Pangeo: dask-gateway-server -f dask_gateway_config.py.

Where it listens, where it keeps its state and what starts the workers comes from the
environment, which is described in README.md; what a user may have stands below, to be edited.
"""

import asyncio
import json
import os
import pwd
import sys
from pathlib import Path

from cryptography.fernet import Fernet
from dask_gateway_server.backends.base import PublicException
from dask_gateway_server.backends.jobqueue.slurm import SlurmBackend
from dask_gateway_server.backends.local import LocalBackend, UnsafeLocalBackend
from dask_gateway_server.options import Float, Integer, Options

CLUSTERS_PER_USER = 2
WORKERS_PER_CLUSTER = 20
CORES_PER_CLUSTER = 40
MEMORY_PER_CLUSTER = 160  # GiB
CORES_PER_WORKER = 8
MEMORY_PER_WORKER = 32  # GiB
IDLE = 3600  # seconds after which a cluster that computes nothing is ended
QUEUE = 3600  # seconds that a job may wait in the queue before the gateway gives it up

BIN = Path(sys.executable).parent
STATE = Path(os.environ.get("GATEWAY_STATE", "/var/lib/dask-gateway"))
CLUSTERS = Path(os.environ.get("GATEWAY_CLUSTERS", STATE / "clusters"))
ON_SLURM = os.environ["GATEWAY_BACKEND"] == "slurm"
OF_A_HUB = "JUPYTERHUB_API_TOKEN" in os.environ
SLURM = {name: os.environ[name] for name in ("SLURM_CONF",) if name in os.environ}


class Capped:
    """Keeps to what stands above, where the gateway itself does not."""

    async def start_cluster(self, user, cluster_options):
        running = await self.list_clusters(user.name)
        if len(running) >= CLUSTERS_PER_USER:
            raise PublicException(
                f"{user.name} has {len(running)} clusters, and may have {CLUSTERS_PER_USER}"
            )
        return await super().start_cluster(user, cluster_options)

    def get_worker_command(self, cluster, worker_name, scheduler_address=None):
        # Without it a worker listens on every network that its machine has.
        command = super().get_worker_command(cluster, worker_name, scheduler_address)
        return [*command, "--host", self.default_host]


class Trial(Capped, UnsafeLocalBackend):
    """Processes on this machine, all of the account that the gateway runs under."""


class OfAPerson(Capped):
    """Computes under the account whose name the user has."""

    least_uid = 1000  # below it are the accounts of the system, root first of all

    async def start_cluster(self, user, cluster_options):
        try:
            of_a_person = pwd.getpwnam(user.name).pw_uid >= self.least_uid
        except KeyError:
            of_a_person = False
        if not of_a_person:
            raise PublicException(f"{user.name} is not the account of a person on this machine")
        return await super().start_cluster(user, cluster_options)


class Local(OfAPerson, LocalBackend):
    """Processes on this machine."""

    def set_file_permissions(self, paths, username):
        # dask-gateway 2026.3 lists each letter of two paths as a path: "/" is one of them.
        paths = [path for path in paths if len(path) > 1]
        super().set_file_permissions([*paths, *self._get_tls_paths(paths[0])], username)


class Slurm(OfAPerson, SlurmBackend):
    """Jobs of a batch system."""

    # Where every job listens: known to the job alone, whose script sets it.
    default_host = "$ADDRESS"

    async def do_as_user(self, user, action, **kwargs):
        """Run dask-gateway's launcher under the account of the user: it asks sudo, we runuser."""
        itself = pwd.getpwnam(user).pw_uid == os.geteuid()
        switch = [] if itself else ["/usr/sbin/runuser", "-u", user, "--"]
        process = await asyncio.create_subprocess_exec(
            *switch, self.dask_gateway_jobqueue_launcher,
            env={"HOME": pwd.getpwnam(user).pw_dir},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        request = json.dumps(kwargs | {"action": action}).encode()
        out, err = await process.communicate(request)
        if process.returncode != 0:
            raise RuntimeError(f"{action} as {user}: {err.decode(errors='replace').strip()}")
        result = json.loads(out)
        if not result["ok"]:
            raise RuntimeError(result["error"])
        return result["returncode"], result["stdout"], result["stderr"]

    def get_env(self, cluster):
        return super().get_env(cluster) | SLURM

    def get_stop_cmd_env(self, job_id):
        command, environment = super().get_stop_cmd_env(job_id)
        return command, environment | SLURM

    def get_status_cmd_env(self, job_ids):
        command, environment = super().get_status_cmd_env(job_ids)
        return command, environment | SLURM


def key_of(state):
    """The key under which the database holds the clusters' own keys, made once."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = state / "database.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(Fernet.generate_key())
    return file.read_text()


c = get_config()  # noqa: F821 (dask-gateway-server gives it)

# Listening: users reach the two proxies; the gateway itself is on this machine alone.
c.DaskGateway.address = "127.0.0.1:0"
c.Proxy.address = os.environ.get("GATEWAY_ADDRESS", "127.0.0.1:8000")
c.Proxy.tcp_address = os.environ.get("GATEWAY_SCHEDULERS", "127.0.0.1:8786")
c.Proxy.tls_cert = os.environ.get("GATEWAY_CERTIFICATE", "")
c.Proxy.tls_key = os.environ.get("GATEWAY_CERTIFICATE_KEY", "")

# Who is it: JupyterHub says, by the token of each user. Without a hub one password serves to
# try it out, and whoever knows it can be anybody.
if OF_A_HUB:
    c.DaskGateway.authenticator_class = "dask_gateway_server.auth.JupyterHubAuthenticator"
elif ON_SLURM:
    sys.exit("dask_gateway_config.py: on Slurm users are told apart by JupyterHub alone: give "
             "JUPYTERHUB_API_TOKEN, JUPYTERHUB_API_URL and JUPYTERHUB_SERVICE_NAME")  # fmt: skip
else:
    c.DaskGateway.authenticator_class = "dask_gateway_server.auth.SimpleAuthenticator"
    c.SimpleAuthenticator.password = (STATE / "password").read_text().strip()

# Who computes.
c.DaskGateway.backend_class = Slurm if ON_SLURM else Local if OF_A_HUB else Trial
# Dashboards have no login: each shows itself to the account that it runs under, and to no other.
guarded = ["--preload", "pangeo.clusters.doorkeeper"]
c.ClusterConfig.scheduler_cmd = [str(BIN / "dask"), "scheduler", *guarded]
c.ClusterConfig.worker_cmd = [str(BIN / "dask"), "worker", *guarded]
c.LocalBackend.clusters_directory = str(CLUSTERS)
c.JobQueueBackend.dask_gateway_jobqueue_launcher = str(BIN / "dask-gateway-jobqueue-launcher")
c.JobQueueClusterConfig.staging_directory = os.environ.get(
    "GATEWAY_STAGING", "{home}/.dask-gateway/"
)
interface = os.environ.get("GATEWAY_INTERFACE", "lo")
address = f"ADDRESS=$(/usr/sbin/ip -4 -o address show dev {interface} | awk '{{print $4}}')"
setup = f"{address}\nADDRESS=${{ADDRESS%%/*}}"
c.JobQueueClusterConfig.scheduler_setup = setup
c.JobQueueClusterConfig.worker_setup = setup
if ON_SLURM:
    c.DBBackendBase.cluster_start_timeout = c.DBBackendBase.worker_start_timeout = QUEUE
c.SlurmClusterConfig.partition = os.environ.get("GATEWAY_PARTITION", "")

# How much of it, at most.
c.Backend.cluster_options = Options(
    Integer("worker_cores", 1, min=1, max=CORES_PER_WORKER, label="Cores of each worker"),
    Float("worker_memory", 2, min=0.5, max=MEMORY_PER_WORKER, label="Memory of each worker (GiB)"),
    handler=lambda options: {
        "worker_cores": options.worker_cores,
        "worker_memory": int(options.worker_memory * 2**30),
    },
)
c.ClusterConfig.scheduler_cores = 1
c.ClusterConfig.scheduler_memory = "2 G"
c.ClusterConfig.cluster_max_workers = WORKERS_PER_CLUSTER
c.ClusterConfig.cluster_max_cores = CORES_PER_CLUSTER
c.ClusterConfig.cluster_max_memory = f"{MEMORY_PER_CLUSTER} G"
c.ClusterConfig.idle_timeout = IDLE
# The scheduler itself ends too, a while later, should there be no gateway to end it.
c.ClusterConfig.environment = {"DASK_DISTRIBUTED__SCHEDULER__IDLE_TIMEOUT": f"{2 * IDLE} s"}

# A gateway that is started again finds its clusters.
c.DBBackendBase.db_url = f"sqlite:///{STATE}/clusters.sqlite"
c.DBBackendBase.db_encrypt_keys = [key_of(STATE)]
