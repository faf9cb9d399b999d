"""The package dask-jobqueue, which is there only where it was asked for."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from types import ModuleType

from pangeo.clusters.extras import need

# The class of each batch system. Only slurm and pbs are tested.
SYSTEMS: Mapping[str, str] = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
    "htcondor": "HTCondorCluster",
}


def jobqueue() -> ModuleType:
    """The package, whose import also fills ``jobqueue.*`` of Dask's settings.

    It also has Ctrl-C end Python from then on, in a notebook the kernel: that is taken back.
    """
    interrupt = signal.getsignal(signal.SIGINT)
    try:
        return need("dask_jobqueue", "hpc", "start workers as jobs of a batch system")
    finally:
        if signal.getsignal(signal.SIGINT) is not interrupt:
            signal.signal(signal.SIGINT, interrupt)
