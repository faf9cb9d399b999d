"""What an ingest did, said back to the user."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

type Status = Literal["created", "replaced", "appended", "updated", "unchanged", "planned"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an ingest would take, from a sample of the chunks."""

    stored_bytes: int
    """On disk, compressed, all layouts."""
    seconds: float
    """To read the files and write the chunks, on the cores of this machine."""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What was read, written and stated anew; printed as a few lines, ``as_dict`` for JSON."""

    name: str
    """The name of the dataset in the catalogue."""
    status: Status
    """``"created"``, ``"replaced"``, ``"appended"`` or ``"updated"``: a version was made;
    ``"unchanged"``: the dataset holds all of this already, and nothing was written;
    ``"planned"``: this was a dry run."""
    version: str = ""
    """The snapshot id that holds the dataset; ``pangeo.open(name, version=...)`` takes it."""
    sources: list[str] = field(default_factory=list)
    """Every file that the dataset was made of, those of earlier ingests included."""
    variables: dict[str, dict[str, int]] = field(default_factory=dict)
    """Each data variable with its dimensions and sizes."""
    chunks: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """The shape of a stored chunk of each data variable, by layout."""
    nbytes: int = 0
    """Size of the arrays as stored values, before compression."""
    notes: list[str] = field(default_factory=list)
    """What is stored otherwise than in the files, and how; everything else is bit for bit.
    Also what was passed over or left out, and where steps are missing."""
    seconds: float = 0.0
    """How long the ingest took."""
    estimate: Estimate | None = None
    """Of a dry run, what the ingest would take."""

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        version = f", version {self.version}" if self.version else ""
        lines = [f"{self.name}: {self.status}{version}"]
        if self.sources:
            lines.append(f"  sources    {_counted(self.sources)}")
        for variable, sizes in self.variables.items():
            shape = ", ".join(f"{dim}: {size}" for dim, size in sizes.items())
            chunks = [
                f"{layout}: {' x '.join(map(str, of[variable])) or 'one value'}"
                for layout, of in self.chunks.items()
                if variable in of
            ]
            lines.append(f"  {variable:<10} ({shape}), chunks {'; '.join(chunks)}")
        lines += [f"  note       {note}" for note in self.notes]
        if self.estimate is not None:
            lines.append(
                f"  would take {self.estimate.stored_bytes / 1e6:.3g} MB on disk, "
                f"{self.nbytes / 1e6:.3g} MB before compression, "
                f"about {self.estimate.seconds:.2g} s"
            )
        lines.append(f"  took       {self.seconds:.1f} s")
        return "\n".join(lines)


def _counted(sources: list[str]) -> str:
    """How many files; a Dataset, which has no path, in the words that say what it was."""
    files = [each for each in sources if Path(each).is_absolute()]
    said = [each for each in sources if each not in files]
    if files:
        said.append(f"{len(files)} file{'s' * (len(files) != 1)}")
    return ", ".join(said)
