"""What an ingest did, said back to the user."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

type Status = Literal["created", "replaced", "appended", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What was read, written and stated anew; printed as a few lines, ``as_dict`` for JSON."""

    name: str
    """The name of the dataset in the catalogue."""
    status: Status
    """``"created"``, ``"replaced"``, ``"appended"`` or ``"updated"``: a version was made;
    ``"unchanged"``: the dataset holds all of this already, and nothing was written."""
    version: str
    """The snapshot id that holds the dataset; ``pangeo.open(name, version=...)`` takes it."""
    sources: list[str]
    """Every file that the dataset was made of, those of earlier ingests included."""
    variables: dict[str, dict[str, int]]
    """Each data variable with its dimensions and sizes."""
    chunks: dict[str, list[int]]
    """The shape of a stored chunk of each data variable, in the layout ``map``."""
    nbytes: int
    """Size of the arrays as stored values, before compression."""
    notes: list[str]
    """What is stored otherwise than in the files, and how; everything else is bit for bit.
    Also what was passed over or left out, and where steps are missing."""
    seconds: float
    """How long the ingest took."""

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {self.status}, version {self.version}",
            f"  sources    {len(self.sources)} file{'s' if len(self.sources) != 1 else ''}",
        ]
        for variable, sizes in self.variables.items():
            shape = ", ".join(f"{dim}: {size}" for dim, size in sizes.items())
            chunk = " x ".join(map(str, self.chunks.get(variable, []))) or "one value"
            lines.append(f"  {variable:<10} ({shape}) in chunks of {chunk}")
        lines += [f"  restated   {note}" for note in self.notes]
        lines.append(f"  took       {self.seconds:.1f} s")
        return "\n".join(lines)
