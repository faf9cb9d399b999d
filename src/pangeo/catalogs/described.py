"""What a card and a table need to know of an entry, which shows itself in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pangeo.storage import Location


class Described(Protocol):
    """A dataset as the catalogue describes it: an ``Entry``, seen from below."""

    @property
    def location(self) -> Location:
        """Where it lies."""

    @property
    def stac(self) -> Mapping[str, Any]:
        """The STAC Collection as plain JSON values."""

    @property
    def name(self) -> str:
        """The name to open it by."""

    @property
    def title(self) -> str:
        """A line that describes it."""

    @property
    def version(self) -> str:
        """The id of the version."""

    @property
    def variables(self) -> dict[str, dict[str, int]]:
        """The data variables, each with its dimensions and their sizes."""

    @property
    def chunks(self) -> dict[str, dict[str, list[int]]]:
        """The chunk shape of each variable in each layout."""

    @property
    def bbox(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees."""

    @property
    def interval(self) -> tuple[str | None, str | None]:
        """First and last time, ISO 8601."""

    @property
    def nbytes(self) -> int:
        """Size before compression."""

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The files it was made of."""

    @property
    def notes(self) -> list[str]:
        """What ingest had to say."""

    @property
    def certificate(self) -> dict[str, Any] | None:
        """What the last verification found."""
