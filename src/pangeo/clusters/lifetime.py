"""Workers that leave before the walltime of their job ends them.

One that leaves by itself first hands its results to the others; one that is ended takes them
with it, and they are computed again. Jobs that began together would leave together, with nobody
to hand anything to: so every other one leaves earlier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SHARE = 0.2  # of the walltime is kept for leaving, by every other worker twice as much,
LONGEST = 300.0  # but not more than these seconds


def leaving(walltime: str | None, system: str, worker: str) -> list[str]:
    """The options of ``dask worker`` for a job with that walltime; none where it is not clear.

    A worker's name ends in its number.
    """
    seconds = in_seconds(walltime, system)
    if not seconds:
        return []
    number = re.search(r"\d+$", worker)
    early = 1 + (int(number[0]) % 2 if number else 0)
    return ["--lifetime", f"{seconds - early * min(SHARE * seconds, LONGEST):.0f}s"]


# What each writes: days, hours, minutes and seconds, as far as they are there.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "slurm": (
        r"(?P<m>\d+)(:(?P<s>\d+))?",
        r"(?P<h>\d+):(?P<m>\d+):(?P<s>\d+)",
        r"(?P<d>\d+)-(?P<h>\d+)(:(?P<m>\d+)(:(?P<s>\d+))?)?",
    ),
    "pbs": (r"(((?P<h>\d+):)?(?P<m>\d+):)?(?P<s>\d+)",),
}
UNIT = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def in_seconds(walltime: str | None, system: str) -> float | None:
    """A walltime such as ``02:00:00`` in seconds, as the batch system reads it, else None.

    A number alone is minutes to Slurm and seconds to PBS.
    """
    for form in FORMATS.get(system, ()):
        found = re.fullmatch(form, (walltime or "").strip())
        if found:
            return float(sum(int(n) * UNIT[unit] for unit, n in found.groupdict("0").items()))
    return None
