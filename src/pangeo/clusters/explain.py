"""What a failure on the workers means: in words, with the call that gets round it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial
from typing import Any

from dask.utils import format_bytes, key_split
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker, NoValidWorkerError, NoWorkerError

from pangeo.errors import ComputeError, PangeoError

SMALLER = "give smaller chunks: pangeo.open(name, chunks={...})"


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a failure happened."""

    task: str
    memory: int | None
    """Of each worker, in bytes."""
    outgrown: bool
    """Whether a worker was ended because it came to its limit of memory."""
    gone: bool
    """Whether the scheduler answers no more."""
    idle: bool
    """Whether the scheduler ended because it had no work."""
    call: Callable[..., str]
    """The call that starts such a cluster again, with what is to be changed in it."""


def task_name(key: Any) -> str:
    """A task as its user may know it: what it computes, and which block of the result."""
    block = key[1:] if isinstance(key, tuple) else ()
    return f"{key_split(key)}, block {block}" if block else key_split(key)


def explainer(error: BaseException) -> Callable[[Scene], ComputeError | None] | None:
    """What puts a failure in words, or None for one that says itself what it is."""
    if isinstance(error, PangeoError):
        return None
    if isinstance(error, KilledWorker):
        return partial(_killed, error)
    if isinstance(error, MemoryError):
        return partial(_out_of_memory, error)
    if isinstance(error, (NoWorkerError, NoValidWorkerError)):
        return partial(_no_worker, error)
    if isinstance(error, (CancelledError, CommClosedError)):
        return partial(_lost, error)
    for link in _chain(error):
        no_filter = isinstance(link, OSError) and "required filter" in str(link)  # as HDF5 says it
        if no_filter or type(link).__name__ == "UnknownCodecError":
            return partial(_no_codec, link)
        if isinstance(link, ModuleNotFoundError):
            return partial(_no_package, link)
        refused = _refusal(link)
        if refused is not None:
            return partial(_no_data, link, refused)
    return None


def _out_of_memory(error: BaseException, scene: Scene) -> ComputeError:
    has = format_bytes(scene.memory) if scene.memory else "all memory there is"
    more = (
        scene.call(memory=format_bytes(2 * scene.memory).replace(" ", "")) if scene.memory else ""
    )
    return ComputeError(
        f"a worker ran out of memory in task {scene.task}",
        found=f"a worker has {has}; {_first_line(error)}",
        expected="tasks of which as many as a worker has cores fit in its memory",
        fix=f"{SMALLER}, give each worker fewer cores, or more memory{more and ': ' + more}",
    )


def _killed(error: KilledWorker, scene: Scene) -> ComputeError:
    if scene.outgrown:
        return _out_of_memory(error, scene)
    return ComputeError(
        f"the process of the worker died each time it ran task {scene.task}",
        found=f"{error.allowed_failures + 1} tries, each ended from outside Python",
        expected="a process that lives until its task is done",
        fix="look at what the worker wrote (as a job, in WORKSPACE/jobs): the system may have "
        "ended it for its memory or its walltime, which more of them cures; a library may have "
        "crashed, which the task shows when it is run alone; or the task is of a module that "
        "the worker cannot import",
    )


def _lost(error: BaseException, scene: Scene) -> ComputeError | None:
    if not scene.gone:
        return None  # a future that its user cancelled, or a worker that was spoken to and died
    return ComputeError(
        "the cluster is gone, and with it what it held",
        found="it had no work for as long as distributed.scheduler.idle-timeout allows"
        if scene.idle
        else f"no connection to its scheduler; {_first_line(error)}",
        expected="a scheduler that answers until client.close()",
        fix=f"start it again: {scene.call()}; what is stored is safe, what was only in the "
        "memory of the workers is to be computed again",
    )


def _no_worker(error: BaseException, scene: Scene) -> ComputeError:
    return ComputeError(
        f"no worker came for task {scene.task}",
        found=_first_line(error),
        expected="a worker within distributed.scheduler.no-workers-timeout",
        fix="client.wait_for_workers(1) says why none comes; pangeo doctor tries one",
    )


def _no_codec(error: BaseException, scene: Scene) -> ComputeError:
    return ComputeError(
        f"the workers cannot decode a chunk that task {scene.task} needs",
        found=_first_line(error),
        expected="the package of the codec in the environment of the workers as well",
        fix="install it there (hdf5plugin for HDF5 filters, numcodecs or the package that wrote "
        "the store for Zarr), then start the cluster again: " + scene.call(),
    )


def _no_package(error: ModuleNotFoundError, scene: Scene) -> ComputeError:
    return ComputeError(
        f"the workers lack a package that task {scene.task} needs",
        found=_first_line(error),
        expected=f"{error.name} in the environment of the workers as well",
        fix="install it there, or start the cluster from the environment that has it: "
        + scene.call(),
    )


def _no_data(error: BaseException, refused: str, scene: Scene) -> ComputeError:
    name = getattr(error, "filename", None)
    elsewhere = isinstance(name, (str, bytes, os.PathLike)) and os.path.exists(name)
    chunk = re.search(r'array="([^"]*)" chunk=(\[[^\]]*\])', str(error))
    what = f"chunk {chunk[2]} of {chunk[1]}" if chunk else str(name or _first_line(error))
    fix = {
        "not there": "if it is a dataset of Pangeo, pangeo verify NAME tells which chunks are "
        "lost; else correct the address",
        "refused": "give the workers the rights: credentials in the environment in which they "
        "start, or in the options of the store",
    }[refused]
    if elsewhere:
        fix = "it is there for this process: put it on a file system that all nodes see"
    return ComputeError(
        f"the data that task {scene.task} reads are {refused}",
        found=f"{what}; {_first_line(error)}",
        expected="data that every worker can read",
        fix=fix,
    )


# Of HTTP and of object stores; the libraries that read them name their errors alike.
ABSENT = {404, 410, "NotFoundError", "object-not-found", "NoSuchKey"}
REFUSED = {401, 403, "PermissionDeniedError", "UnauthenticatedError", "AccessDenied"}
# Whose numbers and texts are those of HTTP; in an error of somebody else 404 may be anything.
READERS = {
    "adlfs", "aiohttp", "azure", "botocore", "gcsfs", "google", "httpx", "icechunk", "obstore",
    "requests", "s3fs", "urllib", "urllib3",
}  # fmt: skip


def _refusal(error: BaseException) -> str | None:
    """Whether data were not there, or refused, as far as an error can be read."""
    if isinstance(error, FileNotFoundError):
        return "not there"
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return "refused"
    if type(error).__module__.partition(".")[0] not in READERS:
        return None
    answer = getattr(error, "response", None)  # of botocore a mapping, of others an object
    said = [
        answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None,
        getattr(answer, "status_code", None),
        *(getattr(error, field, None) for field in ("kind", "code", "status")),
    ]
    marks = {type(error).__name__, *(each for each in said if isinstance(each, (int, str)))}
    if marks & ABSENT:
        return "not there"
    if marks & REFUSED or re.search(r"\b(403|Forbidden|AccessDenied)\b", str(error)):
        return "refused"
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and its causes; not what was merely being handled when it was raised."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__


def _first_line(error: BaseException) -> str:
    if isinstance(error, KilledWorker):
        return "each worker that tried it was ended"  # rather than Dask's own five lines
    said = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
