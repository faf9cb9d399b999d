"""What can be known of a cluster before anything is started: findings of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from pangeo.clusters import queue
from pangeo.clusters.diagnosis import Finding
from pangeo.clusters.lifetime import in_seconds
from pangeo.config import workspace

# Queue by queue its name and the longest walltime that it grants.
LIMITS = ("sinfo", "--noheader", "--format=%R %l")
SHARED = ("nfs", "lustre", "gpfs", "beegfs", "ceph", "gluster", "weka", "panfs", "afs", "cifs")


def of_queue(system: str, name: str | None, walltime: str | None) -> Iterator[Finding]:
    """Whether the batch system answers, has the queue, and grants the walltime."""
    if system not in queue.ANSWERS:
        yield Finding("batch system", True, f"{system}, of which nothing is known here")
        return
    if queue.answer(queue.ANSWERS[system]) is None:
        command = " ".join(queue.ANSWERS[system])
        yield Finding(
            "batch system", False, f"{command} gives no answer",
            fix=f"run where the commands of {system} work: on a login node, or in a job",
        )  # fmt: skip
        return
    yield Finding("batch system", True, f"{system} answers")
    if system == "slurm":
        said = queue.answer(LIMITS) or ""
        limits = dict(line.split(maxsplit=1) for line in said.splitlines() if line.strip())
        yield from _of_partition(limits, name, walltime)


def _of_partition(
    limits: dict[str, str], name: str | None, walltime: str | None
) -> Iterator[Finding]:
    names = name.split(",") if name else []  # several, of which Slurm takes the first that is free
    absent = [each for each in names if each not in limits]
    if absent:
        there = ", ".join(sorted(limits))
        yield Finding(
            "queue", False, f"no partition {', '.join(absent)}", fix=f"choose one of {there}"
        )
        return
    limit = limits[names[0]] if len(names) == 1 else ""
    granting = f"{name}, which grants {limit.strip()}" if limit else name
    said = granting or "the system's own choice"
    yield Finding("queue", True, said)
    asked, granted = in_seconds(walltime, "slurm"), in_seconds(limit, "slurm")
    if asked and granted and asked > granted:
        yield Finding(
            "walltime", False, f"{walltime} asked", fix=f"ask for {limit.strip()} or less"
        )


def of_interface(name: str | None) -> Finding:
    """Whether the interface asked for is there, and has an address."""
    addresses = {
        interface: [each.address for each in found if each.family.name == "AF_INET"]
        for interface, found in psutil.net_if_addrs().items()
    }
    there = ", ".join(f"{each} ({' '.join(found)})" for each, found in addresses.items() if found)
    if name is None:
        return Finding(
            "interface", True, f"none named, so the address known outside; there are {there}"
        )
    if addresses.get(name):
        return Finding("interface", True, f"{name} ({' '.join(addresses[name])})")
    return Finding("interface", False, f"{name} has no address here", fix=f"choose one of {there}")


def of_workspace(jobs: bool) -> Finding:
    """Whether the workspace can be written, and what kind of file system it lies on."""
    folder = workspace()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Finding(
            "workspace", False, f"{folder} cannot be written",
            fix="choose another with PANGEO_WORKSPACE",
        )  # fmt: skip
    kind = _file_system(there)
    local = jobs and not any(each in kind for each in SHARED)
    told = ", a kind that nodes usually do not share" if local else ""
    return Finding("workspace", True, f"{folder}, on {kind}{told}")


def _file_system(path: Path) -> str:
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    return next((mounts[each] for each in (path, *path.parents) if each in mounts), "unknown")
