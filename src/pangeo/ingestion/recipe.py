"""What the user asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pangeo.ingestion.corrections import Attributes
from pangeo.ingestion.shapes import Chunks
from pangeo.ingestion.sources import SourceFile


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the user asked for; a dataset made by the same recipe needs not be made again."""

    files: Sequence[SourceFile]
    variables: Sequence[str] | None
    title: str | None
    layouts: Sequence[str] | None
    chunks: Chunks | None
    attributes: Attributes | None
    notes: list[str]
    """What was passed over when the files were looked for."""

    def as_dict(self) -> dict[str, Any]:
        """The recipe as the store remembers it."""
        return {
            "sources": [file.sha256 for file in self.files],
            "variables": sorted(self.variables) if self.variables is not None else None,
            "layouts": list(self.layouts) if self.layouts is not None else None,
            "chunks": self.chunks,
            "attributes": self.attributes,
        }
