"""Workers that leave before the walltime of their job ends them.

One that leaves by itself first hands its results to the others; one that is ended takes them
with it, and they are computed again. Jobs that began together would leave together, with nobody
to hand anything to: so every other one leaves earlier.
"""

from __future__ import annotations

import re

SHARE = 0.2  # of the walltime is kept for leaving, by every other worker twice as much,
LONGEST = 300.0  # but not more than these seconds


def leaving(walltime: str | None, worker: str) -> list[str]:
    """The options of ``dask worker`` for a job with that walltime; none where it is not clear.

    A worker's name ends in its number.
    """
    seconds = in_seconds(walltime)
    if not seconds:
        return []
    number = re.search(r"\d+$", worker)
    early = 1 + (int(number[0]) % 2 if number else 0)
    return ["--lifetime", f"{seconds - early * min(SHARE * seconds, LONGEST):.0f}s"]


def in_seconds(walltime: str | None) -> float | None:
    """A walltime such as ``1-12:00:00`` or ``02:00:00`` in seconds, else None.

    A number alone is minutes to Slurm and seconds to PBS, so it is not taken for either.
    """
    parts = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d\d):(\d\d)", walltime or "")
    if parts is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
