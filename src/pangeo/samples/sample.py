"""What a sample is: a file, and the truth about where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sample:
    """A file on this machine that says whether somebody measured it or somebody made it up.

    Parameters
    ----------
    path
        The file.
    kind
        ``"real"`` data, or ``"synthetic"``: made by a program.
    source
        Who made it, and the package and file it was taken from, in one line.
    """

    path: Path
    kind: Literal["real", "synthetic"]
    source: str
