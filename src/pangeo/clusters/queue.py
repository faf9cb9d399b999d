"""What a batch system says of our jobs: which answers here, which wait and why, what they wrote."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

# What each answers to who asks for its queues: a command on PATH is not yet a system in use.
ANSWERS: Mapping[str, tuple[str, ...]] = {"slurm": ("sinfo", "--noheader"), "pbs": ("qstat", "-Q")}
# One line for each job of this user, which begins with its number.
JOBS: Mapping[str, tuple[str, ...]] = {
    "slurm": ("squeue", "--me", "--noheader", "--format=%i %P %T %M %r"),
    "pbs": ("qstat",),
}
# Reasons of Slurm for which a job waits for ever.
NEVER = {
    "PartitionConfig", "PartitionNodeLimit", "PartitionTimeLimit", "BadConstraints",
    "InvalidAccount", "InvalidQOS", "QOSMaxWallDurationPerJobLimit",
    "AssocMaxWallDurationPerJobLimit",
}  # fmt: skip
PATIENCE = 3.0  # seconds in which one answers
TAIL = 12  # lines of a log


def batch_system() -> str | None:
    """The batch system that answers on this machine, if there is one."""
    return next((name for name, command in ANSWERS.items() if answer(command) is not None), None)


def answer(command: tuple[str, ...]) -> str | None:
    """What a command writes, or None if it is not there, fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def states(system: str, ids: Iterable[str]) -> dict[str, str] | None:
    """The line of the queue for each job of these that is in it, or None if nothing is known."""
    said = answer(JOBS[system]) if system in JOBS else None
    if said is None:
        return None
    lines = {
        line.split()[0].partition(".")[0]: line.strip()
        for line in said.splitlines()
        if line.strip()
    }
    return {each: lines[each] for each in ids if each in lines}


def log_tail(folder: Path, ids: Iterable[str]) -> str:
    """The last lines that these jobs wrote, the newest log first that has any."""
    logs = [
        path for path in folder.iterdir() if path.is_file() and any(i in path.name for i in ids)
    ]
    for log in sorted(logs, key=lambda path: path.stat().st_mtime, reverse=True):
        lines = log.read_text(errors="replace").splitlines()
        if lines:
            return f"{log}:\n" + "\n".join(lines[-TAIL:])
    return f"no log in {folder}"
