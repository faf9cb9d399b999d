"""One dataset as the catalogue describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import xarray as xr

from pangeo.catalogs.card import card_html
from pangeo.catalogs.opening import open_dataset
from pangeo.catalogs.picture import write_picture
from pangeo.config import workspace
from pangeo.storage import Location, read_document


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One dataset as the catalogue describes it, without touching its data.

    As the last line of a cell it shows itself as a card: where and when it is on a map and
    an axis of time, its variables and chunks, whether it was verified, and the line that opens it.
    """

    # Without these a description is torn.
    FIELDS: ClassVar = frozenset(
        ("title", "extent", "assets", "cube:variables", "pangeo:snapshot", "pangeo:updated",
         "pangeo:bytes", "pangeo:bytes_on_disk", "pangeo:sources", "pangeo:notes", "pangeo:sizes",
         "pangeo:tags", "pangeo:has_box")
    )  # fmt: skip

    CERTIFICATE: ClassVar = frozenset(("version", "verified_at", "holds", "checks"))

    location: Location
    stac: Mapping[str, Any]
    """The STAC Collection as plain JSON values."""

    @property
    def name(self) -> str:
        """The name to open it by."""
        return self.location.name

    @property
    def title(self) -> str:
        """A line that describes it."""
        return str(self.stac["title"])

    @property
    def version(self) -> str:
        """The snapshot id of the newest version."""
        return str(self.stac["pangeo:snapshot"])

    @property
    def variables(self) -> dict[str, dict[str, int]]:
        """Its data variables, each with its dimensions and their sizes."""
        sizes = self.stac["pangeo:sizes"]
        return {
            name: {dim: sizes[dim] for dim in variable["dimensions"]}
            for name, variable in self.stac["cube:variables"].items()
            if variable["type"] == "data"
        }

    @property
    def said_of_variables(self) -> Mapping[str, Mapping[str, Any]]:
        """What the datacube extension says of each variable, coordinates too."""
        said: Mapping[str, Mapping[str, Any]] = self.stac["cube:variables"]
        return said

    @property
    def chunks(self) -> dict[str, dict[str, list[int]]]:
        """The stored chunk shape of each variable in each layout."""
        return {
            layout: asset["pangeo:chunks"]
            for layout, asset in self.stac["assets"].items()
            if "data" in asset["roles"]
        }

    @property
    def bbox(self) -> tuple[float, float, float, float] | None:
        """(west, south, east, north) in degrees; None where the data have no position."""
        if not self.stac["pangeo:has_box"]:
            return None
        west, south, east, north = self.stac["extent"]["spatial"]["bbox"][0]
        return west, south, east, north

    @property
    def interval(self) -> tuple[str | None, str | None]:
        """First and last time, ISO 8601; None where the data have no dates."""
        start, end = self.stac["extent"]["temporal"]["interval"][0]
        return start, end

    @property
    def nbytes(self) -> int:
        """Size of the arrays as stored values, before compression."""
        return int(self.stac["pangeo:bytes"])

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The files it was made of, with path, size and SHA-256 of each."""
        return list(self.stac["pangeo:sources"])

    @property
    def notes(self) -> list[str]:
        """What ingest stored otherwise than the files had it, and how."""
        return list(self.stac["pangeo:notes"])

    @property
    def certificate(self) -> dict[str, Any] | None:
        """What the last ``verify`` found, as plain values; None where there was none.

        It may be of an earlier version: compare its ``version`` with that of the entry.
        """
        return read_document(self.location.certificate, self.CERTIFICATE)

    @property
    def opening_line(self) -> str:
        """The line of Python that opens it, to be copied."""
        name = json.dumps(self.name)
        if self._is_own:
            return f"pangeo.open({name})"
        return f"pangeo.catalog({json.dumps(str(self.location.workspace))}).open({name})"

    @property
    def verifying_line(self) -> str:
        """The line of Python that verifies it; empty where it lies in another workspace."""
        return f"pangeo.verify({json.dumps(self.name)})" if self._is_own else ""

    @property
    def _is_own(self) -> bool:
        """Whether it lies where a name alone is looked for."""
        return self.location.workspace == workspace()

    def to_xarray(self, **options: Any) -> xr.Dataset:
        """The dataset as lazy xarray; takes the options of ``pangeo.open``."""
        return open_dataset(self.location, **options)

    def to_image(self, path: str | Path) -> None:
        """Its card as a picture, for a talk or a paper: where, when and what the dataset is.

        Parameters
        ----------
        path
            The file to write; its ending tells the format: ``.png``, ``.svg`` or ``.pdf``.

        Raises
        ------
        InputError
            When there is no such format, or no such folder.

        Examples
        --------
        >>> import pangeo
        >>> report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst-ostia")
        >>> pangeo.catalog()["sst-ostia"].to_image("sst-ostia.png")
        """
        write_picture(self, Path(path))

    def as_dict(self) -> dict[str, Any]:
        """The entry as plain values, as the command line prints with ``--json``."""
        return {
            "name": self.name,
            "title": self.title,
            "version": self.version,
            "updated": self.stac["pangeo:updated"],
            "variables": self.variables,
            "bbox": self.bbox,
            "interval": self.interval,
            "nbytes": self.nbytes,
            "chunks": self.chunks,
            "sources": self.sources,
            "notes": self.notes,
            "certificate": self.certificate,
        }

    def __repr__(self) -> str:
        return f"<pangeo.Entry {self.name}: {', '.join(self.variables)}; version {self.version}>"

    def _repr_html_(self) -> str:
        return card_html(self)
